from __future__ import annotations

import asyncio
import json
import selectors
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from patrol.console.api.events import _stream
from patrol.console.live.feed import Feed
from patrol.console.serve import GRACE_S
from patrol.core.clock import iso
from patrol.desk.service import Desk
from patrol.desk.store.rows import SignedIn
from tests.fakes.clock import ManualClock
from tests.fakes.console import Console
from tests.fakes.desk import BEGIN, event, status


@dataclass
class Heard:
    """One event as it came over the wire."""

    name: str
    id: str
    data: Any


@dataclass
class Ear:
    """A page that listens."""

    lines: Iterator[str]
    all: list[Heard] = field(default_factory=list)

    def next(self, name: str) -> Heard:
        """The next event of this name; others are kept in `all`."""
        for one in self:
            if one.name == name:
                return one
        raise AssertionError(f"the stream ended without {name}")

    def __iter__(self) -> Iterator[Heard]:
        fields: dict[str, str] = {}
        for line in self.lines:
            if line:
                key, _, value = line.partition(": ")
                fields[key] = value
            elif fields:
                heard = Heard(fields.get("event", ""), fields.get("id", ""), json.loads(fields["data"]))
                self.all.append(heard)
                fields = {}
                yield heard


@contextmanager
def listening(client: httpx.Client, last_id: str = "") -> Iterator[Ear]:
    headers = {"Last-Event-ID": last_id} if last_id else {}
    with client.stream("GET", "/api/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Ear(answer.iter_lines())


def test_candidates_come_as_they_change(console: Console, seat: httpx.Client) -> None:
    with listening(seat) as ear:
        assert ear.next("beat").data == {"server_time": iso(console.clock.now())}
        console.run(console.desk.handle(event()))
        first = ear.next("candidate")
        assert (first.data["id"], first.data["verdict"]) == ("c-1", None)
        assert first.data == seat.get("/api/candidates/c-1").json()
        seat.post("/api/candidates/c-1/verdict", json={"verdict": "real"})
        second = ear.next("candidate")
        assert second.data["verdict"] == "real"
        assert number(second.id) == number(first.id) + 1


def test_the_heart_goes_on_beating(console: Console, seat: httpx.Client) -> None:
    with listening(seat) as ear:
        for _ in range(2):
            ear.next("beat")


class Hurried(selectors.DefaultSelector):
    """Where everybody waits for a time, it is that time at once."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        self.passed += 0.0 if found else timeout or 0.0
        return found


def test_the_heart_beats_every_two_seconds_whatever_else_comes() -> None:
    selector = Hurried()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.passed  # type: ignore[method-assign]
    desk = SimpleNamespace(clock=ManualClock(), sessions=SimpleNamespace(alive=lambda _: selector.passed < 9))
    feed = Feed()

    async def chatter() -> None:
        while True:
            await asyncio.sleep(0.3)
            feed.candidate("{}")

    async def go() -> list[tuple[str | None, float]]:
        talking = asyncio.create_task(chatter())
        stream = _stream(cast(Desk, desk), feed, feed.subscribe(""), SignedIn("h", "seat 1", BEGIN))
        heard = [(one.event, selector.passed) async for one in stream]
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
        return heard

    try:
        heard = loop.run_until_complete(go())
    finally:
        loop.close()
    assert [at for name, at in heard if name == "beat"] == pytest.approx([0, 2, 4, 6, 8])
    assert len([name for name, _ in heard if name == "candidate"]) >= 29


def test_cameras_come_by_themselves(console: Console, seat: httpx.Client) -> None:
    console.door.workers.statuses = [status(console.clock.now())]
    with listening(seat) as ear:
        while not (found := ear.next("cameras").data)["cameras"]:
            pass
        assert found["cameras"][0]["id"] == "gate"
        assert found == seat.get("/api/cameras").json()


def test_a_page_that_comes_back_gets_what_it_missed(console: Console, seat: httpx.Client) -> None:
    with listening(seat) as ear:
        console.run(console.desk.handle(event("c-1")))
        last = ear.next("candidate").id
    for name in ("c-2", "c-3"):
        console.run(console.desk.handle(event(name)))
    with listening(seat, last) as ear:
        assert [ear.next("candidate").data["id"] for _ in range(2)] == ["c-2", "c-3"]
        assert "resync" not in [one.name for one in ear.all]


def test_a_page_that_missed_too_much_is_told_to_fetch_anew(console: Console, seat: httpx.Client) -> None:
    with listening(seat, "another-boot-17") as ear:
        resync = ear.next("resync")
        assert resync.data == {}
        console.run(console.desk.handle(event()))
        ear.next("candidate")
    with listening(seat, resync.id) as ear:
        assert ear.next("candidate").data["id"] == "c-1"


def test_the_stream_ends_with_the_session(console: Console, seat: httpx.Client) -> None:
    with listening(seat) as ear:
        ear.next("beat")
        with console.client() as other:
            other.cookies = seat.cookies
            assert other.delete("/api/session").status_code == 204
        list(ear)
    with listening_count(console) as count:
        assert count == 0


def test_the_console_stops_within_three_seconds_with_pages_open(console: Console, seat: httpx.Client) -> None:
    with console.seat("seat 2") as other, listening(seat) as one, listening(other) as two:
        one.next("beat")
        two.next("beat")
        console.stop()
        # Both end as they should and are not cut: nothing waited for the grace, which bounds the rest.
        list(one)
        list(two)
    assert GRACE_S < 3


@contextmanager
def listening_count(console: Console) -> Iterator[float]:
    with console.seat() as client:
        line = next(
            x for x in client.get("/metrics").text.splitlines() if x.startswith("patrol_desk_sse_clients")
        )
        yield float(line.split()[-1])


def number(event_id: str) -> int:
    return int(event_id.partition("-")[2])
