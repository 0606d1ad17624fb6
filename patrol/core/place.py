"""Where a rule looks: its zone, with what is known about the ground, the law and the camera there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from patrol.core.geometry import Boxes, Mask, foot_points, inside
from patrol.core.ground import Ground
from patrol.core.law import Law
from patrol.core.zone import Zone

if TYPE_CHECKING:
    from patrol.core.protocols import DensityNetwork, SecondLook


@dataclass(frozen=True, slots=True)
class Means:
    """What looks closer than a camera's detector does, by the names of streams.yaml; shared by cameras."""

    second_looks: Mapping[str, SecondLook] = field(default_factory=lambda: MappingProxyType({}))
    density_networks: Mapping[str, DensityNetwork] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Uses:
    """Names of the means that a rule asks for: what an analytic says by exporting `uses(params) -> Uses`."""

    second_looks: tuple[str, ...] = ()
    density_networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """What an analytic is built for.

    Attributes:
        zone: of the rule.
        excluded: zones of the same camera in which nothing counts: parked vehicles, posters.
        ground: the calibrated ground plane; None: nothing on this camera is known in metres.
        time_zone: IANA name; hours of the day are in it.
        look_every_s: seconds between looks when nothing develops.
        laws: of the zone.
        neighbours: the camera's other zones in the same view.
        means: those that the rule names, and perhaps others.
    """

    zone: Zone
    excluded: tuple[Zone, ...] = ()
    ground: Ground | None = None
    time_zone: str = "Asia/Shanghai"
    look_every_s: float = 2.0
    laws: tuple[Law, ...] = ()
    neighbours: tuple[Zone, ...] = ()
    means: Means = field(default_factory=Means)

    def holds(self, boxes: Boxes) -> Mask:
        """Which boxes stand in the zone and in no excluded one, by their feet. Shape [n]."""
        feet = foot_points(boxes)
        held: Mask = self.zone.holds(boxes)
        for zone in self.excluded:
            held = held & ~inside(zone.corners(), feet)
        return np.asarray(held, np.bool_)
