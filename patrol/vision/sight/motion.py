"""Where something has moved since the look before, without asking any detector what it was.

Frame differencing: what passes has left one place and reached another, and both differ. Places that always
change (leaves, water, a flag, a screen) are left out by how often they have changed before.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.core.geometry import Boxes
from patrol.core.media import Grey
from patrol.vision.sight.measures import Plane

LEVELS = 12.0
"""Least difference after smoothing: noise and coding of the 13 clips stay under it nearly everywhere, cars in
haze and low sun differ by 15 to 60."""
SMALLEST = 0.0004
"""Share of the picture of the smallest area that counts: 31 pixels of 320x240, a car 8 pixels wide."""
LARGEST = 0.15
"""Share of the largest one: what changes more of the picture at once is light, or a lorry at the lens."""
SHARES = 0.5
"""Change of light: where so much of the picture changes at once, nothing is said about motion."""
RESTLESS = 0.5
"""A place that changes in more than half of all looks is restless by itself. On the motorway in glare no
place of the lanes changes in more than a third."""
MEMORY = 20.0
"""Looks over which restlessness is measured, by an exponential mean."""
CLOSING = np.ones((3, 3), np.uint8)
NONE: Boxes = np.zeros((0, 4), np.float32)


class Motion:
    """Areas that changed between consecutive looks of one camera."""

    def __init__(self) -> None:
        self._last: Grey | None = None
        self._light = 0.0
        self._restless: Plane | None = None
        self._looks = 0

    def forget(self) -> None:
        """The next picture cannot be compared with those before; what is restless there is forgotten, too."""
        self._last = self._restless = None
        self._looks = 0

    def step(self, grey: Grey, light: float) -> Boxes | None:
        """What moved since the last look; None where there is none, or all the picture has changed.

        Args:
            grey: uint8 [height, width], at `measures.EDGE_WIDTH`.
            light: its median, by which a change of exposure is told from motion.
        """
        smooth = np.asarray(cv2.GaussianBlur(grey, (3, 3), 0), np.uint8)
        last, light_before = self._last, self._light
        self._last, self._light = smooth, light
        if last is None or last.shape != smooth.shape:
            self._restless, self._looks = None, 0
            return None
        lit = last.astype(np.int16) + np.int16(round(light - light_before))
        level = np.clip(lit, 0, 255).astype(np.uint8)
        # Leaves and ripples show the same steep picture before and after, a hair beside; a car leaves the
        # road.
        steep = cv2.min(_steepness(smooth), _steepness(level))
        beyond = cv2.subtract(cv2.absdiff(smooth, level), steep)
        changed = np.asarray(cv2.threshold(beyond, LEVELS, 1, cv2.THRESH_BINARY)[1], np.uint8)
        if cv2.mean(changed)[0] > SHARES:
            return None
        quiet = self._without_restless(changed)
        return _areas(quiet)

    def _without_restless(self, changed: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The mask without places that change all the time; remembers this look's changes."""
        size = (max(1, changed.shape[1] // 2), max(1, changed.shape[0] // 2))
        small = cv2.resize(changed.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        here = cv2.threshold(small, 0.25, 1.0, cv2.THRESH_BINARY)[1]
        restless: Plane = np.zeros(here.shape, np.float32) if self._restless is None else self._restless
        self._looks += 1
        weight = np.float32(max(1.0 / self._looks, 1.0 / MEMORY))
        self._restless = restless + weight * (here - restless)
        if self._looks <= 3:
            return changed
        still = np.asarray(restless <= RESTLESS, np.uint8)
        full = cv2.resize(still, changed.shape[::-1], interpolation=cv2.INTER_NEAREST)
        return np.asarray(cv2.bitwise_and(changed, full), np.uint8)


def _steepness(grey: Grey) -> Grey:
    """The most that a picture changes when it moves by one pixel, place by place."""
    return np.asarray(cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, CLOSING), np.uint8)


def _areas(changed: NDArray[np.uint8]) -> Boxes:
    """Boxes around connected areas of plausible size, picture fractions."""
    height, width = changed.shape
    closed = cv2.morphologyEx(changed, cv2.MORPH_CLOSE, CLOSING)
    count, _, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    if count < 2:
        return NONE
    left, top, across, down, area = stats[1:].T.astype(np.float32)
    share = area / np.float32(height * width)
    plausible = (share >= SMALLEST) & (share <= LARGEST) & (area >= 0.25 * across * down)
    boxes = np.stack([left / width, top / height, (left + across) / width, (top + down) / height], axis=1)
    found: Boxes = boxes[plausible].astype(np.float32)
    return found
