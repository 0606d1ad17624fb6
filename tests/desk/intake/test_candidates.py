from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.core.candidate import EvidenceKind
from patrol.core.errors import DeliveryError, StoreError
from patrol.desk.intake.candidates import ack_of, take_in
from patrol.desk.store import Store, candidates, evidence
from patrol.desk.store.candidates import Filter
from patrol.desk.store.engine import default_address
from patrol.desk.store.rows import Decision, IntakeRow, Place
from patrol.desk.triage.verdicts import decide
from patrol.queue.wire import CandidateEvent
from tests.fakes.desk import BEGIN, event, piece, sha

SQUARE = Place("North gate", "The square", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))


def nowhere(*_ids: str) -> Place:
    return Place()


def square(*_ids: str) -> Place:
    return SQUARE


def rows(store: Store) -> list[IntakeRow]:
    with store.read() as tx:
        return candidates.page(tx, Filter(), None, 1000)


def only(store: Store) -> IntakeRow:
    (row,) = rows(store)
    return row


def test_all_that_was_sent_is_held(store: Store) -> None:
    sent = event(
        phase="ended",
        end=BEGIN + timedelta(minutes=3),
        end_reason="cleared",
        evidence=[piece(b"picture"), piece(kind="preview", status="missing")],
    )
    ack = take_in(store, sent, square, BEGIN)
    row = only(store)
    data = sent.data
    assert (ack.candidate_id, ack.revision, ack.evidence_held, ack.keep) == ("c-1", 1, (), False)
    for name in SAME:
        assert getattr(row, name) == getattr(data, name), name
    assert (row.camera_name, row.zone_name, row.zone_polygon) == (
        SQUARE.camera_name,
        SQUARE.zone_name,
        SQUARE.zone_polygon,
    )
    assert row.received_at == BEGIN
    still, preview = row.piece(EvidenceKind.STILL), row.piece(EvidenceKind.PREVIEW)
    assert still is not None
    assert (still.sha256, still.size, still.media_type, still.held) == (
        sha(b"picture"),
        7,
        "image/jpeg",
        False,
    )
    assert preview is not None
    assert preview.reason == "the disk was full"


SAME = (
    "id", "worker_id", "camera_id", "rule_id", "analytic", "kind", "zone_id", "phase", "begin", "raised",
    "last_seen", "end", "end_reason", "value", "peak", "unit", "score", "parts", "revision",
)  # fmt: skip


def test_a_newer_revision_replaces_and_an_older_one_changes_nothing(store: Store) -> None:
    take_in(store, event(revision=2, value=20.0), square, BEGIN)
    assert take_in(store, event(revision=1, value=10.0), square, BEGIN).revision == 2
    assert only(store).value == 20.0
    assert take_in(store, event(revision=2, value=99.0), square, BEGIN).revision == 2
    assert only(store).value == 20.0
    later = BEGIN + timedelta(hours=1)
    assert take_in(store, event(revision=5, value=30.0), square, later).revision == 5
    assert (only(store).value, only(store).received_at) == (30.0, BEGIN)


def test_names_are_kept_as_they_were_and_filled_in_where_they_were_not_known(store: Store) -> None:
    take_in(store, event(revision=1), nowhere, BEGIN)
    assert only(store).camera_name == ""
    take_in(store, event(revision=2), square, BEGIN)
    take_in(store, event(revision=3), lambda *_: Place("renamed", "moved", ()), BEGIN)
    assert (only(store).camera_name, only(store).zone_name) == ("North gate", "The square")
    assert only(store).zone_polygon == SQUARE.zone_polygon


def test_what_is_held_stays_held_through_later_revisions(store: Store) -> None:
    take_in(store, event(revision=1, evidence=[piece(b"one"), piece(b"clip", "original")]), nowhere, BEGIN)
    hold(store, b"one")
    ack = take_in(store, event(revision=2, evidence=[piece(b"one")]), nowhere, BEGIN)
    assert ack.evidence_held == (sha(b"one"),)
    ack = take_in(store, event(revision=3, evidence=[piece(status="missing")]), nowhere, BEGIN)
    assert ack.evidence_held == (sha(b"one"),)
    ack = take_in(store, event(revision=4), nowhere, BEGIN)
    assert ack.evidence_held == (sha(b"one"),)
    assert only(store).piece(EvidenceKind.ORIGINAL) is not None


def test_another_file_of_the_same_kind_is_wanted_again(store: Store) -> None:
    take_in(store, event(revision=1, evidence=[piece(b"one")]), nowhere, BEGIN)
    hold(store, b"one")
    ack = take_in(store, event(revision=2, evidence=[piece(b"two")]), nowhere, BEGIN)
    assert ack.evidence_held == ()
    with store.read() as tx:
        assert [w.sha256 for w in evidence.wanted(tx)] == [sha(b"two")]


def test_a_confirmed_candidate_is_to_be_kept(store: Store) -> None:
    take_in(store, event(revision=1), nowhere, BEGIN)
    decide(store, "c-1", Decision("real", "", "seat 1", BEGIN))
    assert take_in(store, event(revision=1), nowhere, BEGIN).keep
    assert take_in(store, event(revision=2), nowhere, BEGIN).keep
    found = ack_of(store, "c-1")
    assert found is not None
    assert (found[0], found[1].keep, found[1].revision) == ("w1", True, 2)
    assert only(store).verdict == "real"


