from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest

from patrol.config.settings import settings
from patrol.core.candidate import EvidenceKind
from patrol.core.errors import ConfigError, StoreError
from patrol.core.redact import Secret
from patrol.desk.intake.room import Limits
from patrol.desk.service import Desk, DeskSetup, build_desk
from patrol.desk.store import Store
from patrol.desk.store.engine import default_address
from patrol.desk.store.rows import IntakeRow, SignedIn
from tests.fakes.clock import ManualClock
from tests.fakes.desk import BEGIN, TOKEN, FakeDoor, event, piece, sha, status
from tests.fakes.media_server import MediaServer, Served

WHO = SignedIn("h", "seat 1", BEGIN)


@pytest.fixture
def media() -> Iterator[MediaServer]:
    with MediaServer(TOKEN) as server:
        yield server


@asynccontextmanager
async def started(folder: Path, clock: ManualClock, door: FakeDoor) -> AsyncIterator[Desk]:
    store = Store(default_address(folder))
    desk = Desk(store, DeskSetup(folder, Secret(TOKEN), Limits(10**9, 0)), door.connect, clock)
    await desk.start()
    try:
        yield desk
    finally:
        await desk.stop()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  a condition of several parts, in other threads too
            await asyncio.sleep(0.01)


def test_an_event_becomes_a_row_with_its_evidence_and_everybody_is_told(
    tmp_path: Path, clock: ManualClock, media: MediaServer
) -> None:
    async def go() -> None:
        door, heard = FakeDoor(), list[IntakeRow]()
        door.workers.statuses = [status(clock.now(), media_url=media.url)]
        media.files[f"/evidence/{sha(b'picture')}"] = Served(b"picture")
        async with started(tmp_path, clock, door) as desk:
            desk.listen(heard.append)
            await until(lambda: bool(desk.roster.all()))
            ack = await desk.handle(event(evidence=[piece(b"picture")]))
            assert (ack.revision, ack.evidence_held) == (1, ())
            await until(
                lambda: bool(door.workers.acks) and any(e.held for row in heard for e in row.evidence)
            )
            assert door.workers.acks[-1][0] == "w1"
            assert door.workers.acks[-1][1].evidence_held == (sha(b"picture"),)
            row = await desk.candidate("c-1")
            assert row is not None
            assert row.camera_name == "North gate"
            assert desk.open_by_camera == {"gate": 1}
            found = await desk.evidence_file("c-1", EvidenceKind.STILL)
            assert found is not None
            assert found[0].read_bytes() == b"picture"
        assert door.workers.closed

    asyncio.run(go())


def test_a_verdict_reaches_the_worker_even_if_the_queue_is_down_for_a_while(
    tmp_path: Path, clock: ManualClock
) -> None:
    async def go() -> None:
        door = FakeDoor()
        async with started(tmp_path, clock, door) as desk:
            await desk.handle(event())
            door.workers.down = True
            row = await desk.decide("c-1", "real", "", WHO, None)
            assert row is not None
            assert row.verdict == "real"
            await until(lambda: bool(desk.queue_problem()))
            assert door.workers.acks == []
            door.workers.down = False
            await until(lambda: bool(door.workers.acks))
            assert door.workers.acks[0][1].keep
            await until(lambda: not desk.queue_problem())

    asyncio.run(go())


def test_a_start_says_again_what_may_not_have_been_heard(tmp_path: Path, clock: ManualClock) -> None:
    async def go() -> None:
        first = FakeDoor()
        async with started(tmp_path, clock, first) as desk:
            await desk.handle(event("c-1"))
            await desk.handle(event("c-2"))
            first.workers.down = True
            await desk.decide("c-1", "real", "", WHO, None)
        second = FakeDoor()
        async with started(tmp_path, clock, second):
            await until(lambda: bool(second.workers.acks))
        assert [(ack.candidate_id, ack.keep) for _, ack in second.workers.acks] == [("c-1", True)]

    asyncio.run(go())


def test_a_locked_database_is_a_problem_that_is_shown_and_loses_nothing(
    tmp_path: Path, clock: ManualClock
) -> None:
    async def go() -> None:
        async with started(tmp_path, clock, FakeDoor()) as desk:
            with closing(sqlite3.connect(tmp_path / "desk.sqlite3", isolation_level=None)) as other:
                other.execute("BEGIN EXCLUSIVE")
                with pytest.raises(StoreError):
                    await desk.handle(event())
                assert any("locked by another process" in text for text in desk.problems())
                other.execute("ROLLBACK")
            await desk.handle(event())
            assert await desk.count_rows() == 1
            assert not any("locked" in text for text in desk.problems())

    asyncio.run(go())


