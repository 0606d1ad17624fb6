"""The desk's database: SQLite by default, PostgreSQL by its address. The only package that knows SQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import ParamSpec, TypeVar

from sqlalchemy.orm import Session

from patrol.core.errors import StoreError
from patrol.core.redact import Secret
from patrol.desk.store.engine import READ_ONLY, describe, make_engine
from patrol.desk.store.failures import translated
from patrol.desk.store.migrate import upgrade

_P = ParamSpec("_P")
_T = TypeVar("_T")
_WAITING_MOST = 64
"""Calls that may wait for the database at once; more would only wait to fail."""

Transaction = Session
"""What the query modules take. Begun and ended by `Store` alone."""


class Store:
    """An open database with the tables of this version. Safe from several threads."""

    def __init__(self, address: Secret) -> None:
        """Open and migrate.

        Raises:
            ConfigError: no address of a database that Patrol knows.
            StoreError: locked, unreachable, or newer than this version of Patrol.
        """
        self._engine = make_engine(address)
        self.description = describe(self._engine)
        threads = 1 if self._engine.dialect.name == "sqlite" else 4
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="desk-store")
        self._waiting = 0
        self.problem = ""
        """Empty, or why the last transaction failed, for people."""
        try:
            upgrade(self._engine)
        except BaseException:
            self.close()
            raise

    async def run(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Do blocking work on the store's own threads, as many as the database takes at once.

        Raises:
            StoreError: too many calls wait already.
        """
        if self._waiting >= _WAITING_MOST:
            raise StoreError(f"{self.description}: {self._waiting} calls wait for it already; try again")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, partial(work, *args, **kwargs))
        finally:
            self._waiting -= 1

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One transaction, committed at the end, rolled back on any error.

        Raises:
            StoreError: nothing was written; try again.
            DeliveryError: nothing was written, and this value never can be.
        """
        with (
            self._noted(),
            Session(self._engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """One transaction that takes no write lock.

        Raises:
            StoreError: not readable now.
        """
        engine = self._engine.execution_options(**{READ_ONLY: True})
        with self._noted(), Session(engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            with translated(self.description):
                yield
        except StoreError as error:
            self.problem = str(error)
            raise
        self.problem = ""

    def close(self) -> None:
        """Wait for what runs, and close every connection."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._engine.dispose()


__all__ = ["Store", "Transaction"]
