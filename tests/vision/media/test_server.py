from __future__ import annotations

import contextlib
import hashlib
import socket
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import httpx
import pytest

from patrol.core.errors import ConfigError
from patrol.core.redact import Secret
from patrol.vision.media.app import build_routes
from patrol.vision.media.server import MAX_CONNECTIONS, REQUEST_S, STOP_S, MediaServer
from tests.fakes.media_providers import FakeEvidence, FakeLooks, File

TOKEN = "correct-horse-battery-staple"
CLIP = bytes(range(256)) * 400
SHA256 = hashlib.sha256(CLIP).hexdigest()
GONE = "0" * 64
ASKED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def looks() -> FakeLooks:
    return FakeLooks(gate="look-7", quay="broken")


@pytest.fixture
def evidence(tmp_path: Path) -> FakeEvidence:
    (tmp_path / "clip.mp4").write_bytes(CLIP)
    (tmp_path / "secret").write_text("not evidence")
    return FakeEvidence(
        **{
            SHA256: File(tmp_path / "clip.mp4", "video/mp4"),
            GONE: File(tmp_path / "gone.mp4", "video/mp4"),
            "secret": File(tmp_path / "secret", "text/plain"),
        }
    )


@pytest.fixture
def url(looks: FakeLooks, evidence: FakeEvidence) -> Iterator[str]:
    server = MediaServer("127.0.0.1", 0, Secret(TOKEN), looks, evidence, lambda: b"patrol_looks_total 7\n")
    yield server.start()
    server.stop()


@pytest.fixture
def desk(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, headers=ASKED, trust_env=False, timeout=60) as client:
        yield client


def test_a_look_comes_with_its_id_and_time(desk: httpx.Client) -> None:
    answer = desk.get("/looks/gate.jpg")
    assert answer.status_code == 200
    assert answer.content == b"jpeg of look-7"
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-look-id"] == "look-7"
    assert answer.headers["x-look-at"] == "2026-11-21T06:00:01.500Z"
    assert answer.headers["cache-control"] == "no-store"


def test_a_look_that_the_desk_has_is_neither_made_nor_sent_again(
    desk: httpx.Client, looks: FakeLooks
) -> None:
    etag = desk.get("/looks/gate.jpg").headers["etag"]
    again = desk.get("/looks/gate.jpg", headers={"If-None-Match": etag})
    assert (again.status_code, again.content, looks.made) == (304, b"", 1)
    looks.ids["gate"] = "look-8"
    assert desk.get("/looks/gate.jpg", headers={"If-None-Match": etag}).content == b"jpeg of look-8"


@pytest.mark.parametrize(
    "path", ["/looks/quay.jpg", "/looks/unknown.jpg", "/looks/gate.png", "/looks/..%2fgate.jpg"]
)
def test_a_look_that_is_not_there_is_not_found(desk: httpx.Client, path: str) -> None:
    assert desk.get(path).status_code == 404


def test_evidence_comes_whole_and_in_ranges(desk: httpx.Client) -> None:
    whole = desk.get(f"/evidence/{SHA256}")
    assert whole.status_code == 200
    assert whole.content == CLIP
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["etag"] == f'"{SHA256}"'
    assert whole.headers["accept-ranges"] == "bytes"

    first = desk.get(f"/evidence/{SHA256}", headers={"Range": "bytes=0-999"})
    rest = desk.get(
        f"/evidence/{SHA256}", headers={"Range": "bytes=1000-", "If-Range": whole.headers["etag"]}
    )
    assert (first.status_code, rest.status_code) == (206, 206)
    assert rest.headers["content-range"] == f"bytes 1000-{len(CLIP) - 1}/{len(CLIP)}"
    assert first.content + rest.content == CLIP
    assert desk.get(f"/evidence/{SHA256}", headers={"Range": f"bytes={len(CLIP)}-"}).status_code == 416


@pytest.mark.parametrize(
    "name", [GONE, "f" * 64, "secret", "..%2fsecret", SHA256.upper(), SHA256 + "0", "%00"]
)
def test_only_what_is_kept_under_a_hash_is_given(desk: httpx.Client, name: str) -> None:
    assert desk.get(f"/evidence/{name}").status_code == 404


def test_figures_and_health(desk: httpx.Client) -> None:
    figures = desk.get("/metrics")
    assert figures.text == "patrol_looks_total 7\n"
    assert figures.headers["content-type"].startswith("text/plain; version=")
    assert desk.get("/healthz").text == "ok\n"


