from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from patrol.vision.worker.daylight import BACK, HOLD_S, Daylight, brightness

NIGHT = 40.0


def changes(daylight: Daylight, readings: list[tuple[float, float]]) -> list[float]:
    """Seconds at which it became something else; the first decision is none."""
    found: list[float] = []
    for arrived, light in readings:
        before = daylight.night
        daylight.seen(light, arrived)
        if before is not None and daylight.night is not before:
            found.append(arrived)
    return found


def every(step: float, lights: list[float]) -> list[tuple[float, float]]:
    return [(i * step, light) for i, light in enumerate(lights)]


def test_a_camera_that_starts_at_night_need_not_wait() -> None:
    daylight = Daylight(NIGHT)
    assert daylight.is_night(12.0)
    assert not daylight.is_night(120.0)
    daylight.seen(12.0, 0.0)
    assert daylight.is_night(120.0), "decided; one bright look is no morning"


@given(st.floats(0.5, 20.0), st.integers(200, 600))
def test_a_day_that_turns_to_night_does_so_once(step: float, looks: int) -> None:
    fall = [120.0 - 115.0 * i / looks for i in range(looks)] + [5.0] * (int(HOLD_S / step) + 2)
    dusk = every(step, fall)
    (at,) = changes(Daylight(NIGHT), dusk)
    under = next(arrived for arrived, light in dusk if light < NIGHT)
    assert under + HOLD_S <= at <= under + HOLD_S + step
    dawn = every(step, fall[::-1] + [120.0] * (int(HOLD_S / step) + 2))
    assert len(changes(Daylight(NIGHT), dawn)) == 1


@given(st.lists(st.tuples(st.floats(0.2, 90.0), st.floats(0, 255)), min_size=2, max_size=60))
def test_it_never_changes_more_often_than_the_time_that_it_waits(looks: list[tuple[float, float]]) -> None:
    arrived, readings = 0.0, []
    for gap, light in looks:
        arrived += gap
        readings.append((arrived, light))
    found = changes(Daylight(NIGHT), readings)
    assert all(later - earlier >= HOLD_S for earlier, later in pairwise(found))


@given(st.lists(st.floats(NIGHT, NIGHT * BACK, exclude_max=True), min_size=40, max_size=80), st.booleans())
def test_between_the_two_levels_it_stays_what_it_was(lights: list[float], night: bool) -> None:
    daylight = Daylight(NIGHT)
    first = 10.0 if night else 100.0
    assert changes(daylight, every(2.0, [first, *lights])) == []


def test_headlights_every_half_minute_are_no_day() -> None:
    passing = [200.0 if i % 15 < 5 else 10.0 for i in range(300)]  # 10 s of light in every 30
    daylight = Daylight(NIGHT)
    daylight.seen(10.0, -2.0)
    assert changes(daylight, every(2.0, passing)) == []


def test_a_camera_that_was_away_for_hours_waits_from_its_first_look_on() -> None:
    daylight = Daylight(NIGHT)
    readings = [(0.0, 120.0), (30_000.0, 10.0), (30_030.0, 10.0), (30_061.0, 10.0)]
    assert changes(daylight, readings) == [30_061.0]


def test_brightness_is_the_mean_of_the_luma() -> None:
    half = np.zeros((90, 160), np.uint8)
    half[:45] = 200
    assert brightness(half) == 100.0
