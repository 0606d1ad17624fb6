"""Queries on sign-in links and sessions. Tokens come here as hashes only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, select, update

from patrol.desk.store import Transaction
from patrol.desk.store.models import LinkRow, SessionRow
from patrol.desk.store.rows import SignedIn


def add_link(tx: Transaction, token_hash: str, label: str, now: datetime, expires: datetime) -> None:
    """A link that has not been used."""
    tx.add(LinkRow(hash=token_hash, label=label, created_at=now, expires_at=expires, used_at=None))


def use_link(tx: Transaction, token_hash: str, now: datetime) -> str | None:
    """Use a link up: its label, or None where it is unknown, used or expired. One statement: no two win."""
    change = update(LinkRow).where(
        LinkRow.hash == token_hash, LinkRow.used_at.is_(None), LinkRow.expires_at > now
    )
    return tx.scalar(change.values(used_at=now).returning(LinkRow.label))


def add_session(tx: Transaction, session: SignedIn, now: datetime) -> None:
    """A browser that has signed in."""
    tx.add(
        SessionRow(
            hash=session.hash,
            label=session.label,
            created_at=now,
            expires_at=session.expires,
            last_seen_at=now,
        )
    )


def session(tx: Transaction, session_hash: str, now: datetime) -> SignedIn | None:
    """The session of this hash, None where there is none or it has expired."""
    query = select(SessionRow).where(SessionRow.hash == session_hash, SessionRow.expires_at > now)
    row = tx.scalars(query).one_or_none()
    return None if row is None else SignedIn(row.hash, row.label, row.expires_at)


def touch(tx: Transaction, session_hash: str, now: datetime) -> None:
    """Note when a session was last used."""
    tx.execute(update(SessionRow).where(SessionRow.hash == session_hash).values(last_seen_at=now))


def end_session(tx: Transaction, session_hash: str) -> None:
    """Forget a session. Ending one that is not there changes nothing."""
    tx.execute(delete(SessionRow).where(SessionRow.hash == session_hash))


def forget_expired(tx: Transaction, now: datetime) -> None:
    """Remove what no longer opens anything."""
    tx.execute(delete(SessionRow).where(SessionRow.expires_at <= now))
    tx.execute(delete(LinkRow).where(or_(LinkRow.expires_at <= now, LinkRow.used_at <= now)))
