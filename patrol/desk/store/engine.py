"""Engines for the two databases: SQLite with one connection, PostgreSQL with a small pool."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from patrol.core.errors import ConfigError
from patrol.core.redact import Secret

BUSY_TIMEOUT_S = 5.0
"""How long SQLite waits for another process's lock before it says so."""
READ_ONLY = "patrol_read"
"""Execution option of a connection that only reads: it takes no write lock."""


def default_address(folder: Path) -> Secret:
    """The SQLite file in the desk's folder, for a desk that was given no database."""
    return Secret(f"sqlite:///{folder / 'desk.sqlite3'}", known=False)


def make_engine(address: Secret) -> Engine:
    """An engine for `sqlite:///PATH` or `postgresql://...`.

    Raises:
        ConfigError: the address is neither.
    """
    url = _parse(address)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    if importlib.util.find_spec("psycopg") is None:
        raise ConfigError(
            "PATROL_DATABASE_URL names a PostgreSQL database, and the package psycopg is not installed; "
            "install the extra: pip install 'patrol[postgres]'"
        )
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=4,
        max_overflow=0,
        pool_pre_ping=True,
        pool_timeout=BUSY_TIMEOUT_S,
        connect_args={"connect_timeout": 5, "options": "-c lock_timeout=5s -c statement_timeout=30s"},
    )


def describe(engine: Engine) -> str:
    """The database in words, without credentials."""
    if engine.dialect.name == "sqlite":
        return f"desk database {engine.url.database}"
    return f"desk database {engine.url.database} on {engine.url.host or 'this machine'}"


def _parse(address: Secret) -> URL:
    try:
        url = make_url(address.reveal())
    except ArgumentError:
        raise ConfigError("PATROL_DATABASE_URL is no database address; see docs for examples") from None
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ConfigError("PATROL_DATABASE_URL: expected sqlite:///PATH or postgresql://USER@HOST/NAME")
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise ConfigError("PATROL_DATABASE_URL: a database in memory would lose every candidate; name a file")
    return url


def _sqlite(url: URL) -> Engine:
    _make_file(Path(str(url.database)))
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        # One connection: two that write and checkpoint at once can lose commits in SQLite before 3.51.3, and
        # one cannot wait for itself. The pool is the lock; it waits as long as SQLite itself would.
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=BUSY_TIMEOUT_S,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _make_file(path: Path) -> None:
    """Create the file 0600 before SQLite does it with the umask's mode; the journal takes the same mode."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise ConfigError(f"desk database {path}: cannot be created: {error.strerror}") from None


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; `_on_begin` does
    # EXTRA: with FULL a power cut can undo a commit whose journal's removal was not yet on disk, and
    # the worker has been told by then that the candidate is held.
    for pragma in ("journal_mode=DELETE", "synchronous=EXTRA", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    # A deferred transaction that turns from reading to writing fails at once, without waiting for the lock.
    deferred = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN DEFERRED" if deferred else "BEGIN IMMEDIATE")
