"""Which vehicles stay put from look to look, whatever the time between looks. No plug-in.

Boxes are compared with those of looks about two seconds older, never with a look of another scene.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from patrol.core.detections import Look
from patrol.core.geometry import Boxes, Mask, iou

YOUNGEST_S, OLDEST_S = 1.4, 5.0
"""Ages of the looks that are compared with. Under 1.4 s, slow driving is hidden by the jitter of boxes;
over 5 s, somebody else stands in the same spot. Chosen, around the default look of 2 s."""
MOST_LOOKS = 3
"""Looks compared with, at most, the last ones that are old enough. To have been in the same place in one of
them is enough, because detectors miss. Chosen; the bounds of `stays` in `congestion.Params` go with it."""
LENGTHS_PER_S = 1 / 6
"""A vehicle that moves less of its own length in a second stays put: 0.75 m/s, or 2.7 km/h, for a car of
4.5 m; slow walking pace. Chosen so that over two seconds it is an overlap (IoU) of 0.5, as PASCAL VOC takes
two boxes for one object."""
LEAST_OVERLAP, MOST_OVERLAP = 0.4, 0.6
"""Bounds of the overlap that is asked for: lower lets the next car of a queue pass for the one before, higher
asks more than a detector's boxes hold still on a parked car. Chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class _Earlier:
    arrived: float
    boxes: Boxes


class Staying:
    """The looks of the last seconds of one zone."""

    def __init__(self) -> None:
        self._earlier: deque[_Earlier] = deque()
        self._scene: int | None = None
        self._looked_at: float | None = None
        self.too_rare_s: float | None = None
        """Seconds since the look before, of the same scene, where it is too old to be compared with."""

    def step(self, look: Look, boxes: Boxes) -> Mask | None:
        """Which of these boxes stay put, shape [n]; None where there is nothing to compare with.

        Args:
            look: the look; looks come in order of arrival.
            boxes: its vehicles in the zone, shape [n, 4].
        """
        if look.scene != self._scene:
            self._earlier.clear()
            self._scene, self._looked_at = look.scene, None
        gap = look.arrived - (look.arrived if self._looked_at is None else self._looked_at)
        self._looked_at, self.too_rare_s = look.arrived, gap if gap > OLDEST_S else None
        while self._earlier and look.arrived - self._earlier[0].arrived > OLDEST_S:
            self._earlier.popleft()
        compared = [e for e in self._earlier if look.arrived - e.arrived >= YOUNGEST_S][-MOST_LOOKS:]
        self._earlier.append(_Earlier(look.arrived, boxes))
        if not compared:
            return None
        stays = np.zeros(len(boxes), np.bool_)
        for earlier in compared:
            stays |= same_place(boxes, earlier.boxes, overlap_after(look.arrived - earlier.arrived))
        return stays


def overlap_after(seconds: float) -> float:
    """IoU of a box with itself, moved along by LENGTHS_PER_S for so long, within the bounds."""
    moved = min(1.0, LENGTHS_PER_S * seconds)
    return float(np.clip((1 - moved) / (1 + moved), LEAST_OVERLAP, MOST_OVERLAP))


def same_place(boxes: Boxes, others: Boxes, least: float) -> Mask:
    """Which boxes have an own partner among the others that overlaps by `least` or more. Shape [len(boxes)].

    Each of the others is the partner of one box at most: the one that it overlaps best.
    """
    overlap = iou(boxes, others)
    found = np.zeros(len(boxes), np.bool_)
    while overlap.size and overlap.max() >= least:
        row, column = np.unravel_index(int(np.argmax(overlap)), overlap.shape)
        found[row] = True
        overlap[row, :] = -1
        overlap[:, column] = -1
    return found
