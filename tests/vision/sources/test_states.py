from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from patrol.core.camera import CameraHealth, CameraState
from patrol.core.errors import (
    SourceAuthFailed,
    SourceEnded,
    SourceError,
    SourceGarbage,
    SourceNoVideo,
    SourceRefused,
    SourceTimeout,
)
from patrol.vision.sources.states import CameraStates, Moment
from tests.fakes.sources import EPOCH


def moment(mono: float) -> Moment:
    return Moment(mono, EPOCH + timedelta(seconds=mono))


@dataclass
class Camera:
    """A camera that is told what happens, with the time moving on."""

    now: float = 100.0
    states: CameraStates = field(default_factory=lambda: CameraStates("cam", moment(100.0)))

    def wait(self, seconds: float) -> Camera:
        self.now += seconds
        return self

    def connect(self) -> Camera:
        self.states.connecting(moment(self.now))
        self.states.opened(moment(self.now))
        return self

    def packets(self, seconds: float, every: float = 1.0, key_every: float = 2.0) -> Camera:
        end, next_key = self.now + seconds, self.now
        while self.now < end:
            self.states.packet(moment(self.now), is_keyframe=self.now >= next_key)
            next_key += key_every if self.now >= next_key else 0
            self.now += every
        return self

    def looks(self, ok: bool, times: int = 1, detail: str = "") -> Camera:
        for _ in range(times):
            self.states.looked(moment(self.now), ok=ok, detail=detail)
        return self

    def fail(self, error: SourceError, retry: float = 5.0) -> Camera:
        self.states.failed(moment(self.now), error, retry)
        return self

    @property
    def health(self) -> CameraHealth:
        return self.states.health(moment(self.now))

    def state(self) -> CameraState:
        return self.health.state


def test_a_camera_is_live_once_a_keyframe_came_on_this_connection() -> None:
    camera = Camera()
    assert camera.state() is CameraState.CONNECTING
    camera.connect()
    assert camera.state() is CameraState.CONNECTING
    camera.states.packet(moment(camera.now), is_keyframe=False)
    assert camera.state() is CameraState.CONNECTING
    assert "first keyframe" in camera.health.detail
    camera.states.packet(moment(camera.now), is_keyframe=True)
    health = camera.health
    assert (health.state, health.detail, health.connects, health.packet_age_s) == (
        CameraState.LIVE,
        "live",
        1,
        0,
    )


def test_a_stream_that_stops_is_stalled_after_ten_seconds_and_says_since_when() -> None:
    camera = Camera().connect().packets(4)
    last = camera.now - 1
    camera.wait(8.9)
    assert camera.state() is CameraState.LIVE
    camera.wait(0.2)
    health = camera.health
    assert health.state is CameraState.STALLED
    assert health.since == moment(camera.now).at
    assert health.packet_age_s == camera.now - last
    assert "no packet for 10 s" in health.detail
    assert camera.packets(1).state() is CameraState.LIVE


def test_time_before_the_first_try_is_no_silence() -> None:
    camera = Camera().wait(60)
    camera.states.connecting(moment(camera.now))
    assert camera.states.health(moment(camera.now + 9)).state is CameraState.CONNECTING
    assert camera.states.health(moment(camera.now + 11)).state is CameraState.STALLED


def test_what_answers_and_is_no_video_is_named_so() -> None:
    camera = Camera()
    camera.states.connecting(moment(camera.now))
    camera.fail(SourceGarbage("not a stream")).wait(11)
    assert camera.states.health(moment(camera.now)).state is CameraState.NO_VIDEO


def test_a_camera_that_was_never_reached_is_stalled_too() -> None:
    camera = Camera().wait(11)
    assert camera.state() is CameraState.STALLED
    assert camera.health.packet_age_s is None


def test_a_lost_connection_is_not_live_at_once_and_stalled_after_ten_seconds() -> None:
    camera = Camera().connect().packets(4).fail(SourceEnded("cam: the stream ended; look"), retry=30)
    assert camera.state() is CameraState.CONNECTING
    assert camera.health.detail == "cam: the stream ended; look (next try in 30 s)"
    camera.wait(12)
    assert camera.state() is CameraState.STALLED
    assert camera.health.detail == "cam: the stream ended; look (next try in 18 s)"


def test_connected_and_silent_says_so_and_not_the_error_of_before() -> None:
    camera = Camera().fail(SourceEnded("old news")).wait(6).connect().wait(6)
    assert camera.state() is CameraState.STALLED
    assert "no packet for 12 s" in camera.health.detail


def test_refused_and_no_video_are_shown_until_something_else_happens() -> None:
    for error, state in (
        (SourceRefused("r"), CameraState.REFUSED),
        (SourceNoVideo("n"), CameraState.NO_VIDEO),
    ):
        camera = Camera().fail(error).wait(100)
        camera.states.connecting(moment(camera.now))
        assert camera.state() is state
        assert camera.fail(SourceTimeout("t")).state() is CameraState.STALLED


def test_a_wrong_login_sticks_until_packets_come() -> None:
    camera = Camera().fail(SourceAuthFailed("wrong password"), retry=300).wait(300)
    camera.connect().fail(SourceTimeout("slow"))
    assert camera.state() is CameraState.AUTH_FAILED
    assert camera.health.detail.startswith("wrong password (next try")
    assert camera.connect().packets(1).state() is CameraState.LIVE


