from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from patrol.cli._folder import to_ourselves
from patrol.cli._stack import EmbeddedServer, Machine, children, healthy, reports
from patrol.cli._supervisor import Supervisor
from patrol.config.settings import Settings, settings
from patrol.core.clock import SystemClock
from patrol.core.redact import Secret
from patrol.queue.client import Link

DEADLINE_S = 60.0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


@pytest.fixture
def values(tmp_path: Path) -> Settings:
    return settings({"HOME": str(tmp_path)})


@pytest.fixture
def streams(tmp_path: Path) -> Path:
    path = tmp_path / "streams.yaml"
    path.write_text(
        "site: {name: test}\n"
        "cameras: [{id: a, name: a, url: 'rtsp://127.0.0.1:9/a', rules: [{id: g, use: gathering}]}]\n"
    )
    return path


def machine(streams: Path, values: Settings) -> Machine:
    return Machine(streams, streams.parent / "data", 8642, values)


def test_queue_desk_and_worker_start_in_this_order(streams: Path, values: Settings) -> None:
    with to_ourselves(streams.parent / "data"):
        found = children(machine(streams, values))
    assert [child.name for child in found] == ["queue", "desk", "worker"]
    assert found[1].env == found[2].env
    assert found[1].env["PATROL_REDIS_URL"].startswith("unix://")


def test_no_secret_stands_in_a_command_line(streams: Path, values: Settings) -> None:
    secret = "a-queue-password-@%:"
    url = Secret("redis://:a-queue-password-%40%25%3A@127.0.0.1:6379/0")
    with to_ourselves(streams.parent / "data"):
        found = children(machine(streams, replace(values, redis_url=url)))
    token = found[0].env["PATROL_MEDIA_TOKEN"]
    for child in found:
        assert not callable(child.argv)
        words = " ".join(child.argv)
        assert token not in words
        assert secret not in words
        assert "a-queue-password" not in words


def test_a_queue_that_the_environment_names_is_not_started_again(streams: Path, values: Settings) -> None:
    named = replace(values, redis_url=Secret("redis://127.0.0.1:6379/0"))
    with to_ourselves(streams.parent / "data"):
        found = children(machine(streams, named))
    assert [child.name for child in found] == ["desk", "worker"]
    assert found[0].env["PATROL_REDIS_URL"] == "redis://127.0.0.1:6379/0"


def test_a_token_that_the_environment_names_is_used(streams: Path, values: Settings) -> None:
    named = replace(values, media_token=Secret("sixteen characters"))
    with to_ourselves(streams.parent / "data"):
        assert children(machine(streams, named))[1].env["PATROL_MEDIA_TOKEN"] == "sixteen characters"


@contextmanager
def kept_running(supervisor: Supervisor) -> Iterator[None]:
    up = threading.Event()
    thread = threading.Thread(target=supervisor.run, args=(up.set,))
    thread.start()
    try:
        assert up.wait(DEADLINE_S)
        yield
    finally:
        supervisor.stop()
        thread.join(DEADLINE_S)


def test_the_embedded_queue_comes_back_with_what_it_held(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "queue", SystemClock())
    supervisor = Supervisor([server.child()], out=io.StringIO(), err=io.StringIO())
    with kept_running(supervisor), Link(server.url) as link:
        link.call("SET", "key", "kept")
        before = supervisor.pids()["queue"]
        os.kill(before, signal.SIGKILL)
        wait_for(lambda: supervisor.pids().get("queue", before) != before)
        ready = server.child().ready
        assert ready is not None
        wait_for(ready)
        assert link.call("GET", "key") == b"kept"


def test_an_embedded_queue_whose_log_is_spoilt_is_mended(tmp_path: Path) -> None:
    folder = tmp_path / "queue"
    server = EmbeddedServer(folder, SystemClock())
    with (
        kept_running(Supervisor([server.child()], out=io.StringIO(), err=io.StringIO())),
        Link(server.url) as link,
    ):
        for number in range(50):
            link.call("SET", f"key{number}", "kept")
    log = next(folder.rglob("*.incr.aof"))
    content = log.read_bytes()
    middle = len(content) // 2
    log.write_bytes(content[:middle] + b"\xff" * 80 + content[middle + 80 :])
    err = io.StringIO()
    with kept_running(Supervisor([server.child()], out=io.StringIO(), err=err)), Link(server.url) as link:
        assert link.call("PING") in (b"PONG", "PONG", True)
    assert "patrol | queue: " in err.getvalue()


def test_nobody_there_is_not_ready(tmp_path: Path) -> None:
    with socket.socket() as taken:  # so that nobody else can listen there
        taken.bind(("127.0.0.1", 0))
        assert not healthy(taken.getsockname()[1])
    assert not reports("unix:///nowhere", tmp_path, SystemClock())
    (tmp_path / "worker_id").write_text("w-1\n")
    assert not reports("unix:///nowhere", tmp_path, SystemClock())


def patrol(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "patrol.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)


def test_a_second_run_on_one_folder_is_refused_in_words(streams: Path) -> None:
    data = streams.parent / "data"
    with to_ourselves(data):
        done = patrol("run", "--config", str(streams), "--data-dir", str(data), "--port", "0")
    assert done.returncode == 2
    assert f"Patrol already runs in {data} (process {os.getpid()})" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_configuration_is_said_before_anything_starts(tmp_path: Path) -> None:
    broken = tmp_path / "streams.yaml"
    broken.write_text("site: {name: test}\ncameras: []\n")
    done = patrol("run", str(broken), "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 2
    assert "streams.yaml:2" in done.stderr
    assert not (tmp_path / "data").exists()


def test_one_configuration_has_to_be_named() -> None:
    done = patrol("run")
    assert done.returncode == 2
    assert "name one streams.yaml" in done.stderr


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from fractions import Fraction

    from patrol.bench.encode import StreamSettings, encode
    from tests.bench.conftest import moving_pictures

    path = tmp_path_factory.mktemp("farm") / "clip.mp4"
    return encode(moving_pictures(20), path, StreamSettings(160, 120, Fraction(10), 1.0, 300)).path


def test_a_farm_process_serves_until_it_is_asked_to_stop(clip: Path) -> None:
    command = [sys.executable, "-m", "patrol.cli", "farm", str(clip), "--names", "gate,quay", "--json"]
    environ = {**os.environ, "PATROL_FARM_LOGIN": "digest:operator:a-camera-password"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    ) as farm:
        assert farm.stdout is not None
        ready = json.loads(farm.stdout.readline())
        assert ready["urls"] == [f"rtsp://127.0.0.1:{ready['port']}/{name}" for name in ("gate", "quay")]
        farm.send_signal(signal.SIGTERM)
        out, err = farm.communicate(timeout=60)
    assert farm.returncode == 0
    assert json.loads(out.splitlines()[-1])["dropped"] == 0
    assert "a-camera-password" not in out + err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--silent", "gate:1:2"], "no camera 'gate'"),
        (["--silent", "cam0:2:1"], "the end is not later"),
        (["--vanish", "cam0"], "is not CAMERA:FROM:TO"),
    ],
)
def test_a_farm_with_an_impossible_fault_is_refused(clip: Path, words: list[str], message: str) -> None:
    done = patrol("farm", str(clip), *words)
    assert done.returncode == 2
    assert message in done.stderr
