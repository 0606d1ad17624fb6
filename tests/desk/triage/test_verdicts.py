from __future__ import annotations

from datetime import timedelta

import pytest

from patrol.desk.intake.candidates import take_in
from patrol.desk.store import Store
from patrol.desk.store.rows import Decision, Place, Verdict
from patrol.desk.triage.verdicts import decide, history
from tests.fakes.desk import BEGIN, event


@pytest.fixture
def with_one(store: Store) -> Store:
    take_in(store, event(), lambda *_: Place(), BEGIN)
    return store


def said(verdict: Verdict | None, minute: int = 0, who: str = "seat 1", reason: str = "") -> Decision:
    return Decision(verdict, reason, who, BEGIN + timedelta(minutes=minute))


def steps(store: Store) -> list[tuple[str | None, str]]:
    found = history(store, "c-1")
    assert found is not None
    return [(one.verdict, one.who) for one in found.decisions]


def test_a_verdict_says_what_who_and_when(with_one: Store) -> None:
    row = decide(with_one, "c-1", said("real", 3, "seat 2", "seen by hand"))
    assert row is not None
    assert (row.verdict, row.verdict_by, row.verdict_at) == ("real", "seat 2", BEGIN + timedelta(minutes=3))
    found = history(with_one, "c-1")
    assert found is not None
    assert found.decisions == (said("real", 3, "seat 2", "seen by hand"),)


def test_an_undo_takes_the_verdict_away_and_stays_in_the_books(with_one: Store) -> None:
    decide(with_one, "c-1", said("false"))
    row = decide(with_one, "c-1", said(None, 1, "seat 2"))
    assert row is not None
    assert (row.verdict, row.verdict_by, row.verdict_at) == (None, None, None)
    assert steps(with_one) == [("false", "seat 1"), (None, "seat 2")]


def test_a_change_of_mind_stays_in_the_books(with_one: Store) -> None:
    for verdict in ("unsure", "false", "real"):
        decide(with_one, "c-1", said(verdict))
    assert [verdict for verdict, _ in steps(with_one)] == ["unsure", "false", "real"]


def test_what_changes_nothing_is_not_recorded_unless_it_gives_a_reason(with_one: Store) -> None:
    decide(with_one, "c-1", said(None))
    decide(with_one, "c-1", said("real"))
    decide(with_one, "c-1", said("real", who="seat 2"))
    assert steps(with_one) == [("real", "seat 1")]
    decide(with_one, "c-1", said("real", who="seat 2", reason="I saw it too"))
    assert steps(with_one) == [("real", "seat 1"), ("real", "seat 2")]


def test_the_same_key_decides_once(with_one: Store) -> None:
    decide(with_one, "c-1", said("real"), "k1")
    decide(with_one, "c-1", said(None), "k2")
    row = decide(with_one, "c-1", said("real"), "k1")
    assert row is not None
    assert row.verdict is None
    assert len(steps(with_one)) == 2


def test_a_candidate_that_is_not_there_is_not_decided(store: Store) -> None:
    assert decide(store, "nobody", said("real")) is None
    assert history(store, "nobody") is None
