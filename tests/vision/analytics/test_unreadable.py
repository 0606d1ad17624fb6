"""The incident that people are there and density cannot be told."""

from __future__ import annotations

from patrol.core.observation import Observation, Presence
from patrol.core.sight import Reason
from patrol.vision.analytics.unreadable import DENSE, UNREADABLE, Known, Unreadable
from tests.fakes.looks import look


def untold(code: str) -> Observation:
    return Observation(Presence.CANNOT_TELL, 0.0, "persons/m2", 0.0, reason=Reason(code))


TOLD = Observation(Presence.ABSENT, 0.1, "persons/m2", 0.0)


def asked(
    analytic: Unreadable,
    second: float,
    said: Observation,
    found: float = 0.0,
    moving: float = 0.0,
    network: float | None = None,
    *,
    settled: bool = True,
) -> Observation:
    seen = look(second)
    analytic.told(Known(seen.look_id, said, found, moving, network, settled))
    return analytic.observe(seen)


def test_people_who_were_found_a_minute_ago_are_still_there() -> None:
    analytic = Unreadable()
    assert asked(analytic, 0.0, TOLD, found=5).presence is Presence.ABSENT
    raised = asked(analytic, 50.0, untold(UNREADABLE))
    assert (raised.presence, raised.parts["known_by"]) == (Presence.PRESENT, "found")
    assert asked(analytic, 70.0, untold(UNREADABLE)).presence is Presence.CANNOT_TELL


def test_in_the_first_minutes_some_people_beside_benches_are_no_incident() -> None:
    analytic = Unreadable()
    for code, presence in ((UNREADABLE, Presence.CANNOT_TELL), (DENSE, Presence.PRESENT)):
        assert asked(analytic, 0.0, untold(code), found=5, settled=False).presence is presence


def test_what_moves_for_half_of_the_looks_is_people() -> None:
    analytic = Unreadable()
    said = [
        asked(analytic, float(second), untold(UNREADABLE), moving=10.0 if second % 4 else 0.0).presence
        for second in range(0, 14, 2)
    ]
    assert said[:2] == [Presence.CANNOT_TELL] * 2
    assert said[-1] is Presence.PRESENT or said[-2] is Presence.PRESENT


def test_a_network_that_sees_many_is_enough() -> None:
    assert asked(Unreadable(), 0.0, untold(UNREADABLE), network=9).presence is Presence.CANNOT_TELL
    assert asked(Unreadable(), 0.0, untold(UNREADABLE), network=40).presence is Presence.PRESENT


def test_other_reasons_are_no_crowd() -> None:
    assert asked(Unreadable(), 0.0, untold("no-picture"), found=50).presence is Presence.CANNOT_TELL


def test_another_scene_forgets_and_a_failed_rule_says_nothing() -> None:
    analytic = Unreadable()
    asked(analytic, 0.0, TOLD, found=5)
    analytic.clear()
    assert asked(analytic, 2.0, untold(UNREADABLE)).presence is Presence.CANNOT_TELL
    analytic.told(None)
    assert analytic.observe(look(4.0)).presence is Presence.CANNOT_TELL
