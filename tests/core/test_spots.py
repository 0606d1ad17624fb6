"""Spots: who stays is found in shares of looks; who passes leaves nothing that stays."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.core.spots import MOST, STILL, UNLOOKED_S, Sighted, Spot, Spots

ASPECT = 16 / 9
TALL = 0.2
SHARE, GAP_S, WINDOW_S = 0.3, 120.0, 300.0


def standing(*places: tuple[float, float], tall: float = TALL) -> Sighted:
    """People whose feet are at these places."""
    wide = 0.4 * tall / ASPECT
    boxes = np.asarray([(x - wide / 2, y - tall, x + wide / 2, y) for x, y in places], np.float32)
    boxes = boxes.reshape(-1, 4)
    return Sighted.of_people(boxes, np.full(len(boxes), 0.8, np.float32))


def spots(reach: float = 1.0) -> Spots:
    return Spots(WINDOW_S, SHARE, reach, GAP_S)


def after(looks: Iterable[tuple[float, Sighted]], found: Spots | None = None) -> tuple[Spot, ...]:
    found = found or spots()
    for arrived, sighted in looks:
        found.note(arrived, sighted, ASPECT)
    return found.spots()


def stays(spot: Spot, dwell_s: float = WINDOW_S) -> bool:
    return spot.dwell_s >= dwell_s and spot.share >= SHARE and spot.still >= STILL


HERE = standing((0.4, 0.8))
NOBODY = standing()


def test_somebody_who_stays_is_one_spot() -> None:
    (spot,) = after((float(t), HERE) for t in range(0, 302, 2))
    assert (spot.dwell_s, spot.unseen_s, spot.share, spot.still) == (300, 0, 1, 1)
    assert (spot.people, spot.aboard) == (1, 1)
    assert spot.tall == pytest.approx(TALL)
    assert spot.box == pytest.approx(HERE.boxes[0].tolist())


@given(st.sets(st.integers(0, 149), min_size=20))
def test_looks_removed_at_random_change_the_dwell_by_no_more_than_the_gap(kept: set[int]) -> None:
    arrived = sorted(2.0 * n for n in kept)
    gaps = np.diff([0.0, *arrived, 298.0])
    (spot,) = after((t, HERE) for t in arrived)
    if gaps.max() <= UNLOOKED_S:
        assert 298 - spot.dwell_s <= 2 * gaps.max()
    assert spot.dwell_s <= 298
    assert spot.share == 1


def found_after(seed: int) -> float:
    """When somebody is found whom every second look misses, while every second look is missing. Seconds."""
    dice = np.random.default_rng(seed)
    found = spots()
    for t in range(0, 600, 2):
        if dice.random() < 0.5:
            found.note(float(t), HERE if dice.random() < 0.5 else NOBODY, ASPECT)
            if any(stays(spot) for spot in found.spots()):
                return t
    return np.inf


def test_half_of_the_sightings_of_half_of_the_looks_are_enough() -> None:
    when = [found_after(seed) for seed in range(100)]
    assert min(when) >= WINDOW_S
    assert max(when) <= 1.25 * WINDOW_S
    assert np.median(when) <= 1.1 * WINDOW_S


@given(
    st.lists(st.tuples(st.floats(0, 3590), st.floats(-0.05, 0.05)), min_size=10, max_size=10),
    st.floats(0.02, 0.3),
)
@settings(max_examples=30, deadline=None)
def test_ten_walkers_in_an_hour_leave_no_spot_that_stays(
    walkers: list[tuple[float, float]], speed: float
) -> None:
    found = spots()
    for t in range(0, 3600, 2):
        places = [(speed * (t - begun), 0.8 + off) for begun, off in walkers]
        found.note(float(t), standing(*(place for place in places if 0 <= place[0] <= 1)), ASPECT)
        assert not any(stays(spot, 60) for spot in found.spots())


@pytest.mark.parametrize("seed", [0, 1])
def test_twenty_people_a_minute_along_a_bank_leave_no_spot_that_stays(seed: int) -> None:
    """For an hour, both ways, on a path of two metres: some place shows somebody in four of ten looks."""
    dice = np.random.default_rng(seed)
    begun = np.sort(dice.uniform(-20, 3600, 1200))
    speed = np.clip(dice.normal(0.08, 0.015, 1200), 0.04, None) * dice.choice([-1, 1], 1200)
    feet = dice.uniform(0.7, 0.95, 1200)
    found, most = spots(), 0.0
    for t in range(0, 3600, 2):
        x = np.where(speed > 0, 0, 1) + speed * (t - begun)
        there = (t >= begun) & (x >= 0) & (x <= 1)
        found.note(float(t), standing(*zip(x[there], feet[there], strict=True)), ASPECT)
        most = max([most, *(spot.share for spot in found.spots() if spot.dwell_s >= WINDOW_S)])
        assert not any(stays(spot) for spot in found.spots()), t
    assert most > SHARE, "then the share alone would do, and the middle was not needed"


def test_two_side_by_side_are_two_spots() -> None:
    both, one = standing((0.4, 0.8), (0.47, 0.8)), standing((0.47, 0.8))
    found = after((float(t), both if t % 3 else one) for t in range(0, 302, 2))
    assert [stays(spot, 290) for spot in found] == [True, True]


def test_the_same_place_is_measured_in_the_height_of_the_people() -> None:
    def moved(tall: float) -> list[Spot]:
        places = (standing((0.4 + 0.02 * (t % 4 > 1), 0.8), tall=tall) for t in range(0, 302, 2))
        return [s for s in after(zip(np.arange(0, 302, 2.0), places, strict=True)) if stays(s, 290)]

    assert len(moved(0.4)) == 1
    assert len(moved(0.02)) == 2, "two anglers far away, or one who goes to and fro"


def test_another_scene_forgets_everything_and_ids_are_never_used_twice() -> None:
    found = spots()
    for t in range(100):
        found.note(float(t), HERE, ASPECT, scene=0)
    (before,) = found.spots()
    found.note(100.0, HERE, ASPECT, scene=1)
    (spot,) = found.spots()
    assert spot.dwell_s == 0
    assert spot.id != before.id


def test_who_goes_is_gone_after_the_gap_and_begins_anew() -> None:
    found = spots()
    after(((float(t), HERE) for t in range(0, 200, 2)), found)
    assert after(((float(t), NOBODY) for t in range(200, 330, 2)), found) == ()
    (spot,) = after([(330.0, HERE)], found)
    assert spot.dwell_s == 0


def test_the_dwell_begins_when_somebody_stays_and_not_when_somebody_passed() -> None:
    """At a place that shows somebody in every tenth look for ten minutes; then one comes and stays."""
    found = spots()
    for t in range(0, 600, 2):
        found.note(float(t), HERE if t % 20 == 0 else NOBODY, ASPECT)
    (spot,) = after(((float(t), HERE) for t in range(600, 700, 2)), found)
    assert spot.dwell_s <= 120


def test_time_that_nobody_looked_counts_neither_for_nor_against() -> None:
    found = spots()
    after(((float(t), HERE) for t in range(0, 102, 2)), found)
    (spot,) = after([(7200.0, HERE), (7202.0, HERE)], found)
    assert spot.dwell_s == 102
    assert spot.share == 1


def test_time_that_goes_backwards_stands_still() -> None:
    (spot,) = after([(100.0, HERE), (50.0, HERE), (101.0, HERE)])
    assert (spot.dwell_s, spot.looks) == (1, 3)


def test_a_boat_that_drifts_is_followed_and_one_that_passes_is_not() -> None:
    def boats(step: float) -> list[Spot]:
        found = Spots(WINDOW_S, SHARE, lambda seconds: min(3.0, 0.3 + 0.15 * seconds), GAP_S)
        length = 0.1
        for n in range(150):
            left = (step * length * n) % 5
            box = np.asarray([[left, 0.4, left + length, 0.44]], np.float32)
            boat = Sighted(box, np.ones(1, np.float32), np.asarray([2]), np.asarray([0.03]))
            found.note(2.0 * n, boat, ASPECT)
        return [spot for spot in found.spots() if spot.dwell_s >= 280 and spot.share >= SHARE]

    (spot,) = boats(0.1)
    assert (spot.people, spot.aboard, spot.still) == (2, 1, 1)
    assert boats(0.9) == []


def test_boxes_that_are_none_are_passed_over() -> None:
    boxes = np.asarray(
        [
            [0.5, 0.5, 0.5, 0.7],
            [0.5, 0.5, 0.6, 0.5],
            [0.6, 0.6, 0.5, 0.7],
            [np.nan, 0, 1, 1],
            [0.4, -np.inf, 0.5, 0.7],
        ],
        np.float32,
    )
    assert after([(0.0, Sighted.of_people(boxes, np.ones(5, np.float32)))]) == ()


def test_looks_that_come_fast_are_passed_over_and_change_nothing_else() -> None:
    """What a look costs grows with those that are kept."""
    fast, slow = spots(), spots()
    (one,) = after(((0.125 * n, HERE) for n in range(1601)), fast)
    (other,) = after(((0.5 * n, HERE) for n in range(401)), slow)
    assert (one.dwell_s, one.share, one.looks) == (other.dwell_s, other.share, other.looks) == (200, 1, 401)
    (last,) = Spots(7200, SHARE, 1.0, GAP_S).spots() or after(
        ((0.5 * n, HERE) for n in range(201)), Spots(7200, SHARE, 1.0, GAP_S)
    )
    assert last.looks == 101, "never slower than a look each second"


def test_it_says_how_long_it_has_watched() -> None:
    found = spots()
    for t in range(0, 100, 2):
        found.note(float(t), NOBODY, ASPECT)
    assert found.watched_s == 98
    found.note(100.0, HERE, ASPECT, scene=1)
    assert found.watched_s == 0


def test_there_is_a_most() -> None:
    crowd = standing(*((x, y) for x in np.linspace(0, 1, 40) for y in np.linspace(0.3, 1, 10)), tall=0.01)
    assert len(after((float(t), crowd) for t in range(3))) == MOST


@pytest.mark.parametrize("wrong", [(0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 0, 1), (1, 1, 1, 0)])
def test_what_is_not_above_zero_is_refused(wrong: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        Spots(*wrong)
