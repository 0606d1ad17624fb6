"""The ground plane of a calibrated camera: from picture fractions to metres and back.

The ground is taken as flat and the lens as free of distortion: a homography (Hartley and Zisserman, Multiple
View Geometry, 2nd edition, section 2.3) maps one to the other. Where that does not hold, the error over the
calibration points grows, and is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.core.geometry import Mask, Points, clipped, enclosed

Matrix = NDArray[np.float64]
"""Shape [3, 3]."""
Numbers = NDArray[np.float64]
"""Shape [n]."""

AT_HORIZON = 1e-9
"""Nearness (see `Ground.nearness`) at or below which a point is not on the ground: numbers end there, not
optics. The ground at 1e-6 of the calibration points' nearness is a million times as far away."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A homography between the picture and flat ground.

    Attributes:
        to_metres: takes (x, y, 1) in picture fractions to metres on the ground, up to scale; its sign makes
            the third value positive on the ground and negative above the horizon.
        error_m: reprojection error over the calibration points, root mean square, metres; where their places
            come out of distances that are off by more, that.
    """

    to_metres: Matrix
    error_m: float

    @property
    def to_picture(self) -> Matrix:
        """Takes (X, Y, 1) in metres to picture fractions; the third value is positive before the camera."""
        return np.asarray(np.linalg.inv(self.to_metres), np.float64)

    @property
    def horizon(self) -> tuple[float, float, float]:
        """The line a x + b y + c = 0 in picture fractions; positive on the ground's side of it."""
        a, b, c = (float(value) for value in self.to_metres[2])
        return a, b, c

    def metres(self, points: Points) -> Points:
        """Picture fractions [n, 2] as metres [n, 2]; what lies at or above the horizon is NaN."""
        return _through(self.to_metres, points)

    def picture(self, places: Points) -> Points:
        """Metres [n, 2] as picture fractions [n, 2]; what lies behind the camera is NaN."""
        return _through(self.to_picture, places)

    def nearness(self, points: Points) -> Numbers:
        """One over the distance along the camera's axis, up to scale, shape [n]; 0 at the horizon.

        It is linear in the picture, so the ground that is seen at some number of pixels per metre or more
        is what lies on one side of a straight line.
        """
        near: Numbers = np.asarray(points, np.float64) @ self.to_metres[2, :2] + self.to_metres[2, 2]
        return near

    def on_ground(self, points: Points) -> Mask:
        """Which points of the picture lie below the horizon. Shape [n]."""
        return np.asarray(self.nearness(points) > AT_HORIZON, np.bool_)

    def pixels_per_metre(self, points: Points, width: int, height: int) -> Numbers:
        """Pixels to a metre that lies on the ground parallel to the horizon. Shape [n]; 0 above the horizon.

        This is what EN 62676-4 counts: a metre across the line of sight, as of a person who faces the camera.
        Metres along the line of sight have fewer (by the sine of the angle under which the ground is seen);
        somebody seen from steep above is shorter than the pixels per metre say, by the cosine of it.

        Args:
            points: picture fractions [n, 2].
            width: of the picture, pixels.
            height: of the picture, pixels.
        """
        return np.clip(self.nearness(points), 0.0, None) * self._across(width, height)

    def area_m2(self, polygon: Points) -> float:
        """Ground that a simple polygon covers, square metres; infinite where it meets the horizon.

        Exact: a homography takes straight edges to straight edges, so the corners are enough.

        Args:
            polygon: corners in picture fractions, [k, 2].
        """
        if not len(polygon):
            return 0.0
        if not self.on_ground(polygon).all():
            return float("inf")
        return enclosed(self._exactly(polygon))

    def part_at_least(self, polygon: Points, pixels_per_metre: float, width: int, height: int) -> Points:
        """The part of a polygon that is seen at so many pixels per metre or more, [k, 2]; empty: no part is.

        A part that falls into several pieces is one list of corners; its area is right all the same.
        """
        least = max(pixels_per_metre / self._across(width, height), 2 * AT_HORIZON)
        part = clipped(np.asarray(polygon, np.float64), self.nearness(polygon) - least)
        return part.astype(np.float32)

    def _across(self, width: int, height: int) -> float:
        """Pixels per metre parallel to the horizon, at nearness 1.

        A step d on the ground that keeps its distance from the camera keeps the third coordinate w of
        `to_picture`, so it moves the picture by (to_picture d) / w, and w is one over the nearness.
        """
        back = self.to_picture
        along = np.array([-back[2, 1], back[2, 0]])
        long = float(np.hypot(*along))
        step = along / long if long > 0 else np.array([1.0, 0.0])
        return float(np.hypot(*((back[:2, :2] @ step) * (width, height))))

    def _exactly(self, polygon: Points) -> NDArray[np.float64]:
        """Corners in metres, in double precision."""
        corners = np.asarray(polygon, np.float64)
        mapped: NDArray[np.float64] = corners @ self.to_metres[:2, :2].T + self.to_metres[:2, 2]
        return mapped / self.nearness(polygon)[:, None]


def _through(matrix: Matrix, points: Points) -> Points:
    homogeneous = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ matrix.T
    w = homogeneous[:, 2:]
    good = w > AT_HORIZON
    result: Points = np.where(good, homogeneous[:, :2] / np.where(good, w, 1), np.nan).astype(np.float32)
    return result
