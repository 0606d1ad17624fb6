from __future__ import annotations

from dataclasses import replace

from patrol.desk.intake.candidates import take_in
from patrol.desk.store import Store
from patrol.desk.store.rows import Opening, Place, SignedIn
from patrol.desk.triage.openings import LASTS, Originals
from patrol.desk.triage.verdicts import history
from tests.fakes.clock import ManualClock
from tests.fakes.desk import BEGIN, event

WHO = SignedIn("h1", "seat 1", BEGIN)


def test_an_opening_is_in_the_books_with_who_when_and_why(store: Store, clock: ManualClock) -> None:
    take_in(store, event(), lambda *_: Place(), BEGIN)
    originals = Originals(store, clock)
    assert originals.record("c-1", WHO, "asked for by the police") is not None
    found = history(store, "c-1")
    assert found is not None
    assert found.openings == (Opening("seat 1", clock.now(), "asked for by the police"),)
    assert originals.record("nobody", WHO, "curious") is None


def test_a_grant_is_for_one_session_one_candidate_and_five_minutes(
    sqlite_store: Store, clock: ManualClock
) -> None:
    originals = Originals(sqlite_store, clock)
    grant = originals.grant("c-1", WHO)
    assert originals.allows(grant.code, "c-1", WHO)
    assert not originals.allows(grant.code, "c-1", replace(WHO, hash="h2"))
    assert not originals.allows(grant.code, "c-2", WHO)
    assert not originals.allows("guess", "c-1", WHO)
    clock.advance(LASTS.total_seconds() - 1)
    assert originals.allows(grant.code, "c-1", WHO)
    clock.advance(1)
    assert not originals.allows(grant.code, "c-1", WHO)


def test_grants_do_not_pile_up(sqlite_store: Store, clock: ManualClock) -> None:
    originals = Originals(sqlite_store, clock)
    first = originals.grant("c-1", WHO)
    last = [originals.grant("c-1", WHO) for _ in range(1000)][-1]
    assert not originals.allows(first.code, "c-1", WHO)
    assert originals.allows(last.code, "c-1", WHO)
