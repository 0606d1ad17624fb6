from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random

from patrol.core.camera import CameraState
from patrol.core.clock import SystemClock
from patrol.core.errors import DecodeError, SourceAuthFailed, SourceEnded
from patrol.core.media import Packet
from patrol.core.protocols import Clock, Gate, Source
from patrol.core.redact import Secret
from patrol.vision.decode.keyframes import KeyframeDecoder
from patrol.vision.sources import source_for
from patrol.vision.sources.camera import CameraReader
from patrol.vision.sources.mailbox import Mailbox
from patrol.vision.sources.reconnect import Backoff, Pace
from patrol.vision.sources.ring import PacketRing
from tests.fakes.clock import ManualClock
from tests.fakes.sources import VIDEO, ScriptedSource, eventually, packet
from tests.media import ClipSpec, encode
from tests.rtsp_stub import Faults, RtspStub

QUICK = Pace(least=0.01, most=0.02, healthy=60, wrong_login=300)


@dataclass
class EveryKeyframe:
    """A gate that says yes, or what it was told."""

    answers: list[bool] = field(default_factory=list)

    def admit(self, packet: Packet) -> bool:
        return self.answers.pop(0) if self.answers else True


@dataclass
class Rig:
    reader: CameraReader
    ring: PacketRing
    mailbox: Mailbox


@contextmanager
def running(
    source: Source, gate: Gate | None = None, clock: Clock | None = None, pace: Pace = QUICK
) -> Iterator[Rig]:
    ring, mailbox = PacketRing(60, 10**7), Mailbox()
    reader = CameraReader(
        "cam-1",
        source,
        ring,
        gate or EveryKeyframe(),
        mailbox,
        clock or SystemClock(),
        backoff=Backoff(Random(0), pace),
        boot="b00t",
    )
    reader.start()
    try:
        yield Rig(reader, ring, mailbox)
    finally:
        assert reader.stop(30)


def _hold() -> threading.Event:
    """A step at which a scripted camera waits until the test is over."""
    return threading.Event()


@contextmanager
def scripted(
    *steps: Packet, answers: list[bool] | None = None, clock: ManualClock | None = None
) -> Iterator[Rig]:
    hold = _hold()
    source = ScriptedSource([*steps, hold])
    with running(source, EveryKeyframe(answers or []), clock) as rig:
        eventually(lambda: rig.reader.counters()["packets"] == len(steps))
        try:
            yield rig
        finally:
            hold.set()


def test_every_packet_goes_to_the_ring_and_keyframes_that_are_due_to_the_mailbox() -> None:
    packets = [packet(float(at), key=at % 2 == 0, data=b"four") for at in range(6)]
    with scripted(*packets, answers=[True, False, True]) as rig:
        assert [p for part in rig.ring.cut(0, 9) for p in part.packets] == packets
        taken = rig.mailbox.take(9, 0)
        assert [(k.camera_id, k.look_id, k.packet) for k in taken] == [("cam-1", "cam-1-b00t-3", packets[4])]
        counters = rig.reader.counters()
        newest = rig.reader.last_keyframe()
    assert newest is not None
    assert newest.packet is packets[4]
    wanted = {
        "packets": 6,
        "bytes": 24,
        "keyframes": 3,
        "admitted": 2,
        "not_due": 1,
        "replaced": 1,
        "connects": 1,
    }
    assert {name: counters[name] for name in wanted} == wanted


def test_the_newest_keyframe_is_known_even_where_it_was_not_due() -> None:
    with scripted(packet(0.0, key=True), packet(1.0, key=True), answers=[True, False]) as rig:
        newest = rig.reader.last_keyframe()
        assert newest is not None
        assert newest.look_id == "cam-1-b00t-2"
        assert [k.look_id for k in rig.mailbox.take(9, 0)] == ["cam-1-b00t-1"]


def test_look_now_admits_the_next_keyframe_once() -> None:
    hold, go = _hold(), _hold()
    later = [packet(float(at), key=True) for at in (1, 2)]
    source = ScriptedSource([packet(0.0, key=True), go, *later, hold])
    with running(source, EveryKeyframe([False, False, False])) as rig:
        eventually(lambda: rig.reader.counters()["packets"] == 1)
        rig.reader.look_now()
        go.set()
        eventually(lambda: rig.reader.counters()["packets"] == 3)
        assert rig.reader.counters()["admitted"] == 1
        assert [k.look_id for k in rig.mailbox.take(9, 0)] == ["cam-1-b00t-2"]
        hold.set()


def test_bad_looks_make_a_camera_blind_and_a_good_one_live() -> None:
    clock = ManualClock()
    with scripted(packet(clock.monotonic(), key=True), clock=clock) as rig:
        for _ in range(3):
            rig.reader.looked(ok=False, detail="holes in rtsp://u:secret@host/x")
        health = rig.reader.health()
        assert health.state is CameraState.BLIND
        assert "holes" in health.detail
        assert "secret" not in health.detail
        rig.reader.looked(ok=True)
        assert rig.reader.health().state is CameraState.LIVE
        assert rig.reader.counters()["looks_failed"] == 3


