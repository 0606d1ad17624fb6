"""Opening an unblurred original: with a purpose, in the books first, for five minutes, for one session."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from patrol.core.protocols import Clock
from patrol.desk.store import Store, candidates, decisions
from patrol.desk.store.rows import IntakeRow, Opening, SignedIn

LASTS = timedelta(minutes=5)
"""Long enough to watch a clip of some 30 s several times; seeking asks for the address again and again."""
_MOST = 1000
"""Grants kept at once; the oldest ends early beyond."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The right to read one original for a while."""

    code: str
    session_hash: str
    candidate_id: str
    expires: datetime


class Originals:
    """Hands out grants. They live in memory: after a restart the original is opened, and recorded, again."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._grants: dict[str, Grant] = {}

    def record(self, candidate_id: str, who: SignedIn, purpose: str) -> IntakeRow | None:
        """Write the opening down; None where there is no such candidate. Blocks on the database.

        Raises:
            StoreError: not written, so not opened.
        """
        with self._store.write() as tx:
            row = candidates.get(tx, candidate_id)
            if row is not None:
                decisions.add_opening(tx, candidate_id, Opening(who.label, self._clock.now(), purpose))
            return row

    def grant(self, candidate_id: str, who: SignedIn) -> Grant:
        """A grant, after `record`."""
        self._forget_old()
        grant = Grant(secrets.token_urlsafe(32), who.hash, candidate_id, self._clock.now() + LASTS)
        self._grants[grant.code] = grant
        return grant

    def allows(self, code: str, candidate_id: str, who: SignedIn) -> bool:
        """Whether this session may read this candidate's original by this code now."""
        grant = self._grants.get(code)
        return (
            grant is not None
            and grant.session_hash == who.hash
            and grant.candidate_id == candidate_id
            and self._clock.now() < grant.expires
        )

    def _forget_old(self) -> None:
        now = self._clock.now()
        live = [grant for grant in self._grants.values() if grant.expires > now][-_MOST + 1 :]
        self._grants = {grant.code: grant for grant in live}
