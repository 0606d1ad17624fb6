"""Where a camera hangs over a square of people, and what it is told about it: its zone and its ground."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from patrol.bench.simulation.camera import Array, Pinhole
from patrol.bench.simulation.pedestrians import TALL_M, People
from patrol.core.geometry import Mask
from patrol.core.zone import Zone

MARGIN = 1.1
"""How much more than the zone the picture shows. Chosen."""


@dataclass(frozen=True, slots=True)
class Square:
    """A rectangle on the ground along the axes, from `low` to `high`, metres."""

    low: tuple[float, float]
    high: tuple[float, float]

    @property
    def area_m2(self) -> float:
        """Of the ground."""
        return (self.high[0] - self.low[0]) * (self.high[1] - self.low[1])

    def holds(self, places: Array) -> Mask:
        """Which places [n, 2] lie in it. Shape [n]."""
        held = (places >= np.array(self.low)) & (places < np.array(self.high))
        return np.asarray(held.all(axis=1), np.bool_)

    def density(self, people: People) -> float:
        """The truth: persons per square metre."""
        return int(self.holds(people.places).sum()) / self.area_m2

    def cells(self, people: People, side: float) -> Array:
        """The truth by ground cell: persons per square metre, shape [columns of x, rows of y]."""
        across, along = (
            np.arange(low, high + 1e-9, side) for low, high in zip(self.low, self.high, strict=True)
        )
        counts, _, _ = np.histogram2d(people.places[:, 0], people.places[:, 1], (across, along))
        return np.asarray(counts / side**2, np.float64)

    def corners(self) -> Array:
        """Shape [4, 2]."""
        (left, near), (right, far) = self.low, self.high
        return np.array([[left, near], [left, far], [right, far], [right, near]])


@dataclass(frozen=True, slots=True)
class Post:
    """A camera's place before the near edge (lesser y) of a zone, over the middle of it.

    Attributes:
        height: of the lens, metres.
        away: before the near edge, metres; below zero: over the zone.
        tiles: into so many by so many the detector's picture is cut (`looking.tiles`).
        width: of the picture, pixels; its height is 9/16 of that.
    """

    height: float
    away: float
    tiles: int = 2
    width: int = 1920

    def camera(self, zone: Square) -> Pinhole:
        """A camera there, tilted and zoomed so that the zone and the heads over it fill the picture."""
        x, y = (zone.low[0] + zone.high[0]) / 2, zone.low[1] - self.away
        ground = np.concatenate([zone.corners(), np.zeros((4, 1))], axis=1)
        heads = ground + np.array([0.0, 0.0, TALL_M])
        points = np.concatenate([ground, heads]) - [x, y, self.height]
        falls = np.degrees(np.arctan2(-points[:, 2], points[:, 1]))
        tilt = float(falls.max() + falls.min()) / 2
        turn = math.radians(tilt)
        deep = points[:, 1] * math.cos(turn) - points[:, 2] * math.sin(turn)
        level = np.abs(points[:, 0]) / deep
        upright = np.abs(points[:, 1] * math.sin(turn) + points[:, 2] * math.cos(turn)) / deep
        wide = float(max(level.max(), upright.max() * 16 / 9)) * MARGIN
        field = math.degrees(2 * math.atan(wide))
        return Pinhole(x, y, self.height, 90.0, tilt, field, self.width, self.width * 9 // 16)


def ground_zone(camera: Pinhole, zone: Square, zone_id: str = "square") -> Zone:
    """The square as a zone, cut off at the picture's edges."""
    points = camera.on_picture(zone.corners()).clip(0.0, 1.0)
    return Zone(zone_id, zone_id, "ground", tuple((float(x), float(y)) for x, y in points))
