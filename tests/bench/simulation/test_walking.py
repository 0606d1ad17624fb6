"""Courses of people by JuPedSim, and the judge of what is said about them."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from patrol.bench.simulation.crowd_judge import (
    Said,
    averaged,
    band,
    bands,
    crush,
    false_presence,
    reached,
)
from patrol.bench.simulation.plaza import Square
from patrol.bench.simulation.walking import Gathering, Milling, Stream, walked
from patrol.core.errors import ConfigError
from patrol.core.observation import Presence

INSTALLED = importlib.util.find_spec("jupedsim") is not None
walks = pytest.mark.skipif(not INSTALLED, reason="JuPedSim is not installed: the extra `jupedsim`")


@walks
def test_a_milling_square_keeps_its_people_and_moves_them() -> None:
    course = walked(Milling(1.0, 12.0, (6.0, 6.0)), 1)
    assert [len(people) for people in course.instants] == [36] * 6
    first, last = course.instants[0], course.instants[-1]
    assert set(first.ids) == set(last.ids)
    gone = last.places[np.argsort(last.ids)] - first.places[np.argsort(first.ids)]
    assert np.hypot(*gone.T).max() > 0.2
    assert all(Square((0, 0), (6, 6)).holds(people.places).all() for people in course.instants)
    assert [second for second, _ in course.timed()] == [0, 2, 4, 6, 8, 10]


@walks
def test_one_seed_is_one_course_and_a_cache_gives_it_again(tmp_path: Path) -> None:
    scenario = Milling(0.5, 6.0, (6.0, 6.0))
    first, kept = walked(scenario, 1, tmp_path), walked(scenario, 1, tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    for one, other in zip(first.instants, kept.instants, strict=True):
        assert (one.ids == other.ids).all()
        assert (one.places == other.places).all()
        assert (one.headings == other.headings).all()
    again, other_seed = walked(scenario, 1), walked(scenario, 2)
    assert (again.instants[-1].places == first.instants[-1].places).all()
    assert not np.array_equal(other_seed.instants[-1].places, first.instants[-1].places)


@walks
def test_a_stream_piles_up_before_its_gate() -> None:
    course = walked(Stream(40.0, 1.0, 4.0, 20.0, 0.8, (4.0, 6.0)), 1)
    before = Square((0.5, 0.0), (3.5, 3.0))
    densities = [before.density(people) for people in course.instants]
    assert densities[0] == 0
    assert max(densities) > 3


@walks
def test_a_gathering_comes_and_leaves() -> None:
    course = walked(Gathering(20, 20.0, 10.0, 10.0, 1.0, (8.0, 8.0)), 1)
    counts = [len(people) for people in course.instants]
    assert counts[0] == 0
    assert max(counts) == 20
    assert counts[-1] == 0


@pytest.mark.skipif(INSTALLED, reason="JuPedSim is installed")
def test_without_jupedsim_it_says_what_to_install() -> None:
    with pytest.raises(ConfigError, match=r"\[jupedsim\]"):
        walked(Milling(0.5, 6.0, (6.0, 6.0)), 1)


def said(second: float, truth: float, estimate: float | None, presence: Presence = Presence.ABSENT) -> Said:
    return Said(second, truth, truth, estimate, presence)


def test_bands_say_how_often_and_how_well() -> None:
    told = band([said(0, 1.0, 1.1), said(2, 1.0, 0.5), said(4, 1.0, None), said(6, 3.0, 3.0)], 0.5, 2.0)
    assert told is not None
    assert (told.instants, told.within) == (3, 0.5)
    assert told.told == pytest.approx(2 / 3, abs=1e-4)
    assert told.median == pytest.approx(0.3)
    assert told.bias == pytest.approx(-0.2)
    assert band([said(0, 1.0, 1.1)], 2.0, 3.0) is None
    untold = band([said(0, 1.0, None)], 0.0, 2.0)
    assert untold is not None
    assert (untold.told, untold.within) == (0.0, None)


def test_bands_are_those_that_occur() -> None:
    assert [(one.low, one.high) for one in bands([said(0, 0.2, 0.2), said(2, 6.0, None)])] == [
        (0.0, 0.5),
        (5.55, 20.0),
    ]


def test_the_mean_truth_is_of_the_last_seconds() -> None:
    looks = [said(second, float(second), None) for second in (0, 2, 4, 6)]
    assert [one.truth for one in averaged(looks, 4.0)] == [0.0, 1.0, 3.0, 5.0]


def test_a_band_is_reached_for_good_and_not_by_a_single_look() -> None:
    flutter = [
        said(second, 6.0 if second in (4, *range(20, 60, 2)) else 3.0, None) for second in range(0, 60, 2)
    ]
    assert reached(flutter) == 20
    assert reached(flutter[:12]) is None


def test_a_crush_is_timed_from_when_it_was_reached() -> None:
    looks = [
        Said(
            second,
            6.0 if second >= 10 else 2.0,
            6.0 if second >= 10 else 2.0,
            None if second >= 14 else 2.0,
            Presence.PRESENT if second >= 18 else Presence.ABSENT,
            raised=second == 26,
            companion=second == 8,
        )
        for second in range(0, 60, 2)
    ]
    found = crush(looks)
    assert found is not None
    assert (found.due, found.present, found.raised, found.untold, found.companion) == (10, 8, 16, 4, -2)
    assert crush(looks[:4]) is None


def test_present_without_a_crush_is_false() -> None:
    looks = [said(0, 4.0, 4.0, Presence.PRESENT), said(2, 5.0, 5.0, Presence.PRESENT), said(4, 1.0, 1.0)]
    assert false_presence(looks) == 1
