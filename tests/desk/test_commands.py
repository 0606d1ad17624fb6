"""`patrol desk` and `patrol link` as processes, with a real queue."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from patrol.core.clock import SystemClock
from patrol.queue.client import Link
from patrol.queue.embedded import EmbeddedQueue
from patrol.queue.names import CANDIDATES, WORKERS, acks
from patrol.queue.wire import dump
from tests.fakes.desk import TOKEN, event, status

ROOT = Path(__file__).parents[2]
NOBODY = "redis://127.0.0.1:1"


def environ(folder: Path, redis_url: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    patrol = {"DATA_DIR": str(folder), "REDIS_URL": redis_url, "MEDIA_TOKEN": TOKEN, "HTTP_PORT": "0"}
    return {**kept, **{f"PATROL_{name}": value for name, value in patrol.items() if value}}


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", "from patrol.cli import main; main()", *words]


def patrol(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words), env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


@contextmanager
def desk(env: dict[str, str], log: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `patrol desk`, and the sign-in link that it printed."""
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command("desk"), env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("Sign in once: http://127.0.0.1:"), (line, log.read_text())
            yield process, line.removeprefix("Sign in once: ").strip()
        finally:
            process.kill()


@contextmanager
def sign_in(link: str) -> Iterator[httpx.Client]:
    origin, _, token = link.partition("/#/signin/")
    headers = {"Origin": origin, "X-Patrol": "1"}
    with httpx.Client(base_url=origin, headers=headers, trust_env=False, timeout=30) as client:
        assert client.post("/api/session", json={"token": token}).status_code == 204
        yield client


@pytest.fixture
def queue() -> Iterator[EmbeddedQueue]:
    with tempfile.TemporaryDirectory(prefix="pq-") as folder, EmbeddedQueue(Path(folder) / "q") as started:
        yield started


def test_from_the_queue_to_the_page_and_back(tmp_path: Path, queue: EmbeddedQueue) -> None:
    env, log = environ(tmp_path, queue.url), tmp_path / "log"
    with desk(env, log) as (process, link), sign_in(link) as seat, Link(queue.url) as valkey:
        valkey.call("HSET", WORKERS, "w1", dump(status(SystemClock().now())))
        valkey.call("XADD", CANDIDATES, "*", "event", dump(event()))
        deadline = time.monotonic() + 60
        while not (items := seat.get("/api/candidates").json()["items"]):
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        assert items[0]["id"] == "c-1"
        seat.post("/api/candidates/c-1/verdict", json={"verdict": "real"})
        while b'"keep":true' not in str(valkey.call("XRANGE", acks("w1"), "-", "+")).encode():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        with seat.stream("GET", "/api/events") as stream:
            lines = stream.iter_lines()
            next(lines)
            process.send_signal(signal.SIGTERM)
            list(lines)  # ends as it should: it is not cut after the grace that requests under way have
            assert process.wait(30) == 0
    assert TOKEN not in log.read_text()
    assert link.rpartition("/")[2] not in log.read_text()
    assert "Traceback" not in log.read_text()
    with desk(env, log) as (process, second), sign_in(second) as seat:
        assert seat.get("/api/candidates/c-1").json()["verdict"] == "real"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_a_desk_without_its_queue_runs_and_says_so_and_links_can_be_had(tmp_path: Path) -> None:
    env = environ(tmp_path, NOBODY)
    with desk(env, tmp_path / "log") as (process, _):
        made = patrol(env, "link", "--seat", "seat 7", "--json")
        assert made.returncode == 0, made.stderr
        with sign_in(json.loads(made.stdout.splitlines()[-1])["url"]) as seat:
            assert seat.get("/api/session").json()["seat"] == "seat 7"
            deadline = time.monotonic() + 60
            while seat.get("/api/health").json()["queue"]["ok"]:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = patrol(environ(tmp_path, NOBODY), "desk", "--port", str(port))
    assert found.returncode == 2
    assert f"127.0.0.1:{port}" in found.stderr
    assert "Traceback" not in found.stderr
    assert found.stdout == ""


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    found = patrol(environ(tmp_path, ""), "desk")
    assert (found.returncode, "PATROL_REDIS_URL" in found.stderr) == (2, True)


def test_a_link_needs_a_desk_that_ran(tmp_path: Path) -> None:
    found = patrol(environ(tmp_path, NOBODY), "link")
    assert found.returncode == 2
    assert "patrol desk" in found.stderr


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "desk.sqlite3").write_bytes(b"this is no database" * 100)
    found = patrol(environ(tmp_path, NOBODY), "desk")
    assert found.returncode == 1
    assert "damaged" in found.stderr
