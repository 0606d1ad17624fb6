"""Vehicles: a number of vehicles in a zone, or more.

A count, not congestion: that needs to know what stays put.
"""

from __future__ import annotations

from dataclasses import dataclass

from patrol.core.feasibility import Needs
from patrol.core.place import Place
from patrol.core.protocols import Analytic
from patrol.core.sight import Light
from patrol.vision.analytics.counting import CountInZone, Level
from patrol.vision.analytics.needs import VEHICLE

KIND = "vehicles"
CLASSES = ("car", "motorcycle", "bus", "truck")
"""COCO's road vehicles with an engine."""
LIGHT = Light(mean=40.0, over_noise=30.0)
"""Above both, YOLOX-nano finds 84 % or more of the vehicles of day on each of six clips; at 28 the
bridge has lost three of ten, and at a light of 34 to 40 every clip has lost a third (`vehicles` of
benchmarks/night.py; docs/design/night.md). A model of the night, no footage of one; infrared is worse."""


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of the rule.

    Attributes:
        min_count: vehicles at or above which it begins.
        release_count: vehicles below which it ends; default: a fifth less than `min_count`.
    """

    min_count: int = 10
    release_count: int | None = None

    def __post_init__(self) -> None:
        Level.of(self.min_count, self.release_count)


def build(params: Params, place: Place) -> Analytic:
    """The analytic for one zone of one camera."""
    return CountInZone(CLASSES, "vehicles", Level.of(params.min_count, params.release_count), place)


def needs(params: Params) -> Needs:
    """What the camera has to show of the zone."""
    del params
    return VEHICLE
