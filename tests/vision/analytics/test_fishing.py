"""Fishing: who stays where the law forbids it, by time, gear, hour and law; who passes raises nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from patrol.core.closer import Closer, Crop
from patrol.core.days import Days
from patrol.core.detections import Detections, Look
from patrol.core.errors import ConfigError, ModelError
from patrol.core.law import Law
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place, Uses
from patrol.core.sight import Reason
from patrol.core.zone import Zone
from patrol.vision.analytics.fishing import TIMING, Params, build, uses
from patrol.vision.analytics.fishing_workers import Workers, days_of
from patrol.vision.candidates.debounce import Change, Debounce, Timing
from tests.fakes import pictures
from tests.fakes.bank import (
    BAN,
    BY_DAY,
    NET,
    ONE_ROD,
    PICTURE,
    SHORE,
    TOO_FAR,
    WATER,
    Told,
    boat,
    look,
    person,
    place,
    rods,
    rower,
)

STAY_S = 300
ANGLER = person(0.4)
NIGHT = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
"""22:00 in China."""


def last(where: Place, looks: Iterable[Look], params: Params | None = None) -> Observation:
    analytic = build(params or Params(), where)
    *_, said = (analytic.observe(one) for one in looks)
    return said


def raised(where: Place, looks: Iterable[Look], params: Params | None = None) -> list[float]:
    """Seconds at which candidates are raised, with the rule's own timing."""
    analytic, debounce = build(params or Params(), where), Debounce(Timing(**TIMING))
    changes = (
        (debounce.step(one.arrived, one.at, analytic.observe(one).presence), one.arrived) for one in looks
    )
    return [arrived for change, arrived in changes if change is Change.BEGAN]


def sits(seconds: float = 320, every_s: float = 2.0, **more: object) -> Iterable[Look]:
    """An angler who stays from second 0 on."""
    more = {"shown": PICTURE} | more
    return (look(float(t), [ANGLER], **more) for t in np.arange(0, seconds, every_s))  # type: ignore[arg-type]


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


# -- gear and law -------------------------------------------------------------------------------------------


def test_without_gear_where_it_could_be_seen_it_takes_twice_as_long() -> None:
    with_gear, without = Told(rods(0.41)), Told()
    assert raised(place(BAN, closer=with_gear), sits(700))[0] < STAY_S + 15
    (at,) = raised(place(BAN, closer=without), sits(700))
    assert 2 * STAY_S <= at <= 2 * STAY_S + 15
    said = [last(place(BAN, closer=closer), sits()) for closer in (with_gear, without)]
    assert said[0].score > said[1].score > 0
    assert said[1].presence is Presence.BETWEEN
    assert said[1].parts["rods"] == 0


@pytest.mark.parametrize(
    ("closer", "params", "shown", "code"),
    [
        (Told(TOO_FAR), Params(), PICTURE, "rods-too-far"),
        (Told(), Params(second_look=None), PICTURE, "no-second-look"),
        (Told(), Params(), None, "no-picture"),
    ],
)
def test_where_rods_cannot_be_seen_staying_is_all_that_can_be_known(
    closer: Told, params: Params, shown: None, code: str
) -> None:
    banned, leisure = place(BAN, closer=closer), place(ONE_ROD, closer=closer)
    assert raised(banned, sits(400, shown=shown), params)[0] < STAY_S + 15
    said = last(banned, sits(shown=shown), params)
    assert (said.parts["rods"], said.parts["cannot_see"]) == ("cannot see", code)
    assert raised(leisure, sits(900, shown=shown), params) == []
    said = last(leisure, sits(shown=shown), params)
    assert said.presence is Presence.CANNOT_TELL
    assert said.reason is not None
    assert said.reason.code == code
    assert said.parts["law"] == "cannot-say"


@pytest.mark.parametrize(
    ("answer", "presence", "clause"),
    [
        (rods(0.41), Presence.ABSENT, None),
        (rods(), Presence.ABSENT, None),
        (rods(0.38, 0.42), Presence.PRESENT, "rods"),
        (NET, Presence.PRESENT, "nets"),
    ],
)
def test_leisure_angling_allows_one_rod_each_and_no_net(
    answer: Closer, presence: Presence, clause: str | None
) -> None:
    said = last(place(ONE_ROD, closer=Told(answer)), sits())
    assert said.presence is presence
    assert said.parts.get("clause") == clause
    assert said.parts["law"] == ("allowed" if clause is None else "forbidden")
    assert ("words" in said.parts) is (clause is not None)


