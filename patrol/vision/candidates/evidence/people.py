"""Finding persons so that they can be blurred: as many as can be found, false ones welcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from patrol.core.detections import Detections
from patrol.core.geometry import Boxes
from patrol.core.media import Grey, Pixels
from patrol.vision.candidates.evidence.blur import persons, union

Detect = Callable[[Sequence[Pixels]], list[Detections]]
"""Persons in pictures [height, width, 3] RGB, one result each, down to a score of `blur.SHOWN_THRESHOLD`."""

_TILE = 0.6
"""Of width and height: four tiles that overlap by a fifth, so that who stands on a seam is whole in one."""
_CORNERS = ((0.0, 0.0), (1 - _TILE, 0.0), (0.0, 1 - _TILE), (1 - _TILE, 1 - _TILE))


def find_people(pixels: Pixels, detect: Detect) -> Boxes:
    """Persons in one picture that has no neighbours to help: looked for in the whole and in four tiles of it.

    Who is small is missed in the whole picture: benchmarks/blur_coverage.py has figures.

    Args:
        pixels: RGB, shape [height, width, 3].
        detect: called once with five pictures.

    Returns:
        boxes [n, 4] in fractions of the whole picture; one person may be in several.
    """
    height, width = pixels.shape[:2]
    windows = [_window(corner, width, height) for corner in _CORNERS]
    tiles = [np.ascontiguousarray(pixels[top:bottom, left:right]) for left, top, right, bottom in windows]
    whole, *parts = detect([pixels, *tiles])
    size = np.array([width, height, width, height], np.float32)
    moved = [
        ((persons(found) * ([right - left, bottom - top] * 2) + [left, top, left, top]) / size).astype(
            np.float32
        )
        for found, (left, top, right, bottom) in zip(parts, windows, strict=True)
    ]
    return union([persons(whole), *moved])


def _window(corner: tuple[float, float], width: int, height: int) -> tuple[int, int, int, int]:
    left, top = int(corner[0] * width), int(corner[1] * height)
    return (
        left,
        top,
        min(width, left + round(_TILE * width) + 1),
        min(height, top + round(_TILE * height) + 1),
    )


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPicture:
    """A `Picture` that is decoded already: RGB, shape [height, width, 3]."""

    array: Pixels

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.array.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.array.shape[0])

    def pixels(self, width: int, height: int, order: Literal["rgb", "bgr"] = "rgb") -> Pixels:
        """Scaled copy, shape [height, width, 3], uint8."""
        scaled = cv2.resize(self.array, (width, height), interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(scaled[..., ::-1] if order == "bgr" else scaled, dtype=np.uint8)

    def grey(self, width: int, height: int) -> Grey:
        """Luma, scaled, shape [height, width], uint8."""
        return _luma(self.pixels(width, height))


def _luma(rgb: Pixels) -> Grey:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
