"""A lane's axis on calibrated ground: metres along the direction of travel, and across it. No plug-in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from patrol.core.geometry import Points
from patrol.core.ground import Ground
from patrol.core.place import Place

EDGE_STEPS = 20
"""Points on each edge of the zone that its axis is taken from."""
_AHEAD = {"away": (0.0, -1.0), "towards": (0.0, 1.0), "left": (-1.0, 0.0), "right": (1.0, 0.0)}
"""Which way in the picture traffic moves on."""


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """A straight lane on the ground.

    Attributes:
        ground: the camera's.
        origin: metres, shape [2]: the middle of the zone.
        along: unit vector of travel, metres, shape [2].
        length_m: of the zone along it.
        both_ways: whether it is not known which way along it traffic runs.
    """

    ground: Ground
    origin: Points
    along: Points
    length_m: float
    both_ways: bool

    def points(self, feet: Points) -> Points:
        """Metres along the lane and across it of points of the picture, shape [n, 2]; NaN: off the ground."""
        metres = self.ground.metres(feet) - self.origin
        across = np.array([-self.along[1], self.along[0]], np.float32)
        return np.stack([metres @ self.along, metres @ across], axis=1)


def axis_of(place: Place) -> Axis | None:
    """The axis of a lane zone: the longest way through it; None where the camera is not calibrated.

    A zone that is as broad as long has none of its own: one zone per direction, and straight.
    """
    if place.ground is None:
        return None
    corners = place.zone.corners()
    steps = np.linspace(0, 1, EDGE_STEPS, endpoint=False, dtype=np.float32)[None, :, None]
    ends = np.roll(corners, -1, axis=0)
    edge = (corners[:, None, :] * (1 - steps) + ends[:, None, :] * steps).reshape(-1, 2)
    metres = place.ground.metres(edge)
    on_ground = np.isfinite(metres).all(axis=1)
    edge, metres = edge[on_ground], metres[on_ground]
    if len(metres) < 3:
        return None
    origin = metres.mean(axis=0)
    _, _, directions = np.linalg.svd(metres - origin, full_matrices=False)
    along = directions[0]
    reach = (metres - origin) @ along
    ahead = _AHEAD.get(place.zone.direction)
    if ahead is not None:
        shown = edge[int(np.argmax(reach))] - edge[int(np.argmin(reach))]
        along = along if float(shown @ np.asarray(ahead, np.float32)) >= 0 else -along
    return Axis(place.ground, origin, along, float(np.ptp(reach)), ahead is None)
