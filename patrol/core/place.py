"""Where a rule looks: its zone, with what is known about the ground and the camera there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from patrol.core.geometry import Boxes, Mask, foot_points, inside
from patrol.core.ground import Ground
from patrol.core.zone import Zone


@dataclass(frozen=True, slots=True)
class Place:
    """What an analytic is built for.

    Attributes:
        zone: of the rule.
        excluded: zones of the same camera in which nothing counts: parked vehicles, posters.
        ground: the calibrated ground plane; None: nothing on this camera is known in metres.
        time_zone: IANA name; hours of the day are in it.
        look_every_s: seconds between looks when nothing develops.
    """

    zone: Zone
    excluded: tuple[Zone, ...] = ()
    ground: Ground | None = None
    time_zone: str = "Asia/Shanghai"
    look_every_s: float = 2.0

    def holds(self, boxes: Boxes) -> Mask:
        """Which boxes stand in the zone and in no excluded one, by their feet. Shape [n]."""
        feet = foot_points(boxes)
        held: Mask = self.zone.holds(boxes)
        for zone in self.excluded:
            held = held & ~inside(zone.corners(), feet)
        return np.asarray(held, np.bool_)
