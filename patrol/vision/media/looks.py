"""Last looks of all cameras, kept compressed and made into pictures only when somebody asks."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import structlog

from patrol.core.detections import Look
from patrol.core.errors import DecodeError, EvidenceError
from patrol.core.geometry import Boxes
from patrol.core.media import Keyframe, Pixels
from patrol.vision.media.providers import LookImage

log = structlog.get_logger(__name__)

MAX_WIDTH = 1280
"""Pixels: the page shows one large picture or four; more is for evidence."""
KEPT = 64
"""Pictures kept ready: at about 150 kB each, 10 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class _Last:
    keyframe: Keyframe
    look: Look


class Looks:
    """A `LookProvider`. What is kept a camera is its last keyframe as it arrived, and its detections.

    Pictures are made one at a time for all cameras: the decoder need not be thread-safe, and many viewers
    take no more than one core; a page that asks twice for one look pays once.

    Args:
        decode: a keyframe in full size, RGB; raises DecodeError.
        encode: RGB to JPEG; raises EvidenceError.
        blur: a copy with the heads of these persons ([n, 4], picture fractions) made unrecognisable.
        max_width: greatest width of a picture, pixels.
    """

    def __init__(
        self,
        decode: Callable[[Keyframe], Pixels],
        encode: Callable[[Pixels], bytes],
        blur: Callable[[Pixels, Boxes], Pixels],
        max_width: int = MAX_WIDTH,
    ) -> None:
        self._decode = decode
        self._encode = encode
        self._blur = blur
        self._max_width = max_width
        self._last: dict[str, _Last] = {}
        self._ready: OrderedDict[str, LookImage | None] = OrderedDict()
        self._working = threading.Lock()

    def set(self, camera_id: str, keyframe: Keyframe, look: Look) -> None:
        """Remember a camera's newest look. Nothing is decoded."""
        self._last[camera_id] = _Last(keyframe, look)

    def forget(self, camera_id: str) -> None:
        """A camera is no longer watched."""
        self._last.pop(camera_id, None)

    def current(self, camera_id: str) -> str:
        """Id of the camera's last look, "" where there is none."""
        last = self._last.get(camera_id)
        return last.look.look_id if last else ""

    def look(self, camera_id: str) -> LookImage | None:
        """The camera's last look as a picture; None where there is none, or it does not decode."""
        last = self._last.get(camera_id)
        if last is None:
            return None
        with self._working:
            look_id = last.look.look_id
            if look_id not in self._ready:
                self._ready[look_id] = self._picture(last)
                if len(self._ready) > KEPT:
                    self._ready.popitem(last=False)
            self._ready.move_to_end(look_id)
            return self._ready[look_id]

    def _picture(self, last: _Last) -> LookImage | None:
        people = last.look.detections.of("person").boxes
        try:
            small = _fit(self._decode(last.keyframe), self._max_width)
            jpeg = self._encode(self._blur(small, people))
        except (DecodeError, EvidenceError) as error:
            log.warning("look_not_shown", camera=last.look.camera_id, why=str(error))
            return None
        return LookImage(jpeg, last.look.look_id, last.look.at)


def _fit(pixels: Pixels, max_width: int) -> Pixels:
    height, width = pixels.shape[:2]
    if width <= max_width:
        return pixels
    size = (max_width, max(1, round(height * max_width / width)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
