from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from patrol.core.candidate import Evidence, EvidenceKind, EvidenceStatus, Phase
from patrol.core.errors import StoreError
from patrol.queue.outbox import Outbox
from tests.fakes.clock import ManualClock
from tests.queue.support import SHA, ack, candidate, until, with_still

DAY = timedelta(days=1)


def test_a_candidate_comes_back_as_it_was_put(outbox: Outbox) -> None:
    original = with_still(candidate(1, phase=Phase.ENDED))
    outbox.put(original)
    assert outbox.get(original.id) == original
    assert outbox.pending() == [original]


def test_only_a_greater_revision_replaces_the_stored_one(outbox: Outbox) -> None:
    outbox.put(candidate(1, revision=3))
    outbox.put(candidate(1, revision=2, phase=Phase.ENDED))
    outbox.put(replace(candidate(1, revision=3), peak=99.0))
    assert outbox.get(candidate(1).id) == candidate(1, revision=3)
    outbox.put(candidate(1, revision=4))
    assert [c.revision for c in outbox.pending()] == [4]


def test_what_is_put_survives_the_process_and_is_sent_again(tmp_path: Path, clock: ManualClock) -> None:
    first = Outbox(tmp_path / "o.db", clock)
    first.put(candidate(1))
    first.sent([(candidate(1).id, 1)])
    assert first.pending() == []
    first.close()
    second = Outbox(tmp_path / "o.db", clock)
    assert second.pending() == [candidate(1)]
    second.close()


def test_what_was_sent_is_due_again_after_a_minute_or_on_reconnect_or_when_it_changes(
    outbox: Outbox, clock: ManualClock
) -> None:
    outbox.put(candidate(1))
    outbox.sent([(candidate(1).id, 1)])
    clock.advance(59.0)
    assert outbox.pending() == []
    clock.advance(1.0)
    assert outbox.pending() == [candidate(1)]
    outbox.sent([(candidate(1).id, 1)])
    outbox.forget_sent()
    assert outbox.pending() == [candidate(1)]
    outbox.sent([(candidate(1).id, 1)])
    outbox.put(candidate(1, revision=2))
    assert outbox.pending() == [candidate(1, revision=2)]


def test_pending_is_oldest_first_and_limited(outbox: Outbox) -> None:
    for number in (3, 1, 2):
        outbox.put(candidate(number))
    outbox.put(candidate(3, revision=2))
    assert [c.begin.minute for c in outbox.pending(2)] == [3, 1]
    outbox.sent((c.id, c.revision) for c in outbox.pending(2))
    assert [c.begin.minute for c in outbox.pending(2)] == [2]


def test_an_ack_of_an_older_revision_leaves_the_newer_one_pending(outbox: Outbox) -> None:
    outbox.put(candidate(1, revision=2))
    outbox.acked(ack(candidate(1), 1))
    assert outbox.depth() == 1
    outbox.acked(ack(candidate(1), 2))
    assert outbox.depth() == 0
    assert outbox.pending(resend_after_s=0) == []
    outbox.put(candidate(1, revision=3))
    assert outbox.depth() == 1


def test_an_old_ack_that_comes_late_takes_nothing_back(outbox: Outbox) -> None:
    outbox.put(candidate(1, revision=2))
    outbox.acked(ack(candidate(1), 2))
    outbox.acked(ack(candidate(1), 1))
    assert outbox.depth() == 0


def test_an_ack_from_the_future_covers_only_what_is_known_here(outbox: Outbox) -> None:
    outbox.put(candidate(1, revision=2))
    outbox.acked(ack(candidate(1), 9))
    assert outbox.depth() == 0
    outbox.put(candidate(1, revision=3))
    assert outbox.depth() == 1


def test_an_ack_of_an_unknown_candidate_changes_nothing(outbox: Outbox) -> None:
    outbox.acked(ack(candidate(7), held=(SHA,)))
    assert outbox.ids() == set()
    assert outbox.evidence_flags(candidate(7).id) == (set(), False)


def test_evidence_flags_only_grow(outbox: Outbox) -> None:
    outbox.put(candidate(1))
    assert outbox.evidence_flags(candidate(1).id) == (set(), False)
    outbox.acked(ack(candidate(1), held=(SHA,), keep=True))
    outbox.acked(ack(candidate(1), held=("b" * 64,)))
    assert outbox.evidence_flags(candidate(1).id) == ({SHA, "b" * 64}, True)


