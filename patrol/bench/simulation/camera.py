"""A pinhole camera over flat ground: from metres to picture fractions, and its exact calibration.

World axes: x and y on the ground in metres, z up. The textbook pinhole without lens distortion (Hartley and
Zisserman, Multiple View Geometry, 2nd edition, chapter 6): a fixed traffic camera after rectification.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from patrol.core.errors import ConfigError
from patrol.core.geometry import Points
from patrol.core.ground import Ground

Array = NDArray[np.float64]

NEAREST_M = 0.5
"""What lies nearer to the lens than this, along its axis, is not projected: division by almost nothing."""


@dataclass(frozen=True, slots=True)
class Pinhole:
    """Where a camera hangs and how it looks.

    Attributes:
        x: metres.
        y: metres.
        height: of the lens over the ground, metres.
        yaw: heading of the optical axis on the ground, degrees, counter-clockwise from the x axis.
        tilt: of the optical axis below the horizon, degrees, over 0 and below 90.
        field: horizontal field of view, degrees.
        width: of the picture, pixels.
        rows: height of the picture, pixels.
    """

    x: float = 0.0
    y: float = 0.0
    height: float = 10.0
    yaw: float = 0.0
    tilt: float = 15.0
    field: float = 40.0
    width: int = 1920
    rows: int = 1080

    def __post_init__(self) -> None:
        if not (self.height > 0 and 0 < self.tilt < 90 and 0 < self.field < 180):
            raise ConfigError(
                f"a camera {self.height} m high, tilted by {self.tilt} degrees, with a field of {self.field} "
                "degrees sees no ground: height over 0, tilt between 0 and 90, field between 0 and 180"
            )

    def matrix(self) -> Array:
        """World (x, y, z, 1) to picture fractions times depth, and depth. Shape [3, 4]."""
        yaw, tilt = math.radians(self.yaw), math.radians(self.tilt)
        forward = np.array(
            [math.cos(yaw) * math.cos(tilt), math.sin(yaw) * math.cos(tilt), -math.sin(tilt)], np.float64
        )
        right = np.array([math.sin(yaw), -math.cos(yaw), 0.0])
        turn = np.stack([right, np.cross(forward, right), forward])
        focal = 0.5 / math.tan(math.radians(self.field) / 2)
        lens = np.array([[focal, 0, 0.5], [0, focal * self.width / self.rows, 0.5], [0, 0, 1]], np.float64)
        eye = np.array([self.x, self.y, self.height])
        return cast(Array, lens @ np.concatenate([turn, -(turn @ eye)[:, None]], axis=1))

    def project(self, points: Array) -> Array:
        """World points [n, 3] as picture fractions and depth in metres [n, 3]; NaN nearer than `NEAREST_M`.

        Fractions may lie outside of 0..1: beside the picture.
        """
        homogeneous = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ self.matrix().T
        depth = homogeneous[:, 2:]
        good = depth > NEAREST_M
        fractions = np.where(good, homogeneous[:, :2] / np.where(good, depth, 1.0), np.nan)
        return np.concatenate([fractions, depth], axis=1)

    def ground(self, error_m: float = 0.0) -> Ground:
        """The calibration that this camera would have if nobody had made an error.

        Args:
            error_m: to be claimed as its reprojection error.
        """
        to_metres = np.asarray(np.linalg.inv(self.matrix()[:, [0, 1, 3]]), np.float64)
        # Ground.metres asks for a positive third coordinate below the horizon: it is one over the depth.
        return Ground(to_metres, error_m)

    def on_picture(self, ground_points: Array) -> Points:
        """Points on the ground [n, 2], metres, as picture fractions [n, 2]."""
        flat = np.concatenate([ground_points, np.zeros((len(ground_points), 1))], axis=1)
        return self.project(flat)[:, :2].astype(np.float32)
