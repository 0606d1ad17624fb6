"""Keyframes to pictures: a few decoders for any number of cameras."""

from __future__ import annotations

from collections import OrderedDict

from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import VideoReformatter

from patrol.core.errors import CorruptPicture, DecodeError
from patrol.core.media import Keyframe, Picture
from patrol.vision.decode.context import decode_one, open_context
from patrol.vision.decode.picture import FramePicture

_SHARED = frozenset({"h264", "hevc"})
"""Their keyframes carry all that the decoder needs, so that one context serves every camera."""
_MOST_CONTEXTS = 32
"""Contexts of other codecs, one a camera, that are kept; the one unused for longest goes."""

_Key = tuple[str, str, bytes]


class KeyframeDecoder:
    """A Decoder for many cameras. Not thread-safe: one thread owns it, and uses its pictures before the next.

    One context of a codec serves all cameras: memory stays flat from 24 to 200 of them. It is emptied after
    each keyframe and made anew after an error, so nothing of one camera reaches the picture of another.
    """

    def __init__(self) -> None:
        self._contexts: OrderedDict[_Key, VideoCodecContext] = OrderedDict()
        self._scaler = VideoReformatter()

    def decode(self, keyframe: Keyframe) -> Picture:
        """Decode one keyframe by itself.

        Raises:
            CorruptPicture: it decoded with holes; it must not be judged.
            DecodeError: it did not decode.
        """
        key = _key(keyframe)
        try:
            return FramePicture(decode_one(self._context(key), keyframe), self._scaler)
        except CorruptPicture:
            raise
        except DecodeError:
            self._contexts.pop(key, None)
            raise

    def _context(self, key: _Key) -> VideoCodecContext:
        context = self._contexts.pop(key, None)
        if context is None:
            codec, _, extradata = key
            context = open_context(codec, extradata, loop_filter=False)
        self._contexts[key] = context
        while len(self._contexts) > _MOST_CONTEXTS:
            self._contexts.popitem(last=False)
        return context


def _key(keyframe: Keyframe) -> _Key:
    video = keyframe.video
    return (
        (video.codec, "", b"")
        if video.codec in _SHARED
        else (video.codec, keyframe.camera_id, video.extradata)
    )
