"""What the tests of the queue share: candidates, a desk in memory, threads that are waited for."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, Self

from patrol.core.candidate import Candidate, Evidence, EvidenceKind, EvidenceStatus, Phase, candidate_id
from patrol.core.errors import PatrolError
from patrol.queue import names, wire
from patrol.queue.acks import AckReader
from patrol.queue.client import Link, entries
from patrol.queue.consume import Consumer
from patrol.queue.outbox import Outbox
from patrol.queue.publish import Publisher
from tests.fakes.clock import START, ManualClock

WORKER = "edge-1"
SHA = "a" * 64


def candidate(number: int = 1, revision: int = 1, phase: Phase = Phase.OPEN) -> Candidate:
    """The `number`-th gathering of this worker; the same number has the same id."""
    begin = START + timedelta(minutes=number)
    ended = phase is Phase.ENDED
    return Candidate(
        id=candidate_id(WORKER, "cam-1", "gathering", begin),
        worker_id=WORKER,
        camera_id="cam-1",
        rule_id="gathering",
        analytic="gathering",
        kind="gathering",
        zone_id="square",
        begin=begin,
        raised=begin + timedelta(seconds=20),
        last_seen=begin + timedelta(seconds=30, microseconds=123),
        value=11.0,
        peak=12.5,
        unit="persons",
        score=0.75,
        phase=phase,
        end=begin + timedelta(seconds=60) if ended else None,
        end_reason="cleared" if ended else "",
        revision=revision,
        parts={"count": 12, "share": 0.8, "note": "市场"},
    )


def with_still(plain: Candidate, sha256: str = SHA) -> Candidate:
    still = Evidence(EvidenceKind.STILL, EvidenceStatus.READY, sha256, 10, "image/jpeg")
    return replace(plain, evidence=(still,))


def ack(
    of: Candidate, revision: int | None = None, *, keep: bool = False, held: tuple[str, ...] = ()
) -> wire.Ack:
    return wire.Ack(candidate_id=of.id, revision=revision or of.revision, keep=keep, evidence_held=held)


def until(condition: Callable[[], Any], what: str, timeout_s: float = 60.0) -> None:
    """Poll until `condition` holds; fail, saying `what` did not come, when it does not."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"did not come within {timeout_s:g} s: {what}"
        time.sleep(0.005)


def until_later(clock: ManualClock, condition: Callable[[], Any], what: str, step_s: float = 61.0) -> None:
    """As `until`, while time passes by `step_s` at each try: a thread may have read the clock just before."""

    def later() -> Any:
        clock.advance(step_s)
        return condition()

    until(later, what)


def is_being_read(link: Link) -> bool:
    """Whether a client of this database reads a stream; other tests have other databases of the server."""
    own = re.search(rb" db=\d+ ", link.call("CLIENT", "INFO"))
    assert own is not None
    clients = link.call("CLIENT", "LIST").splitlines()
    return any(own[0] in client and b" cmd=xread " in client for client in clients)


class MemoryDesk:
    """The desk's database in memory: one row a candidate, newest revision; `fail_with` makes it refuse."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.seen: list[str] = []
        self.fail_with: Exception | None = None
        self.refuse: dict[str, Exception] = {}

    async def handle(self, event: wire.CandidateEvent) -> wire.Ack:
        data = event.data
        self.seen.append(data.id)
        error = self.refuse.get(data.id) or self.fail_with
        if error is not None:
            raise error
        self.rows[data.id] = max(self.rows.get(data.id, 0), data.revision)
        return wire.Ack(candidate_id=data.id, revision=self.rows[data.id])


async def short_pause(_seconds: float) -> None:
    await asyncio.sleep(0.005)


class RunningConsumer:
    """A consumer in a thread and event loop of its own, cancelled at the end as a service cancels it."""

    def __init__(
        self, url: str, desk: MemoryDesk, clock: ManualClock, name: str = "desk-1", **options: Any
    ) -> None:
        self._url, self._desk, self._clock, self._name, self._options = url, desk, clock, name, options
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name=name)

    async def _main(self) -> None:
        self.consumer = Consumer(
            self._url, self._name, self._desk.handle, self._clock, pause=short_pause, **self._options
        )
        self._event_loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self.consumer.run())
        self._started.set()
        with suppress(asyncio.CancelledError):
            await self._task

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._event_loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(60)
        assert not self._thread.is_alive()


class RunningWorker:
    """The worker's half of the door over one outbox."""

    def __init__(self, url: str, outbox: Outbox, clock: ManualClock) -> None:
        self.outbox = outbox
        self.publisher = Publisher(outbox, url, WORKER, clock)
        self.acks = AckReader(outbox, url, WORKER, clock)

    def put(self, *candidates: Candidate) -> None:
        for each in candidates:
            self.outbox.put(each)
        self.publisher.kick()

    def __enter__(self) -> Self:
        self.publisher.start()
        self.acks.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.publisher.stop()
        self.acks.stop()


def stream(link: Link, key: str = names.CANDIDATES) -> list[dict[bytes, bytes]]:
    """The fields of all entries of a stream."""
    return [entry.fields or {} for entry in entries(link.call("XRANGE", key, "-", "+"))]


def revisions(link: Link) -> list[tuple[str, int]]:
    """(id, revision) of all events in the candidate stream."""
    events = [wire.parse_event(fields[b"event"]) for fields in stream(link)]
    return [(event.data.id, event.data.revision) for event in events]


class RefusedError(PatrolError):
    """Something that a handler does not take, and will not take later."""
