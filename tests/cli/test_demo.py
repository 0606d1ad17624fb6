from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from patrol.cli._demo import wipe
from patrol.cli._demo_streams import CAMERAS, SILENT, demo_streams
from patrol.cli._demo_watch import SETTLE_S, DemoWatch
from patrol.cli._desk_client import DeskClient
from patrol.cli._milestones import Milestones
from patrol.config.load import load
from patrol.core.errors import DeliveryError
from tests.fakes.clock import ManualClock

ROW = {
    "id": "c-1",
    "camera_id": "square",
    "camera_name": "中心广场",
    "kind": "gathering",
    "value": 5.0,
    "unit": "persons",
    "received_at": "2026-01-05T08:00:20.000Z",
    "evidence": {"still": {"status": "pending"}},
}


class Desk:
    """What a desk of the demo would answer."""

    def __init__(self) -> None:
        self.token = "right"
        self.states = {camera.id: "connecting" for camera in CAMERAS}
        self.rows: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []

    def answer(self, path: str) -> dict[str, Any]:
        if path == "/api/cameras":
            cameras = [
                {"id": name, "name": name, "state": state, "detail": "why"}
                for name, state in self.states.items()
            ]
            return {"workers": [{"detector": "a model"}], "cameras": cameras}
        if path.startswith("/api/candidates?"):
            return {"items": self.rows, "next": None, "open": len(self.rows)}
        return next(row for row in self.rows if path == f"/api/candidates/{row['id']}")


@contextmanager
def served(desk: Desk) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            desk.headers.append(dict(self.headers))
            self.send_response(204 if body["token"] == desk.token else 401)
            self.send_header("Set-Cookie", "patrol_session=s; Path=/")
            self.end_headers()

        def do_GET(self) -> None:
            content = json.dumps(desk.answer(self.path)).encode()
            self.send_response(200 if "patrol_session=s" in self.headers.get("Cookie", "") else 401)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_words: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class Watching:
    """A watch on a desk, with what it says."""

    def __init__(self, base: str) -> None:
        self.clock = ManualClock()
        self.lines: list[str] = []
        self.milestones = Milestones(self.clock, self.lines.append)
        self.watch = DemoWatch(
            lambda: DeskClient(base, "right"), self.milestones, self.clock, self.lines.append
        )

    def look(self) -> None:
        self.clock.advance(1.0)
        self.watch.look()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def watching(desk: Desk) -> Iterator[Watching]:
    with served(desk) as base:
        watching = Watching(base)
        yield watching
        watching.watch.close()


def test_the_demo_configuration_is_valid(tmp_path: Path) -> None:
    for sample in (True, False):
        path = tmp_path / "streams.yaml"
        path.write_text(demo_streams(8554, sample=sample), encoding="utf-8")
        cameras = load(path, {}).streams.cameras
        assert [camera.id for camera in cameras] == [camera.id for camera in CAMERAS]
        assert all(camera.rules[0].use == "gathering" for camera in cameras)
        assert {rule.use for camera in cameras for rule in camera.rules} == {"gathering", "vehicles"}
        assert all(bool(camera.zones) == sample for camera in cameras)
        assert cameras[0].name == "中心广场"
    assert SILENT in {camera.id for camera in CAMERAS}


def test_milestones_are_said_once_with_their_times() -> None:
    clock, lines = ManualClock(), list[str]()
    milestones = Milestones(clock, lines.append)
    clock.advance(2)
    milestones.reach("footage", "the cache")
    clock.advance(1.5)
    milestones.reach("farm")
    milestones.reach("farm")
    assert milestones.reached == {"footage": 2.0, "farm": 3.5}
    assert lines == ["[   2.0 s] footage: the cache (2.0 s)", "[   3.5 s] farm (1.5 s)"]


def test_a_session_is_opened_as_the_page_does_it(desk: Desk) -> None:
    with served(desk) as base:
        with DeskClient(base, "right") as client:
            assert client.cameras()["workers"][0]["detector"] == "a model"
        assert desk.headers[0]["X-Patrol"] == "1"
        assert desk.headers[0]["Origin"] == base
        with pytest.raises(DeliveryError, match="refused /api/session: 401"):
            DeskClient(base, "wrong")
    with pytest.raises(DeliveryError, match="did not answer"):
        DeskClient("http://127.0.0.1:9", "right")


