"""Where a calibrated camera hangs over its ground, and where the people in its boxes stand.

In a crowd the feet are hidden and the head is not: who is placed by the lower edge of the box of what can be
seen of them stands metres too far away. So people are placed by the top of their box, at a person's height.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from patrol.core.geometry import Boxes, Points
from patrol.core.ground import Ground, Numbers
from patrol.core.pose import pose_of

PERSON_M = 1.7
"""Height of a person. Chosen: between the means of grown women and men; 0.1 m too tall puts somebody
0.1 m / tan(angle of depression) too near, 0.2 m at 27 degrees."""
HEAD_M = 1.6
"""Height of the middle of a head of such a person, where density networks mark people. Chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class Viewpoint:
    """A camera's lens over its calibrated ground.

    Attributes:
        x: metres, of the ground's own axes.
        y: metres, same.
        height_m: above the ground.
        ground: of the calibration.
    """

    x: float
    y: float
    height_m: float
    ground: Ground

    def depression(self, places: Points) -> Numbers:
        """Angle below the horizontal at which the lens sees places on the ground, degrees, shape [n].

        Args:
            places: metres, [n, 2]; NaN gives NaN.
        """
        away = np.hypot(*(np.asarray(places, np.float64) - (self.x, self.y)).T)
        return np.asarray(np.degrees(np.arctan2(self.height_m, away)), np.float64)

    def under(self, points: Points, height_m: float) -> Points:
        """Places on the ground under things of a known height, metres [n, 2].

        Args:
            points: where they are seen, picture fractions [n, 2]; at or above the horizon gives NaN.
            height_m: of the things above the ground; below the lens, else NaN.
        """
        if height_m >= self.height_m:
            return np.full((len(points), 2), np.nan, np.float32)
        behind = self.ground.metres(points).astype(np.float64)
        lens = np.array([self.x, self.y])
        return np.asarray(lens + (behind - lens) * (1 - height_m / self.height_m), np.float32)

    def standing(self, boxes: Boxes, height_m: float = PERSON_M) -> Points:
        """Where upright people stand by the top of their boxes, metres [n, 2].

        A top at or above the horizon (a camera lower than heads) gives the place of the feet instead.
        """
        middle = (boxes[:, 0] + boxes[:, 2]) / 2
        by_head = self.under(np.stack([middle, boxes[:, 1]], axis=1), height_m)
        by_foot = self.ground.metres(np.stack([middle, boxes[:, 3]], axis=1))
        result: Points = np.where(np.isnan(by_head), by_foot, by_head)
        return result


def viewpoint_of(ground: Ground, width: int, height: int) -> Viewpoint | None:
    """Where the camera hangs that sees the ground so; None: no plausible camera does (see `Pose`).

    The pose gives the lens' height; the ground below the lens is where all upright lines would meet: their
    common point in the picture (Hartley and Zisserman, 2nd edition, section 8.6) is the foot of the lens.

    Args:
        ground: of the calibration.
        width: of the picture, pixels.
        height: of the picture, pixels.
    """
    pose = pose_of(ground, width, height)
    if pose is None or not pose.plausible:
        return None
    focal = 0.5 * width / np.tan(np.radians(pose.view_deg) / 2)
    # Rays in the camera's own axes (right, down, forward). Those to the horizon lie in a plane, and what is
    # at right angles to it points straight down.
    scale = np.diag([width / focal, height / focal, 1.0]) @ np.array(
        [[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]]
    )
    down = np.linalg.inv(scale).T @ np.asarray(ground.horizon)
    down /= np.linalg.norm(down)
    foot = ground.to_metres @ np.linalg.inv(scale) @ down
    return Viewpoint(float(foot[0] / foot[2]), float(foot[1] / foot[2]), pose.height_m, ground)
