"""Reading intake rows for who triages them."""

from __future__ import annotations

from collections.abc import Sequence

from patrol.desk.store import Store, candidates
from patrol.desk.store.candidates import Filter
from patrol.desk.store.rows import IntakeRow


def read_one(store: Store, candidate_id: str) -> IntakeRow | None:
    """One candidate, None where there is none of this id.

    Raises:
        StoreError: not readable now. So do the others here.
    """
    with store.read() as tx:
        return candidates.get(tx, candidate_id)


def read_page(store: Store, wanted: Filter, before: int | None, limit: int) -> Sequence[IntakeRow]:
    """Newest first, all with a `seq` below `before`."""
    with store.read() as tx:
        return candidates.page(tx, wanted, before, limit)


def count_all(store: Store) -> int:
    """Intake rows in the database."""
    with store.read() as tx:
        return candidates.count_rows(tx)


__all__ = ["Filter", "count_all", "read_one", "read_page"]