def test_a_camera_is_connected_to_again_and_errors_are_counted_by_class() -> None:
    hold = _hold()
    source = ScriptedSource([packet(0.0, key=True)], SourceEnded("gone"), [packet(1.0, key=True), hold])
    with running(source) as rig:
        eventually(lambda: rig.reader.counters()["connects"] == 2)
        eventually(lambda: rig.reader.counters()["packets"] == 2)
        assert rig.reader.counters()["error_SourceEnded"] == 2
        assert rig.reader.health().connects == 2
        assert len(rig.ring.cut(-1, 99)) == 2, "what came before and after is not joined"
        assert source.sessions[0].closed
        hold.set()


def test_a_wrong_login_is_not_tried_again_soon() -> None:
    source = ScriptedSource(SourceAuthFailed("wrong"))
    with running(source, clock=ManualClock()) as rig:
        eventually(lambda: rig.reader.health().state is CameraState.AUTH_FAILED)
        assert "next try in 300 s" in rig.reader.health().detail
        assert source.opens == 1


def test_stopping_does_not_wait_for_the_next_try() -> None:
    with running(ScriptedSource(SourceEnded("gone")), pace=Pace(least=50, most=60)) as rig:
        eventually(lambda: rig.reader.counters().get("error_SourceEnded"))
        assert rig.reader.stop(30)


def test_an_error_that_nobody_foresaw_does_not_end_the_thread() -> None:
    def explode() -> None:
        raise KeyError("rtsp://user:hunter2@cam/x")

    hold = _hold()
    source = ScriptedSource([explode], [packet(0.0, key=True), hold])
    with running(source) as rig:
        eventually(lambda: rig.reader.counters()["packets"] == 1)
        assert rig.reader.counters()["error_SourceGarbage"] == 1
        hold.set()


def test_start_and_stop_may_be_called_twice() -> None:
    reader = CameraReader(
        "cam", ScriptedSource([]), PacketRing(9, 99), EveryKeyframe(), Mailbox(), SystemClock()
    )
    assert reader.stop()
    reader.start()
    reader.start()
    assert reader.stop(30)
    assert reader.stop()
    assert reader.abandon() is None


def test_over_rtsp_a_camera_that_goes_away_and_comes_back_is_live_again() -> None:
    with RtspStub() as stub, running(source_for(stub.url(), None, SystemClock())) as rig:
        eventually(lambda: rig.reader.health().state is CameraState.LIVE, within=30)
        stub.faults = Faults(silent="accept")
        stub.drop_connections()
        eventually(lambda: rig.reader.health().state is CameraState.CONNECTING, within=30)
        stub.faults = Faults()
        stub.drop_connections()
        eventually(lambda: rig.reader.health().state is CameraState.LIVE, within=30)
        assert rig.reader.health().connects == 2


def test_over_rtsp_a_new_password_is_a_state_of_its_own() -> None:
    with RtspStub(faults=Faults(login=("u", "new"))) as stub:
        login = _Login("u", Secret("old-password"))
        with running(source_for(stub.url(), login, SystemClock())) as rig:
            eventually(lambda: rig.reader.health().state is CameraState.AUTH_FAILED, within=30)


@dataclass(frozen=True)
class _Login:
    username: str
    password: Secret


def test_over_rtsp_a_picture_size_that_changes_midway_begins_a_new_part_with_its_size() -> None:
    small, large = ClipSpec(), replace(ClipSpec(), width=640, height=480)
    with RtspStub(small, large) as stub, running(source_for(stub.url(), None, SystemClock())) as rig:
        eventually(lambda: len(rig.ring.cut(0, 1e12)) == 2, within=30)
        sizes = [(part.video.width, part.video.height) for part in rig.ring.cut(0, 1e12)]
        assert sizes == [(320, 240), (640, 480)]
        newest = rig.reader.last_keyframe()
        assert newest is not None
        assert newest.video.width == 640
        assert rig.reader.counters()["connects"] == 1


def test_a_format_that_the_announcement_left_out_is_taken_from_the_first_keyframe() -> None:
    unknown = replace(VIDEO, width=0, height=0, extradata=b"")
    hold = _hold()
    source = ScriptedSource([packet(0.0, key=True, data=encode(ClipSpec())[0].data), hold], video=unknown)
    with running(source) as rig:
        eventually(rig.reader.last_keyframe)
        newest = rig.reader.last_keyframe()
        assert newest is not None
        assert (newest.video.width, newest.video.height) == (320, 240)
        assert newest.video.extradata
        assert len(rig.ring.cut(-1, 9)) == 1
        hold.set()


def test_over_rtsp_garbage_instead_of_pictures_makes_a_camera_blind() -> None:
    decoder = KeyframeDecoder()
    with (
        RtspStub(faults=Faults(damage="garbage", seed=1)) as stub,
        running(source_for(stub.url(), None, SystemClock())) as rig,
    ):

        def look() -> bool:
            for keyframe in rig.mailbox.take(1, 0.1):
                try:
                    decoder.decode(keyframe)
                except DecodeError as error:
                    rig.reader.looked(ok=False, detail=str(error))
            return rig.reader.health().state is CameraState.BLIND

        eventually(look, within=30)
        assert "could not be decoded" in rig.reader.health().detail
        assert rig.reader.counters().get("looks_ok", 0) == 0
