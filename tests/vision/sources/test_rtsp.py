"""The bad-input corpus of RTSP: each case by its name, and the good ones beside it."""

from __future__ import annotations

import itertools
import logging
import socket
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pytest
import structlog

import patrol
from patrol.core import annexb
from patrol.core.clock import SystemClock
from patrol.core.errors import (
    SourceAuthFailed,
    SourceEnded,
    SourceError,
    SourceGarbage,
    SourceNoVideo,
    SourceRefused,
    SourceTimeout,
)
from patrol.core.media import Packet, VideoFormat
from patrol.core.redact import Secret
from patrol.vision.sources import Login
from patrol.vision.sources.rtsp import Params, build, shown
from tests.media import ClipSpec, encode
from tests.rtsp_stub import Faults, RtspStub

SMALL = ClipSpec()
HEVC = ClipSpec(codec="hevc")


@dataclass(frozen=True)
class User:
    username: str
    password: Secret


SHORT_S = 2.5
"""For streams that fall silent: what comes before the silence must not take so long on a busy machine."""


@pytest.fixture(scope="module", autouse=True)
def _encoded() -> None:
    """The stub encodes what it sends at the first DESCRIBE, unless that is done: the limits count it."""
    for spec in (SMALL, HEVC):
        encode(spec)


def read(
    url: str, count: int = 60, login: Login | None = None, timeout_s: float = 10.0
) -> tuple[VideoFormat, list[Packet]]:
    """Connect and take this many packets."""
    source = build(Params(url, timeout_s=timeout_s), SystemClock(), login)
    with closing(source.open()) as session:
        packets = session.packets()
        return session.video, [next(packets) for _ in range(count)]


@contextmanager
def failing(kind: type[SourceError], *words: str) -> Iterator[None]:
    """The block has to fail with exactly this error, with these words and no original behind it."""
    with pytest.raises(SourceError) as caught:
        yield
    assert type(caught.value) is kind, caught.value
    assert "127.0.0.1" in str(caught.value)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("spec", [SMALL, HEVC], ids=["h264", "hevc"])
@pytest.mark.parametrize("place", ["sdp", "band", "both"])
def test_a_good_camera_gives_what_was_sent(spec: ClipSpec, place: Literal["sdp", "band", "both"]) -> None:
    faults = Faults(sets_in_sdp=place != "band", sets_in_band=place != "sdp")
    with RtspStub(spec, faults=faults) as stub:
        video, packets = read(stub.url())
    assert (video.codec, video.width, video.height) == (spec.codec, 320, 240)
    assert annexb.has_parameter_sets(spec.codec, video.extradata)
    assert [at for at, one in enumerate(packets) if one.is_keyframe] == [0, 25, 50]
    sent = [slices(spec.codec, one.data) for one in encode(spec)]
    for at, one in enumerate(packets):
        assert slices(spec.codec, one.data) == sent[at % len(sent)]
        assert not one.is_keyframe or annexb.has_parameter_sets(spec.codec, one.data)
    steps = {
        after.pts - before.pts for before, after in itertools.pairwise(packets) if before.pts and after.pts
    }
    assert steps == {3600}
    arrivals = [one.arrived for one in packets]
    assert arrivals == sorted(arrivals)


def slices(codec: str, data: bytes) -> list[bytes]:
    return [unit for unit in annexb.units(data) if annexb.is_slice(codec, annexb.unit_type(codec, unit))]


@pytest.mark.parametrize("digest", [False, True], ids=["basic", "digest"])
def test_wrong_password(digest: bool) -> None:
    with RtspStub(faults=Faults(login=("u", "right"), digest=digest)) as stub:
        with failing(SourceAuthFailed, "user or password refused", "/cam1"):
            read(stub.url(), login=User("u", Secret("wrong-one")))
        asked = [request for request in stub.requests if "Authorization" in request]
        assert len(asked) == 1, "one wrong login a try: cameras count them"


def test_no_password_where_one_is_needed() -> None:
    with RtspStub(faults=Faults(login=("u", "right"))) as stub, failing(SourceAuthFailed):
        read(stub.url())


@pytest.mark.parametrize("digest", [False, True], ids=["basic", "digest"])
@pytest.mark.parametrize("password", ["p@ss%w:o/r d", "a b?c#d[e]f", "100%25+plus&=", "密码-é", "'\"\\`"])
def test_a_password_of_any_characters_works_and_is_never_shown(password: str, digest: bool) -> None:
    login = User("op@erator", Secret(password))
    with RtspStub(faults=Faults(login=("op@erator", password), digest=digest)) as stub:
        _, packets = read(stub.url(), count=5, login=login)
        assert len(packets) == 5
        assert password not in repr(login)


