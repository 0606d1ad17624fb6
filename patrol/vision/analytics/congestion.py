"""Congestion: how traffic runs in one lane zone, in one direction, as a grade.

Free, slow, congested, severe: by how much of the lane is covered and how much of that stays put, or, on
calibrated ground and a known class of road, by the mean speed. A red light is no congestion: what clears
within a signal cycle is not raised, and a grade has to last (`for_s`, by default three minutes).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from patrol.core.detections import Detections, Look
from patrol.core.feasibility import Needs
from patrol.core.geometry import foot_points
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place
from patrol.core.protocols import Analytic
from patrol.core.sight import Light, Reason
from patrol.vision.analytics.axis import axis_of
from patrol.vision.analytics.clearing import CYCLES, Clearing
from patrol.vision.analytics.counting import in_zone, mean_score, unknown_classes
from patrol.vision.analytics.lanes import CLASSES, Lane
from patrol.vision.analytics.needs import VEHICLE
from patrol.vision.analytics.queues import queue_length
from patrol.vision.analytics.speeds import Speeds
from patrol.vision.analytics.standing import Standing
from patrol.vision.analytics.staying import Staying
from patrol.vision.analytics.traffic import Bounds, Grade, by_speed
from patrol.vision.analytics.windowed import Ratio

KIND = "congestion"
UNIT = "vehicles"
TIMING = {"for_s": 180.0, "clear_s": 60.0, "share": 0.8}
"""`for_s`: one to two signal cycles, three minutes, as the centre counts it. `clear_s` and `share` are
chosen: a queue that moves on in every other look is none. `benchmarks/congestion_sumo.py` runs with all
three."""
LIGHT = Light(mean=40.0, over_noise=30.0)
"""As `vehicles` needs: what is not found covers no lane and stays nowhere (docs/design/night.md)."""
LEAST_VEHICLES = 2.0
"""Vehicles in the mean of the window below which a speed is that of one driver, and not of traffic.
Chosen."""


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of the rule.

    Attributes:
        road: class of road, whose speed bands grade a calibrated camera; none: cover and staying put do.
        cycle_s: cycle of the traffic signal that this lane leads to, seconds; none: no signal is known.
        raise_at: the grade from which it is congestion.
        window_s: over which cover, staying put and speed are averaged, seconds; with a longer `cycle_s`,
            that.
        cover: covered share of the lane from which it is slow, congested, severe.
        stays: share of the lane covered by what stays put, from which it is slow, congested, severe.
        parked_after_s: a vehicle that has stood so long in one place is parked, and does not count.
    """

    road: Literal["expressway", "arterial", "secondary"] | None = None
    cycle_s: float | None = None
    raise_at: Literal["slow", "congested", "severe"] = "congested"
    window_s: float = 60.0
    cover: tuple[float, float, float] = (0.2, 0.28, 0.42)
    stays: tuple[float, float, float] = (0.0, 0.1, 0.25)
    parked_after_s: float = 7200.0

    def __post_init__(self) -> None:
        if self.cycle_s is not None and not 10 <= self.cycle_s <= 600:
            raise ValueError(f"cycle_s must lie between 10 and 600 seconds, is {self.cycle_s:g}")
        if not 10 <= self.window_s <= 600:
            raise ValueError(f"window_s must lie between 10 and 600 seconds, is {self.window_s:g}")
        if self.parked_after_s < 600:
            raise ValueError(f"parked_after_s must be 600 seconds or more, is {self.parked_after_s:g}")
        for name, values in (("cover", self.cover), ("stays", self.stays)):
            if list(values) != sorted(values) or values[0] < 0 or values[2] > 1:
                raise ValueError(f"{name} must be three rising shares between 0 and 1")


@dataclass(frozen=True, slots=True)
class _Measured:
    """What the window says of one look.

    Attributes:
        vehicles: seen in the lane in this look.
        usual: vehicles in the mean of the window.
        cover: covered share of the lane.
        stays: share of the lane covered by what stays put; None: nothing could be compared yet.
        kmh: mean speed; None: not known.
        queue_m: length of what stands; None: not known.
        cleared: whether the lane was cleared within the cycle.
    """

    vehicles: int
    usual: float
    cover: float
    stays: float | None
    kmh: float | None
    queue_m: float | None
    cleared: bool


