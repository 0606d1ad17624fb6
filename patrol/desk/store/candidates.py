"""Queries on intake rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from patrol.core.candidate import EvidenceKind, EvidenceStatus, Phase
from patrol.desk.store import Transaction
from patrol.desk.store.models import CandidateRow, CounterRow, EvidenceRow
from patrol.desk.store.rows import HeldEvidence, IntakeRow, Place, Verdict, as_verdict
from patrol.queue.wire import CandidateData, EvidenceData

_AS_SENT = ("worker_id", "camera_id", "rule_id", "analytic", "kind", "zone_id", "end_reason")
_FIGURES = ("value", "peak", "unit", "score", "revision")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows a page shows. `verdict` is a verdict, `open` for none yet, or `all`."""

    verdict: str = "all"
    camera_id: str = ""
    since: datetime | None = None
    """Raised at or after this moment."""

    def conditions(self) -> list[ColumnElement[bool]]:
        """As SQL."""
        found: list[ColumnElement[bool]] = []
        if self.verdict == "open":
            found.append(CandidateRow.verdict.is_(None))
        elif self.verdict != "all":
            found.append(CandidateRow.verdict == self.verdict)
        if self.camera_id:
            found.append(CandidateRow.camera_id == self.camera_id)
        if self.since is not None:
            found.append(CandidateRow.raised_at >= self.since)
        return found


def get(tx: Transaction, candidate_id: str) -> IntakeRow | None:
    """One row, None where the desk holds none of this id."""
    row = tx.scalars(_one(candidate_id)).one_or_none()
    return None if row is None else _as_value(row)


def page(tx: Transaction, wanted: Filter, before: int | None, limit: int) -> list[IntakeRow]:
    """Up to `limit` rows with a `seq` below `before`, newest first."""
    query = select(CandidateRow).where(*wanted.conditions())
    if before is not None:
        query = query.where(CandidateRow.seq < before)
    return [_as_value(row) for row in tx.scalars(query.order_by(CandidateRow.seq.desc()).limit(limit))]


def count_rows(tx: Transaction) -> int:
    """All rows."""
    return tx.scalar(select(func.count()).select_from(CandidateRow)) or 0


def count_open(tx: Transaction) -> dict[str, int]:
    """Rows without a verdict, by camera."""
    query = select(CandidateRow.camera_id, func.count()).where(CandidateRow.verdict.is_(None))
    return {camera: int(number) for camera, number in tx.execute(query.group_by(CandidateRow.camera_id))}


def held_revision(tx: Transaction, candidate_id: str) -> int | None:
    """The revision held, None where there is no row; the row is locked until the transaction ends."""
    query = select(CandidateRow.revision).where(CandidateRow.id == candidate_id).with_for_update()
    return tx.scalar(query)


def insert_once(tx: Transaction, data: CandidateData, place: Place, now: datetime) -> bool:
    """Add a row; False where another transaction has added the id meanwhile."""
    counter = update(CounterRow).where(CounterRow.name == "intake").values(value=CounterRow.value + 1)
    seq = tx.scalars(counter.returning(CounterRow.value)).one()
    values = {
        "id": data.id,
        "seq": seq,
        "received_at": now,
        "camera_name": place.camera_name,
        "zone_name": place.zone_name,
        "zone_polygon": [list(corner) for corner in place.zone_polygon],
        **_columns(data),
    }
    make = postgres_insert if tx.get_bind().dialect.name == "postgresql" else sqlite_insert
    added = tx.execute(
        make(CandidateRow)
        .values(values)
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(CandidateRow.id)
    )
    return added.one_or_none() is not None


def revise(tx: Transaction, data: CandidateData, place: Place) -> None:
    """Bring a row to a newer revision. What the camera was called stays, unless that was not known."""
    row = tx.scalars(_one(data.id)).one()
    for name, value in _columns(data).items():
        setattr(row, name, value)
    row.camera_name = row.camera_name or place.camera_name
    row.zone_name = row.zone_name or place.zone_name
    row.zone_polygon = row.zone_polygon or [list(corner) for corner in place.zone_polygon]


def merge_evidence(tx: Transaction, candidate_id: str, pieces: tuple[EvidenceData, ...]) -> None:
    """Take over what the worker says of its evidence. A file that the desk holds stays held."""
    query = select(EvidenceRow).where(EvidenceRow.candidate_id == candidate_id)
    rows = {row.kind: row for row in tx.scalars(query)}
    for piece in pieces:
        row = rows.get(piece.kind.value)
        if row is None:
            row = EvidenceRow(candidate_id=candidate_id, kind=piece.kind.value, held=False)
            tx.add(row)
        elif row.held and (piece.status is not EvidenceStatus.READY or piece.sha256 == row.sha256):
            continue
        elif piece.sha256 != row.sha256:
            row.held, row.held_at, row.removed_at = False, None, None
        row.status, row.sha256, row.size = piece.status.value, piece.sha256, piece.size
        row.media_type, row.reason = piece.media_type, piece.reason


def set_verdict(
    tx: Transaction, candidate_id: str, verdict: Verdict | None, who: str | None, at: datetime | None
) -> None:
    """What a person said last; None with None and None undoes it."""
    query = update(CandidateRow).where(CandidateRow.id == candidate_id)
    tx.execute(query.values(verdict=verdict, verdict_by=who, verdict_at=at))


def _one(candidate_id: str) -> Select[CandidateRow]:
    # `populate_existing`: an insert before this in the same transaction went past the session's objects.
    query = select(CandidateRow).where(CandidateRow.id == candidate_id)
    return query.execution_options(populate_existing=True)


def _columns(data: CandidateData) -> dict[str, object]:
    return {
        **{name: getattr(data, name) for name in (*_AS_SENT, *_FIGURES)},
        "phase": data.phase.value,
        "begin_at": data.begin,
        "raised_at": data.raised,
        "last_seen_at": data.last_seen,
        "ended_at": data.end,
        "parts": dict(data.parts),
    }


def _as_value(row: CandidateRow) -> IntakeRow:
    same = (*_AS_SENT, *_FIGURES, "id", "seq", "camera_name", "zone_name", "received_at", "verdict_by")
    return IntakeRow(
        **{name: getattr(row, name) for name in same},
        zone_polygon=tuple((x, y) for x, y in row.zone_polygon),
        phase=Phase(row.phase),
        begin=row.begin_at,
        raised=row.raised_at,
        last_seen=row.last_seen_at,
        end=row.ended_at,
        parts=dict(row.parts),
        verdict=as_verdict(row.verdict),
        verdict_at=row.verdict_at,
        evidence=tuple(_piece(e) for e in row.evidence),
    )


def _piece(row: EvidenceRow) -> HeldEvidence:
    return HeldEvidence(
        kind=EvidenceKind(row.kind),
        status=EvidenceStatus(row.status),
        sha256=row.sha256,
        size=row.size,
        media_type=row.media_type,
        reason=row.reason,
        held=row.held,
        removed=row.removed_at is not None,
    )