PACKAGE = Path(patrol.__file__).parent
FAILING = {
    "wrong password": Faults(login=("u", "something else")),
    "redirect": Faults(redirect="rtsp://127.0.0.1:1/x"),
    "not found": Faults(status=404),
    "silent": Faults(silent="accept"),
    "garbage": Faults(nonsense=b"nonsense\r\n\r\n" * 3),
    "vanishes": Faults(close_after=3),
    "stops": Faults(silent_after=3),
}


@pytest.mark.parametrize("name", FAILING)
def test_credentials_are_in_no_error_and_no_log(name: str, caplog: pytest.LogCaptureFixture) -> None:
    password = "p@ss%w:o/r d"
    forms = {password, "p%40ss%25w%3Ao%2Fr%20d", "p%40ss%25w:o%2Fr%20d", "p%40ss", "ss%w"}
    faults = FAILING[name]
    login_of_stub = faults.login or ("u", password)
    caplog.set_level(logging.DEBUG)
    with (
        structlog.testing.capture_logs() as logs,
        RtspStub(faults=replace(faults, login=login_of_stub)) as stub,
        pytest.raises(SourceError) as caught,
    ):
        read(stub.url(), login=User("u", Secret(password)))
    said = (
        "".join(traceback.format_exception(caught.value)) + repr(caught.value.args) + repr(logs) + caplog.text
    )
    trail = caught.value.__traceback__
    while trail is not None:
        if Path(trail.tb_frame.f_code.co_filename).is_relative_to(PACKAGE):
            said += repr(trail.tb_frame.f_locals)
        trail = trail.tb_next
    assert [form for form in forms if form in said] == []


def test_a_login_that_ffmpeg_would_cut_is_refused_with_the_reason() -> None:
    login = User("u", Secret("ü" * 30))
    with RtspStub(faults=Faults(login=("u", "ü" * 30))) as stub:
        with failing(SourceAuthFailed, "longer than FFmpeg can send"):
            read(stub.url(), login=login)
        longest = User("u", Secret("x" * 125))
        stub.faults = Faults(login=("u", "x" * 125))
        assert len(read(stub.url(), count=2, login=longest)[1]) == 2
        assert stub.connections == 1


def test_redirect_to_another_host_gets_neither_a_connection_nor_the_password() -> None:
    with RtspStub() as thief:
        for host in ("127.0.0.1", "localhost"):
            faults = Faults(login=("u", "p@ss"), redirect=thief.url("/take", host))
            with (
                RtspStub(faults=faults) as stub,
                failing(SourceRefused, "redirected to another address - refused"),
            ):
                read(stub.url(), login=User("u", Secret("p@ss")))
        assert thief.connections == 0
        assert thief.requests == []


@pytest.mark.parametrize(
    ("status", "word"),
    [(403, "user"), (404, "path"), (461, "refused"), (400, "refused"), (503, "too many clients")],
)
def test_refused_by_status(status: int, word: str) -> None:
    with RtspStub(faults=Faults(status=status)) as stub, failing(SourceRefused, word):
        read(stub.url())


def test_nobody_listens() -> None:
    with socket.socket() as bound:  # and kept, so that no other process listens there
        bound.bind(("127.0.0.1", 0))
        with failing(SourceRefused, "connection was refused"):
            read(f"rtsp://127.0.0.1:{bound.getsockname()[1]}/cam1")


@pytest.mark.parametrize(
    "url", ["rtsp://127.0.0.1:99999/x", "rtsp:///127.0.0.1", "http://127.0.0.1/x", "rtsp://[127.0.0.1/x"]
)
def test_addresses_that_are_none(url: str) -> None:
    with failing(SourceRefused, "rtsp://host"):
        read(url)


def test_accepts_and_stays_silent() -> None:
    with RtspStub(faults=Faults(silent="accept")) as stub, failing(SourceTimeout, "no answer"):
        read(stub.url(), timeout_s=SHORT_S)


def test_silent_after_play() -> None:
    with RtspStub(faults=Faults(silent="play")) as stub, failing(SourceTimeout, "nothing came"):
        read(stub.url(), timeout_s=SHORT_S)


def test_stops_sending_after_play() -> None:
    with RtspStub(faults=Faults(silent_after=40)) as stub, failing(SourceTimeout, "nothing came"):
        read(stub.url(), timeout_s=SHORT_S)


