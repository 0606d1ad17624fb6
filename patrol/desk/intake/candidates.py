"""Candidate events into intake rows: at least once comes in, exactly one row stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from patrol.core.errors import DeliveryError
from patrol.desk.store import Store, Transaction, candidates
from patrol.desk.store.rows import IntakeRow, Place
from patrol.queue.wire import Ack, CandidateData, CandidateEvent

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")

PlaceOf = Callable[[str, str, str], Place]
"""Worker, camera and zone id to how they are called and drawn now."""


def take_in(store: Store, event: CandidateEvent, place_of: PlaceOf, now: datetime) -> Ack:
    """Hold this revision, or a newer one, before returning. Safe to repeat; order does not matter.

    Returns:
        the revision that the database holds now, which may be newer than the one that came.

    Raises:
        StoreError: nothing was written; deliver it again.
        DeliveryError: no database can ever hold this event.
    """
    data = event.data
    for problem in _unfit(data):
        raise DeliveryError(f"candidate {data.id[:80]!r}: {problem}; it cannot be taken in")
    place = place_of(data.worker_id, data.camera_id, data.zone_id)
    with store.write() as tx:
        held = candidates.held_revision(tx, data.id)
        if held is None and candidates.insert_once(tx, data, place, now):
            candidates.merge_evidence(tx, data.id, data.evidence)
        elif (held or candidates.held_revision(tx, data.id) or 0) < data.revision:
            candidates.revise(tx, data, place)
            candidates.merge_evidence(tx, data.id, data.evidence)
        tx.flush()
        return _ack(tx, data.id)


def ack_of(store: Store, candidate_id: str) -> tuple[str, Ack] | None:
    """Worker and acknowledgement of what is held now, to send again after evidence or verdict changed."""
    with store.read() as tx:
        row = candidates.get(tx, candidate_id)
        return None if row is None else (row.worker_id, _acknowledged(row))


def _ack(tx: Transaction, candidate_id: str) -> Ack:
    row = candidates.get(tx, candidate_id)
    if row is None:  # rows are never deleted, and this transaction has just written or found it
        raise DeliveryError(f"candidate {candidate_id!r} vanished while it was taken in")
    return _acknowledged(row)


def _acknowledged(row: IntakeRow) -> Ack:
    held = tuple(sorted({piece.sha256 for piece in row.evidence if piece.held}))
    return Ack(candidate_id=row.id, revision=row.revision, evidence_held=held, keep=row.verdict == "real")


def _unfit(data: CandidateData) -> Iterator[str]:
    """Why an event that is valid on the wire fits no row or no address."""
    if _ID.fullmatch(data.id) is None:
        yield "its id has characters that do not fit into an address"
    if any("\x00" in text for text in _texts(data)):
        yield "a text holds a NUL character"
    if len({piece.kind for piece in data.evidence}) < len(data.evidence):
        yield "two pieces of evidence are of one kind"


def _texts(data: CandidateData) -> Iterator[str]:
    for value in data.model_dump(mode="python", exclude={"parts", "evidence"}).values():
        if isinstance(value, str):
            yield value
    for key, part in data.parts.items():
        yield key
        if isinstance(part, str):
            yield part
    for piece in data.evidence:
        yield from (piece.media_type, piece.reason)
