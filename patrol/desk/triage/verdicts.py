"""Real, false or unsure, said by a person, undone by a person; every step stays in the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from patrol.desk.store import Store, candidates, decisions
from patrol.desk.store.rows import Decision, IntakeRow, Opening


@dataclass(frozen=True, slots=True)
class History:
    """All that people did with one candidate, oldest first."""

    decisions: tuple[Decision, ...]
    openings: tuple[Opening, ...]


def decide(store: Store, candidate_id: str, decision: Decision, key: str | None = None) -> IntakeRow | None:
    """Set a verdict, or undo the one before.

    Nothing is appended where nothing changes: the same verdict without a new reason, an undo of nothing, or
    an idempotency key that has decided before.

    Args:
        store: the desk's database.
        candidate_id: of the candidate.
        decision: what, who, when, why.
        key: the client's idempotency key, at most 100 characters.

    Returns:
        the candidate as it is now; None where there is none of this id.

    Raises:
        StoreError: nothing was decided; try again.
    """
    with store.write() as tx:
        if candidates.held_revision(tx, candidate_id) is None:
            return None
        row = candidates.get(tx, candidate_id)
        if row is None or (key and decisions.is_decided(tx, candidate_id, key)):
            return row
        if decision.verdict == row.verdict and not decision.reason:
            return row
        decisions.add_decision(tx, candidate_id, decision, key)
        who, at = _by(decision)
        candidates.set_verdict(tx, candidate_id, decision.verdict, who, at)
        return candidates.get(tx, candidate_id)


def _by(decision: Decision) -> tuple[str | None, datetime | None]:
    return (None, None) if decision.verdict is None else (decision.who, decision.at)


def history(store: Store, candidate_id: str) -> History | None:
    """Decisions and openings of one candidate; None where there is none of this id."""
    with store.read() as tx:
        if candidates.get(tx, candidate_id) is None:
            return None
        return History(
            tuple(decisions.decisions_of(tx, candidate_id)), tuple(decisions.openings_of(tx, candidate_id))
        )
