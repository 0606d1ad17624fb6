from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from patrol import __version__
from patrol.core.clock import iso
from patrol.core.redact import Secret
from tests.fakes.console import Console
from tests.fakes.desk import BEGIN, TOKEN, event, status
from tests.fakes.media_server import MediaServer, Served

JPEG = b"\xff\xd8picture\xff\xd9"


def report(console: Console, **changes: object) -> None:
    console.door.workers.statuses = [status(console.clock.now(), **changes)]  # type: ignore[arg-type]
    at = console.clock.now()
    console.until(lambda: any(seen.status.at == at for seen in console.desk.roster.all()))


def look(media: MediaServer, look_id: str = "look-7", content: bytes = JPEG) -> None:
    headers = {"X-Look-Id": look_id, "X-Look-At": iso(BEGIN)}
    media.files["/looks/gate.jpg"] = Served(content, media_type="image/jpeg", headers=headers)


def test_cameras_in_full(console: Console, seat: httpx.Client) -> None:
    console.run(console.desk.handle(event()))
    console.until(lambda: console.desk.open_by_camera == {"gate": 1})
    report(console, problems=("the clock is wrong",))
    found = seat.get("/api/cameras").json()
    now = iso(console.clock.now())
    assert found["server_time"] == now
    assert found["workers"] == [
        {
            "id": "w1",
            "at": now,
            "stale": False,
            "detector": "yolox_nano, openvino, f32",
            "problems": ["the clock is wrong"],
            "outbox_depth": 0,
            "disk": "",
        }
    ]
    assert found["cameras"] == [
        {
            "id": "gate",
            "worker_id": "w1",
            "name": "North gate",
            "state": "live",
            "since": iso(BEGIN),
            "detail": "",
            "look_id": "look-7",
            "last_look_at": now,
            "look_every_s": 2.0,
            "look_url": "/api/cameras/gate/look.jpg?look=look-7",
            "platform": "",
            "site_class": "",
            "grid": "",
            "latitude": None,
            "longitude": None,
            "playback_url": "",
            "zones": [
                {"id": "square", "name": "The square", "kind": "ground", "polygon": [[0, 0], [1, 0], [1, 1]]}
            ],
            "counts": {"crowd": 12.0},
            "open_candidates": 1,
            "keyframe_gap_s": None,
            "tasks": [
                {"rule_id": "crowd", "kind": "gathering", "sight": "live", "reason": "", "values": {}},
                {
                    "rule_id": "far",
                    "kind": "gathering",
                    "sight": "refused",
                    "reason": "too-few-pixels",
                    "values": {"needed": 25, "have": 8.5},
                },
            ],
        }
    ]


def test_a_camera_of_a_silent_worker_is_unknown_never_live(console: Console, seat: httpx.Client) -> None:
    report(console)
    console.clock.advance(11)
    found = seat.get("/api/cameras").json()
    assert found["workers"][0]["stale"]
    camera = found["cameras"][0]
    assert (camera["state"], camera["since"]) == ("unknown", None)
    assert "silent for 11 s" in camera["detail"]
    health = seat.get("/api/health").json()
    assert health["workers"] == {"ok": False, "known": 1, "silent": 1}
    assert not health["ok"]


def test_secrets_that_a_worker_let_slip_are_taken_out(console: Console, seat: httpx.Client) -> None:
    Secret("geheim@:%")
    report(
        console,
        detector="rtsp://root:geheim@:%@10.0.0.9/",
        problems=("pass geheim@:% refused",),
        disk="geheim@:%",
    )
    assert "geheim" not in seat.get("/api/cameras").text
    assert "geheim" not in seat.get("/api/health").text


def test_a_look_is_relayed_once_however_many_ask(
    console: Console, seat: httpx.Client, media: MediaServer
) -> None:
    look(media)
    report(console, media_url=media.url)
    for _ in range(3):
        answer = seat.get("/api/cameras/gate/look.jpg?look=look-7")
        assert (answer.content, answer.headers["content-type"]) == (JPEG, "image/jpeg")
        assert (answer.headers["x-look-id"], answer.headers["x-look-at"]) == ("look-7", iso(BEGIN))
        assert answer.headers["cache-control"] == "no-store"
    assert len(media.requests) == 1
    look(media, "look-8", JPEG + b"8")
    assert seat.get("/api/cameras/gate/look.jpg?look=look-8").content == JPEG + b"8"
    assert len(media.requests) == 2