def test_an_unknown_candidate_has_nothing_to_acknowledge(store: Store) -> None:
    assert ack_of(store, "nobody") is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"unit": "people\x00"}, "NUL"),
        ({"parts": {"a\x00": 1}}, "NUL"),
        ({"parts": {"a": "\x00"}}, "NUL"),
        ({"id": "a/b"}, "address"),
        ({"id": "../x"}, "address"),
        ({"evidence": [piece(b"1"), piece(b"2")]}, "one kind"),
    ],
)
def test_what_no_database_can_hold_is_refused_for_good(
    store: Store, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(DeliveryError, match=words):
        take_in(store, event(**changes), nowhere, BEGIN)
    assert rows(store) == []


def test_a_text_of_any_kind_is_taken_as_it_is(store: Store) -> None:
    text = "人群 '); DROP TABLE candidates; -- 😀"
    take_in(store, event(unit=text, parts={text: text}), nowhere, BEGIN)
    assert (only(store).unit, only(store).parts) == (text, {text: text})


def test_the_same_candidate_from_many_threads_is_one_row(store: Store) -> None:
    events = [event(revision=revision) for revision in range(1, 9)] * 2
    with ThreadPoolExecutor(8) as pool:
        acks = list(pool.map(lambda one: take_in(store, one, nowhere, BEGIN), events))
    assert only(store).revision == 8
    assert max(ack.revision for ack in acks) == 8


def test_pages_are_cut_by_arrival_and_filtered(store: Store) -> None:
    for number in range(7):
        raised = BEGIN + timedelta(minutes=number)
        one = event(f"c-{number}", camera_id="a" if number % 2 else "b", raised=raised)
        take_in(store, one, nowhere, BEGIN)
    decide(store, "c-3", Decision("false", "", "seat 1", BEGIN))
    with store.read() as tx:
        first = candidates.page(tx, Filter(), None, 3)
        second = candidates.page(tx, Filter(), first[-1].seq, 10)
        of_a = candidates.page(tx, Filter("open", "a"), None, 10)
        false = candidates.page(tx, Filter("false"), None, 10)
        late = candidates.page(tx, Filter(since=BEGIN + timedelta(minutes=5)), None, 10)
        assert candidates.count_open(tx) == {"a": 2, "b": 4}
        assert candidates.count_rows(tx) == 7
    assert [row.id for row in first + second] == [f"c-{n}" for n in (6, 5, 4, 3, 2, 1, 0)]
    assert [row.id for row in of_a] == ["c-5", "c-1"]
    assert [row.id for row in false] == ["c-3"]
    assert [row.id for row in late] == ["c-6", "c-5"]


def test_a_locked_database_loses_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    take_in(sqlite_store, event("before"), nowhere, BEGIN)
    with closing(sqlite3.connect(tmp_path / "desk" / "desk.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="locked"):
            take_in(sqlite_store, event("during"), nowhere, BEGIN)
        other.execute("ROLLBACK")
    assert [row.id for row in rows(sqlite_store)] == ["before"]
    assert take_in(sqlite_store, event("during"), nowhere, BEGIN).revision == 1
    assert [row.id for row in rows(sqlite_store)] == ["during", "before"]


def hold(store: Store, content: bytes) -> None:
    with store.write() as tx:
        assert evidence.mark_held(tx, sha(content), BEGIN, original=False) == ["c-1"]


@contextmanager
def fresh_store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(default_address(Path(folder)))
        yield store
        store.close()


def deliveries() -> st.SearchStrategy[list[tuple[str, int]]]:
    return st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(1, 5)), max_size=25)


def snapshot(candidate_id: str, revision: int) -> CandidateEvent:
    """What revision N of a candidate says is a function of N, as it is with a real worker."""
    pieces = [piece(f"{candidate_id}{revision}".encode())] if revision > 2 else [piece(status="pending")]
    return event(candidate_id, revision, value=float(revision), evidence=pieces)


@settings(max_examples=25, deadline=None)
@given(deliveries())
def test_any_order_and_any_repeats_end_in_the_newest_of_each(arrivals: list[tuple[str, int]]) -> None:
    with fresh_store() as store:
        newest: dict[str, int] = {}
        for candidate_id, revision in arrivals:
            ack = take_in(store, snapshot(candidate_id, revision), nowhere, BEGIN)
            newest[candidate_id] = max(revision, newest.get(candidate_id, 0))
            assert ack.revision == newest[candidate_id]
        found = {row.id: row for row in rows(store)}
        assert {name: row.revision for name, row in found.items()} == newest
        for name, row in found.items():
            expected = snapshot(name, newest[name]).data
            assert row.value == expected.value
            assert [e.sha256 for e in row.evidence] == [e.sha256 for e in expected.evidence]
        assert sorted(row.seq for row in found.values()) == list(range(1, len(found) + 1))