def test_open_candidates_are_those_that_have_not_ended_acknowledged_or_not(outbox: Outbox) -> None:
    outbox.put(candidate(1))
    outbox.put(candidate(2))
    outbox.put(candidate(2, revision=2, phase=Phase.ENDED))
    outbox.acked(ack(candidate(1)))
    assert outbox.unfinished() == [candidate(1)]


def test_what_ended_and_waits_for_evidence_is_unfinished_too(outbox: Outbox) -> None:
    waiting = with_still(candidate(1, phase=Phase.ENDED))
    waiting = replace(waiting, evidence=(Evidence(EvidenceKind.PREVIEW, EvidenceStatus.PENDING),))
    outbox.put(waiting)
    outbox.put(with_still(candidate(2, phase=Phase.ENDED)))
    assert outbox.unfinished() == [waiting]


def test_evidence_that_may_go_is_what_the_desk_holds_then_the_oldest_and_nothing_confirmed(
    outbox: Outbox,
) -> None:
    pieces = {n: f"{n:064x}" for n in range(1, 5)}
    for number, sha256 in pieces.items():
        piece = Evidence(EvidenceKind.STILL, EvidenceStatus.READY, sha256, 1, "image/jpeg")
        outbox.put(replace(candidate(number), evidence=(piece,)))
    outbox.acked(ack(candidate(2), keep=True))
    outbox.acked(ack(candidate(3), held=(pieces[3],)))
    outbox.acked(ack(candidate(4), held=(pieces[4],), keep=True))
    assert list(outbox.removable_evidence()) == [pieces[3], pieces[4], pieces[1]]


def test_purge_drops_only_old_ended_acknowledged_history(outbox: Outbox, clock: ManualClock) -> None:
    ended, still_open, unacked = (
        candidate(1, phase=Phase.ENDED),
        candidate(2),
        candidate(3, phase=Phase.ENDED),
    )
    for each in (ended, still_open, unacked):
        outbox.put(each)
    outbox.acked(ack(ended))
    outbox.acked(ack(still_open))
    assert outbox.purge(clock.now() + 29 * DAY) == 0
    assert outbox.purge(clock.now() + 31 * DAY) == 1
    assert outbox.ids() == {still_open.id, unacked.id}
    assert outbox.ever() == 3


def test_purge_keeps_what_is_confirmed_until_the_desk_holds_its_evidence(
    outbox: Outbox, clock: ManualClock
) -> None:
    confirmed = with_still(candidate(1, phase=Phase.ENDED))
    outbox.put(confirmed)
    outbox.acked(ack(confirmed, keep=True))
    assert outbox.purge(clock.now() + 31 * DAY) == 0
    outbox.acked(ack(confirmed, held=(SHA,)))
    assert outbox.purge(clock.now() + 31 * DAY) == 1
    assert outbox.evidence_flags(confirmed.id) == (set(), False)


