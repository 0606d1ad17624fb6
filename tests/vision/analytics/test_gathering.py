"""Gathering counts people in a zone, with hysteresis."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patrol.core.observation import Presence
from patrol.core.place import Place
from patrol.core.zone import WHOLE_PICTURE, Zone
from patrol.vision.analytics.gathering import Params, build
from tests.fakes.looks import look


@pytest.mark.parametrize(
    ("count", "presence"),
    [
        (0, Presence.ABSENT),
        (2, Presence.ABSENT),
        (3, Presence.BETWEEN),
        (4, Presence.BETWEEN),
        (5, Presence.PRESENT),
        (9, Presence.PRESENT),
    ],
)
def test_levels(count: int, presence: Presence) -> None:
    observation = build(Params(min_count=5, release_count=3), Place(WHOLE_PICTURE)).observe(look(0.0, count))
    assert observation.presence is presence
    assert observation.value == count
    assert observation.parts["begins_at"] == 5


def test_other_things_are_not_people() -> None:
    assert build(Params(min_count=1), Place(WHOLE_PICTURE)).observe(look(0.0, 9, label="car")).value == 0


def test_people_stand_where_their_feet_are() -> None:
    heads_only = Zone("top", "top", "ground", ((0, 0), (1, 0), (1, 0.7), (0, 0.7)))
    assert build(Params(min_count=1), Place(heads_only)).observe(look(0.0, 4)).value == 0


@pytest.mark.parametrize(("count", "release"), [(0, None), (-1, None), (5, 6), (5, -1)])
def test_levels_that_contradict_each_other_are_refused(count: int, release: int | None) -> None:
    with pytest.raises(ValueError, match="count"):
        Params(min_count=count, release_count=release)


def test_without_a_release_count_one_missed_person_ends_nothing() -> None:
    analytic = build(Params(min_count=3), Place(WHOLE_PICTURE))
    assert analytic.observe(look(0.0, 2)).presence is Presence.BETWEEN
    assert analytic.observe(look(2.0, 1)).presence is Presence.ABSENT


def test_another_number_holds_by_hour_of_the_day_in_the_site_s_time_zone() -> None:
    params = Params(min_count=10, by_hour={"22-6": 4})
    analytic = build(params, Place(WHOLE_PICTURE, time_zone="Asia/Shanghai"))
    afternoon, night = look(0.0, 6), look(8 * 3600.0, 6)  # 14:00 and 22:00 there
    assert analytic.observe(afternoon).presence is Presence.ABSENT
    observation = analytic.observe(night)
    assert observation.presence is Presence.PRESENT
    assert observation.parts["begins_at"] == 4
    assert build(params, Place(WHOLE_PICTURE, time_zone="UTC")).observe(night).presence is Presence.ABSENT


def test_hours_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        Params(by_hour={"22-6": 4, "5-7": 9})


def test_one_look_that_lost_people_changes_nothing_where_looks_are_dense() -> None:
    analytic = build(Params(min_count=5), Place(WHOLE_PICTURE))
    for step, count in enumerate([6, 6, 1, 6]):
        observation = analytic.observe(look(step * 0.5, count))
        assert observation.presence is Presence.PRESENT
        assert (observation.value, observation.parts["raw"]) == (6, count)


def test_how_long_and_how_fast() -> None:
    analytic = build(Params(min_count=5), Place(WHOLE_PICTURE))
    *_, observation = (analytic.observe(look(float(t), 2 + t // 15)) for t in range(0, 92, 2))
    assert observation.parts["lasted_s"] == 90 - 46  # the fifth person came at 45 s
    assert observation.parts["growth_per_min"] == pytest.approx(4, abs=0.3)
    other = replace(look(92.0, 8), scene=1)
    assert analytic.observe(other).parts["lasted_s"] == 0
    assert "growth_per_min" not in analytic.observe(replace(look(94.0, 8), scene=1)).parts


def test_a_gap_without_looks_is_no_lasting() -> None:
    analytic = build(Params(min_count=5), Place(WHOLE_PICTURE))
    analytic.observe(look(0.0, 6))
    assert analytic.observe(look(300.0, 6)).parts["lasted_s"] == 0
