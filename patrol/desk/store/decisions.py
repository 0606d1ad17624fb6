"""Queries on what people decided and opened. Both tables only grow."""

from __future__ import annotations

from sqlalchemy import select

from patrol.desk.store import Transaction
from patrol.desk.store.models import DecisionRow, OpeningRow
from patrol.desk.store.rows import Decision, Opening, as_verdict


def add_decision(tx: Transaction, candidate_id: str, decision: Decision, key: str | None) -> None:
    """Append a verdict, or the undoing of one."""
    d = decision
    tx.add(
        DecisionRow(
            candidate_id=candidate_id, verdict=d.verdict, reason=d.reason, who=d.who, at=d.at, key=key
        )
    )
    tx.flush()


def is_decided(tx: Transaction, candidate_id: str, key: str) -> bool:
    """Whether this idempotency key has decided already."""
    query = select(DecisionRow.id).where(DecisionRow.candidate_id == candidate_id, DecisionRow.key == key)
    return tx.scalar(query) is not None


def decisions_of(tx: Transaction, candidate_id: str) -> list[Decision]:
    """All of one candidate, oldest first."""
    query = select(DecisionRow).where(DecisionRow.candidate_id == candidate_id).order_by(DecisionRow.id)
    return [Decision(as_verdict(row.verdict), row.reason, row.who, row.at) for row in tx.scalars(query)]


def add_opening(tx: Transaction, candidate_id: str, opening: Opening) -> None:
    """Append the opening of an original."""
    tx.add(OpeningRow(candidate_id=candidate_id, who=opening.who, at=opening.at, purpose=opening.purpose))
    tx.flush()


def openings_of(tx: Transaction, candidate_id: str) -> list[Opening]:
    """All of one candidate, oldest first."""
    query = select(OpeningRow).where(OpeningRow.candidate_id == candidate_id).order_by(OpeningRow.id)
    return [Opening(row.who, row.at, row.purpose) for row in tx.scalars(query)]