def test_cameras_live_are_noticed_when_each_has_been(desk: Desk, watching: Watching) -> None:
    desk.states = {camera.id: "live" for camera in CAMERAS[:3]} | {CAMERAS[3].id: "connecting"}
    watching.look()
    assert "cameras live" not in watching.milestones.reached
    desk.states = {CAMERAS[0].id: "stalled", CAMERAS[3].id: "live"}
    watching.look()
    assert watching.milestones.reached["cameras live"] == 2.0
    assert f"camera {CAMERAS[3].id} ({CAMERAS[3].id}) is live, was connecting: why" in watching.lines


def test_the_first_row_is_the_oldest_and_is_followed_until_its_evidence_is_there(
    desk: Desk, watching: Watching
) -> None:
    watching.look()
    assert not watching.watch.settled()
    desk.rows = [{**ROW, "id": "c-2", "received_at": "2026-01-05T08:00:30.000Z"}, dict(ROW)]
    watching.look()
    assert watching.watch.row is not None
    assert watching.watch.row["id"] == "c-1"
    assert not watching.watch.settled()
    desk.rows[1]["evidence"] = {"still": {"status": "ready"}, "preview": {"status": "missing"}}
    watching.look()
    assert watching.watch.settled()
    assert watching.milestones.reached["first gathering"] == 2.0


def test_evidence_that_does_not_come_is_not_waited_for_for_ever(desk: Desk, watching: Watching) -> None:
    desk.rows = [dict(ROW)]
    watching.look()
    watching.clock.advance(SETTLE_S + 1)
    assert watching.watch.settled()


def test_what_is_missing_is_said(desk: Desk, watching: Watching) -> None:
    desk.states = {camera.id: "live" for camera in CAMERAS[:3]} | {CAMERAS[3].id: "refused"}
    watching.look()
    assert watching.watch.missing() == [
        f"{CAMERAS[3].id} was never live, but refused",
        "no gathering has reached the desk",
        "detector: a model",
    ]


def test_a_desk_that_is_not_there_is_asked_again(desk: Desk) -> None:
    clock, lines = ManualClock(), list[str]()
    with served(desk) as base:
        answers = iter((DeliveryError("the desk is not up yet"), None))

        def connect() -> DeskClient:
            if (error := next(answers)) is not None:
                raise error
            return DeskClient(base, "right")

        watch = DemoWatch(connect, Milestones(clock, lines.append), clock, lines.append)
        clock.advance(1)
        watch.look()
        assert watch.missing()[0] == "the desk is not up yet"
        clock.advance(1)
        watch.look()
        assert watch.problem == ""
        watch.close()


def test_wiping_removes_the_last_demo_and_nothing_else(tmp_path: Path) -> None:
    for name in ("queue", "desk", "worker", "mine"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    wipe(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def run_demo(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "patrol.cli", "demo", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)


def test_without_footage_it_ends_with_words_and_status_1(tmp_path: Path) -> None:
    done = run_demo(
        "--footage", str(tmp_path / "absent.mp4"), "--data-dir", str(tmp_path / "data"), "--port", "0"
    )
    assert done.returncode == 1
    assert "absent.mp4: no such file" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.data
@pytest.mark.model
@pytest.mark.timeout(600)
def test_the_whole_way_from_cameras_to_the_first_intake_row(tmp_path: Path, data_dir: Path) -> None:
    footage = data_dir / "pets09_s2l1" / "vtest_480x360_795f.avi"
    done = run_demo(
        "--footage",
        str(footage),
        "--data-dir",
        str(tmp_path / "data"),
        "--port",
        "0",
        "--until-candidate",
        "--timeout",
        "400",
        "--json",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["camera"] in {camera.id for camera in CAMERAS}
    assert found["rule"] == "crowd"
    assert found["evidence"]["still"]["status"] == "ready"
    assert found["evidence"]["preview"]["status"] == "ready"
    assert list(found["timings"])[:5] == ["footage", "farm", "queue", "desk", "worker"]
    assert 0 < found["timings"]["first gathering"] <= found["timings"]["total"]
