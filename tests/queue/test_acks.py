from __future__ import annotations

from patrol.queue import names, wire
from patrol.queue.client import Link
from patrol.queue.outbox import Outbox
from tests.fakes.clock import ManualClock
from tests.queue.support import SHA, WORKER, RunningWorker, ack, candidate, stream, until

KEY = names.acks(WORKER)


def send(link: Link, *acks: wire.Ack) -> None:
    for each in acks:
        link.call("XADD", KEY, "*", "ack", wire.dump(each))


def test_acks_are_applied_and_deleted(url: str, link: Link, outbox: Outbox, clock: ManualClock) -> None:
    for number in (1, 2):
        outbox.put(candidate(number))
    send(link, ack(candidate(1), held=(SHA,), keep=True))
    with RunningWorker(url, outbox, clock):
        until(lambda: outbox.depth() == 1, "the ack from before the start")
        send(link, ack(candidate(2)), ack(candidate(2)))
        until(lambda: outbox.depth() == 0, "the ack that came later")
        until(lambda: stream(link, KEY) == [], "an empty stream")
    assert outbox.evidence_flags(candidate(1).id) == ({SHA}, True)


def test_malformed_acks_are_counted_and_do_not_stop_the_others(
    url: str, link: Link, outbox: Outbox, clock: ManualClock
) -> None:
    outbox.put(candidate(1))
    link.call("XADD", KEY, "*", "ack", b"\xff{")
    link.call("XADD", KEY, "*", "other", "x")
    link.call("XADD", KEY, "*", "ack", '{"candidate_id":"a","revision":99999999999999999999}')
    send(link, ack(candidate(1)))
    with RunningWorker(url, outbox, clock) as worker:
        until(lambda: outbox.depth() == 0, "the good one")
        until(lambda: stream(link, KEY) == [], "an empty stream")
        assert worker.acks.malformed == 3


def test_a_stream_that_begins_anew_at_a_lower_id_is_read(
    url: str, link: Link, outbox: Outbox, clock: ManualClock
) -> None:
    for number in (1, 2):
        outbox.put(candidate(number))
    link.call("XADD", KEY, "9999999999999-1", "ack", wire.dump(ack(candidate(1))))
    with RunningWorker(url, outbox, clock):
        until(lambda: outbox.depth() == 1, "the first")
        link.call("DEL", KEY)
        link.call("XADD", KEY, "1-1", "ack", wire.dump(ack(candidate(2))))
        until(lambda: outbox.depth() == 0, "the one with the lower id")


def test_acks_wait_while_the_outbox_cannot_be_written(
    url: str, link: Link, outbox: Outbox, clock: ManualClock
) -> None:
    outbox.put(candidate(1))
    outbox._file.read("ALTER TABLE evidence_held RENAME TO elsewhere")
    send(link, ack(candidate(1), held=(SHA,)))
    with RunningWorker(url, outbox, clock) as worker:
        until(lambda: "cannot write the outbox" in worker.acks.problem(), "the problem")
        assert outbox.depth() == 1
        assert len(stream(link, KEY)) == 1
        outbox._file.read("ALTER TABLE elsewhere RENAME TO evidence_held")
        until(lambda: outbox.depth() == 0, "the ack")
    assert outbox.evidence_flags(candidate(1).id) == ({SHA}, False)
