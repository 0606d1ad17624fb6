from __future__ import annotations

from collections.abc import Callable

import pytest

from patrol.core.errors import StoreError
from patrol.queue import names, wire
from patrol.queue.client import Link, entries_of_one
from patrol.queue.consume import MAX_DELIVERIES, MAX_EVENT_BYTES
from tests.fakes.clock import START, ManualClock
from tests.queue.support import (
    WORKER,
    MemoryDesk,
    RefusedError,
    RunningConsumer,
    candidate,
    stream,
    until,
    until_later,
)

ACKS = names.acks(WORKER)
Send = Callable[..., None]


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


@pytest.fixture
def send(link: Link) -> Send:
    def sending(*numbers: int, revision: int = 1) -> None:
        events = [wire.candidate_event(candidate(number, revision), START) for number in numbers]
        link.transaction([("XADD", names.CANDIDATES, "*", "event", wire.dump(event)) for event in events])

    return sending


def waiting(link: Link) -> int:
    """Entries that are pending in the group."""
    return int(link.call("XPENDING", names.CANDIDATES, names.DESK_GROUP)[0])


def read_as(link: Link, consumer: str, count: int = 100) -> list[str]:
    """Take entries as another consumer would that then dies."""
    link.call("XGROUP", "CREATE", names.CANDIDATES, names.DESK_GROUP, "0-0", "MKSTREAM")
    reply = link.call(
        "XREADGROUP", "GROUP", names.DESK_GROUP, consumer, "COUNT", count, "STREAMS", names.CANDIDATES, ">"
    )
    return [entry.id for entry in entries_of_one(reply)]


def acked(link: Link) -> list[tuple[str, int]]:
    found = [wire.parse_ack(fields[b"ack"]) for fields in stream(link, ACKS)]
    return [(each.candidate_id, each.revision) for each in found]


def test_events_are_handled_acknowledged_and_removed(
    url: str, link: Link, desk: MemoryDesk, send: Send, clock: ManualClock
) -> None:
    send(1, 2)
    with RunningConsumer(url, desk, clock) as running:
        until(lambda: len(acked(link)) == 2, "two acks")
        send(3)
        until(lambda: acked(link) == [(candidate(n).id, 1) for n in (1, 2, 3)], "three acks")
        until(lambda: running.consumer.taken == 3, "three counted")
        assert running.consumer.problem() == ""
    assert stream(link) == []
    assert waiting(link) == 0


def test_a_duplicate_and_an_older_revision_leave_one_row_and_are_acknowledged(
    url: str, link: Link, desk: MemoryDesk, send: Send, clock: ManualClock
) -> None:
    send(1, revision=2)
    send(1, revision=2)
    send(1, revision=1)
    with RunningConsumer(url, desk, clock):
        until(lambda: acked(link) == [(candidate(1).id, 2)] * 3, "three acks")
    assert desk.rows == {candidate(1).id: 2}


def test_what_this_consumer_had_before_its_crash_comes_first(
    url: str, link: Link, desk: MemoryDesk, send: Send, clock: ManualClock
) -> None:
    send(1, 2)
    read_as(link, "desk-1")
    send(3)
    with RunningConsumer(url, desk, clock):
        until(lambda: len(acked(link)) == 3, "three acks")
    assert desk.seen == [candidate(n).id for n in (1, 2, 3)]


def test_all_that_a_dead_consumer_left_is_taken_over(
    url: str, link: Link, desk: MemoryDesk, send: Send, clock: ManualClock
) -> None:
    # More than one call of XAUTOCLAIM looks at: the cursor has to be followed to its end.
    send(*range(1200))
    assert len(read_as(link, "desk-that-died", 2000)) == 1200
    with RunningConsumer(url, desk, clock, min_idle_s=0):
        until(lambda: len(desk.rows) == 1200, "all of them", 90)
        until(lambda: waiting(link) == 0, "an empty group")


def test_what_another_consumer_is_busy_with_is_left_to_it(
    url: str, link: Link, desk: MemoryDesk, send: Send, clock: ManualClock
) -> None:
    send(1)
    read_as(link, "desk-2")
    send(2)
    with RunningConsumer(url, desk, clock, min_idle_s=600):
        until(lambda: acked(link) == [(candidate(2).id, 1)], "the new one")
        clock.advance(60)
        send(3)
        until(lambda: len(acked(link)) == 2, "the third")
    assert candidate(1).id not in desk.rows
    assert waiting(link) == 1


