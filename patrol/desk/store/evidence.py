"""Queries on evidence: what is wanted, what is held, what may go."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from patrol.core.candidate import EvidenceKind, EvidenceStatus
from patrol.desk.store import Transaction
from patrol.desk.store.models import CandidateRow, EvidenceRow
from patrol.desk.store.rows import StoredFile, Wanted

_BATCH = 5000
"""Rows looked at in one go: a day of 500 cameras at their design load is 300."""
_ORIGINAL = EvidenceKind.ORIGINAL.value
_FIRST = {kind: place for place, kind in enumerate(("still", "still_boxes", "preview", "original"))}
"""What an operator needs first is pulled first."""


def wanted(tx: Transaction) -> list[Wanted]:
    """Pieces that a worker has ready and the desk does not hold; of the newest candidates, stills first."""
    missing = (
        EvidenceRow.held.is_(False),
        EvidenceRow.removed_at.is_(None),
        EvidenceRow.status == EvidenceStatus.READY.value,
    )
    query = select(EvidenceRow, CandidateRow).join(CandidateRow).where(*missing)
    rows = tx.execute(query.order_by(CandidateRow.seq.desc()).limit(_BATCH)).all()
    found = [
        Wanted(
            candidate_id=piece.candidate_id,
            worker_id=row.worker_id,
            kind=EvidenceKind(piece.kind),
            sha256=piece.sha256,
            size=piece.size,
            raised=row.raised_at,
            confirmed=row.verdict == "real",
        )
        for piece, row in rows
    ]
    return sorted(found, key=lambda piece: _FIRST[piece.kind.value])


def held_shas(tx: Transaction, candidate_id: str) -> tuple[str, ...]:
    """SHA-256 of the pieces of one candidate that the desk holds."""
    query = select(EvidenceRow.sha256).where(EvidenceRow.candidate_id == candidate_id, EvidenceRow.held)
    return tuple(tx.scalars(query.order_by(EvidenceRow.sha256)))


def mark_held(tx: Transaction, sha256: str, now: datetime, *, original: bool) -> list[str]:
    """The file is on the desk's disk. Returns the candidates that it belongs to."""
    change = update(EvidenceRow).where(*_of(sha256, original=original), EvidenceRow.held.is_(False))
    change = change.where(EvidenceRow.status == EvidenceStatus.READY.value, EvidenceRow.removed_at.is_(None))
    return list(tx.scalars(change.values(held=True, held_at=now).returning(EvidenceRow.candidate_id)))


def all_held(tx: Transaction) -> set[StoredFile]:
    """Every file that some row holds."""
    query = select(EvidenceRow.sha256, EvidenceRow.size, EvidenceRow.kind).where(EvidenceRow.held)
    return {StoredFile(sha, size, kind == _ORIGINAL) for sha, size, kind in tx.execute(query)}


def held_bytes(tx: Transaction) -> int:
    """Sum of the sizes of all pieces held."""
    return int(tx.scalar(select(func.sum(EvidenceRow.size)).where(EvidenceRow.held)) or 0)


def mark_lost(tx: Transaction, file: StoredFile) -> None:
    """The file of a held piece is gone from the disk: it is wanted again."""
    change = update(EvidenceRow).where(*_of(file.sha256, original=file.original), EvidenceRow.held)
    tx.execute(change.values(held=False, held_at=None))


def oldest_removable(tx: Transaction, older_than: datetime | None) -> StoredFile | None:
    """The file that goes first to make room. None where nothing may go.

    Evidence of a candidate that a person called real never goes, nor does a file that such a one shares.
    `older_than`: only files of candidates raised before this moment; None: of any.
    """
    query = select(EvidenceRow.sha256, EvidenceRow.size, EvidenceRow.kind).join(CandidateRow)
    query = query.where(*_removable(older_than))
    row = tx.execute(query.order_by(CandidateRow.raised_at, EvidenceRow.size.desc()).limit(1)).one_or_none()
    return None if row is None else StoredFile(row[0], row[1], row[2] == _ORIGINAL)


def removable_bytes(tx: Transaction, older_than: datetime | None) -> int:
    """How much room removing all that may go would make; see `oldest_removable`."""
    query = select(func.sum(EvidenceRow.size)).join(CandidateRow).where(*_removable(older_than))
    return int(tx.scalar(query) or 0)


def mark_removed(tx: Transaction, file: StoredFile, now: datetime) -> list[str]:
    """The file goes to make room, and is not pulled again. Returns the candidates that it belonged to."""
    change = update(EvidenceRow).where(*_of(file.sha256, original=file.original), EvidenceRow.held)
    return list(tx.scalars(change.values(held=False, removed_at=now).returning(EvidenceRow.candidate_id)))


def _of(sha256: str, *, original: bool) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    kind = EvidenceRow.kind == _ORIGINAL if original else EvidenceRow.kind != _ORIGINAL
    return EvidenceRow.sha256 == sha256, kind


def _removable(older_than: datetime | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [EvidenceRow.held.is_(True), *_not_confirmed()]
    if older_than is not None:
        conditions.append(CandidateRow.raised_at < older_than)
    return conditions


def _not_confirmed() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    other, owner = aliased(EvidenceRow), aliased(CandidateRow)
    shared = exists().where(
        other.sha256 == EvidenceRow.sha256, other.candidate_id == owner.id, owner.verdict == "real"
    )
    return or_(CandidateRow.verdict.is_(None), CandidateRow.verdict != "real"), ~shared
