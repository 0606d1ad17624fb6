"""A lane zone as a small grid: how much of the lane vehicles cover. No plug-in itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from patrol.core.geometry import Boxes, Mask, Points, inside
from patrol.core.place import Place

CLASSES = ("car", "motorcycle", "bus", "truck")
"""COCO's road vehicles with an engine."""
CELLS = 64
"""Cells of the grid along each side of the zone's bounding box: a cell is then 1.6 % of the zone's width,
finer than the edges of a detector's boxes are."""
SELDOM = 0.05
"""A cell belongs to the lane where vehicles cover it at least so often, against the cells they cover most:
a zone drawn too large, or the whole picture, comes down to its road, and single wrong boxes add nothing.
Chosen."""
LEAST_USED = 0.3
"""The lane is taken as at least so much of the zone, however little of it vehicles used so far: right after
the start, one car is then no full lane. Chosen; the bounds of `cover` in `congestion.Params` go with it."""
REMEMBERED = 2000.0
"""Looks after which the memory of used cells is halved: about an hour at one look every two seconds.
Chosen."""


class Lane:
    """The area of a zone, less its excluded zones, in CELLS x CELLS cells, and where vehicles use it.

    Args:
        place: the lane zone; what lies in an excluded zone is no lane.
    """

    def __init__(self, place: Place) -> None:
        corners = place.zone.corners()
        low, high = corners.min(axis=0), corners.max(axis=0)
        step = (high - low) / CELLS
        self._x = low[0] + step[0] * (np.arange(CELLS, dtype=np.float32) + 0.5)
        self._y = low[1] + step[1] * (np.arange(CELLS, dtype=np.float32) + 0.5)
        points: Points = np.stack(np.meshgrid(self._x, self._y), axis=2).reshape(-1, 2).astype(np.float32)
        held = inside(corners, points)
        for zone in place.excluded:
            held = held & ~inside(zone.corners(), points)
        self._zone: Mask = held.reshape(CELLS, CELLS)
        self._used: NDArray[np.float64] = np.zeros((CELLS, CELLS))
        self._looks = 0.0

    def learn(self, boxes: Boxes) -> None:
        """Remember where the vehicles of one look are."""
        if not len(boxes):
            return
        self._used += self._cells(boxes)
        self._looks += 1
        if self._looks >= REMEMBERED:
            self._used /= 2
            self._looks /= 2

    def cover(self, boxes: Boxes) -> float:
        """Share of the lane that the union of these boxes covers, 0..1."""
        if not len(boxes):
            return 0.0
        covered = np.count_nonzero(self._cells(boxes))
        return float(min(1.0, covered / max(1, self._size())))

    def _size(self) -> float:
        """Cells of the lane."""
        zone = float(np.count_nonzero(self._zone))
        used = self._used[self._used > 0]
        if not used.size:
            return zone
        often = np.quantile(used, 0.9)
        return max(LEAST_USED * zone, float(np.count_nonzero(used >= SELDOM * often)))

    def _cells(self, boxes: Boxes) -> Mask:
        across = (self._x >= boxes[:, 0, None]) & (self._x < boxes[:, 2, None])
        down = (self._y >= boxes[:, 1, None]) & (self._y < boxes[:, 3, None])
        union: Mask = np.any(down[:, :, None] & across[:, None, :], axis=0) & self._zone
        return union
