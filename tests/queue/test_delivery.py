"""The whole way: outbox, queue, desk and back, while the queue is killed, damaged and emptied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from patrol.core.candidate import Phase
from patrol.core.errors import StoreError
from patrol.queue import aof
from patrol.queue.client import Link
from patrol.queue.embedded import EmbeddedQueue
from patrol.queue.outbox import Outbox
from tests.fakes.clock import ManualClock
from tests.queue.support import (
    MemoryDesk,
    RunningConsumer,
    RunningWorker,
    candidate,
    is_being_read,
    stream,
    until,
    until_later,
)

COUNT = 60


def arrived(desk: MemoryDesk, outbox: Outbox, count: int) -> None:
    until(lambda: len(desk.rows) == count, f"{count} rows")
    until(lambda: outbox.depth() == 0, "all acknowledgements")


def arrived_in_time(desk: MemoryDesk, outbox: Outbox, count: int, clock: ManualClock) -> None:
    """As `arrived`, after the queue has lost what it held.

    What was sent is sent again at once where a connection breaks, and else after a minute: both threads may
    be busy with something else while the server goes and comes, and reconnect without noticing.
    """
    until_later(clock, lambda: len(desk.rows) == count, f"{count} rows", step_s=1.0)
    until_later(clock, lambda: outbox.depth() == 0, "all acknowledgements", step_s=1.0)


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


def test_kill_9_in_mid_stream_loses_nothing(
    embedded: EmbeddedQueue, outbox: Outbox, desk: MemoryDesk, clock: ManualClock
) -> None:
    with RunningConsumer(embedded.url, desk, clock), RunningWorker(embedded.url, outbox, clock) as worker:
        for number in range(COUNT):
            worker.put(candidate(number))
            if number % 15 == 7:
                embedded.kill()
                worker.put(candidate(number, revision=2, phase=Phase.ENDED))
                embedded.start()
        arrived(desk, outbox, COUNT)
    assert {id_ for id_, revision in desk.rows.items() if revision == 2} == {
        candidate(n).id for n in range(7, COUNT, 15)
    }


def test_a_queue_that_comes_back_empty_gets_everything_unacknowledged_again(
    embedded: EmbeddedQueue, short_dir: Path, outbox: Outbox, desk: MemoryDesk, clock: ManualClock
) -> None:
    with RunningWorker(embedded.url, outbox, clock) as worker:
        with Link(embedded.url) as link:
            # It has the worker send again what is not acknowledged as it connects.
            until(lambda: is_being_read(link), "the reader of acknowledgements")
        with RunningConsumer(embedded.url, desk, clock):
            worker.put(*(candidate(number) for number in range(20)))
            arrived(desk, outbox, 20)
        worker.put(*(candidate(number) for number in range(20, COUNT)))
        with Link(embedded.url) as link:
            until(lambda: len(stream(link)) == COUNT - 20, "events that nobody reads")
        for _ in range(2):
            embedded.kill()
            shutil.rmtree(short_dir / "queue" / aof.AOF_DIR)
            embedded.start()
        with RunningConsumer(embedded.url, desk, clock):
            arrived_in_time(desk, outbox, COUNT, clock)
    assert set(desk.rows) == outbox.ids()
    assert len(set(desk.seen[:20])) == 20
    assert not set(desk.seen[:20]) & set(desk.seen[20:])


def test_a_queue_that_comes_back_empty_under_a_running_desk_loses_nothing(
    embedded: EmbeddedQueue, short_dir: Path, outbox: Outbox, desk: MemoryDesk, clock: ManualClock
) -> None:
    with RunningConsumer(embedded.url, desk, clock), RunningWorker(embedded.url, outbox, clock) as worker:
        for number in range(COUNT):
            worker.put(candidate(number))
            if number % 20 == 10:
                embedded.kill()
                shutil.rmtree(short_dir / "queue" / aof.AOF_DIR)
                embedded.start()
        arrived_in_time(desk, outbox, COUNT, clock)


@pytest.mark.parametrize("damage", ["padded", "cut"])
def test_a_torn_file_costs_a_second_delivery_and_nothing_else(
    embedded: EmbeddedQueue,
    short_dir: Path,
    outbox: Outbox,
    desk: MemoryDesk,
    clock: ManualClock,
    damage: str,
) -> None:
    with RunningWorker(embedded.url, outbox, clock) as worker:
        worker.put(*(candidate(number) for number in range(COUNT)))
        with Link(embedded.url) as link:
            until(lambda: len(stream(link)) == COUNT, "all events")
        embedded.kill()
        part = aof.newest_part(short_dir / "queue")
        assert part is not None
        content = part.read_bytes()
        part.write_bytes(content + bytes(4096) if damage == "padded" else content[: len(content) // 2])
        embedded.start()
        with RunningConsumer(embedded.url, desk, clock):
            arrived_in_time(desk, outbox, COUNT, clock)


def test_a_restarted_worker_and_desk_go_on_where_they_were(
    embedded: EmbeddedQueue, tmp_path: Path, desk: MemoryDesk, clock: ManualClock
) -> None:
    for start in range(0, COUNT, 20):
        outbox = Outbox(tmp_path / "same.db", clock)
        with RunningWorker(embedded.url, outbox, clock) as worker:
            worker.put(*(candidate(number) for number in range(start, start + 20)))
            if start % 40:
                with RunningConsumer(embedded.url, desk, clock):
                    until(lambda: len(desk.rows) > start, "some rows")  # noqa: B023
        outbox.close()
    outbox = Outbox(tmp_path / "same.db", clock)
    with RunningWorker(embedded.url, outbox, clock), RunningConsumer(embedded.url, desk, clock):
        arrived(desk, outbox, COUNT)
    outbox.close()


def test_a_locked_desk_and_a_dead_queue_together_lose_nothing(
    embedded: EmbeddedQueue, outbox: Outbox, desk: MemoryDesk, clock: ManualClock
) -> None:
    desk.fail_with = StoreError("the database is locked")
    with RunningConsumer(embedded.url, desk, clock), RunningWorker(embedded.url, outbox, clock) as worker:
        worker.put(*(candidate(number) for number in range(10)))
        until(lambda: desk.seen, "a first try")
        embedded.kill()
        worker.put(*(candidate(number) for number in range(10, 20)))
        embedded.start()
        assert (desk.rows, outbox.depth()) == ({}, 20)
        desk.fail_with = None

        def all_there() -> bool:
            clock.advance(1)
            return len(desk.rows) == 20 and outbox.depth() == 0

        until(all_there, "all rows and acknowledgements")
