from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import pytest

from patrol.core.clock import SystemClock
from patrol.core.errors import DeliveryError
from patrol.queue import names, wire
from patrol.queue.client import Link
from patrol.queue.commands import CommandReader
from patrol.queue.embedded import EmbeddedQueue
from patrol.queue.status import StatusWriter
from patrol.queue.workers import Workers
from tests.fakes.clock import START, ManualClock
from tests.queue.support import SHA, WORKER, RefusedError, ack, candidate, is_being_read, stream, until

LOOK = wire.Command(name="look-now", camera_id="cam-1")
KEY = names.commands(WORKER)
REPLY_S = 60.0
"""For a reply that comes: a busy machine is slow."""
T = TypeVar("T")


def ask(url: str, question: Callable[[Workers], Awaitable[T]]) -> T:
    async def talk() -> T:
        workers = Workers(url, SystemClock())
        try:
            return await question(workers)
        finally:
            await workers.close()

    return asyncio.run(talk())


def status(depth: int = 0) -> wire.WorkerStatus:
    return wire.WorkerStatus(
        worker_id=WORKER, at=START, started=START, version="0.1.0", site_name="s", language="en",
        media_url="http://127.0.0.1:1", detector="d", outbox_depth=depth,
    )  # fmt: skip


class Recorder:
    """Carries out commands by noting them; answers with what it is given."""

    def __init__(self, answer: Callable[[wire.Command], Mapping[str, Any] | None] = lambda _: None) -> None:
        self.commands: list[wire.Command] = []
        self._answer = answer

    def __call__(self, command: wire.Command) -> Mapping[str, Any] | None:
        self.commands.append(command)
        return self._answer(command)


@contextmanager
def reading(url: str, recorder: Recorder, clock: ManualClock) -> Iterator[CommandReader]:
    reader = CommandReader(url, WORKER, recorder, clock)
    reader.start()
    try:
        with Link(url) as link:
            # Only what comes after the reader has found its position is carried out.
            until(lambda: is_being_read(link), "a reader that waits")
        yield reader
    finally:
        reader.stop()


def test_the_desk_reads_what_workers_say(url: str, link: Link, clock: ManualClock) -> None:
    depths = iter(range(1000))
    writer = StatusWriter(lambda: status(next(depths)), url, clock, every_s=0.01)
    writer.start()
    try:
        until(lambda: [s.outbox_depth > 3 for s in ask(url, Workers.status_of_workers)] == [True], "statuses")
    finally:
        writer.stop()
    ask(url, lambda workers: workers.forget(WORKER))
    assert ask(url, Workers.status_of_workers) == []


def test_a_malformed_status_is_left_out_counted_and_named(url: str, link: Link) -> None:
    async def question(workers: Workers) -> tuple[list[str], int, set[str]]:
        found = [each.worker_id for each in await workers.status_of_workers()]
        return found, workers.malformed, set(workers.unreadable)

    link.call("HSET", names.WORKERS, b"\xff", "{}", "edge-2", "no json", WORKER, wire.dump(status()))
    assert ask(url, question) == ([WORKER], 2, {"\ufffd", "edge-2"})


def test_a_status_that_fails_once_does_not_end_the_thread(url: str, clock: ManualClock) -> None:
    gives: list[wire.WorkerStatus | ValueError] = [ValueError("a fault"), status(7), *[status(8)] * 1000]
    calls = iter(gives)

    def give() -> wire.WorkerStatus:
        made = next(calls)
        if isinstance(made, ValueError):
            raise made
        return made

    writer = StatusWriter(give, url, clock, every_s=0.01)
    writer.start()
    try:
        until(lambda: [s.outbox_depth for s in ask(url, Workers.status_of_workers)] == [8], "the next status")
    finally:
        writer.stop()


def test_a_command_is_carried_out_and_answered(url: str, clock: ManualClock) -> None:
    recorder = Recorder(lambda command: {"camera": command.camera_id, "note": "看"})
    with reading(url, recorder, clock):
        assert ask(url, lambda workers: workers.ask(WORKER, LOOK, REPLY_S)) == {
            "camera": "cam-1",
            "note": "看",
        }
    assert [command.name for command in recorder.commands] == ["look-now"]


