"""The desk's side of the candidate stream: every event is handled, committed, then acknowledged.

Entries stay pending in the group until the handler has committed. What another consumer left behind is taken
over; what cannot be handled goes to a dead-letter stream; a stream that was lost is read again from its
beginning. Handling the same event twice must do no harm: it happens after every crash.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from patrol.core.clock import iso
from patrol.core.errors import DeliveryError, PatrolError, StoreError
from patrol.core.protocols import Clock
from patrol.core.redact import Secret, redact
from patrol.queue import names, wire
from patrol.queue.backoff import Backoff
from patrol.queue.client import BLOCK_MS, AsyncLink, Entry, GroupMissing, entries_of_one, name

log = structlog.get_logger(__name__)

BATCH = 50
MIN_IDLE_S = 30.0
"""Entries that another consumer has not acknowledged for so long are taken over. Longer than the slowest
handler: a database lock is waited for some seconds, a handler is one small transaction."""
SWEEP_EVERY_S = 15.0
"""How often what is pending is looked through, when nothing went wrong."""
MAX_DELIVERIES = 5
"""An event that a handler has refused so often is a dead letter."""
IN_A_ROW = 3
"""A store that failed so often on one entry is asked about the next: the fault may lie in that entry."""
ACKS_KEPT = 10_000
"""Of a worker that never comes back; a lost acknowledgement is given again when the worker sends again."""
DEAD_KEPT = 1_000
MAX_EVENT_BYTES = 262_144
"""An event is a few kB; what is greater is no event."""

Handle = Callable[[wire.CandidateEvent], Awaitable[wire.Ack]]


class Consumer:
    """Takes candidate events from the queue, one at a time, in an asyncio task of its own.

    Args:
        consumer_name: stable over restarts, one a process: its own pending entries come first after a start.
        handle: commits the event to the database before it returns; idempotent, and for an older revision
            than the stored one it answers with the stored state. StoreError: the entry stays pending and is
            tried again for as long as it takes. Any other exception: tried MAX_DELIVERIES times.
        pause: sleeps; tests give their own.

    Raises:
        ConfigError: the URL cannot be read.
    """

    def __init__(
        self,
        url: Secret | str,
        consumer_name: str,
        handle: Handle,
        clock: Clock,
        *,
        min_idle_s: float = MIN_IDLE_S,
        sweep_every_s: float = SWEEP_EVERY_S,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._link = AsyncLink(url)
        self._consumer, self._handle, self._clock, self._pause = consumer_name, handle, clock, pause
        self._min_idle_ms, self._sweep_every_s = int(min_idle_s * 1000), sweep_every_s
        self._backoff = Backoff()
        self._failures: dict[str, int] = {}
        self._next_sweep = float("-inf")
        self._problem: tuple[datetime, str] | None = None
        self._taken = self._dead = 0

    @property
    def taken(self) -> int:
        """Events handled, duplicates included."""
        return self._taken

    @property
    def dead_letters(self) -> int:
        """Events given up, so far."""
        return self._dead

    def problem(self) -> str:
        """Empty, or one sentence: since when events are not taken in, and why."""
        if self._problem is None:
            return ""
        since, reason = self._problem
        return f"not every candidate is taken in since {iso(since)}: {reason}; the rest waits in the queue"

    async def run(self) -> None:
        """Consume until cancelled. An entry under way at that moment stays pending, or is acknowledged."""
        try:
            while True:
                await self._session()
        finally:
            await self._link.close()

    async def _session(self) -> None:
        """From one (re)connection, or one failure, to the next."""
        try:
            await self._ensure_group()
            self._next_sweep = float("-inf")
            while True:
                await self._round()
                self._succeeded()
        except GroupMissing as error:
            log.warning("queue_lost_its_data", reason=str(error))
        except (DeliveryError, StoreError) as error:
            self._failed(str(error))
            await self._pause(self._backoff.next_s())

    async def _ensure_group(self) -> None:
        try:
            await self._link.call("XGROUP", "CREATE", names.CANDIDATES, names.DESK_GROUP, "0-0", "MKSTREAM")
        except DeliveryError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _round(self) -> None:
        if self._clock.monotonic() >= self._next_sweep:
            await self._take_over()
            await self._handle_own_pending()
            wait_s = self._backoff.next_s() if self._failures else self._sweep_every_s
            self._next_sweep = self._clock.monotonic() + wait_s
        for entry in await self._read(">", "BLOCK", BLOCK_MS):
            await self._take(entry)

    async def _take_over(self) -> None:
        """Make entries that others left behind our own. The cursor must come back to the beginning."""
        cursor = "0-0"
        while True:
            reply = await self._link.call(
                "XAUTOCLAIM", names.CANDIDATES, names.DESK_GROUP, self._consumer, self._min_idle_ms, cursor,
                "COUNT", BATCH, "JUSTID",
            )  # fmt: skip
            cursor = name(reply[0])
            if cursor == "0-0":
                return

    async def _handle_own_pending(self) -> None:
        position, seen = "0-0", set[str]()
        while found := await self._read(position):
            for entry in found:
                await self._take(entry)
            position = found[-1].id
            seen.update(entry.id for entry in found)
        # What another consumer took over is no longer our failure.
        self._failures = {id_: count for id_, count in self._failures.items() if id_ in seen}

    async def _read(self, position: str, *options: str | int) -> list[Entry]:
        reply = await self._link.call(
            "XREADGROUP", "GROUP", names.DESK_GROUP, self._consumer, "COUNT", BATCH, *options,
            "STREAMS", names.CANDIDATES, position,
        )  # fmt: skip
        return entries_of_one(reply)

    async def _take(self, entry: Entry) -> None:
        """Handle one entry.

        Raises:
            StoreError: the database does not take it now; it stays pending.
            DeliveryError: the queue is away; it stays pending.
        """
        if entry.fields is None:
            await self._finish(entry.id)
            return
        try:
            event = _event(entry.fields)
        except DeliveryError as error:
            await self._bury(entry, str(error))
            return
        try:
            ack = await self._handle(event)
        except StoreError as error:
            self._store_failed(entry, error)
            return
        except PatrolError as error:
            await self._refused(entry, redact(str(error)))
            return
        except Exception as error:  # the supervisor of the handler: a fault over one event stops no other
            log.exception("handler_fault", entry=entry.id)
            await self._refused(entry, f"{type(error).__name__}: {redact(str(error))}")
            return
        self._taken += 1
        body = wire.dump(ack)
        key = names.acks(event.data.worker_id)
        await self._finish(entry.id, ("XADD", key, "MAXLEN", "~", ACKS_KEPT, "*", "ack", body))

    def _store_failed(self, entry: Entry, error: StoreError) -> None:
        """Stop here and back off, unless it is this one entry again and again: then go on with the next."""
        count = self._failures[entry.id] = self._failures.get(entry.id, 0) + 1
        if count <= IN_A_ROW:
            raise error
        self._failed(str(error))

    async def _refused(self, entry: Entry, reason: str) -> None:
        count = self._failures[entry.id] = self._failures.get(entry.id, 0) + 1
        log.warning("event_refused", entry=entry.id, deliveries=count, reason=reason)
        if count >= MAX_DELIVERIES:
            await self._bury(entry, f"refused {count} times: {reason}")

    async def _bury(self, entry: Entry, reason: str) -> None:
        """Move an entry to the dead letters. Its worker keeps the candidate, since nobody acknowledged it."""
        log.error("event_is_dead_letter", entry=entry.id, reason=reason)
        event = (entry.fields or {}).get(b"event", b"")[:MAX_EVENT_BYTES]
        await self._finish(
            entry.id,
            ("XADD", names.DEAD_LETTERS, "MAXLEN", "~", DEAD_KEPT, "*",
             "reason", reason, "at", iso(self._clock.now()), "entry", entry.id, "event", event),
        )  # fmt: skip
        self._dead += 1  # only now: a transaction that fails is tried again

    async def _finish(self, entry_id: str, *before: tuple[bytes | str | int, ...]) -> None:
        """Answer, acknowledge and delete in one step. Deleting by id never touches what is pending."""
        await self._link.transaction(
            [
                *before,
                ("XACK", names.CANDIDATES, names.DESK_GROUP, entry_id),
                ("XDEL", names.CANDIDATES, entry_id),
            ]
        )
        self._failures.pop(entry_id, None)

    def _succeeded(self) -> None:
        if self._failures:
            return
        if self._problem is not None:
            log.info("intake_recovered", since=iso(self._problem[0]))
            self._problem = None
        self._backoff.reset()

    def _failed(self, reason: str) -> None:
        if self._problem is None:
            log.warning("intake_failed", reason=reason)
        self._problem = (self._problem[0] if self._problem else self._clock.now(), reason)


def _event(fields: dict[bytes, bytes]) -> wire.CandidateEvent:
    body = fields.get(b"event")
    if body is None:
        raise DeliveryError(f"no field 'event' in the entry, only {sorted(map(name, fields))[:5]}")
    if len(body) > MAX_EVENT_BYTES:
        raise DeliveryError(f"{len(body)} bytes, more than the {MAX_EVENT_BYTES} that an event may have")
    return wire.parse_event(body)
