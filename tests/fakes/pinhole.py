"""A camera whose truth is known: no distortion, square pixels, on a pole above flat ground."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pinhole:
    """Looks along +Y, tilted down; X is to the right, the origin lies under the camera."""

    height_m: float = 8.0
    tilt_deg: float = 20.0
    focal_px: float = 1600.0
    roll_deg: float = 0.0
    width: int = 1920
    height: int = 1080

    def _camera(self, places: Array) -> Array:
        """Right, down, ahead: metres [n, 3]."""
        t, r = radians(self.tilt_deg), radians(self.roll_deg)
        x, y = places[:, 0], places[:, 1]
        down, ahead = self.height_m * cos(t) - y * sin(t), self.height_m * sin(t) + y * cos(t)
        return np.stack([x * cos(r) - down * sin(r), x * sin(r) + down * cos(r), ahead], axis=1)

    def depth(self, places: Array) -> Array:
        """Metres along the axis."""
        return self._camera(places)[:, 2]

    def picture(self, places: Array) -> Array:
        """Picture fractions [n, 2] of places on the ground [n, 2]."""
        x, y, z = self._camera(places).T
        across, down = self.focal_px * x / z, self.focal_px * y / z
        return np.stack([across / self.width + 0.5, down / self.height + 0.5], axis=1)

    def metres(self, fractions: Array) -> Array:
        """Places on the ground [n, 2] of picture fractions [n, 2], below the horizon."""
        t, r = radians(self.tilt_deg), radians(self.roll_deg)
        right = (fractions[:, 0] - 0.5) * self.width / self.focal_px
        low = (fractions[:, 1] - 0.5) * self.height / self.focal_px
        x, down = right * cos(r) + low * sin(r), -right * sin(r) + low * cos(r)
        reach = self.height_m / (sin(t) + down * cos(t))
        return np.stack([x * reach, (cos(t) - down * sin(t)) * reach], axis=1)