def test_an_unchanged_look_is_not_sent_twice(
    console: Console, seat: httpx.Client, media: MediaServer
) -> None:
    look(media)
    report(console, media_url=media.url)
    assert seat.get("/api/cameras/gate/look.jpg").content == JPEG
    media.files["/looks/gate.jpg"].faults = ["status:304"]
    assert seat.get("/api/cameras/gate/look.jpg").content == JPEG


@pytest.mark.parametrize("fault", ["redirect", "status:500", "status:401", "cut:2"])
def test_a_worker_that_gives_no_look_is_named(
    console: Console, seat: httpx.Client, media: MediaServer, fault: str
) -> None:
    look(media)
    media.files["/looks/gate.jpg"].faults = [fault]
    report(console, media_url=media.url)
    answer = seat.get("/api/cameras/gate/look.jpg")
    assert answer.status_code == 503
    assert "w1" in answer.json()["detail"]
    assert TOKEN not in answer.text


def test_something_that_is_no_picture_is_not_relayed(
    console: Console, seat: httpx.Client, media: MediaServer
) -> None:
    media.files["/looks/gate.jpg"] = Served(b"<script>", media_type="text/html")
    report(console, media_url=media.url)
    assert seat.get("/api/cameras/gate/look.jpg").status_code == 503


def test_a_worker_that_is_away_is_named(console: Console, seat: httpx.Client, media: MediaServer) -> None:
    look(media)
    report(console, media_url=media.url)
    console.clock.advance(11)
    answer = seat.get("/api/cameras/gate/look.jpg")
    assert answer.status_code == 503
    assert "silent" in answer.json()["detail"]
    assert media.requests == []


def test_cameras_that_are_not_there(console: Console, seat: httpx.Client, media: MediaServer) -> None:
    report(console, media_url=media.url)
    assert seat.get("/api/cameras/gate/look.jpg").status_code == 404
    assert seat.get("/api/cameras/nowhere/look.jpg").status_code == 404
    assert seat.post("/api/cameras/nowhere/look-now").status_code == 404


def test_a_look_now_is_passed_on(console: Console, seat: httpx.Client) -> None:
    report(console)
    assert seat.post("/api/cameras/gate/look-now").status_code == 202
    assert [(w, c.name, c.camera_id) for w, c in console.door.workers.commands] == [
        ("w1", "look-now", "gate")
    ]
    console.door.workers.down = True
    assert seat.post("/api/cameras/gate/look-now").status_code == 503


def test_who_sits_where(console: Console, seat: httpx.Client) -> None:
    assert seat.get("/api/session").json() == {
        "seat": "seat 1",
        "site": "",
        "language": "zh-CN",
        "time_zone": "Asia/Shanghai",
        "version": __version__,
        "server_time": iso(console.clock.now()),
    }
    report(console)
    found = seat.get("/api/session").json()
    assert (found["site"], found["language"]) == ("County", "en")


def test_figures_are_those_of_the_desk(console: Console, seat: httpx.Client) -> None:
    console.run(console.desk.handle(event("c-1")))
    console.run(console.desk.handle(event("c-2")))
    assert console.door.queue is not None
    console.door.queue.dead_letters = 4
    lines = seat.get("/metrics").text.splitlines()
    assert "patrol_desk_intake_rows 2.0" in lines
    assert "patrol_desk_intake_dead_letters_total 4.0" in lines
    assert "patrol_desk_sse_clients 0.0" in lines
    assert "patrol_desk_database_ok 1.0" in lines
    assert not [line for line in lines if "{" in line]


def test_health_says_that_all_is_well(console: Console, seat: httpx.Client) -> None:
    report(console)
    assert seat.get("/api/health").json() == {
        "ok": True,
        "problems": [],
        "queue": {"ok": True, "detail": ""},
        "database": {"ok": True, "detail": ""},
        "workers": {"ok": True, "known": 1, "silent": 0},
    }
    console.clock.advance(timedelta(seconds=11).total_seconds())
    assert not seat.get("/api/health").json()["ok"]
