from __future__ import annotations

import pytest

from patrol.core.errors import ConfigError
from patrol.queue import names
from patrol.queue.client import Link
from patrol.queue.embedded import EmbeddedQueue
from patrol.queue.outbox import Outbox
from patrol.queue.publish import Publisher
from tests.fakes.clock import ManualClock
from tests.queue.support import WORKER, RunningWorker, ack, candidate, revisions, until, until_later


def test_what_is_put_is_published_at_once_and_once(
    url: str, link: Link, outbox: Outbox, clock: ManualClock
) -> None:
    with RunningWorker(url, outbox, clock) as worker:
        worker.put(candidate(1), candidate(2))
        until(lambda: len(revisions(link)) == 2, "two events")
        worker.put(candidate(1, revision=2))
        until(lambda: len(revisions(link)) == 3, "the new revision")
        assert worker.publisher.problem() == ""
    assert revisions(link) == [(candidate(1).id, 1), (candidate(2).id, 1), (candidate(1).id, 2)]


def test_after_a_minute_only_what_is_gone_from_the_stream_is_sent_again(
    url: str, link: Link, outbox: Outbox, clock: ManualClock
) -> None:
    with RunningWorker(url, outbox, clock) as worker:
        worker.put(candidate(1), candidate(2))
        until(lambda: len(revisions(link)) == 2, "two events")
        first = link.call("XRANGE", names.CANDIDATES, "-", "+")[0][0]
        link.call("XDEL", names.CANDIDATES, first)
        until_later(clock, lambda: len(revisions(link)) == 2, "the one that was gone")
        clock.advance(61)
        worker.put(candidate(3))
        until(lambda: len(revisions(link)) == 3, "the third")
    assert [id_ for id_, _ in revisions(link)] == [candidate(n).id for n in (2, 1, 3)]


def test_a_queue_that_is_emptied_under_a_connection_is_filled_again_within_a_minute(
    url: str, link: Link, outbox: Outbox, clock: ManualClock
) -> None:
    with RunningWorker(url, outbox, clock) as worker:
        worker.put(candidate(1), candidate(2))
        until(lambda: len(revisions(link)) == 2, "two events")
        link.call("FLUSHDB")
        until_later(clock, lambda: len(revisions(link)) == 2, "both again")


def test_what_is_acknowledged_is_not_sent_again(
    url: str, link: Link, outbox: Outbox, clock: ManualClock
) -> None:
    outbox.put(candidate(1))
    outbox.acked(ack(candidate(1)))
    outbox.put(candidate(2))
    with RunningWorker(url, outbox, clock):
        until(lambda: revisions(link), "an event")
        assert revisions(link) == [(candidate(2).id, 1)]


def test_more_than_one_batch_waits(url: str, link: Link, outbox: Outbox, clock: ManualClock) -> None:
    for number in range(230):
        outbox.put(candidate(number))
    with RunningWorker(url, outbox, clock):
        until(lambda: len(revisions(link)) >= 230, "all of them")
    assert [id_ for id_, _ in revisions(link)] == [candidate(n).id for n in range(230)]


def test_a_queue_that_is_down_for_ten_minutes_is_said_so_and_loses_nothing(
    embedded: EmbeddedQueue, outbox: Outbox, clock: ManualClock
) -> None:
    embedded.kill()
    with RunningWorker(embedded.url, outbox, clock) as worker:
        worker.put(candidate(1))
        until(lambda: clock.passed() > 600, "ten minutes of the clock")
        worker.put(candidate(2))
        problem = worker.publisher.problem()
        # The other thread may have let some seconds pass before the first failure of this one.
        assert "nothing reaches the queue since 2026-01-05T08:00:" in problem
        assert "cannot be reached" in problem
        assert "2 candidates wait" in problem
        assert worker.acks.problem() != ""
        embedded.start()
        with Link(embedded.url) as link:
            until(lambda: len(revisions(link)) == 2, "both")
        until(lambda: not worker.publisher.problem() and not worker.acks.problem(), "the all-clear")


def test_a_locked_outbox_is_said_so_and_tried_again(
    url: str, link: Link, outbox: Outbox, clock: ManualClock
) -> None:
    outbox.put(candidate(1))
    outbox._file.read("ALTER TABLE candidates RENAME TO elsewhere")
    with RunningWorker(url, outbox, clock) as worker:
        until(lambda: "outbox cannot be read either" in worker.publisher.problem(), "the problem")
        outbox._file.read("ALTER TABLE elsewhere RENAME TO candidates")
        until(lambda: revisions(link) == [(candidate(1).id, 1)], "the event")
        until(lambda: not worker.publisher.problem(), "the all-clear")


def test_a_full_queue_refuses_in_words_and_drops_nothing(
    embedded: EmbeddedQueue, outbox: Outbox, clock: ManualClock
) -> None:
    with Link(embedded.url) as link, RunningWorker(embedded.url, outbox, clock) as worker:
        worker.put(candidate(1))
        until(lambda: revisions(link), "the first")
        link.call("CONFIG", "SET", "maxmemory", "1")
        worker.put(candidate(2))
        until(lambda: "maxmemory" in worker.publisher.problem(), "the problem")
        link.call("CONFIG", "SET", "maxmemory", "0")
        until(lambda: len(revisions(link)) == 2, "both")


def test_an_address_that_cannot_be_read_is_refused_before_anything_starts(
    outbox: Outbox, clock: ManualClock
) -> None:
    with pytest.raises(ConfigError):
        Publisher(outbox, "nonsense", WORKER, clock)


def test_stopping_before_starting_and_twice_does_no_harm(
    url: str, outbox: Outbox, clock: ManualClock
) -> None:
    publisher = Publisher(outbox, url, WORKER, clock)
    publisher.stop()
    publisher.stop()
