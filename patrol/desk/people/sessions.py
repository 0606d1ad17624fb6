"""Sessions: an opaque cookie, a hash in the database, twelve hours, no renewal."""

from __future__ import annotations

from datetime import datetime, timedelta

from patrol.core.protocols import Clock
from patrol.desk.people.tokens import hash_of, new_token
from patrol.desk.store import Store, people
from patrol.desk.store.rows import SignedIn

SESSION_LASTS = timedelta(hours=12)
"""Absolute, one shift: a browser left open does not stay signed in for ever."""
_REMEMBERED_S = 30.0
"""How long a session that was found is taken from memory: it spares the disk, and lets people see that the
database is locked while it is."""


class Sessions:
    """Signs in and out, and knows who is who. The database calls block; `alive` does not."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._known: dict[str, tuple[SignedIn, float]] = {}

    def sign_in(self, token: str) -> tuple[str, SignedIn] | None:
        """Use a link up: the cookie's value and its session, None where the link opens nothing.

        Raises:
            StoreError: the database cannot be written now; the link is not used up.
        """
        now = self._clock.now()
        with self._store.write() as tx:
            label = people.use_link(tx, hash_of(token), now)
            if label is None:
                return None
            cookie = new_token()
            session = SignedIn(hash_of(cookie), label, now + SESSION_LASTS)
            people.add_session(tx, session, now)
        return cookie, self._remember(session)

    def remembered(self, cookie: str) -> SignedIn | None:
        """The session of a cookie if it was looked up a moment ago. Does not block."""
        session, until = self._known.get(hash_of(cookie), (None, 0.0))
        fresh = session is not None and self._clock.monotonic() < until and self.alive(session)
        return session if fresh else None

    def find(self, cookie: str) -> SignedIn | None:
        """The session of a cookie; None where there is none or it has expired. Blocks on the database.

        Raises:
            StoreError: the database cannot be read now.
        """
        key, now = hash_of(cookie), self._clock.now()
        with self._store.write() as tx:
            session = people.session(tx, key, now)
            if session is not None:
                people.touch(tx, key, now)
        return None if session is None else self._remember(session)

    def sign_out(self, session: SignedIn) -> None:
        """End a session. Blocks on the database.

        Raises:
            StoreError: it could not be ended in the database; in this process it is.
        """
        self._known.pop(session.hash, None)
        with self._store.write() as tx:
            people.end_session(tx, session.hash)

    def alive(self, session: SignedIn) -> bool:
        """Whether a session that was found still holds, as far as this process knows."""
        return session.hash in self._known and self._now() < session.expires

    def _now(self) -> datetime:
        return self._clock.now()

    def _remember(self, session: SignedIn) -> SignedIn:
        now = self._now()
        self._known = {key: known for key, known in self._known.items() if known[0].expires > now}
        self._known[session.hash] = (session, self._clock.monotonic() + _REMEMBERED_S)
        return session
