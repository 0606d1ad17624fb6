"""Congestion: by what covers the lane and stays put, or by speed; no red light, and no car park."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import numpy as np
import pytest

from patrol.core.detections import Look
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place
from patrol.core.zone import Zone
from patrol.vision.analytics.congestion import TIMING, Params, build
from patrol.vision.candidates.debounce import Change, Debounce, Timing
from tests.fakes.lane import LANE, cars, driving, place, platoon, signal

EMPTY = np.zeros(0)
JAM = platoon(7.5)


def last(params: Params, where: Place, looks: Iterable[Look]) -> Observation:
    analytic = build(params, where)
    *_, observation = (analytic.observe(look) for look in looks)
    return observation


def raised(params: Params, where: Place, looks: Iterable[Look]) -> list[float]:
    analytic, debounce = build(params, where), Debounce(Timing(**TIMING))
    changes = ((debounce.step(k.arrived, k.at, analytic.observe(k).presence), k.arrived) for k in looks)
    return [arrived for change, arrived in changes if change is Change.BEGAN]


def came_to_a_stand(seconds: float, every_s: float = 2.0) -> list[Look]:
    """20 s of an empty lane, then a standing queue."""
    steps = np.arange(0, seconds, every_s)
    return [cars(float(t), JAM if t > 20 else EMPTY) for t in steps]


@pytest.mark.parametrize("calibrated", [True, False])
@pytest.mark.parametrize("every_s", [0.5, 1.0, 2.0, 4.0])
def test_what_stands_is_severe_at_every_look_rate(every_s: float, calibrated: bool) -> None:
    looks = came_to_a_stand(120, every_s)
    observation = last(Params(road="arterial"), place(calibrated=calibrated), looks)
    assert observation.presence is Presence.PRESENT
    assert observation.parts["grade"] == "severe"
    assert observation.parts["vehicles"] == observation.value == len(looks[-1].detections)


@pytest.mark.parametrize("every_s", [1.0, 2.0, 4.0])
def test_an_empty_lane_and_a_few_fast_cars_are_free(every_s: float) -> None:
    for looks in ([cars(t, EMPTY) for t in np.arange(0, 90, every_s)], driving(55, 50, 90, every_s)):
        observation = last(Params(), place(calibrated=False), looks)
        assert observation.presence is Presence.ABSENT
        assert observation.parts["grade"] == "free"


@pytest.mark.parametrize(
    ("kmh", "gap_m", "road", "grade"),
    [
        (50, 28, "arterial", "free"),
        (25, 15, "arterial", "slow"),
        (17.5, 12, "arterial", "congested"),
        (8, 9, "arterial", "severe"),
        (17.5, 12, "expressway", "severe"),
        (17.5, 12, "secondary", "slow"),
    ],
)
def test_on_calibrated_ground_the_speed_bands_of_the_road_hold(
    kmh: float, gap_m: float, road: Literal["expressway", "arterial", "secondary"], grade: str
) -> None:
    params = Params(road=road)
    observation = last(params, place(), driving(kmh, gap_m, 120))
    assert observation.parts["grade"] == grade
    assert observation.parts["speed_kmh"] == pytest.approx(kmh, abs=max(1.0, 0.06 * kmh))


def test_a_queue_has_a_length_where_the_ground_is_known() -> None:
    looks = [cars(t, 50 - 7.5 * np.arange(5.0) if t > 20 else EMPTY) for t in range(0, 60, 2)]
    assert last(Params(), place(), looks).parts["queue_m"] == pytest.approx(4 * 7.5 + 5, abs=1)
    assert "queue_m" not in last(Params(), place(calibrated=False), looks).parts


def test_it_is_raised_after_three_minutes_and_clears_when_traffic_runs() -> None:
    (began,) = raised(Params(), place(), came_to_a_stand(400))
    assert 200 <= began <= 290  # it came at 20 s, lasts 180 s; at most 90 s later
    analytic = build(Params(), place())
    for look in came_to_a_stand(200):
        analytic.observe(look)
    said = [analytic.observe(cars(200.0 + t, EMPTY)).presence for t in range(0, 120, 2)]
    assert said[-1] is Presence.ABSENT
    assert Presence.CANNOT_TELL not in said


@pytest.mark.parametrize("cycle_s", [90.0, None])
@pytest.mark.parametrize("calibrated", [True, False])
def test_a_queue_that_clears_in_its_cycle_is_never_raised(cycle_s: float | None, calibrated: bool) -> None:
    looks = signal(900, 90, 45, lambda _: 12)
    params = Params(road="arterial", cycle_s=cycle_s)
    assert raised(params, place(calibrated=calibrated), looks) == []


@pytest.mark.parametrize("calibrated", [True, False])
def test_a_queue_that_outlasts_its_cycles_is_raised(calibrated: bool) -> None:
    looks = signal(720, 90, 60, lambda now: 12 if now < 270 else 22)
    params = Params(road="arterial", cycle_s=90)
    (began,) = raised(params, place(calibrated=calibrated), looks)
    assert began > 270 + 180


def test_a_lane_zone_over_a_car_park_cannot_tell() -> None:
    rng = np.random.default_rng(3)
    looks = [cars(t, JAM[rng.random(len(JAM)) > 0.2]) for t in range(0, 500, 2)]  # one in five is missed
    assert raised(Params(), place(), looks) == []
    observation = last(Params(), place(), looks)
    assert observation.presence is Presence.CANNOT_TELL
    assert observation.reason is not None
    assert observation.reason.code == "never-moves"


def test_what_has_stood_for_hours_is_parked() -> None:
    looks = [cars(float(t), JAM if t > 20 else EMPTY) for t in range(0, 700, 4)]
    assert last(Params(), place(), looks).presence is Presence.PRESENT
    assert last(Params(parked_after_s=600), place(), looks).presence is Presence.CANNOT_TELL


def test_a_splice_fakes_neither_standing_nor_movement() -> None:
    cut = [cars(float(t), JAM if t > 20 else EMPTY, scene=t) for t in range(0, 400, 2)]
    assert raised(Params(), place(), cut) == []  # no two looks can be compared
    assert last(Params(), place(), cut).presence is Presence.BETWEEN
    looped = [cars(float(t), JAM if t > 20 else EMPTY, scene=t // 10) for t in range(0, 400, 2)]
    assert len(raised(Params(), place(), looped)) == 1  # minutes go on over splices


def test_parked_areas_are_excluded_by_their_zone() -> None:
    parking = Zone("p", "p", "parking", LANE.polygon)
    observation = last(Params(), Place(LANE, excluded=(parking,)), came_to_a_stand(60))
    assert observation.presence is Presence.ABSENT
    assert observation.value == 0


def test_a_worker_that_starts_within_a_jam_ends_nothing_at_its_first_look() -> None:
    assert build(Params(), place()).observe(cars(0.0, JAM)).presence is Presence.BETWEEN


def test_looks_too_far_apart_to_be_compared_cannot_tell() -> None:
    observation = last(Params(), place(), came_to_a_stand(300, every_s=10.0))
    assert observation.presence is Presence.CANNOT_TELL
    assert observation.reason is not None
    assert observation.reason.code == "looks-too-rare"
    assert observation.reason.values["seconds"] == 10


def test_it_is_raised_from_the_grade_that_is_asked_for() -> None:
    looks = list(driving(17.5, 12, 120))
    for params, presence in (
        (Params(road="arterial", raise_at="slow"), Presence.PRESENT),
        (Params(road="arterial", raise_at="congested"), Presence.PRESENT),
        (Params(road="arterial", raise_at="severe"), Presence.BETWEEN),
    ):
        assert last(params, place(), looks).presence is presence


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: Params(cycle_s=5), "cycle_s must lie between 10 and 600"),
        (lambda: Params(window_s=1), "window_s must lie between"),
        (lambda: Params(parked_after_s=60), "parked_after_s must be 600"),
        (lambda: Params(cover=(0.5, 0.4, 0.6)), "cover must be three rising"),
        (lambda: Params(stays=(0.1, 0.2, 1.6)), "stays must be three rising"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(made: Callable[[], Params], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        made()
