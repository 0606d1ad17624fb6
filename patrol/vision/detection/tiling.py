"""A picture searched in parts: where its tiles lie, and what a tile is to a detector. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from patrol.core.geometry import Points, area_within
from patrol.core.media import Grey, Picture, Pixels
from patrol.core.protocols import Prepared

Window = tuple[float, float, float, float]
"""Part of a picture: left, top, right, bottom in its fractions."""
WHOLE: Window = (0.0, 0.0, 1.0, 1.0)


def grid(columns: int, rows: int, overlap: float) -> tuple[Window, ...]:
    """Equal tiles that cover the picture, row by row.

    Args:
        columns: 1 or more.
        rows: 1 or more.
        overlap: share of a tile's width and height that its neighbour sees too, 0 up to under 1. An object
            that is no larger than this is whole in one tile at least, wherever it stands.
    """
    across, down = _spans(columns, overlap), _spans(rows, overlap)
    return tuple((left, top, right, bottom) for top, bottom in down for left, right in across)


def _spans(count: int, overlap: float) -> list[tuple[float, float]]:
    size = 1 / (count - (count - 1) * overlap)
    step = size * (1 - overlap)
    return [(i * step, 1.0 if i == count - 1 else i * step + size) for i in range(count)]


def touching(windows: Iterable[Window], polygons: Sequence[Points]) -> tuple[Window, ...]:
    """The windows that have some area in common with one of the polygons, each of shape [k, 2].

    An object no larger than the tiles' overlap that stands in a polygon is whole in one of them: in the tile
    that holds all of it, which therefore holds its foot point.
    """
    return tuple(w for w in windows if any(area_within(polygon, w) > 0 for polygon in polygons))


def in_picture(prepared: Prepared, window: Window) -> Prepared:
    """The input of a tile, with its way back to fractions of the whole picture instead of the tile."""
    left, top, right, bottom = window
    sx, sy = prepared.scale[0] / (right - left), prepared.scale[1] / (bottom - top)
    ox, oy = prepared.offset
    return replace(prepared, scale=(sx, sy), offset=(ox - left * sx, oy - top * sy))


@dataclass(frozen=True, slots=True, eq=False)
class FullSize:
    """A picture whose pixels are converted once for all its tiles, at their own size."""

    picture: Picture
    _kept: dict[str, Pixels] = field(default_factory=dict)

    def pixels(self, order: Literal["rgb", "bgr"]) -> Pixels:
        """See `Picture.pixels`; not to be written to."""
        if order not in self._kept:
            self._kept[order] = self.picture.pixels(self.picture.width, self.picture.height, order)
        return self._kept[order]


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """The `Picture` that one window shows, to the nearest pixel."""

    whole: FullSize
    window: Window

    @property
    def width(self) -> int:
        """Pixels."""
        left, _, right, _ = self._edges()
        return right - left

    @property
    def height(self) -> int:
        """Pixels."""
        _, top, _, bottom = self._edges()
        return bottom - top

    def pixels(self, width: int, height: int, order: Literal["rgb", "bgr"] = "rgb") -> Pixels:
        """Scaled copy, shape [height, width, 3], uint8.

        Only what the window shows is scaled: 28 tiles of a 1080p look take 16 ms (benchmarks/tiling.py). By
        the decoder's scaler, all of the picture to the size that they need, it took 37, for the same finds.

        Raises:
            DecodeError: as the picture's own.
        """
        import cv2

        left, top, right, bottom = self._edges()
        part = self.whole.pixels(order)[top:bottom, left:right]
        smaller = width * height < part.shape[0] * part.shape[1]
        how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        return np.ascontiguousarray(cv2.resize(part, (width, height), interpolation=how), dtype=np.uint8)

    def grey(self, width: int, height: int) -> Grey:
        """Luma, scaled, shape [height, width], uint8."""
        import cv2

        return np.asarray(cv2.cvtColor(self.pixels(width, height), cv2.COLOR_RGB2GRAY), np.uint8)

    def _edges(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in pixels of the picture."""
        width, height = self.whole.picture.width, self.whole.picture.height
        left, top, right, bottom = self.window
        x, y = min(round(left * width), width - 1), min(round(top * height), height - 1)
        return x, y, max(x + 1, round(right * width)), max(y + 1, round(bottom * height))