class Congestion:
    """An analytic: the grade of one lane zone."""

    def __init__(self, params: Params, place: Place) -> None:
        self._params = params
        self._place = place
        self._bounds = Bounds(params.cover, params.stays)
        window = max(params.window_s, params.cycle_s or 0.0)
        self._lane = Lane(place)
        self._axis = axis_of(place)
        self._staying = Staying()
        self._standing = Standing(params.parked_after_s)
        self._clearing = Clearing(CYCLES * params.cycle_s if params.cycle_s else params.window_s)
        self._count, self._covered, self._stays = Ratio(window), Ratio(window), Ratio(window)
        self._speeds = (
            Speeds(self._axis.length_m, window, both_ways=self._axis.both_ways) if self._axis else None
        )
        self._grade = Grade.FREE

    def observe(self, look: Look) -> Observation:
        """Judge one look.

        Cannot tell without vehicle classes, where nothing has ever moved, and where looks are too far apart.
        """
        found = in_zone(look, CLASSES, self._place)
        if found is None:
            return unknown_classes(CLASSES, UNIT)
        self._lane.learn(found.boxes)
        still = self._standing.step(look, found.boxes)
        moving = found.where(~still.parked)
        measured = self._measure(look, moving)
        if still.never_moves:
            return _cannot_tell("never-moves", found, stood_s=round(still.stood_s))
        if measured.stays is None and len(found) and self._staying.too_rare_s is not None:
            return _cannot_tell("looks-too-rare", found, seconds=round(self._staying.too_rare_s))
        self._grade = self._graded(measured)
        return self._said(measured, moving)

    def _measure(self, look: Look, found: Detections) -> _Measured:
        boxes = found.boxes
        cover = self._lane.cover(boxes)
        stays = self._staying.step(look, boxes)
        self._count.add(look.arrived, len(found), 1)
        self._covered.add(look.arrived, cover, 1)
        if stays is not None:
            self._stays.add(look.arrived, self._lane.cover(boxes[stays]), 1)
        kmh, queue = None, None
        if self._axis is not None and self._speeds is not None:
            points = self._axis.points(foot_points(boxes))
            on_ground = np.isfinite(points).all(axis=1)
            kmh = self._speeds.step(look.arrived, look.scene, points[on_ground])
            if stays is not None:
                queue = queue_length(points[on_ground & stays][:, 0].astype(np.float64))
        cleared = self._clearing.step(look.arrived, len(found) if self._axis else cover)
        usual = self._count.value or 0.0
        return _Measured(
            len(found), usual, self._covered.value or 0.0, self._stays.value, kmh, queue, cleared
        )

    def _graded(self, measured: _Measured) -> Grade:
        if measured.stays is None:
            return self._grade  # nothing to compare with yet
        if self._params.road is not None and measured.kmh is not None and measured.usual >= LEAST_VEHICLES:
            grade = by_speed(measured.kmh, self._params.road, self._grade)
        else:
            grade = self._bounds.grade(measured.cover, measured.stays, self._grade)
        if self._params.cycle_s is not None and measured.cleared:
            return min(grade, Grade.SLOW)
        return grade

    def _said(self, measured: _Measured, found: Detections) -> Observation:
        parts = _parts(self._grade, measured)
        presence = self._presence(measured)
        return Observation(presence, float(len(found)), UNIT, mean_score(found), found.boxes, parts)

    def _presence(self, measured: _Measured) -> Presence:
        unsure = measured.stays is None and measured.vehicles > 0
        if self._grade >= Grade[self._params.raise_at.upper()]:
            return Presence.BETWEEN if unsure or measured.cleared else Presence.PRESENT
        return Presence.BETWEEN if unsure or self._grade > Grade.FREE else Presence.ABSENT


def build(params: Params, place: Place) -> Analytic:
    """The analytic for one lane zone of one camera."""
    return Congestion(params, place)


def needs(params: Params) -> Needs:
    """What the camera has to show of the zone."""
    del params
    return VEHICLE


def _cannot_tell(code: str, found: Detections, **values: float) -> Observation:
    reason = Reason(code, {"vehicles": len(found), **values})
    return Observation(Presence.CANNOT_TELL, float(len(found)), UNIT, 0.0, found.boxes, reason=reason)


def _parts(grade: Grade, measured: _Measured) -> dict[str, float | int | str]:
    parts: dict[str, float | int | str] = {
        "grade": grade.word,
        "vehicles": measured.vehicles,
        "cover": round(measured.cover, 3),
        "cleared_within_cycle": "yes" if measured.cleared else "no",
    }
    if measured.stays is not None:
        parts["stay_put"] = round(measured.stays, 3)
    if measured.kmh is not None:
        parts["speed_kmh"] = round(measured.kmh, 1)
    if measured.queue_m is not None:
        parts["queue_m"] = round(measured.queue_m, 1)
    return parts
