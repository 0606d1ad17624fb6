"""Where a camera hangs over a stretch of road, and what it is then told about it: its zone and its ground."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from patrol.bench.simulation.camera import Pinhole
from patrol.bench.simulation.truth import Stretch
from patrol.core.zone import Zone

MARGIN = 1.15
"""How much more than the stretch the picture shows, as a person who hangs up a camera would leave. Chosen."""
CALIBRATION_ERROR_M = 0.3
"""Claimed of the exact homography: what careful taping of four points gives."""


@dataclass(frozen=True, slots=True)
class Mast:
    """A camera's place relative to the stretch that it watches.

    Attributes:
        height: of the lens, metres.
        away: from the stretch's near end, along the road, metres.
        aside: of the road's left edge, metres.
        oncoming: vehicles come towards it; else it looks after them.
    """

    height: float = 10.0
    away: float = 30.0
    aside: float = 2.0
    oncoming: bool = False

    def camera(self, stretch: Stretch) -> Pinhole:
        """A camera there, turned and zoomed so that the stretch fills the picture."""
        sign = -1.0 if self.oncoming else 1.0
        near, far = (stretch.end, stretch.start) if self.oncoming else (stretch.start, stretch.end)
        x, y = near - sign * self.away, stretch.left + self.aside
        corners = [(px - x, py - y) for px in (near, far) for py in (stretch.left, stretch.right)]
        bearings = [math.degrees(math.atan2(dy, sign * dx)) for dx, dy in corners]
        falls = [math.degrees(math.atan2(self.height, math.hypot(*corner))) for corner in corners]
        middle = (max(bearings) + min(bearings)) / 2
        upright = math.radians((max(falls) - min(falls)) / 2)
        level = math.radians((max(bearings) - min(bearings)) / 2)
        wide = max(math.tan(level), math.tan(upright) * 16 / 9) * MARGIN
        yaw = middle if sign > 0 else 180.0 - middle
        tilt = (max(falls) + min(falls)) / 2
        return Pinhole(x, y, self.height, yaw, tilt, math.degrees(2 * math.atan(wide)))


def lane_zone(camera: Pinhole, stretch: Stretch, direction: str) -> Zone:
    """The stretch as a zone, cut off at the picture's edges; for `direction` see `Zone`."""
    corners = np.array(
        [
            [stretch.start, stretch.left],
            [stretch.end, stretch.left],
            [stretch.end, stretch.right],
            [stretch.start, stretch.right],
        ]
    )
    points = camera.on_picture(corners).clip(0.0, 1.0)
    return Zone("lane", "lane", "lane", tuple((float(x), float(y)) for x, y in points), direction)