def test_vanishes() -> None:
    with RtspStub(faults=Faults(close_after=40)) as stub, failing(SourceEnded, "went away"):
        read(stub.url())


def test_vanishes_before_the_first_picture() -> None:
    with RtspStub(faults=Faults(close_after=0)) as stub, failing(SourceEnded):
        read(stub.url())


def test_no_video() -> None:
    with RtspStub(faults=Faults(audio_only=True)) as stub, failing(SourceNoVideo, "no video"):
        read(stub.url())


@pytest.mark.parametrize(
    "nonsense",
    [b"HTTP/1.1 200 OK\r\n\r\n<html>", b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 0\r\n\r\n"],
    ids=["http", "empty sdp"],
)
def test_nonsense_instead_of_an_answer(nonsense: bytes) -> None:
    with (
        RtspStub(faults=Faults(nonsense=nonsense)) as stub,
        failing(SourceGarbage, "cannot be read as a stream"),
    ):
        read(stub.url())


def test_nonsense_without_an_end_is_no_answer() -> None:
    with RtspStub(faults=Faults(nonsense=b"\0\1" * 500)) as stub, failing(SourceTimeout, "that can be read"):
        read(stub.url(), timeout_s=SHORT_S)


def test_no_keyframes_ever() -> None:
    with RtspStub(faults=Faults(keyframes=False)) as stub:
        _, packets = read(stub.url())
    assert not any(one.is_keyframe for one in packets)


def test_no_parameter_sets_anywhere_is_still_a_stream() -> None:
    with RtspStub(faults=Faults(sets_in_sdp=False, sets_in_band=False), speed=8) as stub:
        video, packets = read(stub.url())
    assert (video.width, video.extradata) == (0, b"")
    keyframes = [one for one in packets if one.is_keyframe]
    assert keyframes
    assert not annexb.has_parameter_sets("h264", keyframes[0].data), "which is what the decoder refuses"


def test_the_picture_size_changes_midway() -> None:
    with RtspStub(SMALL, replace(SMALL, width=640, height=480)) as stub:
        _, packets = read(stub.url(), count=80)
    sizes = [annexb.sps("h264", one.data) for one in packets if one.is_keyframe]
    assert sizes[0] == sizes[1] != sizes[2]


def test_a_session_name_in_gbk() -> None:
    with RtspStub(faults=Faults(session_name="东门摄像头".encode("gbk"))) as stub:
        assert len(read(stub.url(), count=3)[1]) == 3


@pytest.mark.parametrize("damage", ["garbage", "truncated", "lost"])
def test_damaged_streams_give_packets_or_a_named_error(
    damage: Literal["garbage", "truncated", "lost"],
) -> None:
    for sets_in_sdp in (True, False):
        with RtspStub(faults=Faults(damage=damage, sets_in_sdp=sets_in_sdp), speed=8) as stub:
            try:
                assert len(read(stub.url(), count=30)[1]) == 30
            except SourceError as error:
                assert "127.0.0.1" in str(error)  # noqa: PT017  both ends are right, an unnamed one is not
            assert stub.requests, "it was the stream that was damaged, not the way to it"


@pytest.mark.parametrize("seed", range(60))
def test_mutated_streams_give_packets_or_a_named_error(seed: int) -> None:
    spec = (SMALL, HEVC)[seed % 2]
    faults = Faults(damage="mutated", seed=seed, close_after=60)
    with RtspStub(spec, faults=faults, speed=60) as stub, pytest.raises(SourceError) as caught:
        read(stub.url(), count=1000)
    assert type(caught.value) is not SourceError
    assert "127.0.0.1" in str(caught.value)


def test_closing_while_another_thread_reads_ends_that_thread_and_may_be_repeated() -> None:
    with RtspStub() as stub:
        session = build(Params(stub.url(), timeout_s=30.0), SystemClock()).open()
        packets = session.packets()
        next(packets)
        session.close()
        session.close()
        with pytest.raises(SourceEnded, match="closed"):
            next(packets)
        session.close()


def test_a_session_that_was_closed_unread_reads_nothing() -> None:
    with RtspStub() as stub:
        session = build(Params(stub.url(), timeout_s=30.0), SystemClock()).open()
        session.close()
        with pytest.raises(SourceEnded, match="closed"):
            next(session.packets())


def test_messages_call_a_camera_by_host_and_path() -> None:
    assert shown("rtsp://user:secret@10.0.0.9:8554/ch/1?token=abc") == "10.0.0.9:8554/ch/1"