def test_a_second_rod_that_may_be_one_is_named_and_not_raised_on_a_guess() -> None:
    unsure = rods(0.38, 0.42)
    unsure = replace(unsure, gear=(unsure.gear[0], replace(unsure.gear[1], score=0.25)))
    where = place(ONE_ROD, closer=Told(unsure))
    assert raised(where, sits(900)) == []
    said = last(where, sits())
    assert said.presence is Presence.CANNOT_TELL
    assert said.reason == Reason("rods-unsure", {"rods": 1, "maybe": 1})
    assert (said.parts["rods"], said.parts["rods_unsure"]) == (1, 1)


class _Flickers:
    """A second look that sees one rod more in every second twenty of its looks."""

    def __init__(self) -> None:
        self.asked = 0

    def examine(self, crop: Crop) -> Closer:
        del crop
        self.asked += 1
        return rods(0.38, 0.42) if self.asked // 20 % 2 else rods(0.38)


def test_a_second_rod_that_is_lost_and_seen_again_is_one_incident() -> None:
    where = place(ONE_ROD, closer=_Flickers())
    assert [change for change, _ in changes(sits(3600), where)] == [Change.BEGAN]


def test_by_night_nobody_may_stay_and_by_day_one_rod_may() -> None:
    where = place(BY_DAY, closer=Told(rods(0.41)))
    assert last(where, sits()).presence is Presence.ABSENT
    said = last(where, sits(when=NIGHT))
    assert said.presence is Presence.PRESENT
    assert (said.parts["clause"], said.parts["night"]) == ("night", "yes")


def test_the_night_weighs_and_is_told_to_the_second_look() -> None:
    closer = Told()
    dark = last(place(BAN, closer=closer), sits(night=True))
    assert dark.parts["night"] == "yes"
    assert all(crop.dark for crop in closer.crops)
    assert dark.score > last(place(BAN, closer=Told()), sits()).score


def test_people_at_work_count_only_with_gear() -> None:
    at_work = Params(workers={"mon-sun": "0-24"})
    assert raised(place(BAN, closer=Told()), sits(900), at_work) == []
    said = last(place(BAN, closer=Told()), sits(), at_work)
    assert (said.presence, said.parts["workers"]) == (Presence.ABSENT, "expected")
    assert last(place(BAN, closer=Told(rods(0.41))), sits(), at_work).presence is Presence.PRESENT
    assert last(place(BAN, closer=Told(TOO_FAR)), sits(), at_work).presence is Presence.CANNOT_TELL
    other_day = Params(workers={"sun": "0-24"})  # it is a Saturday
    assert last(place(BAN, closer=Told(rods(0.41))), sits(), other_day).presence is Presence.PRESENT


def test_a_law_that_is_not_in_force_forbids_nothing() -> None:
    from patrol.core.days import Days

    summer = replace(BAN, days=(Days((6, 1), (8, 31)),))
    said = last(place(summer, closer=Told(rods(0.41))), sits())
    assert (said.presence, said.parts["law"]) == (Presence.ABSENT, "allowed")


def test_second_looks_are_spread_over_time_and_parties() -> None:
    closer = Told()
    four = [person(x, tall=0.05) for x in (0.1, 0.35, 0.6, 0.85)]
    analytic, before = build(Params(), place(BAN, closer=closer)), 0
    for t in range(0, 302, 2):
        analytic.observe(look(float(t), four, shown=PICTURE))
        assert len(closer.crops) - before <= 2
        before = len(closer.crops)
    assert 4 * 15 <= len(closer.crops) <= 4 * 21
    assert {len(crop.subjects) for crop in closer.crops} == {1}
    (scale,) = {crop.px_per_m for crop in closer.crops}
    assert scale == pytest.approx(0.05 * 720 / 1.7, rel=1e-3)


def test_a_second_look_that_fails_is_never_answered_with_nothing_seen() -> None:
    class Broken(Told):
        def examine(self, crop: object) -> Closer:
            raise ModelError("gone")

    with pytest.raises(ModelError):
        last(place(BAN, closer=Broken()), sits())


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


# -- one incident for one stay ------------------------------------------------------------------------------


def changes(
    looks: Iterable[Look], where: Place, resumed_at: float | None = None
) -> list[tuple[Change, float]]:
    """When an incident begins and ends, with the rule's own timing; open from `resumed_at` on."""
    analytic, debounce = build(Params(), where), Debounce(Timing(**TIMING), resumed_at)
    told = ((debounce.step(o.arrived, o.at, analytic.observe(o).presence), o.arrived) for o in looks)
    return [(change, at) for change, at in told if change in (Change.BEGAN, Change.CLEARED)]