def test_video_without_keyframes_is_named_after_ten_seconds() -> None:
    camera = Camera().connect()
    for _ in range(12):
        camera.states.packet(moment(camera.now), is_keyframe=False)
        camera.wait(1)
    assert camera.state() is CameraState.NO_KEYFRAMES
    assert "I-frame interval" in camera.health.detail
    assert camera.packets(1).state() is CameraState.LIVE


def test_sparse_keyframes_are_said_while_live() -> None:
    camera = Camera().connect().packets(17, key_every=8)
    health = camera.health
    assert (health.state, health.keyframe_gap_s) == (CameraState.LIVE, 8)
    assert "only every 8.0 s" in health.detail
    assert "smart codec" in health.detail


def test_three_bad_looks_in_a_row_are_blind_and_one_good_one_ends_it() -> None:
    camera = Camera().connect().packets(2).looks(ok=False, times=2, detail="holes")
    assert camera.state() is CameraState.LIVE
    camera.looks(ok=False, detail="holes")
    assert camera.state() is CameraState.BLIND
    assert "3 looks could not be decoded: holes" in camera.health.detail
    assert camera.looks(ok=True).state() is CameraState.LIVE
    assert camera.looks(ok=False, times=2).state() is CameraState.LIVE, "the count begins anew"


def test_bad_looks_for_more_than_ten_seconds_are_blind_however_few() -> None:
    camera = Camera().connect().packets(2).looks(ok=False).packets(11)
    assert camera.state() is CameraState.BLIND


def test_a_new_connection_does_not_end_blindness() -> None:
    camera = (
        Camera().connect().packets(2).looks(ok=False, times=3).fail(SourceEnded("x")).connect().packets(2)
    )
    assert camera.state() is CameraState.BLIND


def test_keyframe_gaps_are_not_measured_over_connections() -> None:
    camera = Camera().connect().packets(3).fail(SourceEnded("x")).wait(50).connect().packets(1)
    assert camera.health.keyframe_gap_s is None


def test_packets_after_the_connection_was_given_up_are_ignored() -> None:
    camera = Camera().connect().fail(SourceRefused("r"))
    camera.states.packet(moment(camera.now), is_keyframe=True)
    assert camera.state() is CameraState.REFUSED


step = st.one_of(
    st.tuples(st.just("wait"), st.floats(0, 15)),
    st.tuples(st.sampled_from(["connect", "key", "packet", "good", "bad", "try"]), st.just(0.0)),
    st.tuples(st.just("fail"), st.integers(0, 5).map(float)),
)
ERRORS: list[SourceError] = [
    SourceAuthFailed("a"),
    SourceRefused("r"),
    SourceNoVideo("n"),
    SourceTimeout("t"),
    SourceEnded("e"),
    SourceGarbage("g"),
]


@dataclass
class Facts:
    """What happened, kept apart from the machine under test."""

    connected: bool = False
    wrong_login: bool = False
    opened: float = 0.0
    packet: float = -math.inf
    key: float = -math.inf
    bad: int = 0

    def note(self, name: str, value: float, now: float) -> None:
        if name == "connect":
            self.connected, self.opened, self.key = True, now, -math.inf
        elif name in ("key", "packet") and self.connected:
            self.packet, self.wrong_login = now, False
            self.key = now if name == "key" else self.key
        elif name in ("try", "fail"):
            self.connected = False
            self.wrong_login |= name == "fail" and value == 0
        elif name in ("good", "bad"):
            self.bad = 0 if name == "good" else self.bad + 1


def _tell(camera: Camera, name: str, value: float) -> None:
    tell: dict[str, Callable[[], object]] = {
        "wait": lambda: camera.wait(value),
        "connect": camera.connect,
        "try": lambda: camera.states.connecting(moment(camera.now)),
        "key": lambda: camera.states.packet(moment(camera.now), is_keyframe=True),
        "packet": lambda: camera.states.packet(moment(camera.now), is_keyframe=False),
        "good": lambda: camera.looks(ok=True),
        "bad": lambda: camera.looks(ok=False),
        "fail": lambda: camera.fail(ERRORS[int(value)]),
    }
    tell[name]()


@given(st.lists(step, max_size=60))
def test_in_any_order_of_events_the_state_is_borne_out_by_what_happened(
    script: list[tuple[str, float]],
) -> None:
    camera, facts = Camera(), Facts()
    for name, value in script:
        _tell(camera, name, value)
        facts.note(name, value, camera.now)
        health = camera.health
        state = health.state
        fresh = camera.now - facts.packet <= 10
        assert (state is CameraState.AUTH_FAILED) == facts.wrong_login
        assert health.detail
        assert health.since <= moment(camera.now).at
        assert health.packet_age_s == (camera.now - facts.packet if facts.packet > 0 else None)
        if state in (CameraState.LIVE, CameraState.BLIND, CameraState.NO_KEYFRAMES):
            assert facts.connected
            assert fresh
        if state is CameraState.LIVE:
            assert facts.packet - facts.key <= 10
            assert facts.bad < 3
        if state is CameraState.BLIND:
            assert facts.bad > 0
        if state is CameraState.NO_KEYFRAMES:
            assert facts.packet - max(facts.key, facts.opened) > 10
