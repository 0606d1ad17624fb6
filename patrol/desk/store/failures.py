"""Database errors in Patrol's words. The originals may hold the database's address, so none is passed on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError

from patrol.core.errors import DeliveryError, StoreError

_LOCKED = ("database is locked", "database table is locked", "lock timeout")
_FULL = ("database or disk is full", "no space left", "could not extend file")
_DAMAGED = ("malformed", "file is not a database", "disk i/o error")
_READ_ONLY = ("readonly", "read-only", "unable to open database file", "permission denied")


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn SQLAlchemy's errors into StoreError, or DeliveryError for values that no database takes.

    Args:
        where: the database in words, without credentials.

    Raises:
        StoreError: locked, full, unreachable, damaged: try again later.
        DeliveryError: the value itself cannot be stored, now or later.
    """
    try:
        yield
    except DataError:
        raise DeliveryError(f"{where}: a value does not fit its column; it will never be taken in") from None
    except DBAPIError as error:
        raise StoreError(f"{where}: {_in_words(str(error.orig).lower())}") from None
    except SQLAlchemyError as error:
        raise StoreError(f"{where}: {type(error).__name__}; nothing was written") from None


def _in_words(text: str) -> str:
    if any(part in text for part in _LOCKED):
        return "locked by another process; nothing was written. Close whatever else has the file open"
    if any(part in text for part in _FULL):
        return "the disk is full; nothing was written. Free space on the database's disk"
    if any(part in text for part in _DAMAGED):
        return "the file is damaged or its disk fails; stop the desk and restore a copy"
    if any(part in text for part in _READ_ONLY):
        return "the file cannot be opened for writing. Check the folder's owner and mode"
    if "unique" in text or "constraint" in text or "append-only" in text:
        return "a rule of the tables refused the change; nothing was written"
    return "not reachable; nothing was written. Check that the database server runs"
