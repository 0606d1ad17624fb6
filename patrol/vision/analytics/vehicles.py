"""Vehicles: a number of vehicles in a zone, or more.

A count, not congestion: that needs to know what stays put.
"""

from __future__ import annotations

from dataclasses import dataclass

from patrol.core.feasibility import Needs
from patrol.core.place import Place
from patrol.core.protocols import Analytic
from patrol.vision.analytics.counting import CountInZone, Level
from patrol.vision.analytics.needs import VEHICLE

KIND = "vehicles"
CLASSES = ("car", "motorcycle", "bus", "truck")
"""COCO's road vehicles with an engine."""


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