def test_the_file_is_private_and_written_durably(tmp_path: Path, outbox: Outbox) -> None:
    assert stat.S_IMODE((tmp_path / "outbox.db").stat().st_mode) == 0o600
    pragma = {name: outbox._file.read(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous")}
    assert pragma == {"journal_mode": "delete", "synchronous": 3}


def test_a_full_disk_is_a_store_error_that_loses_nothing_stored(outbox: Outbox) -> None:
    outbox.put(candidate(1))
    pages = outbox._file.read("PRAGMA page_count")[0][0]
    outbox._file.read(f"PRAGMA max_page_count = {pages}")
    big = replace(candidate(2), parts={"note": "x" * 200_000})
    with pytest.raises(StoreError, match="disk is full"):
        outbox.put(big)
    assert outbox.pending() == [candidate(1)]
    assert outbox.ever() == 1
    outbox._file.read("PRAGMA max_page_count = 100000")
    outbox.put(big)
    assert outbox.depth() == 2


@pytest.fixture
def foreign_lock(tmp_path: Path, outbox: Outbox) -> Iterator[sqlite3.Connection]:
    """Another process's exclusive lock on the outbox, which does not wait for five seconds here."""
    outbox._file.read("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(tmp_path / "outbox.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield other
    other.close()


def test_a_locked_file_is_a_store_error_until_it_is_free(
    outbox: Outbox, foreign_lock: sqlite3.Connection
) -> None:
    with pytest.raises(StoreError, match="another process holds a lock"):
        outbox.put(candidate(1))
    with pytest.raises(StoreError, match="another process holds a lock"):
        outbox.pending()
    foreign_lock.execute("ROLLBACK")
    outbox.put(candidate(1))
    assert outbox.pending() == [candidate(1)]


def test_a_file_of_a_newer_patrol_is_refused(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "o.db"
    Outbox(path, clock).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="version 99"):
        Outbox(path, clock)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "o.db"
    path.write_bytes(b"not a database at all, and long enough to be looked at" * 100)
    with pytest.raises(StoreError, match="no SQLite file"):
        Outbox(path, clock)


def test_a_row_that_cannot_be_read_does_not_hold_up_the_others(outbox: Outbox) -> None:
    for number in (1, 2):
        outbox.put(candidate(number))
    with outbox._file.writing() as db:
        db.execute("UPDATE candidates SET state = '{}' WHERE id = ?", (candidate(1).id,))
    assert outbox.pending() == [candidate(2)]
    assert outbox.unfinished() == [candidate(2)]
    assert outbox.depth() == 2


@pytest.mark.parametrize(
    "broken",
    [
        replace(candidate(1), value=float("nan")),
        replace(candidate(1), zone_id=""),
        replace(candidate(1), unit="\ud800"),
        replace(candidate(1), revision=2**40),
    ],
    ids=["nan", "empty", "surrogate", "revision"],
)
def test_what_cannot_be_written_down_is_refused_with_its_rule(outbox: Outbox, broken: object) -> None:
    with pytest.raises(StoreError, match="'gathering'"):
        outbox.put(broken)  # type: ignore[arg-type]  # the parameter's type is lost in parametrize
    assert outbox.ids() == set()


def test_many_threads_write_at_once(outbox: Outbox) -> None:
    def write(thread: int) -> None:
        for number in range(10):
            outbox.put(candidate(thread * 100 + number))
            outbox.acked(ack(candidate(thread * 100)))

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: not any(thread.is_alive() for thread in threads), "the writers' end")
    assert (outbox.ever(), outbox.depth()) == (40, 36)


def test_a_closed_outbox_says_so(tmp_path: Path, clock: ManualClock) -> None:
    closed = Outbox(tmp_path / "o.db", clock)
    closed.close()
    with pytest.raises(StoreError, match="closed"):
        closed.put(candidate(1))


def test_what_is_confirmed_is_not_removed_under_the_name_of_another(outbox: Outbox) -> None:
    # Two rules that begin with one look share its still; only one of them was confirmed.
    for number in (1, 2):
        outbox.put(with_still(candidate(number)))
    outbox.acked(ack(candidate(2), keep=True))
    assert list(outbox.removable_evidence()) == []
    outbox.acked(ack(candidate(1), held=(SHA,)))
    assert list(outbox.removable_evidence()) == []
    outbox.acked(ack(candidate(2), held=(SHA,)))
    assert SHA in outbox.removable_evidence()


def test_rows_that_cannot_be_read_take_their_turn_and_no_more(tmp_path: Path, clock: ManualClock) -> None:
    outbox = Outbox(tmp_path / "o.db", clock)
    for number in range(1, 4):
        outbox.put(candidate(number))
    with sqlite3.connect(tmp_path / "o.db") as db:
        db.execute(
            "UPDATE candidates SET state = '{}' WHERE id IN (?, ?)", (candidate(1).id, candidate(2).id)
        )
    db.close()
    assert outbox.pending(2) == []
    assert outbox.pending(2) == [candidate(3)]
    clock.advance(60)
    assert outbox.depth() == 3
    outbox.close()


def test_an_ack_that_comes_before_the_note_of_the_sending_leaves_nothing_in_memory(
    outbox: Outbox, clock: ManualClock
) -> None:
    outbox.put(candidate(1))
    outbox.acked(ack(candidate(1)))
    outbox.sent([(candidate(1).id, 1)])
    assert outbox.pending() == []
    assert outbox._sent == {}