def test_originals_are_opened_on_purpose_only(tmp_path: Path, clock: ManualClock, media: MediaServer) -> None:
    async def go() -> None:
        door = FakeDoor()
        door.workers.statuses = [status(clock.now(), media_url=media.url)]
        media.files[f"/evidence/{sha(b'clip')}"] = Served(b"clip")
        async with started(tmp_path, clock, door) as desk:
            await desk.handle(event())
            assert await desk.open_original("c-1", WHO, "curious") is None
            await desk.handle(
                event(revision=2, evidence=[piece(b"clip", "original", media_type="video/mp4")])
            )
            await until(lambda: desk.figures()["evidence_pulled_total"] == 1)
            grant = await desk.open_original("c-1", WHO, "asked for")
            assert grant is not None
            assert desk.may_read_original("c-1", grant.code, WHO)
            books = await desk.history("c-1")
            assert books is not None
            assert [one.purpose for one in books.openings] == ["asked for"]

    asyncio.run(go())


def test_what_is_wrong_is_said(tmp_path: Path, clock: ManualClock) -> None:
    async def go() -> None:
        door = FakeDoor()
        async with started(tmp_path, clock, door) as desk:
            assert desk.problems() == ["no worker has reported yet: no camera is watched"]
            door.workers.statuses = [
                status(clock.now(), "w1", disk="evidence disk is full"),
                status(clock.now() - timedelta(minutes=5), "w2"),
            ]
            await until(lambda: len(desk.roster.all()) == 2)
            assert door.queue is not None
            door.queue.trouble, door.queue.dead_letters = "nothing is taken in", 3
            assert desk.problems() == [
                "nothing is taken in",
                "3 events could not be taken in and lie in the dead-letter stream",
                "worker w1: evidence disk is full",
                "worker w2 has been silent for 300 s: its cameras are not seen",
            ]
            assert desk.figures()["queue_ok"] == 0
            door.workers.statuses = door.workers.statuses[:1]
            door.workers.unreadable = {"w2": "not a worker's status of version 1", "w3": "the same"}
            await until(lambda: len(desk.problems()) == 6)
            assert "worker w3: its report cannot be read here" in desk.problems()[3]
            assert {seen.status.worker_id for seen in desk.roster.all() if seen.stale} == {"w2"}

    asyncio.run(go())


def test_a_look_is_asked_of_the_worker_that_has_the_camera(tmp_path: Path, clock: ManualClock) -> None:
    async def go() -> None:
        door = FakeDoor()
        door.workers.statuses = [status(clock.now())]
        async with started(tmp_path, clock, door) as desk:
            await until(lambda: bool(desk.roster.all()))
            assert await desk.look_now("gate")
            assert not await desk.look_now("nowhere")
        ((worker, command),) = door.workers.commands
        assert (worker, command.name, command.camera_id) == ("w1", "look-now", "gate")

    asyncio.run(go())


def test_a_fault_in_one_loop_is_counted_and_survived(tmp_path: Path, clock: ManualClock) -> None:
    def break_once(row: IntakeRow) -> None:
        if not heard:
            heard.append(row)
            raise RuntimeError("a fault in a listener")
        heard.append(row)

    heard: list[IntakeRow] = []

    async def go() -> None:
        async with started(tmp_path, clock, FakeDoor()) as desk:
            desk.listen(break_once)
            await desk.handle(event("c-1"))
            await until(lambda: desk.figures()["faults_total"] == 1)
            await desk.handle(event("c-2"))
            await until(lambda: any(row.id == "c-2" for row in heard))

    asyncio.run(go())


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "PATROL_REDIS_URL"),
        ({"PATROL_REDIS_URL": "redis://127.0.0.1:1"}, "PATROL_MEDIA_TOKEN"),
    ],
)
def test_a_desk_says_what_it_was_not_told(tmp_path: Path, environ: dict[str, str], words: str) -> None:
    values = settings({"HOME": str(tmp_path), **environ})
    with pytest.raises(ConfigError, match=words):
        build_desk(values, tmp_path, ManualClock())
