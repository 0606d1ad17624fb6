"""The camera that a calibration implies: a picture of it that a person can judge by having seen the pole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from patrol.core.ground import Ground

WIDEST, NARROWEST = 130.0, 2.0
"""Horizontal fields of view, degrees: a 2.1 mm lens on a 1/2.8" sensor, and a dome at forty times zoom."""
MOST_SKEW = 10.0
"""Degrees by which a right angle on the ground may come out wrong. Clicks of three pixels make a few."""
LOWEST, HIGHEST = 1.0, 300.0
"""Metres above the ground; towers on hills included."""


@dataclass(frozen=True, slots=True)
class Pose:
    """A camera without distortion whose axis goes through the middle of the picture.

    Attributes:
        height_m: above the ground.
        tilt_deg: of its axis below the horizontal.
        view_deg: horizontal field of view.
        skew_deg: by how much a right angle on the ground would have to be another one; 0 for a true camera.
    """

    height_m: float
    tilt_deg: float
    view_deg: float
    skew_deg: float

    @property
    def plausible(self) -> bool:
        """Whether a camera may hang so."""
        return (
            abs(self.skew_deg) <= MOST_SKEW
            and NARROWEST <= self.view_deg <= WIDEST
            and LOWEST <= self.height_m <= HIGHEST
        )


def pose_of(ground: Ground, width: int, height: int) -> Pose | None:
    """The camera that would see the ground so; None: none would, or it looks straight down.

    Two directions on the ground at right angles are seen so that their images, as rays, are at right angles
    and of one length (Hartley and Zisserman, Multiple View Geometry, 2nd edition, section 8.8). The direction
    parallel to the horizon is one of them; that leaves the focal length.

    Args:
        ground: of the calibration.
        width: of the picture, pixels.
        height: of the picture, pixels.
    """
    to_pixels = np.array([[width, 0, -width / 2], [0, height, -height / 2], [0, 0, 1.0]])
    matrix = to_pixels @ ground.to_picture
    deep = float(np.hypot(*matrix[2, :2]))
    unit = matrix[2, :2] / deep if deep > 0 else np.zeros(2)
    across, along = matrix[:, :2] @ (-unit[1], unit[0]), matrix[:, :2] @ unit
    wide = float(np.hypot(*across[:2]))
    rest = wide**2 - float(np.hypot(*along[:2])) ** 2
    if rest <= 0 or deep * max(width, height) < 1e-6 * wide:
        return None
    focal = float(np.sqrt(rest)) / deep
    size = wide / focal
    rays = np.column_stack([across, along, matrix[:, 2]]) / ([focal], [focal], [1.0]) / size
    up = np.cross(rays[:, 0], rays[:, 1])
    return Pose(
        height_m=abs(float(up @ rays[:, 2])),
        tilt_deg=float(np.degrees(np.arccos(np.clip(deep / size, -1, 1)))),
        view_deg=float(2 * np.degrees(np.arctan(width / (2 * focal)))),
        skew_deg=float(np.degrees(np.arcsin(np.clip(float(rays[:, 0] @ rays[:, 1]), -1, 1)))),
    )
