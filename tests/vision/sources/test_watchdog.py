from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from patrol.vision.sources.camera import CameraReader
from patrol.vision.sources.mailbox import Mailbox
from patrol.vision.sources.reconnect import Backoff, Pace
from patrol.vision.sources.ring import PacketRing
from patrol.vision.sources.watchdog import Watchdog
from tests.fakes.clock import ManualClock
from tests.fakes.sources import ScriptedSource, Step, eventually, packet
from tests.vision.sources.test_camera import EveryKeyframe


class _Hanging:
    """A camera whose sessions hang for ever inside the library, and then speak all at once when let go."""

    def __init__(self, name: str = "cam", sessions: int = 20) -> None:
        self.let_go = threading.Event()
        self.clock = ManualClock()
        self.ring = PacketRing(60, 10**6)
        late: list[Step] = [self.let_go, packet(5000.0, key=True, data=b"late")]
        self.source = ScriptedSource(*[late] * sessions)
        self.reader = CameraReader(name, self.source, self.ring, EveryKeyframe(), Mailbox(), self.clock)


@contextmanager
def _running(camera: _Hanging) -> Iterator[CameraReader]:
    camera.reader.start()
    try:
        yield camera.reader
    finally:
        camera.reader.stop(0)
        camera.let_go.set()
        for thread in threading.enumerate():
            if thread.name == f"camera-{camera.reader.camera_id}":
                thread.join(30)


def _inside(camera: _Hanging) -> int:
    """Wait until the present thread is inside the library: an open session is not yet noted as progress."""
    eventually(lambda: camera.source.opens)
    opens = camera.source.opens
    eventually(lambda: camera.reader.counters()["connects"] == opens)
    return opens


def _hang(camera: _Hanging, watchdog: Watchdog) -> None:
    """Wait until the present thread is inside the library, then let the time pass and check."""
    opens = _inside(camera)
    for _ in range(31):
        camera.clock.advance(1)
        watchdog.check(camera.clock.monotonic())
    eventually(lambda: camera.source.opens > opens)


def test_a_thread_that_hangs_is_abandoned_and_its_camera_gets_another() -> None:
    camera = _Hanging()
    reasons: list[str] = []
    with _running(camera) as reader:
        watchdog = Watchdog(lambda: [reader], reasons.append)
        _inside(camera)
        camera.clock.advance(29)
        watchdog.check(camera.clock.monotonic())
        assert watchdog.abandoned == {}
        camera.clock.advance(2)
        watchdog.check(camera.clock.monotonic())
        assert watchdog.abandoned == {"cam": 1}
        assert watchdog.alive_abandoned == 1
        eventually(lambda: camera.source.opens == 2)
        assert reader.counters()["abandoned"] == 1
        assert camera.source.sessions[0].closed, "asked to close, should it ever come back"
        assert reasons == []


def test_a_pause_of_the_whole_process_is_nobody_s_fault() -> None:
    camera = _Hanging()
    with _running(camera) as reader:
        watchdog = Watchdog(lambda: [reader], lambda _: None)
        _inside(camera)
        watchdog.check(camera.clock.monotonic())
        camera.clock.advance(45)
        watchdog.check(camera.clock.monotonic())
        assert watchdog.abandoned == {}
        for _ in range(31):
            camera.clock.advance(1)
            watchdog.check(camera.clock.monotonic())
        assert watchdog.abandoned == {"cam": 1}, "it hangs all the same"


def test_what_an_abandoned_thread_says_late_is_ignored() -> None:
    camera = _Hanging()
    with _running(camera) as reader:
        watchdog = Watchdog(lambda: [reader], lambda _: None)
        _inside(camera)
        old = reader.abandon()
        assert old is not None
        reader.stop(0)
        camera.let_go.set()
        old.join(10)
        assert not old.is_alive()
        assert camera.ring.bytes == 0
        assert reader.last_keyframe() is None
        watchdog.check(camera.clock.monotonic())


def test_too_many_left_threads_are_reported_once_with_a_reason() -> None:
    camera = _Hanging()
    reasons: list[str] = []
    with _running(camera) as reader:
        watchdog = Watchdog(lambda: [reader], reasons.append)
        for _ in range(6):
            _hang(camera, watchdog)
        assert watchdog.alive_abandoned == 6
        assert len(reasons) == 1
        assert "5 camera threads hang" in reasons[0]
        assert "camera-cam" in reasons[0]


def test_left_threads_that_end_do_not_count() -> None:
    camera = _Hanging()
    with _running(camera) as reader:
        watchdog = Watchdog(lambda: [reader], lambda _: None)
        _hang(camera, watchdog)
        assert watchdog.alive_abandoned == 1
        reader.stop(0)
        camera.let_go.set()

        def none_left() -> bool:
            watchdog.check(camera.clock.monotonic())
            return watchdog.alive_abandoned == 0

        eventually(none_left)


def test_a_camera_that_waits_to_reconnect_does_not_hang() -> None:
    clock = ManualClock()
    ring, backoff = PacketRing(60, 10), Backoff(Random(0), Pace(least=300, most=600))
    reader = CameraReader("cam", ScriptedSource([]), ring, EveryKeyframe(), Mailbox(), clock, backoff=backoff)
    reader.start()
    try:
        eventually(lambda: reader.counters().get("error_SourceEnded"))
        clock.advance(1000)
        assert reader.stuck_for(clock.monotonic()) == 0
    finally:
        assert reader.stop(30)
