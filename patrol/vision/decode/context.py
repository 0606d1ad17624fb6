"""One FFmpeg decoder, set up for single keyframes."""

from __future__ import annotations

from typing import cast

import av
import av.error
import av.logging
from av.video.codeccontext import VideoCodecContext

from patrol.core import annexb
from patrol.core.errors import CorruptPicture, DecodeError
from patrol.core.media import Keyframe
from patrol.vision.packets import packet_of

av.logging.set_level(None)  # FFmpeg's own log goes through the GIL and can deadlock (PyAV 751, 2276)

TROUBLE = (av.error.FFmpegError, OSError, ValueError, LookupError, RuntimeError, MemoryError)

_MOST_PIXELS = 8192 * 4608
"""8K with a margin. A parameter set of a few bytes can ask for gigabytes of picture."""


def open_context(codec: str, extradata: bytes, *, loop_filter: bool) -> VideoCodecContext:
    """A decoder for keyframes.

    Args:
        codec: FFmpeg's name.
        extradata: b"" where keyframes carry their parameter sets.
        loop_filter: False leaves deblocking out: a detector does not miss it, and it is a third of the time.

    Raises:
        DecodeError: there is no such decoder.
    """
    try:
        context = cast("VideoCodecContext", av.CodecContext.create(codec, "r"))
    except TROUBLE as error:
        failure = DecodeError(
            f"no decoder for {codec} video ({type(error).__name__}); set the camera to H.264 or H.265"
        )
    else:
        context.thread_count = 1
        context.options = {
            "flags": "low_delay",
            "skip_loop_filter": "default" if loop_filter else "all",
            "max_pixels": str(_MOST_PIXELS),
            # FFmpeg's H.265 never sets `is_corrupt`. This makes it report part of the damage (measured:
            # a third to all of it with several substreams a picture, next to nothing with one).
            **({"err_detect": "explode"} if codec == "hevc" else {}),
        }
        if extradata:
            context.extradata = extradata
        return context
    raise failure


def decode_one(context: VideoCodecContext, keyframe: Keyframe) -> av.VideoFrame:
    """The picture of one keyframe; the decoder is empty again afterwards.

    Raises:
        CorruptPicture: it decoded with holes, which only `is_corrupt` tells.
        DecodeError: nothing came out. The context may be damaged: make another.
    """
    name, packet = keyframe.camera_id, keyframe.packet
    if not annexb.has_parameter_sets(keyframe.video.codec, packet.data):
        # The decoder may still hold those of another camera: it would take them, and show nonsense.
        raise DecodeError(f"{name}: a keyframe without parameter sets; restart the camera")
    try:
        frames = [*context.decode(packet_of(packet.data)), *context.decode(None)]
        context.flush_buffers()
    except TROUBLE as error:
        failure = DecodeError(
            f"{name}: {keyframe.video.codec} keyframe of {len(packet.data)} bytes cannot be decoded "
            f"({type(error).__name__})"
        )
    else:
        return _whole(frames, name)
    raise failure


def _whole(frames: list[av.VideoFrame], name: str) -> av.VideoFrame:
    if not frames:
        raise DecodeError(f"{name}: a keyframe gave no picture")
    if any(frame.is_corrupt for frame in frames):
        raise CorruptPicture(
            f"{name}: parts of a keyframe are missing; look for losses on the camera's network"
        )
    return frames[0]