def every_path() -> list[str]:
    """Every route there is, with something in place of its parameters, and paths that are none."""
    routes = build_routes(FakeLooks(), FakeEvidence(), bytes).routes
    known = [str(getattr(route, "path")) for route in routes]  # noqa: B009  mypy knows only BaseRoute
    assert {"/looks/{camera_id}.jpg", "/evidence/{sha256}", "/metrics", "/healthz"} == set(known)
    filled = [path.replace("{camera_id}", "gate").replace("{sha256}", SHA256) for path in known]
    return [*filled, "/", "/nowhere", "/docs", "/redoc", "/openapi.json", "/evidence/", "//metrics"]


WRONG: tuple[dict[str, str | bytes], ...] = (
    {},
    {"Authorization": "Bearer"},
    {"Authorization": f"Bearer {TOKEN[:-1]}"},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": f"Basic {TOKEN}"},
    {"Authorization": TOKEN},
    {"Authorization": b"Bearer \xe9"},
)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "DELETE"])
def test_without_the_token_there_is_nothing_anywhere(url: str, method: str) -> None:
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as stranger:
        for path, headers in product(every_path(), WRONG):
            answer = stranger.request(method, path, headers=headers)  # type: ignore[arg-type]  # takes bytes
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "server" not in answer.headers
            assert answer.text in {"", "a token is needed\n"}


def test_with_the_token_there_is_no_documentation_and_no_server_name(desk: httpx.Client) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/"):
        answer = desk.get(path)
        assert answer.status_code == 404
        assert "server" not in answer.headers
    assert desk.post("/healthz").status_code == 405


def test_a_token_that_protects_nothing_is_refused() -> None:
    for token in ("", "short"):
        with pytest.raises(ConfigError, match="media token") as refused:
            MediaServer("127.0.0.1", 0, Secret(token), FakeLooks(), FakeEvidence(), bytes)
        assert "short" not in str(refused.value)


def test_an_address_that_is_taken_is_an_error_in_words(url: str) -> None:
    port = int(url.rpartition(":")[2])
    second = MediaServer("127.0.0.1", port, Secret(TOKEN), FakeLooks(), FakeEvidence(), bytes)
    with pytest.raises(ConfigError, match=f"127.0.0.1 port {port}.*in use"):
        second.start()


def test_it_stops_while_somebody_downloads_slowly(looks: FakeLooks, tmp_path: Path) -> None:
    (tmp_path / "big.mp4").write_bytes(b"x" * 50_000_000)
    big = FakeEvidence(**{SHA256: File(tmp_path / "big.mp4", "video/mp4")})
    host = "127.0.0.2"  # where no other test listens: the port is refused afterwards, whoever gets its number
    server = MediaServer(host, 0, Secret(TOKEN), looks, big, bytes)
    port = int(server.start().rpartition(":")[2])
    serving = server._thread
    assert serving is not None
    with socket.create_connection((host, port)) as slow:
        slow.sendall(
            f"GET /evidence/{SHA256} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
        )
        assert slow.recv(12) == b"HTTP/1.1 200"
        server.stop()
        assert STOP_S < 2, "no more does it wait, however busy the machine is; the thread may end later there"
        serving.join(60)
        assert not serving.is_alive()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((host, port)).close()


def test_connections_that_ask_nothing_are_ended(url: str) -> None:
    address, begin = ("127.0.0.1", int(url.rpartition(":")[2])), time.monotonic()
    silent = socket.create_connection(address, timeout=REQUEST_S + 40)
    dripping = socket.create_connection(address, timeout=REQUEST_S + 40)
    dripping.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
    try:
        for one in (silent, dripping):
            with contextlib.suppress(ConnectionResetError):
                assert one.recv(100) == b""
    finally:
        silent.close()
        dripping.close()
    assert time.monotonic() - begin > REQUEST_S / 2


def test_idle_connections_cannot_crowd_the_desk_out_for_ever(url: str) -> None:
    host, port = "127.0.0.1", int(url.rpartition(":")[2])
    idle = [socket.create_connection((host, port)) for _ in range(MAX_CONNECTIONS)]
    try:
        crowded = httpx.get(url + "/healthz", headers=ASKED, trust_env=False, timeout=60)
        assert crowded.status_code == 503
    finally:
        for one in idle:
            one.close()
    with httpx.Client(
        base_url=url,
        headers=ASKED,
        trust_env=False,
        timeout=60,
        transport=httpx.HTTPTransport(retries=2),
    ) as desk:
        assert any(desk.get("/healthz").status_code == 200 for _ in range(200))
