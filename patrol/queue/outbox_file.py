"""The SQLite file under the outbox: how it is opened, written durably, and brought to the current version.

One connection a file, rollback journal: SQLite up to 3.51.2 can lose commits in WAL mode when two connections
write and checkpoint at once, and Python here comes with 3.40. `synchronous=EXTRA` is FULL and syncs the
folder after a commit too, without which a power cut can undo a commit that deleted its journal.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from patrol.core.errors import StoreError

BUSY_TIMEOUT_S = 5.0
"""How long a lock that another process holds (a backup, an inspection) is waited for."""

MIGRATIONS: tuple[str, ...] = (
    # 1
    """
    CREATE TABLE candidates (
      id TEXT NOT NULL UNIQUE,
      revision INTEGER NOT NULL CHECK (revision >= 1),
      acked_revision INTEGER NOT NULL DEFAULT 0 CHECK (acked_revision <= revision),
      phase TEXT NOT NULL,
      state TEXT NOT NULL,
      stored TEXT NOT NULL,
      acked TEXT,
      keep INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX candidates_pending ON candidates (id) WHERE revision > acked_revision;
    CREATE INDEX candidates_open ON candidates (phase) WHERE phase = 'open';
    CREATE TABLE evidence_held (
      candidate_id TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (candidate_id, sha256)
    ) WITHOUT ROWID;
    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO counters VALUES ('ever', 0);
    """,
)
"""One script a version, run once each, in order. Never change one that was released: add the next."""


class OutboxFile:
    """An open outbox file. Every failure of SQLite leaves here as StoreError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        with self._translating("open"):
            # SQLite gives its journal the mode of the database, so that this is enough.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)
            self._db = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
        try:
            self._prepare()
        except StoreError:
            self._db.close()
            raise

    def _prepare(self) -> None:
        with self._translating("open"):
            mode = self._db.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
            self._db.execute("PRAGMA synchronous = EXTRA")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if mode != "delete":
            raise StoreError(f"outbox {self._path}: the journal mode stays {mode!r}; is it open elsewhere?")
        if version > len(MIGRATIONS):
            raise StoreError(
                f"outbox {self._path} has version {version}, this Patrol knows {len(MIGRATIONS)}: it was "
                f"written by a newer Patrol; use that one, or move the file away"
            )
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            with self.writing() as db:
                for statement in filter(str.strip, script.split(";")):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {number}")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: on disk when the block ends, undone when it fails.

        Raises:
            StoreError: undone; the disk is full, the file is locked, or it is damaged.
        """
        with self._lock, self._translating("write"):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def read(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one SELECT.

        Raises:
            StoreError: see `writing`.
        """
        with self._lock, self._translating("read"):
            return self._db.execute(sql, values).fetchall()

    def close(self) -> None:
        """Close it. May be called twice."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _translating(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"cannot {doing} the outbox {self._path}: {_reason(error)}; candidates stay in memory "
                f"until it can be used again"
            ) from error


def _reason(error: Exception) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    hints = {
        sqlite3.SQLITE_FULL: "the disk is full: make room",
        sqlite3.SQLITE_BUSY: "another process holds a lock on it: end that one",
        sqlite3.SQLITE_READONLY: "it may not be written: check owner, mode and mount",
        sqlite3.SQLITE_CORRUPT: "it is damaged: stop, move it away, start again; the desk keeps what it has",
        sqlite3.SQLITE_NOTADB: "it is no SQLite file: move it away",
        sqlite3.SQLITE_IOERR: "the disk failed to read or write",
    }
    hint = hints.get(code)
    return f"{hint} ({error})" if hint else str(error)
