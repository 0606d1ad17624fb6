from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NoReturn

import av
import pytest

from patrol.bench.clip import Clip
from patrol.bench.farm import HOST, Farm, cameras_of, running
from patrol.bench.faults import Fault, FaultKind
from patrol.bench.login import REALM, Login
from patrol.bench.playing import BUFFER_BYTES, Camera, CameraSpec, Viewer
from patrol.bench.rtp import nal_type
from patrol.core.errors import ConfigError
from patrol.core.redact import Secret
from tests.bench.conftest import FPS, PICTURES
from tests.bench.rtsp_client import RtspClient

PLAYER = {"rtsp_transport": "tcp", "timeout": "30000000", "analyzeduration": "200000"}


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


@pytest.fixture
def farm(h264: Clip) -> Iterator[Farm]:
    with running(cameras_of([h264], ["cam0", "cam1"])) as farm:
        yield farm


def exhaust(client: RtspClient) -> NoReturn:
    while True:
        client.packet()


def watch(url: str, pictures: int) -> list[av.VideoFrame]:
    seen: list[av.VideoFrame] = []
    with av.open(url, format="rtsp", options=PLAYER) as player:
        for frame in player.decode(video=0):
            seen.append(frame)
            if len(seen) == pictures:
                break
    return seen


@pytest.mark.parametrize("which", ["h264", "hevc"])
def test_a_player_sees_whole_pictures_across_the_splice(which: str, request: pytest.FixtureRequest) -> None:
    with running(cameras_of([request.getfixturevalue(which)], ["cam0"])) as farm:
        seen = watch(farm.url("cam0"), PICTURES + 20)
        assert not any(frame.is_corrupt for frame in seen)
        shown = [frame.pts for frame in seen if frame.pts is not None]
        assert len(shown) >= len(seen) - 1  # FFmpeg knows no time for the first picture
        assert {later - earlier for earlier, later in pairwise(shown)} == {90_000 // FPS}
        assert farm.counts("cam0").dropped == 0


def test_a_client_first_gets_parameter_sets_and_a_keyframe(farm: Farm) -> None:
    with RtspClient(farm, "cam0") as client:
        client.play()
        kinds = [nal_type("h264", client.packet().payload) for _ in range(3)]
        assert kinds[:2] == [7, 8]
        assert kinds[2] in (5, 28)


def test_packets_are_numbered_without_a_gap(farm: Farm) -> None:
    with RtspClient(farm, "cam0") as client:
        client.play()
        packets = [client.packet() for _ in range(600)]
    assert all(b.sequence == (a.sequence + 1) & 0xFFFF for a, b in pairwise(packets))
    assert all(b.ticks - a.ticks == (3600 if a.marked else 0) for a, b in pairwise(packets))


def test_a_silent_camera_keeps_the_line_and_comes_back_with_a_keyframe(farm: Farm) -> None:
    with RtspClient(farm, "cam0") as client:
        client.play()
        client.packet()
        farm.inject("cam0", FaultKind.SILENT)
        with RtspClient(farm, "cam1") as other:  # played by the same thread, picture for picture
            other.play()
            left = 10
            while left:
                left -= other.packet().marked
        sent = farm.counts("cam0").sent
        farm.inject("cam0", None)
        wait_for(lambda: farm.counts("cam0").sent > sent)
        packets = pairwise(client.packet() for _ in range(3000))
        back = next((new for old, new in packets if new.ticks - old.ticks > 3600), None)
        assert back is not None
        assert nal_type("h264", back.payload) == 7, "the parameter sets ahead of the keyframe"


def test_a_silent_camera_does_not_even_answer(farm: Farm) -> None:
    farm.inject("cam0", FaultKind.SILENT)
    with RtspClient(farm, "cam0") as client:
        client.timeout(0.3)
        with pytest.raises(TimeoutError):
            client.request("OPTIONS")
    with RtspClient(farm, "cam1") as other:
        assert other.request("OPTIONS").status == 200


def test_a_scheduled_fault_begins_by_itself(h264: Clip) -> None:
    spec = CameraSpec("gate", h264, faults=(Fault(FaultKind.REFUSE, 0, 3600),))
    with running([spec]) as farm, RtspClient(farm, "gate") as client:
        assert client.request("DESCRIBE").status == 503


def test_a_camera_that_vanishes_hangs_up_and_stays_away(farm: Farm) -> None:
    with RtspClient(farm, "cam0") as client:
        client.play()
        client.packet()
        farm.inject("cam0", FaultKind.VANISH)
        with pytest.raises(ConnectionError):
            exhaust(client)
    with RtspClient(farm, "cam0") as again, pytest.raises(ConnectionError):
        again.request("DESCRIBE")


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_a_player_logs_in(h264: Clip, scheme: str) -> None:
    login = Login("operator", Secret("p@ss:w%rd"), "basic" if scheme == "basic" else "digest")
    with running([CameraSpec("gate", h264, login)]) as farm:
        address = farm.url("gate").replace("rtsp://", "rtsp://operator:p%40ss%3Aw%25rd@")
        assert len(watch(address, 3)) == 3
        with pytest.raises(av.FFmpegError) as refused:
            watch(farm.url("gate").replace("rtsp://", "rtsp://operator:wrong@"), 1)
        assert "401" in str(refused.value)


@pytest.mark.parametrize(
    "header", ["Basic !!!", "Basic eDp5", "Digest", 'Digest username="operator"', "Bearer x"]
)
def test_a_bad_login_is_challenged_again(h264: Clip, header: str) -> None:
    with running([CameraSpec("gate", h264, Login("operator", Secret("long enough")))]) as farm:
        with RtspClient(farm, "gate") as client:
            reply = client.request("DESCRIBE", f"Authorization: {header}")
        assert reply.status == 401
        assert reply.headers["www-authenticate"].startswith(f'Digest realm="{REALM}"')


def test_basic_takes_the_right_password_only() -> None:
    login = Login("u", Secret("secret-1"), "basic")
    assert login.accepts("PLAY", "Basic " + base64.b64encode(b"u:secret-1").decode())
    assert not login.accepts("PLAY", "Basic " + base64.b64encode(b"u:secret-2").decode())


def test_wrong_requests_get_their_status(farm: Farm) -> None:
    with RtspClient(farm, "cam0") as client:
        assert client.request("RECORD").status == 501
        assert client.request("PLAY").status == 455
        assert client.request("SETUP", "Transport: RTP/AVP;unicast;client_port=5000-5001").status == 461
        assert client.request("DESCRIBE", url=farm.url("cam99")).status == 404
        assert client.request("GET_PARAMETER").status == 200


@pytest.mark.parametrize(
    "junk",
    [
        b"HELLO\r\n\r\n",
        b"PLAY x RTSP/1.0\r\nno colon\r\n\r\n",
        b"\r\n\r\n\r\n\r\n",
        b"PLAY rtsp://[ RTSP/1.0\r\n\r\n",
        b"PLAY x RTSP/1.0\r\ncontent-length: -5\r\n\r\n",
    ],
)
def test_garbage_is_answered_and_hung_up_on(farm: Farm, junk: bytes) -> None:
    with RtspClient(farm, "cam0") as client:
        client.send_raw(junk)
        assert client.answer().status == 400
    with RtspClient(farm, "cam0") as client:
        assert client.request("OPTIONS").status == 200


def test_teardown_ends_the_session(farm: Farm) -> None:
    with RtspClient(farm, "cam0") as client:
        client.play()
        assert client.request("TEARDOWN").status == 200
        with pytest.raises(ConnectionError):
            client.packet()


def test_a_farm_that_ends_hangs_up_on_those_who_have_just_come(h264: Clip) -> None:
    with running(cameras_of([h264], ["cam0"])) as farm:
        clients = [socket.create_connection((HOST, farm.port), 30) for _ in range(20)]
    for client in clients:
        with client, contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""


def test_a_port_that_is_taken_is_said(farm: Farm, h264: Clip) -> None:
    with (
        pytest.raises(ConfigError, match=rf"port {farm.port} of 127\.0\.0\.1 cannot be had"),
        running(cameras_of([h264], ["cam0"]), port=farm.port),
    ):
        pass


def test_cameras_need_names_of_their_own(h264: Clip) -> None:
    with pytest.raises(ConfigError, match="different names"):
        Farm([CameraSpec("a", h264), CameraSpec("a", h264)])


class Outlet(asyncio.WriteTransport):
    """A connection whose client reads nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 0

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.waiting += len(data)


def test_a_client_that_does_not_read_loses_whole_groups_of_pictures_and_is_counted(h264: Clip) -> None:
    outlet, camera = Outlet(), Camera(CameraSpec("a", h264))
    viewer = Viewer(camera, outlet)
    picture = bytes(BUFFER_BYTES // 10)
    viewer.offer(picture, is_keyframe=True)
    for _ in range(20):
        viewer.offer(picture, is_keyframe=False)
    assert outlet.waiting <= BUFFER_BYTES + len(picture)
    assert camera.counts.dropped == 1
    outlet.waiting = 0
    sent = camera.counts.sent
    viewer.offer(picture, is_keyframe=False)
    assert camera.counts.sent == sent
    viewer.offer(picture, is_keyframe=True)
    viewer.offer(picture, is_keyframe=False)
    assert camera.counts.sent == sent + 2
