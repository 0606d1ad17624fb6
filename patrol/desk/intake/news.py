"""Passing on what changed: to who listens in this process, and as acknowledgements to the workers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import structlog

from patrol.core.errors import DeliveryError, StoreError
from patrol.desk.intake.candidates import ack_of
from patrol.desk.intake.door import WorkerLink
from patrol.desk.store import Store, candidates
from patrol.desk.store.rows import IntakeRow

log = structlog.get_logger(__name__)

_RETRY_S = 1.0
_TOLD_AGAIN = 500
"""At start, so many of the newest candidates are acknowledged once more: what was to be said may have
been lost with the process before. A day of 500 cameras at their design load is 300."""

Listener = Callable[[IntakeRow], None]
"""Called in the event loop with each candidate that changed; must not block."""


class News:
    """Collects ids and tells of each once, however often it changed meanwhile."""

    def __init__(self, store: Store, workers: WorkerLink) -> None:
        self._store, self._workers = store, workers
        self._listeners: list[Listener] = []
        self._changed: dict[str, None] = {}
        self._to_ack: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._uncounted = False
        self.open_by_camera: dict[str, int] = {}
        """Candidates without a verdict, by camera."""

    def listen(self, listener: Listener) -> None:
        """Tell `listener`, too, from now on."""
        self._listeners.append(listener)

    def row_changed(self, candidate_id: str) -> None:
        """Listeners want to know. The queue's consumer acknowledges by itself."""
        self._changed[candidate_id] = None
        self._uncounted = True
        self._wake.set()

    def answer_changed(self, ids: Iterable[str]) -> None:
        """Evidence is held, or a verdict was said: listeners and the worker want to know."""
        for candidate_id in ids:
            self._to_ack[candidate_id] = None
            self.row_changed(candidate_id)

    async def remember(self) -> None:
        """At start: count what is open, and acknowledge the newest once more.

        Raises:
            StoreError: the database cannot be read.
        """
        self.open_by_camera = await self._store.run(self._count_open)
        self._to_ack.update(dict.fromkeys(await self._store.run(self._worth_telling)))
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled. What cannot be told now is told later."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._tell_listeners()
                await self._send_acks()
            except (StoreError, DeliveryError) as error:
                log.warning("news_delayed", reason=str(error))
                await asyncio.sleep(_RETRY_S)
                self._wake.set()

    async def _tell_listeners(self) -> None:
        # What changes while others are told of is counted again: the last count is never older than a change.
        while self._uncounted or self._changed:
            if self._uncounted:
                await self._count()
            if self._changed:
                await self._tell(_pop(self._changed))

    async def _count(self) -> None:
        self._uncounted = False
        try:
            self.open_by_camera = await self._store.run(self._count_open)
        except StoreError:
            self._uncounted = True
            raise

    async def _tell(self, candidate_id: str) -> None:
        try:
            row = await self._store.run(self._get, candidate_id)
        except StoreError:
            self._changed[candidate_id] = None
            raise
        if row is not None:
            for listener in self._listeners:
                listener(row)

    async def _send_acks(self) -> None:
        while self._to_ack:
            candidate_id = _pop(self._to_ack)
            try:
                found = await self._store.run(ack_of, self._store, candidate_id)
                if found is not None:
                    await self._workers.send_ack(*found)
            except (StoreError, DeliveryError):
                self._to_ack[candidate_id] = None
                raise

    def _get(self, candidate_id: str) -> IntakeRow | None:
        with self._store.read() as tx:
            return candidates.get(tx, candidate_id)

    def _count_open(self) -> dict[str, int]:
        with self._store.read() as tx:
            return candidates.count_open(tx)

    def _worth_telling(self) -> list[str]:
        with self._store.read() as tx:
            rows = candidates.page(tx, candidates.Filter(), None, _TOLD_AGAIN)
        return [row.id for row in rows if row.verdict == "real" or any(e.held for e in row.evidence)]


def _pop(ids: dict[str, None]) -> str:
    """Take one out before it is read: a change that comes while it is read puts it back."""
    first = next(iter(ids))
    del ids[first]
    return first