def test_a_locked_database_keeps_everything_pending_until_it_is_free(
    url: str, link: Link, desk: MemoryDesk, send: Send, clock: ManualClock
) -> None:
    desk.fail_with = StoreError("the database is locked")
    send(1, 2, 3)
    with RunningConsumer(url, desk, clock) as running:
        until(lambda: len(desk.seen) > 20, "many tries")
        assert "not every candidate is taken in since" in running.consumer.problem()
        assert "the database is locked" in running.consumer.problem()
        assert (acked(link), len(stream(link))) == ([], 3)
        desk.fail_with = None
        until_later(clock, lambda: len(desk.rows) == 3, "all three")
        until_later(clock, lambda: running.consumer.problem() == "", "the all-clear")
        assert running.consumer.dead_letters == 0
    assert len(acked(link)) == 3


def test_one_event_that_the_database_never_takes_does_not_hold_up_the_others(
    url: str, link: Link, desk: MemoryDesk, send: Send, clock: ManualClock
) -> None:
    desk.refuse[candidate(1).id] = StoreError("a value out of range")
    send(1, 2, 3)
    with RunningConsumer(url, desk, clock) as running:
        until(lambda: len(desk.rows) == 2, "the other two")
        assert "out of range" in running.consumer.problem()
        assert running.consumer.dead_letters == 0
        until(lambda: waiting(link) == 1, "the refused one alone still waits")


@pytest.mark.parametrize(
    "fields",
    [
        ("event", b"\x00\xff not json"),
        ("event", b'{"specversion":"1.0","type":"org.patrol.candidate.v9"}'),
        ("other", b"no event at all"),
        ("event", b"x" * (MAX_EVENT_BYTES + 1)),
    ],
    ids=["garbage", "version", "field", "size"],
)
def test_what_is_no_event_becomes_a_dead_letter_and_the_next_is_taken(
    url: str, link: Link, desk: MemoryDesk, send: Send, clock: ManualClock, fields: tuple[str, bytes]
) -> None:
    link.call("XADD", names.CANDIDATES, "*", *fields)
    send(1)
    with RunningConsumer(url, desk, clock) as running:
        until(lambda: acked(link) == [(candidate(1).id, 1)], "the good one")
        assert running.consumer.dead_letters == 1
    (letter,) = stream(link, names.DEAD_LETTERS)
    assert letter[b"reason"]
    assert letter[b"event"] == (fields[1][:MAX_EVENT_BYTES] if fields[0] == "event" else b"")
    assert stream(link) == []


@pytest.mark.parametrize(
    "error", [RefusedError("no such camera"), KeyError("a fault")], ids=["refused", "fault"]
)
def test_an_event_that_the_handler_refuses_is_tried_five_times_then_buried(
    url: str, link: Link, desk: MemoryDesk, send: Send, clock: ManualClock, error: Exception
) -> None:
    desk.refuse[candidate(1).id] = error
    send(1, 2)
    with RunningConsumer(url, desk, clock) as running:
        until(lambda: acked(link) == [(candidate(2).id, 1)], "the good one")

        def buried() -> bool:
            clock.advance(20)
            return running.consumer.dead_letters == 1  # counted once it is there

        until(buried, "the dead letter")
        assert running.consumer.problem() == ""
    assert desk.seen.count(candidate(1).id) == MAX_DELIVERIES
    (letter,) = stream(link, names.DEAD_LETTERS)
    assert wire.parse_event(letter[b"event"]).data.id == candidate(1).id
    assert stream(link) == []


def test_an_entry_that_was_deleted_while_pending_is_let_go(
    url: str, link: Link, desk: MemoryDesk, send: Send, clock: ManualClock
) -> None:
    send(1, 2)
    first, _ = read_as(link, "desk-1")
    link.call("XDEL", names.CANDIDATES, first)
    with RunningConsumer(url, desk, clock):
        until(lambda: waiting(link) == 0, "an empty group")
    assert desk.seen == [candidate(2).id]


def test_a_queue_that_is_emptied_under_the_consumer_is_begun_anew(
    url: str, link: Link, desk: MemoryDesk, send: Send, clock: ManualClock
) -> None:
    send(1)
    with RunningConsumer(url, desk, clock) as running:
        until(lambda: acked(link) == [(candidate(1).id, 1)], "the first")
        link.call("FLUSHDB")
        send(2)
        until(lambda: acked(link) == [(candidate(2).id, 1)], "the second")
        assert running.consumer.problem() == ""


def test_a_second_start_finds_the_group_and_its_place(
    url: str, link: Link, desk: MemoryDesk, send: Send, clock: ManualClock
) -> None:
    send(1)
    for number in (2, 3):
        with RunningConsumer(url, desk, clock):
            until(lambda: acked(link)[-1:] == [(candidate(number - 1).id, 1)], "an ack")  # noqa: B023
        send(number)
    assert desk.seen == [candidate(n).id for n in (1, 2)]
