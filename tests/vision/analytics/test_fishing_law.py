"""Fishing: what gear, hour and law make of somebody who stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patrol.core.closer import Closer, Crop
from patrol.core.days import Days
from patrol.core.errors import ModelError
from patrol.core.observation import Presence
from patrol.core.sight import Reason
from patrol.vision.analytics.fishing import Params, build
from patrol.vision.candidates.debounce import Change
from tests.fakes.angler import NIGHT, STAY_S, changes, last, raised, sits
from tests.fakes.bank import (
    BAN,
    BY_DAY,
    NET,
    ONE_ROD,
    PICTURE,
    TOO_FAR,
    Told,
    look,
    person,
    place,
    rods,
)


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
