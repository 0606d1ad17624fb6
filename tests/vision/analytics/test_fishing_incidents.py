"""Fishing: one stay is one incident, over restarts, moves, few sightings and other scenes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest

from patrol.core.days import Days
from patrol.core.detections import Look
from patrol.core.law import Law
from patrol.core.observation import Presence
from patrol.core.sight import Reason
from patrol.vision.analytics.fishing import Params, build
from patrol.vision.candidates.debounce import Change
from tests.fakes import pictures
from tests.fakes.angler import ANGLER, changes, last, raised, sits
from tests.fakes.bank import (
    BAN,
    BY_DAY,
    ONE_ROD,
    PICTURE,
    Told,
    look,
    person,
    place,
    rods,
)


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
