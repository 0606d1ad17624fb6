"""The worker's outbox: every candidate, on its own disk, until the desk's database holds it.

A row is pending while `acked_revision < revision`. Only an acknowledgement ends that; the queue may lose
whatever it likes. What was sent is remembered in memory alone, so that a restart sends everything again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from patrol.core.candidate import Candidate, EvidenceStatus, Phase
from patrol.core.clock import iso
from patrol.core.errors import StoreError
from patrol.core.protocols import Clock
from patrol.queue import wire
from patrol.queue.outbox_file import OutboxFile

log = structlog.get_logger(__name__)

RESEND_AFTER_S = 60.0
"""What is not acknowledged is sent again every minute (design, "Acknowledgements")."""
KEEP_DAYS = 30
"""How long an acknowledged candidate stays as history."""

_PUT = """
INSERT INTO candidates (id, revision, phase, state, stored) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
  revision = excluded.revision, phase = excluded.phase, state = excluded.state, stored = excluded.stored
WHERE excluded.revision > candidates.revision
"""
_ACK = """
UPDATE candidates SET
  acked_revision = max(acked_revision, min(?, revision)), keep = max(keep, ?), acked = ?
WHERE id = ?
"""


class Outbox:
    """One SQLite file with one connection. Safe to use from several threads of one process.

    Args:
        path: created with mode 0600, its folder must exist.

    Raises:
        StoreError: the file cannot be opened, is no database, or was made by a newer Patrol.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._file = OutboxFile(path)
        self._lock = threading.Lock()
        self._sent: dict[str, tuple[int, float]] = {}

    def put(self, candidate: Candidate) -> None:
        """Store this revision and queue it for delivery; on disk before it returns.

        A revision that is not greater than the stored one changes nothing.

        Raises:
            StoreError: not stored; the caller keeps the candidate and tries again.
        """
        state = _encode(candidate, self._clock.now())
        row = (candidate.id, candidate.revision, candidate.phase.value, state, iso(self._clock.now()))
        with self._file.writing() as db:
            known = db.execute("SELECT 1 FROM candidates WHERE id = ?", (candidate.id,)).fetchone()
            db.execute(_PUT, row)
            if known is None:
                db.execute("UPDATE counters SET value = value + 1 WHERE name = 'ever'")

    def pending(self, limit: int = 100, resend_after_s: float = RESEND_AFTER_S) -> list[Candidate]:
        """What is to be sent now, oldest first: never sent, or sent that long ago and not acknowledged."""
        rows = self._file.read(
            "SELECT id, revision FROM candidates WHERE revision > acked_revision ORDER BY rowid"
        )
        before = self._clock.monotonic() - resend_after_s
        with self._lock:
            # An acknowledgement may overtake the note that its candidate was sent.
            for done in self._sent.keys() - {id_ for id_, _ in rows}:
                del self._sent[done]
            due = [(id_, revision) for id_, revision in rows if self._is_due(id_, revision, before)][:limit]
        found = {key: self.get(key[0]) for key in due}
        # Rows that cannot be read take their turn like the others, or a hundred of them would take every one.
        self.sent(key for key, candidate in found.items() if candidate is None)
        return [candidate for candidate in found.values() if candidate is not None]

    def _is_due(self, candidate_id: str, revision: int, before: float) -> bool:
        sent_revision, sent_at = self._sent.get(candidate_id, (0, 0.0))
        return sent_revision < revision or sent_at <= before

    def sent(self, revisions: Iterable[tuple[str, int]]) -> None:
        """Note that these (candidate id, revision) are on their way."""
        now = self._clock.monotonic()
        with self._lock:
            self._sent.update((id_, (revision, now)) for id_, revision in revisions)

    def forget_sent(self) -> None:
        """Make everything that is not acknowledged due at once: after the queue was away."""
        with self._lock:
            self._sent.clear()

    def acked(self, ack: wire.Ack) -> None:
        """Take note of what the desk's database holds. Any order, any number of times.

        `keep` and the evidence that is held only ever grow: an old acknowledgement that comes late must not
        free evidence that a person has confirmed. An unknown id is ignored.

        Raises:
            StoreError: not noted; the acknowledgement has to be applied again.
        """
        with self._file.writing() as db:
            db.execute(_ACK, (ack.revision, int(ack.keep), iso(self._clock.now()), ack.candidate_id))
            db.executemany(
                "INSERT OR IGNORE INTO evidence_held (candidate_id, sha256) "
                "SELECT id, ? FROM candidates WHERE id = ?",
                [(sha256, ack.candidate_id) for sha256 in ack.evidence_held],
            )
            row = db.execute(
                "SELECT revision > acked_revision FROM candidates WHERE id = ?", (ack.candidate_id,)
            ).fetchone()
        if row is None:
            log.info("ack_for_unknown_candidate", candidate=ack.candidate_id)
        elif not row[0]:
            with self._lock:
                self._sent.pop(ack.candidate_id, None)

    def get(self, candidate_id: str) -> Candidate | None:
        """The newest revision of one candidate; None where there is none, or it cannot be read back."""
        rows = self._file.read("SELECT state FROM candidates WHERE id = ?", (candidate_id,))
        return _decode(candidate_id, rows[0][0]) if rows else None

    def unfinished(self) -> list[Candidate]:
        """Every candidate that has not ended or still waits for evidence, oldest first.

        What a restarted worker has to take up.
        """
        rows = self._file.read(
            "SELECT id, state FROM candidates WHERE phase = ? OR instr(state, ?) ORDER BY rowid",
            (Phase.OPEN.value, f'"{EvidenceStatus.PENDING.value}"'),
        )
        found = [_decode(id_, state) for id_, state in rows]
        return [c for c in found if c is not None and (c.phase is Phase.OPEN or _waits(c))]

    def removable_evidence(self, others: Callable[[], Iterable[str]] = tuple) -> Iterator[str]:
        """SHA-256 of evidence that may go to make room: what the desk holds, then the rest, oldest first.

        Never what a person confirmed and the desk does not hold, nor the same file under another candidate:
        two rules that begin with one look share its still. Read bit by bit: room for one file needs few rows.

        Args:
            others: hashes that go in between: files that no candidate names.
        """
        ids = [row[0] for row in self._file.read("SELECT id FROM candidates ORDER BY rowid")]
        needed = self._needed()
        for only_held in (True, False):
            for candidate_id in ids:
                yield from (
                    s for s in self._removable_of(candidate_id, only_held=only_held) if s not in needed
                )
            if only_held:
                yield from others()

    def evidence_named(self) -> set[str]:
        """SHA-256 of every file that a candidate here names."""
        rows = self._file.read("SELECT id, state FROM candidates")
        found = [_decode(id_, state) for id_, state in rows]
        return {e.sha256 for c in found if c is not None for e in c.evidence if e.sha256}

    def _needed(self) -> set[str]:
        """What a person confirmed and the desk does not hold."""
        kept = [row[0] for row in self._file.read("SELECT id FROM candidates WHERE keep")]
        needed = set[str]()
        for candidate_id in kept:
            candidate, (held, _) = self.get(candidate_id), self.evidence_flags(candidate_id)
            needed.update(e.sha256 for e in (candidate.evidence if candidate else ()) if e.sha256 not in held)
        return needed

    def _removable_of(self, candidate_id: str, *, only_held: bool) -> Iterator[str]:
        candidate = self.get(candidate_id)
        held, keep = self.evidence_flags(candidate_id)
        for piece in candidate.evidence if candidate else ():
            if piece.status is EvidenceStatus.READY and (
                piece.sha256 in held if only_held else not keep and piece.sha256 not in held
            ):
                yield piece.sha256

    def depth(self) -> int:
        """How many candidates wait for an acknowledgement."""
        return self._number("SELECT count(*) FROM candidates WHERE revision > acked_revision")

    def ever(self) -> int:
        """How many candidates there have ever been, purged ones included."""
        return self._number("SELECT value FROM counters WHERE name = 'ever'")

    def ids(self) -> set[str]:
        """Ids of all candidates that are still here."""
        return {row[0] for row in self._file.read("SELECT id FROM candidates")}

    def evidence_flags(self, candidate_id: str) -> tuple[set[str], bool]:
        """What the desk holds of a candidate's evidence (SHA-256), and whether it must be kept here."""
        keep = self._file.read("SELECT keep FROM candidates WHERE id = ?", (candidate_id,))
        held = self._file.read("SELECT sha256 FROM evidence_held WHERE candidate_id = ?", (candidate_id,))
        return {row[0] for row in held}, bool(keep and keep[0][0])

    def purge(self, now: datetime, keep_days: int = KEEP_DAYS) -> int:
        """Drop old history and say how many rows went.

        Only what has ended and is acknowledged, the last time more than `keep_days` ago; and of what a person
        has confirmed only what the desk holds all evidence of.

        Raises:
            StoreError: nothing was dropped.
        """
        before = iso(now - timedelta(days=keep_days))
        with self._file.writing() as db:
            rows = db.execute(
                "SELECT id FROM candidates WHERE phase = ? AND acked_revision >= revision AND acked < ?",
                (Phase.ENDED.value, before),
            ).fetchall()
            old = [(id_,) for (id_,) in rows if not self._is_needed(id_)]
            db.executemany("DELETE FROM evidence_held WHERE candidate_id = ?", old)
            db.executemany("DELETE FROM candidates WHERE id = ?", old)
        return len(old)

    def _is_needed(self, candidate_id: str) -> bool:
        held, keep = self.evidence_flags(candidate_id)
        if not keep:
            return False
        candidate = self.get(candidate_id)
        return candidate is None or any(
            e.status is EvidenceStatus.READY and e.sha256 not in held for e in candidate.evidence
        )

    def _number(self, sql: str) -> int:
        return int(self._file.read(sql)[0][0])

    def close(self) -> None:
        """Close the file. Later calls raise StoreError."""
        self._file.close()


def _waits(candidate: Candidate) -> bool:
    return any(e.status is EvidenceStatus.PENDING for e in candidate.evidence)


def _encode(candidate: Candidate, now: datetime) -> str:
    try:
        return wire.candidate_event(candidate, now).data.model_dump_json()
    except (ValidationError, PydanticSerializationError) as error:
        reason = error.errors(include_url=False)[0] if isinstance(error, ValidationError) else str(error)
        raise StoreError(
            f"candidate {candidate.id} of rule {candidate.rule_id}, camera {candidate.camera_id}, cannot be "
            f"written down: {reason}; the analytic {candidate.analytic!r} has to be corrected"
        ) from None


def _decode(candidate_id: str, state: str) -> Candidate | None:
    """A row that cannot be read back is skipped and said aloud: it must not hold up the others."""
    try:
        return wire.to_candidate(wire.CandidateData.model_validate_json(state))
    except ValidationError as error:
        log.error("outbox_row_unreadable", candidate=candidate_id, problems=error.error_count())  # noqa: TRY400
        return None
