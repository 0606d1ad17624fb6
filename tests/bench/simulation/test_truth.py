"""Speeds, grades and spells of congestion; what is judged against them."""

import math

import pytest

from patrol.bench.simulation.judge import (
    UNTOLD,
    Incident,
    Said,
    agreement,
    by_minute,
    confusion,
    verdict,
)
from patrol.bench.simulation.truth import SpeedLog, Spell, Stretch, Waits, grade_of, spells
from patrol.bench.simulation.vehicles import Vehicle

ROAD = Stretch(100.0, 200.0, 0.0, -3.5)


def car(x: float, speed: float, name: str = "a", y: float = -1.0) -> Vehicle:
    return Vehicle(name, "car", x, y, 0.0, speed)


@pytest.mark.parametrize(
    ("kmh", "road", "grade"),
    [
        (31.0, "arterial", "free"),
        (30.0, "arterial", "slow"),
        (20.0, "arterial", "congested"),
        (15.0, "arterial", "severe"),
        (15.1, "secondary", "slow"),
        (51.0, "expressway", "free"),
        (20.0, "expressway", "severe"),
        (math.nan, "arterial", "free"),
    ],
)
def test_grades_follow_the_bands(kmh: float, road: str, grade: str) -> None:
    assert grade_of(kmh, road) == grade


def test_a_standing_vehicle_weighs_by_the_time_that_it_stands() -> None:
    log = SpeedLog(ROAD, 60)
    for second in range(60):
        passing = [car(150.0, 20.0, "b")] if second < 20 else []
        log.add(second, [car(120.0, 0.0), *passing])
    assert log.mean_kmh(0, 60) == pytest.approx(20 * 20 / 80 * 3.6)


def test_only_the_stretch_counts() -> None:
    log = SpeedLog(ROAD, 1)
    log.add(0, [car(99.0, 20.0), car(200.0, 20.0), car(150.0, 20.0, y=2.0), car(150.0, 10.0)])
    assert log.mean_kmh(0, 1) == pytest.approx(36.0)


def test_an_empty_minute_has_no_speed_and_rolling_looks_back_only() -> None:
    log = SpeedLog(ROAD, 180)
    for second in range(60, 120):
        log.add(second, [car(150.0, 10.0)])
    means = log.per_minute(0, 180)
    assert math.isnan(means[0])
    assert means[1] == pytest.approx(36.0)
    assert math.isnan(log.rolling(60, 61)[0])
    assert log.rolling(61, 62)[0] == pytest.approx(36.0)


def test_a_spell_is_due_when_it_has_lasted_and_short_ones_are_none() -> None:
    grades = ["free"] * 100 + ["congested"] * 100 + ["severe"] * 100 + ["slow"] * 200 + ["severe"] * 179
    assert spells(grades, 1000, 180) == [Spell(1280, 1300)]


def test_spells_close_to_each_other_are_one() -> None:
    grades = ["congested"] * 200 + ["slow"] * 30 + ["congested"] * 200
    assert spells(grades, 0, 180) == [Spell(180, 430)]


def test_a_wait_runs_from_the_first_stop_to_the_line() -> None:
    waits = Waits(200.0)
    for second, (x, speed) in enumerate(
        [(150.0, 9.0), (160.0, 0.0), (160.0, 0.0), (180.0, 0.0), (201.0, 5.0)]
    ):
        waits.add(float(second), [car(x, speed)])
    assert waits.longest_s() == 3.0


def test_a_minute_says_what_most_of_its_looks_say_and_the_worse_of_two() -> None:
    said = [Said(0, "free"), Said(2, "severe"), Said(60, "slow"), Said(62, "slow"), Said(64, "free")]
    assert by_minute(said, 0, 3) == ["severe", "slow", UNTOLD]


def test_a_minute_without_an_answer_is_no_agreement() -> None:
    table = confusion(["free", "free", "slow"], ["free", UNTOLD, "slow"])
    assert table == {"free": {"free": 1, UNTOLD: 1}, "slow": {"slow": 1}}
    assert agreement(table) == pytest.approx(2 / 3)


def test_incidents_are_matched_with_spells_and_what_is_left_is_false() -> None:
    due = [Spell(1000, 2000), Spell(5000, 6000)]
    judged = verdict(due, [Incident(1040.0, 2100.0), Incident(3000.0, 3100.0)], 180)
    assert judged.delays == (40.0, None)
    assert judged.false == 1


def test_an_incident_that_ended_before_the_congestion_began_did_not_find_it() -> None:
    judged = verdict([Spell(1000, 2000)], [Incident(700.0, 800.0)], 180)
    assert judged.delays == (None,)
    assert judged.false == 1


def test_an_incident_that_was_raised_before_there_was_congestion_is_false_though_it_stays_open() -> None:
    early = verdict([Spell(1000, 2000)], [Incident(300.0, None)], 180)
    assert early.delays == (-180.0,)
    assert early.false == 1


def test_an_incident_that_is_open_as_a_second_spell_begins_found_that_too() -> None:
    both = verdict([Spell(1000, 1100), Spell(1500, 2000)], [Incident(1010.0, 2100.0)], 180)
    assert both.delays == (10.0, -180.0)
    assert both.false == 0
