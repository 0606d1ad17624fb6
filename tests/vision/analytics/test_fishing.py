"""Fishing: who stays and who passes, on the bank and in boats; and input that means nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from patrol.core.detections import Detections, Look
from patrol.core.errors import ConfigError
from patrol.core.observation import Presence
from patrol.core.place import Place, Uses
from patrol.core.sight import Reason
from patrol.core.zone import Zone
from patrol.vision.analytics.fishing import TIMING, Params, build, uses
from patrol.vision.analytics.fishing_workers import Workers, days_of
from patrol.vision.candidates.debounce import Change, Debounce, Timing
from tests.fakes.angler import ANGLER, STAY_S, last, raised, sits
from tests.fakes.bank import (
    BAN,
    ONE_ROD,
    PICTURE,
    SHORE,
    WATER,
    Told,
    boat,
    look,
    person,
    place,
    rods,
    rower,
)

# -- staying ------------------------------------------------------------------------------------------------


def test_an_angler_with_a_rod_is_raised_after_the_dwell_with_all_that_it_rests_on() -> None:
    where = place(BAN, closer=Told(rods(0.41)))
    (at,) = raised(where, sits(400))
    assert STAY_S <= at <= STAY_S + 14
    said = last(where, sits())
    assert said.presence is Presence.PRESENT
    assert (said.value, said.unit) == (1, "persons")
    assert said.boxes[0].tolist() == pytest.approx(ANGLER)
    parts = dict(said.parts)
    assert parts["people"] == 1
    assert parts["share"] == 1
    assert STAY_S <= float(parts["dwell_s"]) <= 320
    assert (parts["rods"], parts["nets"], parts["night"]) == (1, 0, "no")
    assert (parts["law"], parts["clause"]) == ("forbidden", "fishing")
    assert (parts["notice"], parts["source"]) == ("county-2021", "County (2021) 1")
    assert parts["words"] == "No fishing in the reserve."
    total = sum(float(parts[f"score_{name}"]) for name in ("staying", "gear", "night"))
    assert said.score == pytest.approx(total * float(parts["score_law"]), abs=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_half_of_the_looks_and_half_of_the_sightings_are_enough_within_twice_the_dwell(seed: int) -> None:
    dice = np.random.default_rng(seed)
    looks = [
        look(float(t), [ANGLER] if dice.random() < 0.5 else [], shown=PICTURE)
        for t in range(0, 2 * STAY_S, 2)
        if dice.random() < 0.5
    ]
    (at,) = raised(place(BAN, closer=Told(rods(0.41))), looks)
    assert at <= 2 * STAY_S


def test_ten_walkers_in_an_hour_raise_nothing_and_are_never_building_up() -> None:
    def walkers(t: int) -> list[tuple[float, float, float, float]]:
        return [person(0.08 * (t - begun)) for begun in range(100, 3600, 360) if 0 <= t - begun <= 12]

    analytic = build(Params(), place(BAN, closer=Told(rods(0.4))))
    said = {analytic.observe(look(float(t), walkers(t), shown=PICTURE)).presence for t in range(0, 3600, 2)}
    assert said == {Presence.ABSENT}


def visit(begun: float, dice: np.random.Generator) -> tuple[list[float], list[float]]:
    """Somebody comes into the picture, stands somewhere for up to a minute, and goes on or back."""
    there, stands, end = dice.uniform(0.1, 0.9), dice.uniform(0, 60), float(dice.choice([-0.05, 1.05]))
    arrives = begun + there / 0.08
    leaves = arrives + stands
    times = [begun, arrives, leaves, leaves + abs(end - there) / 0.08]
    return [float(second) for second in times], [-0.05, float(there), float(there), end]


@pytest.mark.parametrize("seed", [0, 1])
def test_people_who_come_and_go_along_the_bank_raise_nothing(seed: int) -> None:
    """One every minute for an hour, of whom most stop for a while."""
    dice = np.random.default_rng(seed)
    visits = [visit(float(second), dice) for second in dice.uniform(0, 3600, 60)]
    looks = [
        look(float(t), [person(float(np.interp(t, *way))) for way in visits if way[0][0] <= t <= way[0][-1]])
        for t in range(0, 3600, 2)
    ]
    assert sum(len(one.detections) > 0 for one in looks) > 0.4 * len(looks)
    assert raised(place(BAN), looks) == []


def test_it_ends_when_the_angler_has_gone_and_walkers_do_not_keep_it_open() -> None:
    analytic, debounce = build(Params(), place(BAN, closer=Told(rods(0.41)))), Debounce(Timing(**TIMING))
    ended = []
    for t in range(0, 900, 2):
        people = [ANGLER] if t < 400 else [person(0.08 * (t % 60))] if t % 60 < 12 else []
        one = look(float(t), people, shown=PICTURE)
        if debounce.step(one.arrived, one.at, analytic.observe(one).presence) is Change.CLEARED:
            ended.append(t)
    assert len(ended) == 1
    assert 400 + 60 <= ended[0] <= 400 + 60 + 150


def test_two_anglers_side_by_side_are_two() -> None:
    both = [person(0.4), person(0.47)]
    said = last(
        place(BAN, closer=Told(rods(0.4, 0.48))),
        (look(float(t), both, shown=PICTURE) for t in range(0, 320, 2)),
    )
    assert (said.value, said.parts["people"], said.parts["rods"], len(said.boxes)) == (2, 2, 2, 2)


def test_feet_outside_of_the_band_and_in_excluded_zones_do_not_count() -> None:
    away = (look(float(t), [person(0.4, 0.6)]) for t in range(0, 320, 2))
    assert last(place(), away).parts["people"] == 0
    parking = Zone("p", "p", "parking", ((0.3, 0.7), (0.5, 0.7), (0.5, 1.0), (0.3, 1.0)))
    assert last(place(excluded=(parking,)), sits()).presence is Presence.ABSENT


# -- boats --------------------------------------------------------------------------------------------------


def drifting(step: float, seconds: int = 1000, *, manned: bool = True) -> Iterable[Look]:
    """A boat that moves by so many of its lengths a second, to and fro over the river."""
    for t in range(0, seconds, 2):
        way = step * 0.15 * t % 1.4
        x = 0.15 + (way if way < 0.7 else 1.4 - way)
        yield look(float(t), [rower(x)] if manned else [], [boat(x)], shown=PICTURE)


def test_a_boat_that_drifts_with_people_in_it_is_raised_after_its_dwell() -> None:
    where = place(BAN, zone=WATER, closer=Told(rods(0.4)))
    (at,) = raised(where, drifting(0.03))
    assert 900 <= at <= 930
    said = last(where, drifting(0.03))
    assert (said.value, said.parts["people"]) == (1, 1)
    said = last(place(replace(ONE_ROD, boats="forbidden"), zone=WATER, closer=Told()), drifting(0.03, 1900))
    assert said.parts["clause"] == "boats"


def test_kayaks_that_pass_moored_boats_and_barges_raise_nothing() -> None:
    where = place(BAN, zone=WATER, closer=Told(rods(0.4)))
    kayak = (
        look(float(t), [rower(0.02 * (t % 120))], [boat(0.02 * (t % 120), long=0.05)], shown=PICTURE)
        for t in range(0, 3600, 2)
    )
    assert raised(where, kayak) == []
    assert raised(where, drifting(0.0, 1000, manned=False)) == []
    crew = rower(0.5)
    barge = (look(float(t), [crew], [boat(0.5, long=0.9)], shown=PICTURE) for t in range(0, 1000, 2))
    assert raised(where, barge) == []
    mooring = Zone("m", "m", "mooring", ((0.0, 0.2), (1.0, 0.2), (1.0, 0.7), (0.0, 0.7)))
    moored = place(BAN, zone=WATER, closer=Told(rods(0.4)), excluded=(mooring,))
    assert raised(moored, drifting(0.0, 1000)) == []


def test_whoever_wades_counts_as_on_the_shore_and_whoever_is_in_a_boat_does_not() -> None:
    where = place(BAN, zone=WATER, closer=Told(rods(0.4)))
    wading = (look(float(t), [person(0.4, 0.5)], shown=PICTURE) for t in range(0, 320, 2))
    assert last(where, wading).presence is Presence.PRESENT
    assert last(where, drifting(0.0, 320)).presence is Presence.BETWEEN
    flicker = (
        look(float(t), [rower(0.4)], [boat(0.4)] if t % 3 else [], shown=PICTURE) for t in range(0, 400, 2)
    )
    assert last(where, flicker).presence is Presence.BETWEEN, "the boat was only missed"


def test_on_a_shore_boats_do_not_count() -> None:
    looks = (look(float(t), [], [boat(0.4, 0.8)], shown=PICTURE) for t in range(0, 1000, 2))
    assert last(place(BAN, closer=Told(rods(0.4))), looks).parts["people"] == 0


# -- bad input ----------------------------------------------------------------------------------------------


def test_a_zone_without_a_law_is_refused_in_words() -> None:
    with pytest.raises(ConfigError, match="'bank', which has no `laws`"):
        build(Params(), Place(SHORE))


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: Params(stay_s=1), "stay_s must lie between"),
        (lambda: Params(drift_s=1e6), "drift_s must lie between"),
        (lambda: Params(share=0), "share must lie between"),
        (lambda: Params(reach=9), "reach must lie between"),
        (lambda: Params(score=2), "score must lie between"),
        (lambda: Params(closer_every_s=100), "at most 50, a sixth of the dwell"),
        (lambda: Params(stay_s=20), "at most 3.33"),
        (lambda: Params(workers={"someday": "7-18"}), "no weekday"),
        (lambda: Params(workers={"mon": "all"}), "no range of hours"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(made: Callable[[], Params], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        made()


def test_it_names_the_second_look_that_it_uses() -> None:
    assert uses(Params()) == Uses(second_looks=("lines",))
    assert uses(Params(second_look=None)) == Uses()


def test_weekdays_run_over_the_end_of_the_week() -> None:
    assert days_of("sat-mon") == (5, 6, 0)
    assert days_of("mon-sun") == tuple(range(7))
    workers = Workers({"fri": "22-2"})
    assert workers.expected(datetime(2026, 11, 20, 23, 0, tzinfo=UTC))
    assert workers.expected(datetime(2026, 11, 20, 1, 0, tzinfo=UTC)), "of the same day: its own morning"
    assert not workers.expected(datetime(2026, 11, 21, 1, 0, tzinfo=UTC))


def test_a_detector_without_people_cannot_tell() -> None:
    blind = replace(look(0.0), detections=Detections.none(("boat",)))
    said = build(Params(), place()).observe(blind)
    assert said.reason is not None
    assert said.reason.code == "no-class"


def test_blind_looks_count_neither_for_nor_against() -> None:
    why = Reason("black", {"light": 0})
    analytic = build(Params(), place(BAN, closer=Told(rods(0.41))))
    said = [
        analytic.observe(
            look(float(t), [ANGLER] if t % 4 else [], shown=PICTURE, blind=None if t % 4 else why)
        )
        for t in range(0, 320, 2)
    ]
    assert said[0].presence is Presence.CANNOT_TELL
    assert said[0].reason == why
    assert said[-1].parts["share"] == 1
    assert said[-1].presence is Presence.PRESENT


def test_boxes_at_and_beyond_the_edge_of_the_picture_are_cropped() -> None:
    closer = Told(rods(0.0))
    edge = [(-0.05, 0.8, 0.02, 1.05), (0.97, 0.7, 1.1, 0.99)]
    zone = Zone("all", "all", "shore", ((-1.0, 0.0), (2.0, 0.0), (2.0, 2.0), (-1.0, 2.0)))
    said = last(
        place(BAN, zone=zone, closer=closer), (look(float(t), edge, shown=PICTURE) for t in range(0, 320, 2))
    )
    assert said.boxes.min() >= 0
    assert said.boxes.max() <= 1
    for crop in closer.crops:
        assert min(crop.region) >= 0
        assert max(crop.region) <= 1
        assert crop.pixels.size


def test_boxes_of_no_size_are_nobody() -> None:
    none = [(0.4, 0.8, 0.4, 0.8), (0.5, 0.6, 0.5, 0.8)]
    said = last(place(), (look(float(t), none, shown=PICTURE) for t in range(0, 320, 2)))
    assert (said.presence, said.parts["people"]) == (Presence.ABSENT, 0)


def test_time_that_goes_backwards_and_a_gap_of_hours_raise_nothing() -> None:
    where = place(BAN, closer=Told(rods(0.41)))
    backwards = [look(float(t), [ANGLER], shown=PICTURE) for t in (100, 50, 100, 0, 101, 400)]
    assert last(where, backwards).presence is Presence.BETWEEN
    hours = [look(float(t), [ANGLER], shown=PICTURE) for t in (0, 2, 4, 9000, 9002, 9004)]
    assert last(where, hours).presence is Presence.BETWEEN
