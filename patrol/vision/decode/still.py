"""One keyframe as a full-size still, for people: full quality, and independent of the worker's decoder."""

from __future__ import annotations

import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from patrol.core.errors import DecodeError
from patrol.core.media import Keyframe, Pixels
from patrol.vision.decode.context import decode_one, open_context
from patrol.vision.decode.picture import FramePicture

_SHARED = frozenset({"h264", "hevc"})


def decode_full(keyframe: Keyframe) -> Pixels:
    """The picture in full size, RGB, shape [height, width, 3], with the loop filter on.

    Makes a decoder for each call, so that any thread may call it.

    Raises:
        CorruptPicture: it decoded with holes.
        DecodeError: it did not decode.
    """
    video = keyframe.video
    context = open_context(video.codec, b"" if video.codec in _SHARED else video.extradata, loop_filter=True)
    frame = decode_one(context, keyframe)
    return FramePicture(frame, VideoReformatter(), Interpolation.BICUBIC).pixels(frame.width, frame.height)


def encode_jpeg(pixels: Pixels, quality: int = 85) -> bytes:
    """RGB pixels as a JPEG.

    Args:
        pixels: uint8 [height, width, 3], RGB.
        quality: 1 to 100. At 85, 1080p takes about 300 kB and the blocks cannot be seen.

    Raises:
        DecodeError: the pixels have another shape or cannot be encoded.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or pixels.size == 0:
        raise DecodeError(f"no picture to encode: shape {pixels.shape}, {pixels.dtype}")
    done, encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    if not done:
        raise DecodeError(f"a picture of {pixels.shape[1]}x{pixels.shape[0]} could not be encoded as JPEG")
    return encoded.tobytes()
