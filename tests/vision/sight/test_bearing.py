"""Domes: each zone belongs to a view, known by the picture."""

from __future__ import annotations

import numpy as np

from patrol.core.detections import Look
from patrol.core.media import Grey
from patrol.core.observation import Observation, Presence
from patrol.core.sight import Reason
from patrol.vision.sight.bearing import NO_VIEW_S, View
from patrol.vision.sight.camera import CameraSight
from patrol.vision.sight.placed import Placed
from tests.fakes import pictures

RIVER, ROAD, WALL = (pictures.place(seed) for seed in (1, 2, 3))
TOUR = [RIVER] * 10 + [ROAD] * 10 + [RIVER] * 10


class Counting:
    """An analytic that was asked so many times."""

    def __init__(self) -> None:
        self.asked = 0

    def observe(self, look: Look) -> Observation:
        self.asked += 1
        return Observation(Presence.ABSENT, 0.0, "", 0.0)


def tour(sight: CameraSight, places: list[Grey], every: float = 2.0) -> list[Look]:
    return [
        sight.examine(pictures.look(every * i, pictures.live(place, every * i)))
        for i, place in enumerate(places)
    ]


def views(looks: list[Look]) -> list[str | None]:
    return [look.seeing.view if look.seeing else None for look in looks]


def test_given_views_are_told_from_the_first_look_on() -> None:
    looks = tour(CameraSight((View("river", RIVER), View("road", ROAD))), TOUR)
    assert views(looks) == ["river"] * 10 + ["road"] * 10 + ["river"] * 10
    assert [look.blind for look in looks if look.blind] == []


def test_each_turn_begins_a_scene() -> None:
    looks = tour(CameraSight((View("river", RIVER), View("road", ROAD))), TOUR)
    assert [look.scene for look in looks] == [0] * 10 + [1] * 10 + [2] * 10


def test_a_view_without_a_picture_is_learnt_where_the_dome_points_at_the_start() -> None:
    looks = tour(CameraSight((View("river"), View("road", ROAD))), TOUR)
    assert views(looks)[:3] == [None] * 3, "nothing is known yet"
    assert views(looks)[5:] == ["river"] * 5 + ["road"] * 10 + ["river"] * 10


def test_a_rule_pauses_away_from_its_view_and_its_analytic_is_not_asked() -> None:
    inner = Counting()
    rule = Placed(inner, "river")
    said = [
        rule.observe(look) for look in tour(CameraSight((View("river", RIVER), View("road", ROAD))), TOUR)
    ]
    assert [s.presence for s in said[10:20]] == [Presence.CANNOT_TELL] * 10
    assert all(s.reason == Reason("other-view", {"view": "river"}) for s in said[10:20])
    assert inner.asked == 20


def test_a_preset_that_is_gone_is_said_but_a_turn_is_not() -> None:
    looks = tour(CameraSight((View("river", RIVER),)), [RIVER] * 5 + [WALL] * 80)
    gone = [look.seeing.astray for look in looks if look.seeing and look.seeing.astray]
    assert {reason.code for reason in gone} == {"no-view"}
    first = next(look.arrived for look in looks if look.seeing and look.seeing.astray)
    assert first == 10 + NO_VIEW_S
    assert looks[-1].seeing is not None
    assert looks[-1].seeing.faults["moved"] is not None


def test_a_preset_that_is_reached_inexactly_is_that_view_moved() -> None:
    aside = pictures.shifted(RIVER, 0.05, 0.0)
    looks = tour(CameraSight((View("river", RIVER), View("road", ROAD))), [RIVER] * 5 + [aside] * 5)
    assert views(looks) == ["river"] * 10
    last = looks[-1].seeing
    assert last is not None
    assert last.astray is not None
    assert last.astray.code == "moved"
    assert abs(float(last.astray.values["across_percent"]) - 5) < 0.7


def test_what_is_usual_of_one_view_is_no_measure_of_another() -> None:
    """A view on water, nearly without detail, after one that is full of it: neither covered nor blurred."""
    calm = np.clip(pictures.blurred(WALL, 4.0), 0, 255)
    sight = CameraSight((View("river", RIVER), View("water", calm)))
    done = tour(sight, [RIVER] * 10 + [calm] * 10)
    codes = {code for look in done if look.seeing for code, why in look.seeing.faults.items() if why}
    assert codes <= {"blurred"}, "by its absolute floor at most: nothing is said to cover it"
