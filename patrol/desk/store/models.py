"""The desk's tables. A change here needs a migration beside it; a test compares the two."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from patrol.desk.store.columns import UtcTime

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
_VERDICTS = "verdict IN ('real', 'false', 'unsure')"


class Base(DeclarativeBase):
    """Root of the mapped classes; constraint names are fixed, so that migrations can name them."""

    metadata = MetaData(naming_convention=_NAMING)


class CandidateRow(Base):
    """One intake row: exactly one per candidate id, whatever arrives how often and in what order."""

    __tablename__ = "candidates"
    __table_args__ = (
        CheckConstraint("phase IN ('open', 'ended')", name="phase"),
        CheckConstraint(_VERDICTS, name="verdict"),
        Index("ix_candidates_verdict_seq", "verdict", "seq"),
        Index("ix_candidates_camera_id_seq", "camera_id", "seq"),
    )

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, unique=True)
    """Order of first arrival; what pages are cut by."""
    worker_id: Mapped[str] = mapped_column(String(200))
    camera_id: Mapped[str] = mapped_column(String(200))
    camera_name: Mapped[str] = mapped_column(Text)
    """As the camera was called when the candidate arrived; empty where that was not known yet."""
    rule_id: Mapped[str] = mapped_column(String(200))
    analytic: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(200))
    zone_id: Mapped[str] = mapped_column(String(200))
    zone_name: Mapped[str] = mapped_column(Text)
    zone_polygon: Mapped[list[list[float]]] = mapped_column(JSON)
    phase: Mapped[str] = mapped_column(String(16))
    begin_at: Mapped[datetime] = mapped_column(UtcTime)
    raised_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    last_seen_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    end_reason: Mapped[str] = mapped_column(Text)
    value: Mapped[float] = mapped_column(Double)
    peak: Mapped[float] = mapped_column(Double)
    unit: Mapped[str] = mapped_column(Text)
    score: Mapped[float] = mapped_column(Double)
    parts: Mapped[dict[str, Any]] = mapped_column(JSON)
    revision: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    verdict: Mapped[str | None] = mapped_column(String(16))
    verdict_at: Mapped[datetime | None] = mapped_column(UtcTime)
    verdict_by: Mapped[str | None] = mapped_column(Text)

    evidence: Mapped[list[EvidenceRow]] = relationship(order_by="EvidenceRow.kind", lazy="selectin")


class EvidenceRow(Base):
    """One piece of evidence of one candidate: what the worker says of it, and whether the desk has it."""

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'ready', 'missing')", name="status"),
        Index("ix_evidence_held_status", "held", "status"),
    )

    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidates.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    held: Mapped[bool]
    """The desk has pulled, checked and stored the file."""
    held_at: Mapped[datetime | None] = mapped_column(UtcTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """The desk had it, and took it away to make room; it is not pulled again."""


class DecisionRow(Base):
    """One verdict, or the undoing of one. Append-only: triggers refuse changes and deletions."""

    __tablename__ = "decisions"
    __table_args__ = (
        CheckConstraint(_VERDICTS, name="verdict"),
        Index("uq_decisions_candidate_id_key", "candidate_id", "key", unique=True),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidates.id"), index=True)
    verdict: Mapped[str | None] = mapped_column(String(16))
    """None: the verdict before was undone."""
    reason: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcTime)
    key: Mapped[str | None] = mapped_column(String(100))
    """Idempotency key of the client; the same key decides once."""


class OpeningRow(Base):
    """One opening of an unblurred original. Append-only, as decisions are."""

    __tablename__ = "openings"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidates.id"), index=True)
    who: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcTime)
    purpose: Mapped[str] = mapped_column(Text)


class SessionRow(Base):
    """One signed-in browser. Only the hash of its cookie is here."""

    __tablename__ = "sessions"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcTime)


class LinkRow(Base):
    """One sign-in link. Only the hash of its token is here; it opens once."""

    __tablename__ = "links"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class CounterRow(Base):
    """A number that only rises: `intake` gives candidates their `seq`."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
