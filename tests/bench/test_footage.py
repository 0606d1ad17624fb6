from __future__ import annotations

import http.server
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import pytest

from patrol.bench import download
from patrol.bench.clip import load_clip
from patrol.bench.debian import take_out
from patrol.bench.download import KnownFile
from patrol.bench.encode import StreamSettings, encode, look_at
from patrol.bench.footage import (
    VTEST,
    Fetch,
    Source,
    bench_settings,
    demo_clip,
    find,
    from_repository,
    make_stream_clip,
)
from patrol.core.errors import ConfigError, DemoError, SourceGarbage
from tests.bench.conftest import moving_pictures

CONTENT = b"as good as a film" * 1000


def quiet(_line: str) -> None:
    pass


@pytest.fixture
def known(tmp_path: Path) -> KnownFile:
    path = tmp_path / "original"
    path.write_bytes(CONTENT)
    return KnownFile("film.avi", len(CONTENT), download.sha256_of(path))


@contextmanager
def repository(respond: Callable[[http.server.BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A web server that stands for the public repository."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            respond(self)

        def log_message(self, *_words: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/vtest.avi"
        finally:
            server.shutdown()
            thread.join()


def gives(content: bytes) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    def respond(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return respond


def test_the_right_file_is_kept(tmp_path: Path, known: KnownFile) -> None:
    target = tmp_path / "cache" / "film.avi"
    with repository(gives(CONTENT)) as url:
        download.download(url, known, target, quiet)
    assert known.is_at(target)
    assert [path.name for path in target.parent.iterdir()] == ["film.avi"]


@pytest.mark.parametrize(
    "content", [CONTENT[:-1], CONTENT + b"x", CONTENT[:-1] + b"x", b"", b"<html>sorry</html>"]
)
def test_another_file_is_refused_and_not_kept(tmp_path: Path, known: KnownFile, content: bytes) -> None:
    target = tmp_path / "cache" / "film.avi"
    with repository(gives(content)) as url, pytest.raises(DemoError, match=r"another file than film\.avi"):
        download.download(url, known, target, quiet)
    assert list(target.parent.iterdir()) == []


def test_a_silent_server_is_given_up_in_time(tmp_path: Path, known: KnownFile) -> None:
    release = threading.Event()

    def respond(_handler: http.server.BaseHTTPRequestHandler) -> None:
        release.wait(60)

    with repository(respond) as url:
        with pytest.raises(DemoError, match=r"no answer .* in 0\.3 s|cannot be reached: timed out"):
            download.download(url, known, tmp_path / "film.avi", quiet, answer_s=0.3)
        release.set()


def test_a_server_that_stalls_midway_is_given_up(tmp_path: Path, known: KnownFile) -> None:
    release = threading.Event()

    def respond(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.end_headers()
        handler.wfile.write(CONTENT[:5000])
        handler.wfile.flush()
        release.wait(60)

    with repository(respond) as url:
        # Long enough for the head of the answer to come: that it does not is another message.
        with pytest.raises(DemoError, match="cannot be reached: timed out"):
            download.download(url, known, tmp_path / "film.avi", quiet, answer_s=3)
        release.set()
    assert not (tmp_path / "film.avi").exists()


def test_a_refusal_is_said(tmp_path: Path, known: KnownFile) -> None:
    with repository(lambda handler: handler.send_error(404)) as url, pytest.raises(DemoError, match="404"):
        download.download(url, known, tmp_path / "film.avi", quiet)


def test_nobody_listening_is_said(tmp_path: Path, known: KnownFile) -> None:
    with pytest.raises(DemoError, match="cannot be reached"):
        download.download("http://127.0.0.1:9/vtest.avi", known, tmp_path / "film.avi", quiet)


def failing(reason: str) -> tuple[str, Fetch]:
    def fetch(_target: Path, _progress: Callable[[str], None]) -> None:
        raise DemoError(reason)

    return f"way of {reason}", fetch


def test_a_named_file_is_taken_and_a_missing_one_is_not_replaced(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"x")
    assert find(film, tmp_path / "cache", quiet, ways=[]).path == film
    with pytest.raises(DemoError, match=r"absent\.mp4: no such file"):
        find(tmp_path / "absent.mp4", tmp_path / "cache", quiet, ways=[])


def test_the_first_way_that_works_is_taken(tmp_path: Path) -> None:
    def fetch(target: Path, _progress: Callable[[str], None]) -> None:
        target.parent.mkdir()
        target.write_bytes(b"film")

    found = find(None, tmp_path / "cache", quiet, ways=[failing("no network"), ("a friend", fetch)])
    assert found == Source(tmp_path / "cache" / VTEST.name, "a friend")


def test_without_footage_the_message_names_what_was_tried_and_three_ways(tmp_path: Path) -> None:
    with repository(gives(b"another film")) as url, pytest.raises(DemoError) as raised:
        find(None, tmp_path, quiet, ways=[from_repository(url), failing("no apt-get")])
    words = str(raised.value)
    assert url in words
    assert "another file than vtest.avi" in words
    assert "no apt-get" in words
    assert "--footage FILE" in words
    assert str(tmp_path / "vtest.avi") in words
    assert "opencv-doc" in words


def test_a_wrong_file_in_the_cache_is_not_used(tmp_path: Path) -> None:
    (tmp_path / VTEST.name).write_bytes(b"half a film")
    with pytest.raises(DemoError, match="no network"):
        find(None, tmp_path, quiet, ways=[failing("no network")])


needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")


def build_deb(folder: Path, content: bytes) -> Path:
    tree = folder / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(
        "Package: film\nVersion: 1\nArchitecture: all\nMaintainer: n <n@example.org>\nDescription: film\n"
    )
    (tree / "usr" / "share").mkdir(parents=True)
    (tree / "usr" / "share" / "film.avi").write_bytes(content)
    package = folder / "film.deb"
    subprocess.run(["dpkg-deb", "--build", str(tree), str(package)], check=True, capture_output=True)
    return package


@needs_dpkg
def test_one_file_is_taken_out_of_a_package(tmp_path: Path, known: KnownFile) -> None:
    package = build_deb(tmp_path, CONTENT)
    take_out(package, "usr/share/film.avi", known, tmp_path / "film.avi")
    assert known.is_at(tmp_path / "film.avi")


@needs_dpkg
def test_a_package_with_another_file_or_none_is_refused(tmp_path: Path, known: KnownFile) -> None:
    package = build_deb(tmp_path, b"another")
    with pytest.raises(DemoError, match="another file"):
        take_out(package, "usr/share/film.avi", known, tmp_path / "film.avi")
    with pytest.raises(DemoError, match=r"has no usr/share/absent\.avi"):
        take_out(package, "usr/share/absent.avi", known, tmp_path / "film.avi")
    (tmp_path / "junk.deb").write_bytes(b"no package")
    with pytest.raises(DemoError, match=r"junk\.deb cannot be unpacked"):
        take_out(tmp_path / "junk.deb", "usr/share/film.avi", known, tmp_path / "film.avi")


def film(path: Path, fps: int, size: tuple[int, int] = (160, 120), count: int = 60) -> Path:
    settings = StreamSettings(*size, Fraction(fps), 60.0, 800)
    return encode(moving_pictures(count, size), path, settings).path


def test_footage_becomes_a_camera_stream_once(tmp_path: Path) -> None:
    source = Source(film(tmp_path / "film.mp4", 10), "a test")
    lines: list[str] = []
    out = demo_clip(source, tmp_path / "cache", lines.append)
    clip = load_clip(out)
    assert clip.gop_s == pytest.approx(2.0)
    assert clip.rate == pytest.approx(10)
    assert clip.duration_s == pytest.approx(6.0)
    assert lines
    lines.clear()
    assert demo_clip(source, tmp_path / "cache", lines.append) == out
    assert lines == []


def test_fast_footage_is_thinned_out_and_keeps_its_length(tmp_path: Path) -> None:
    out = demo_clip(Source(film(tmp_path / "fast.mp4", 60), "a test"), tmp_path, quiet)
    clip = load_clip(out)
    assert clip.rate == pytest.approx(20)
    assert clip.duration_s == pytest.approx(1.0)


def test_what_is_no_film_is_said(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"no film at all")
    with pytest.raises(SourceGarbage, match=r"film\.mp4: cannot be read as video"):
        demo_clip(Source(tmp_path / "film.mp4", "a test"), tmp_path, quiet)


def test_a_benchmark_stream_keeps_to_its_rate_and_loops_short_footage(tmp_path: Path) -> None:
    short = film(tmp_path / "film.mp4", 10, count=15)
    settings = bench_settings(short, 320, 240, 25, 600)
    assert settings.noise > 0
    made = make_stream_clip(short, tmp_path / "out.mp4", settings, seconds=8)
    assert made.pictures == 200
    assert made.keyframes == 4
    assert made.kbps == pytest.approx(600, rel=0.1)
    assert look_at(made.path).width == 320


def test_a_benchmark_stream_that_misses_its_rate_is_refused(tmp_path: Path) -> None:
    dull = film(tmp_path / "film.mp4", 10, count=2)
    settings = StreamSettings(64, 64, Fraction(25), 2.0, 20_000)
    with pytest.raises(ConfigError, match="where 20000 are nominal"):
        make_stream_clip(dull, tmp_path / "out.mp4", settings, seconds=4)
    assert not (tmp_path / "out.mp4").exists()
