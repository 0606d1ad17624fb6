from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import httpx
import pytest

from patrol.core.clock import iso
from tests.fakes.console import Console
from tests.fakes.desk import BEGIN, event, piece, sha, status
from tests.fakes.media_server import MediaServer, Served

PICTURE, CLIP = b"picture" * 500, b"clip" * 5000


def test_a_candidate_in_full(console: Console, seat: httpx.Client) -> None:
    console.door.workers.statuses = [status(console.clock.now())]
    console.until(lambda: bool(console.desk.roster.all()))
    console.run(
        console.desk.handle(
            event(evidence=[piece(kind="still", status="pending"), piece(kind="preview", status="missing")])
        )
    )
    assert seat.get("/api/candidates/c-1").json() == {
        "id": "c-1",
        "camera_id": "gate",
        "camera_name": "North gate",
        "rule_id": "crowd",
        "analytic": "gathering",
        "kind": "gathering",
        "zone_id": "square",
        "zone_name": "The square",
        "zone_polygon": [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]],
        "phase": "open",
        "begin": "2026-01-05T07:30:00.000Z",
        "raised": "2026-01-05T07:30:20.000Z",
        "last_seen": "2026-01-05T07:30:30.000Z",
        "end": None,
        "end_reason": "",
        "received_at": iso(console.clock.now()),
        "value": 12.0,
        "peak": 14.0,
        "unit": "people",
        "score": 0.75,
        "parts": {"people": 14, "share": 0.8},
        "verdict": None,
        "verdict_at": None,
        "verdict_by": None,
        "revision": 1,
        "evidence": {
            "preview": {
                "status": "missing",
                "url": None,
                "media_type": "",
                "size": 0,
                "reason": "the disk was full",
            },
            "still": {"status": "pending", "url": None, "media_type": "", "size": 0, "reason": ""},
        },
    }


