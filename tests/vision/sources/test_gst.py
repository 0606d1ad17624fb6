"""Against GStreamer's RTSP server: another implementation than our own stub."""

from __future__ import annotations

from contextlib import closing
from itertools import islice

import pytest

from patrol.core.clock import SystemClock
from patrol.core.errors import SourceAuthFailed
from patrol.core.media import Keyframe, Packet, VideoFormat
from patrol.core.redact import Secret
from patrol.vision.decode.keyframes import KeyframeDecoder
from patrol.vision.sources.rtsp import Params, build
from tests.gst_server import gst_server, missing
from tests.vision.sources.test_rtsp import User


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    if reason := missing():
        pytest.skip(reason)


pytestmark = pytest.mark.gst


def _read(url: str, login: User | None = None) -> tuple[VideoFormat, list[Packet]]:
    with closing(build(Params(url, timeout_s=30.0), SystemClock(), login).open()) as session:
        return session.video, list(islice(session.packets(), 25))


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_stream_comes_and_its_keyframes_decode(codec: str) -> None:
    with gst_server(codec) as url:
        video, packets = _read(url)
    assert (video.codec, video.width, video.height) == (codec, 320, 240)
    keyframes = [one for one in packets if one.is_keyframe]
    assert 2 <= len(keyframes) <= 5
    picture = KeyframeDecoder().decode(Keyframe("cam", "look", keyframes[-1], video))
    assert picture.pixels(320, 240).std() > 30, "the test card has bright bars"


def test_digest_with_a_strange_password() -> None:
    password = "p@ss%w:o/r d"
    with gst_server("h264", "user", password) as url:
        _, packets = _read(url, User("user", Secret(password)))
        assert len(packets) == 25
        with pytest.raises(SourceAuthFailed):
            _read(url, User("user", Secret("not-the-right-0ne")))
