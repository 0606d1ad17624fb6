"""A zone: a polygon in the picture, with a kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from patrol.core.geometry import Boxes, Mask, Points, foot_points, inside


@dataclass(frozen=True, slots=True)
class Zone:
    """A named polygon: (x, y) in 0..1 of the picture, three corners or more, not self-crossing.

    Attributes:
        direction: which way traffic runs there, as the picture shows it: `away`, `towards` (the camera),
            `left`, `right`; none: nobody said.
    """

    id: str
    name: str
    kind: str
    polygon: tuple[tuple[float, float], ...]
    direction: str = ""

    def corners(self) -> Points:
        """Shape [k, 2], float32."""
        return np.asarray(self.polygon, np.float32)

    def holds(self, boxes: Boxes) -> Mask:
        """Which boxes stand in the zone, by the middle of their lower edge. Shape [n]."""
        return inside(self.corners(), foot_points(boxes))


WHOLE_PICTURE = Zone(
    "picture", "whole picture", "ground", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.001), (0.0, 1.001))
)
"""Zone of a rule that names none. Its edge lies a hair below the picture: feet are often cut off there."""