def test_pages_and_filters(console: Console, seat: httpx.Client) -> None:
    for number in range(5):
        one = event(f"c-{number}", camera_id=f"cam-{number % 2}", raised=BEGIN + timedelta(minutes=number))
        console.run(console.desk.handle(one))
    seat.post("/api/candidates/c-4/verdict", json={"verdict": "false"})
    console.until(lambda: sum(console.desk.open_by_camera.values()) == 4)

    def ids(**query: str) -> list[str]:
        answer = seat.get("/api/candidates", params=query)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    first = seat.get("/api/candidates", params={"limit": 2}).json()
    assert ([item["id"] for item in first["items"]], first["open"]) == (["c-4", "c-3"], 4)
    assert ids(limit="2", cursor=first["next"]) == ["c-2", "c-1"]
    assert ids(cursor=first["next"]) == ["c-2", "c-1", "c-0"]
    assert seat.get("/api/candidates").json()["next"] is None
    assert ids(verdict="open") == ["c-3", "c-2", "c-1", "c-0"]
    assert ids(verdict="false") == ["c-4"]
    assert ids(verdict="real") == []
    assert ids(camera="cam-1") == ["c-3", "c-1"]
    assert ids(since=iso(BEGIN + timedelta(minutes=3))) == ["c-4", "c-3"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=x",
        "cursor=-1",
        "verdict=maybe",
        "since=yesterday",
        "since=2026-01-05T00:00:00",
    ],
)
def test_questions_of_the_wrong_form_are_answered_with_what_is_wrong(seat: httpx.Client, query: str) -> None:
    answer = seat.get(f"/api/candidates?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert query.partition("=")[0] in answer.json()["detail"]


def test_a_verdict_its_undoing_and_the_books(console: Console, seat: httpx.Client) -> None:
    console.run(console.desk.handle(event()))
    path = "/api/candidates/c-1/verdict"
    with console.seat("seat 2") as other:
        said = seat.post(path, json={"verdict": "real", "reason": " seen "}).json()
        assert (said["verdict"], said["verdict_by"]) == ("real", "seat 1")
        assert said["verdict_at"] == iso(console.clock.now())
        undone = other.post(path, json={"verdict": None}).json()
        assert (undone["verdict"], undone["verdict_by"]) == (None, None)
        key = {"Idempotency-Key": "k1"}
        for _ in range(3):
            other.post(path, json={"verdict": "unsure"}, headers=key)
    books = seat.get("/api/candidates/c-1/history").json()
    assert [(d["verdict"], d["who"], d["reason"]) for d in books["decisions"]] == [
        ("real", "seat 1", "seen"),
        (None, "seat 2", ""),
        ("unsure", "seat 2", ""),
    ]
    assert books["openings"] == []


@pytest.mark.parametrize(
    "body", [{}, {"verdict": "maybe"}, {"verdict": "real", "reason": "x" * 2001}, [], "real"]
)
def test_no_other_verdicts(console: Console, seat: httpx.Client, body: object) -> None:
    console.run(console.desk.handle(event()))
    assert seat.post("/api/candidates/c-1/verdict", json=body).status_code == 422
    assert seat.get("/api/candidates/c-1").json()["verdict"] is None


def test_what_is_not_there(seat: httpx.Client) -> None:
    assert seat.get("/api/candidates/nobody").status_code == 404
    assert seat.get("/api/candidates/nobody/history").status_code == 404
    assert seat.post("/api/candidates/nobody/verdict", json={"verdict": "real"}).status_code == 404
    assert seat.post("/api/candidates/nobody/original", json={"purpose": "look"}).status_code == 404
    assert seat.get("/api/candidates/nobody/evidence/still").status_code == 404


def with_evidence(console: Console, media: MediaServer) -> None:
    console.door.workers.statuses = [status(console.clock.now(), media_url=media.url)]
    console.until(lambda: bool(console.desk.roster.all()))
    for content in (PICTURE, CLIP):
        media.files[f"/evidence/{sha(content)}"] = Served(content)
    pieces = [piece(PICTURE), piece(CLIP, "original", media_type="video/mp4")]
    console.run(console.desk.handle(event(evidence=pieces)))
    console.until(lambda: console.desk.figures()["evidence_pulled_total"] == 2)


def test_evidence_is_served_whole_and_in_ranges(
    console: Console, seat: httpx.Client, media: MediaServer
) -> None:
    with_evidence(console, media)
    still = seat.get("/api/candidates/c-1").json()["evidence"]["still"]
    assert (still["status"], still["size"]) == ("ready", len(PICTURE))
    answer = seat.get(still["url"])
    assert (answer.content, answer.headers["content-type"]) == (PICTURE, "image/jpeg")
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    part = seat.get(still["url"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, PICTURE[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(PICTURE)}"
    plain = seat.get("/api/candidates/c-1/evidence/still")
    assert plain.content == PICTURE
    assert "immutable" not in plain.headers["cache-control"]
    assert (
        seat.get("/api/candidates/c-1/evidence/still", params={"v": "another"}).headers["cache-control"]
        == "private, no-cache"
    )


def test_the_original_is_opened_on_purpose_for_this_session_and_for_a_while(
    console: Console, seat: httpx.Client, media: MediaServer
) -> None:
    with_evidence(console, media)
    original = seat.get("/api/candidates/c-1").json()["evidence"]["original"]
    assert (original["status"], original["url"]) == ("ready", None)
    assert seat.get("/api/candidates/c-1/evidence/original").status_code == 422
    for purpose in ("", "  x  ", "ab", "x" * 201):
        assert seat.post("/api/candidates/c-1/original", json={"purpose": purpose}).status_code == 422
    opened = seat.post("/api/candidates/c-1/original", json={"purpose": "asked for by the police"}).json()
    assert opened["expires"] == iso(console.clock.now() + timedelta(minutes=5))
    answer = seat.get(opened["url"])
    assert (answer.content, answer.headers["content-type"]) == (CLIP, "video/mp4")
    assert answer.headers["cache-control"] == "no-store"
    assert seat.get(opened["url"], headers={"Range": "bytes=-4"}).content == CLIP[-4:]
    with console.seat("seat 2") as other:
        assert other.get(opened["url"]).status_code == 404
    console.clock.advance(301)
    assert seat.get(opened["url"]).status_code == 404
    books = seat.get("/api/candidates/c-1/history").json()
    assert [(o["who"], o["purpose"]) for o in books["openings"]] == [("seat 1", "asked for by the police")]


def test_a_type_that_a_worker_made_up_is_not_run_by_a_browser(
    console: Console, seat: httpx.Client, media: MediaServer
) -> None:
    page = b"<script>alert(1)</script>"
    console.door.workers.statuses = [status(console.clock.now(), media_url=media.url)]
    console.until(lambda: bool(console.desk.roster.all()))
    media.files[f"/evidence/{sha(page)}"] = Served(page)
    console.run(console.desk.handle(event(evidence=[piece(page, media_type="text/html")])))
    console.until(lambda: console.desk.figures()["evidence_pulled_total"] == 1)
    answer = seat.get("/api/candidates/c-1/evidence/still")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")


def test_evidence_that_is_on_its_way_says_what_is_in_the_way(console: Console, seat: httpx.Client) -> None:
    console.run(console.desk.handle(event(evidence=[piece(PICTURE)])))
    still = seat.get("/api/candidates/c-1").json()["evidence"]["still"]
    assert (still["status"], still["url"], still["reason"]) == (
        "fetching",
        None,
        "worker w1 is silent; it still has this",
    )
    assert seat.get("/api/candidates/c-1/evidence/still").status_code == 404


def test_a_locked_database_is_said_and_shown(console: Console, seat: httpx.Client) -> None:
    with closing(sqlite3.connect(console.folder / "desk.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        answer = seat.get("/api/candidates")
        assert answer.status_code == 503
        assert "locked" in answer.json()["detail"]
        assert answer.headers["retry-after"] == "2"
        health = seat.get("/api/health").json()
        assert not health["ok"]
        assert "locked" in health["database"]["detail"]
        other.execute("ROLLBACK")
    assert seat.get("/api/candidates").status_code == 200
    assert seat.get("/api/health").json()["database"] == {"ok": True, "detail": ""}


@pytest.mark.parametrize(
    ("query", "status"), [("cursor=99999999999999999999", 200), ("since=0001-01-01T00:00:00%2B14:00", 422)]
)
def test_numbers_and_times_that_no_database_takes_never_reach_it(
    console: Console, seat: httpx.Client, query: str, status: int
) -> None:
    answer = seat.get(f"/api/candidates?{query}")
    assert answer.status_code == status, answer.text
    assert console.desk.store.problem == ""