def test_a_command_without_reply_leaves_nothing_behind(url: str, link: Link, clock: ManualClock) -> None:
    recorder = Recorder(lambda _: {"unwanted": True})
    with reading(url, recorder, clock):
        ask(url, lambda workers: workers.send_command(WORKER, LOOK))
        until(lambda: recorder.commands == [LOOK], "the command")
    assert link.call("KEYS", "*") == [KEY.encode()]
    assert link.call("TTL", KEY) > 0


def test_commands_from_before_the_start_are_not_carried_out(url: str, clock: ManualClock) -> None:
    ask(url, lambda workers: workers.send_command(WORKER, LOOK))
    recorder = Recorder()
    with reading(url, recorder, clock):
        ask(url, lambda workers: workers.send_command(WORKER, wire.Command(name="reload")))
        until(lambda: recorder.commands, "a command")
    assert [command.name for command in recorder.commands] == ["reload"]


def test_a_command_that_fails_is_answered_with_the_reason(url: str, clock: ManualClock) -> None:
    def fail(_command: wire.Command) -> None:
        raise RefusedError("no such camera, see rtsp://admin:geheim@10.0.0.1/")

    with reading(url, Recorder(fail), clock):
        reply = ask(url, lambda workers: workers.ask(WORKER, LOOK, REPLY_S))
    assert reply is not None
    assert "no such camera" in reply["error"]
    assert "geheim" not in reply["error"]


def test_a_fault_in_a_handler_does_not_end_the_thread(url: str, clock: ManualClock) -> None:
    faults = iter([ZeroDivisionError("a fault")])

    def stumble(_command: wire.Command) -> Mapping[str, Any]:
        fault = next(faults, None)
        if fault is not None:
            raise fault
        return {"ok": True}

    with reading(url, Recorder(stumble), clock):
        ask(url, lambda workers: workers.send_command(WORKER, LOOK))
        assert ask(url, lambda workers: workers.ask(WORKER, LOOK, REPLY_S)) == {"ok": True}


def test_malformed_commands_are_counted_and_the_next_one_is_carried_out(
    url: str, link: Link, clock: ManualClock
) -> None:
    recorder = Recorder()
    with reading(url, recorder, clock) as reader:
        link.call("XADD", KEY, "*", "command", '{"name":"format-disk"}')
        link.call("XADD", KEY, "*", "other", "x")
        ask(url, lambda workers: workers.send_command(WORKER, LOOK))
        until(lambda: recorder.commands == [LOOK], "the good one")
        assert reader.malformed == 2


def test_a_reply_goes_nowhere_but_to_a_list_of_replies(url: str, link: Link, clock: ManualClock) -> None:
    recorder = Recorder(lambda _: {"a": 1})
    with reading(url, recorder, clock):
        link.call("XADD", KEY, "*", "command", wire.dump(LOOK.model_copy(update={"reply_to": "else"})))
        ask(url, lambda workers: workers.ask(WORKER, LOOK, REPLY_S))
    assert link.call("EXISTS", "else") == 0


def test_commands_go_on_when_the_stream_was_lost(url: str, link: Link, clock: ManualClock) -> None:
    recorder = Recorder()
    link.call("XADD", KEY, "9999999999999-1", "command", wire.dump(LOOK))
    with reading(url, recorder, clock):
        link.call("DEL", KEY)
        ask(url, lambda workers: workers.send_command(WORKER, LOOK))
        until(lambda: recorder.commands == [LOOK], "the command with the lower id")


def test_a_worker_that_does_not_answer_is_not_waited_for_long(url: str) -> None:
    assert ask(url, lambda workers: workers.ask("nobody", LOOK, timeout_s=0.05)) is None


def test_a_reply_that_is_no_object_is_an_error(url: str, clock: ManualClock) -> None:
    recorder = Recorder(lambda _: cast("Mapping[str, Any]", [1, 2]))
    with reading(url, recorder, clock), pytest.raises(DeliveryError, match="no JSON object"):
        ask(url, lambda workers: workers.ask(WORKER, LOOK, REPLY_S))


def test_the_desk_can_say_later_what_it_holds(url: str, link: Link) -> None:
    late = ack(candidate(1), held=(SHA,), keep=True)
    ask(url, lambda workers: workers.send_ack(WORKER, late))
    (fields,) = stream(link, names.acks(WORKER))
    assert wire.parse_ack(fields[b"ack"]) == late


def test_a_queue_that_is_away_is_an_error_to_whoever_asks(embedded: EmbeddedQueue) -> None:
    embedded.stop()
    with pytest.raises(DeliveryError, match="cannot be reached"):
        ask(embedded.url, Workers.status_of_workers)