@pytest.mark.parametrize("law", [BAN, ONE_ROD, BY_DAY])
def test_after_a_restart_whoever_still_sits_there_keeps_the_incident_open(law: Law) -> None:
    where = place(law, closer=Told(rods(0.4, 0.43)))
    assert changes(sits(700), where, resumed_at=0.0) == []


def test_after_a_restart_whoever_has_gone_or_may_stay_ends_the_incident() -> None:
    nobody = [look(float(t), [], shown=PICTURE) for t in range(0, 100, 2)]
    assert changes(nobody, place(BAN), resumed_at=0.0) == [(Change.CLEARED, 60.0)]
    summer = replace(BAN, days=(Days((6, 1), (8, 31)),))
    assert changes(sits(700), place(summer), resumed_at=0.0) == [(Change.CLEARED, 60.0)]


def test_rods_that_nobody_has_looked_for_in_a_while_are_not_known() -> None:
    looks = (look(float(t), [ANGLER], shown=PICTURE if t < 600 else None) for t in range(0, 1000, 2))
    said = last(place(ONE_ROD, closer=Told(rods(0.4, 0.43))), looks)
    assert (said.presence, said.reason) == (Presence.CANNOT_TELL, Reason("no-picture"))
    assert said.parts["rods"] == "cannot see"


@pytest.mark.parametrize("found", [0.5, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_whoever_moves_along_the_bank_every_ten_minutes_is_one_incident(found: float, seed: int) -> None:
    dice = np.random.default_rng(seed)
    looks = [
        look(float(t), [person(0.1 + 0.15 * (t // 600))] if dice.random() < found else [], shown=PICTURE)
        for t in range(0, 3000, 2)
    ]
    ((change, _),) = changes(looks, place(BAN, closer=Told(rods(0.4))))
    assert change is Change.BEGAN


@pytest.mark.parametrize("seed", range(6))
def test_whoever_is_seen_about_as_often_as_is_asked_for_is_one_incident(seed: int) -> None:
    """Shares of looks go above and below 0.3."""
    dice = np.random.default_rng(seed)
    looks = [
        look(float(t), [ANGLER] if dice.random() < 0.35 else [], shown=PICTURE) for t in range(0, 1300, 2)
    ]
    ((change, _),) = changes(looks, place(BAN, closer=Told(rods(0.4))))
    assert change is Change.BEGAN


def test_with_a_look_each_minute_half_of_the_sightings_are_enough_for_a_long_dwell() -> None:
    params, where = Params(stay_s=1200.0), place(BAN, closer=Told(rods(0.41)), look_every_s=60.0)
    for seed in range(10):
        dice = np.random.default_rng(seed)
        looks = [
            look(float(t), [ANGLER] if dice.random() < 0.5 else [], shown=PICTURE) for t in range(0, 4800, 60)
        ]
        assert raised(where, looks, params)


# -- scenes -------------------------------------------------------------------------------------------------


def scenes(change: Callable[[int], int]) -> Iterable[Look]:
    """An angler in a picture that jumps every 20 s to the place that `change` names."""
    there = [pictures.place(seed) for seed in range(2)]
    for t in range(0, 400, 2):
        grey = pictures.live(there[change(t // 20)], float(t))
        yield look(float(t), [ANGLER], shown=PICTURE, grey=grey, scene=t // 20)


def test_a_clip_that_begins_anew_shows_the_same_place() -> None:
    where = place(BAN, closer=Told(rods(0.41)))
    assert last(where, scenes(lambda _: 0)).presence is Presence.PRESENT


def test_another_place_forgets_everything() -> None:
    where = place(BAN, closer=Told(rods(0.41)))
    assert raised(where, scenes(lambda n: n % 2)) == []
    assert raised(where, (replace(one, grey=None) for one in scenes(lambda _: 0))) == []


def test_a_black_picture_after_a_jump_does_not_say_where_it_is() -> None:
    where = place(BAN, closer=Told(rods(0.41)))
    analytic, flat = build(Params(), where), np.zeros((180, 320), np.uint8)
    said = []
    for one in scenes(lambda _: 0):
        jumped = one.arrived % 20 == 0 and one.arrived > 0
        said.append(analytic.observe(replace(one, grey=flat) if jumped else one).presence)
    assert said[10::10] == [Presence.CANNOT_TELL] * 19
    assert said[-1] is Presence.PRESENT
