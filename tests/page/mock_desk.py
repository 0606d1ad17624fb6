"""A desk of make-believe: the API that the page speaks to, under the real content policy, for tests only.

Whatever a test wants to go wrong goes wrong here: the line breaks, answers are lost, cameras go silent.
"""

from __future__ import annotations

import json
import mimetypes
import queue
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from patrol.console.guard import _HEADERS as HEADERS
from tests.page import made_up
from tests.page.made_up import Json, stamp

DIST = Path(__file__).parents[2] / "patrol" / "console" / "web" / "dist"
COOKIE = "patrol_session=made-up"


class MockDesk:
    """State and server. Tests set the state and call `tell_*` to send it down the line."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.tokens = {"fresh"}
        self.seat = "seat-3"
        self.cameras: list[Json] = []
        self.workers: list[Json] = []
        self.candidates: dict[str, Json] = {}
        self.decisions: list[Json] = []
        self.openings: list[Json] = []
        self.problems: list[str] = []
        self.down = False
        """Nobody answers, and the lines are cut."""
        self.mute = False
        """Lines stay open and say nothing more: a network that died without a word."""
        self.lose_answers = False
        """Verdicts are taken, and their answers lost."""
        self.looks: dict[str, Callable[[], bytes]] = {}
        self.stills: dict[str, bytes] = {}
        self.hung_up: list[str] = []
        """Methods and paths that nobody answered."""
        self._keys: set[str] = set()
        self._lines: list[queue.Queue[tuple[str, Json] | None]] = []
        self._server: _Server | None = None
        self._stopped = threading.Event()

    @property
    def url(self) -> str:
        assert self._server is not None, "start it first"
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        threading.Thread(target=self._beat, daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        self.cut()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    # -- what happens ---------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return datetime.now(UTC)

    def cut(self) -> None:
        """Break every open line."""
        with self.lock:
            for line in self._lines:
                line.put(None)

    def tell(self, name: str, data: Json) -> None:
        with self.lock:
            for line in self._lines:
                line.put((name, data))

    def tell_cameras(self) -> None:
        self.tell("cameras", self.cameras_out())

    def arrive(self, candidate: Json) -> None:
        with self.lock:
            self.candidates[candidate["id"]] = candidate
        self.tell("candidate", candidate)

    def look(self, camera: Json) -> None:
        """A live camera was looked at just now."""
        camera |= made_up.camera(camera["id"], camera["name"], self.now())

    def _beat(self) -> None:
        while not self._stopped.wait(1.0):
            with self.lock:  # whatever is told after `mute` was set comes behind the last beat
                if not self.mute:
                    self.tell("beat", {"server_time": stamp(self.now())})

    # -- what it says ---------------------------------------------------------------------------------------

    def session_out(self) -> Json:
        plain = {"seat": self.seat, "site": "县指挥中心", "language": "zh-CN", "version": "0.1.0"}
        plain["time_zone"] = "Asia/Shanghai"
        return plain | {"server_time": stamp(self.now())}

    def cameras_out(self) -> Json:
        with self.lock:
            cameras = [
                camera | {"open_candidates": sum(c["camera_id"] == camera["id"] for c in self.open())}
                for camera in self.cameras
            ]
            return {"server_time": stamp(self.now()), "workers": self.workers, "cameras": cameras}

    def open(self) -> list[Json]:
        return [c for c in self.candidates.values() if c["verdict"] is None]

    def page_out(self, query: dict[str, list[str]]) -> Json:
        with self.lock:
            rows = sorted(self.candidates.values(), key=lambda c: str(c["received_at"]), reverse=True)
            if query.get("verdict") == ["open"]:
                rows = [c for c in rows if c["verdict"] is None]
            start, limit = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
            more = start + limit < len(rows)
            items = rows[start : start + limit]
            return {"items": items, "next": str(start + limit) if more else None, "open": len(self.open())}

    def history_out(self, candidate_id: str) -> Json:
        def of(rows: list[Json]) -> list[Json]:
            plain = [row for row in rows if row["id"] == candidate_id]
            return [{name: value for name, value in row.items() if name != "id"} for row in plain]

        return {"decisions": of(self.decisions), "openings": of(self.openings)}

    def judge(self, candidate_id: str, verdict: str | None, key: str | None) -> Json:
        """As the desk does: the same key decides once."""
        with self.lock:
            candidate = self.candidates[candidate_id]
            if key is None or key not in self._keys:
                at, who = stamp(self.now()), self.seat
                self._keys |= {key} if key else set()
                self.decisions.append(
                    {"id": candidate_id, "verdict": verdict, "reason": "", "who": who, "at": at}
                )
                judged = (
                    {"verdict_at": at, "verdict_by": who}
                    if verdict
                    else dict.fromkeys(("verdict_at", "verdict_by"))
                )
                candidate |= {"verdict": verdict} | judged
        self.tell("candidate", candidate)
        return candidate

    # -- lines ---------------------------------------------------------------------------------------

    def join(self) -> queue.Queue[tuple[str, Json] | None]:
        line: queue.Queue[tuple[str, Json] | None] = queue.Queue()
        with self.lock:
            self._lines.append(line)
        line.put(("beat", {"server_time": stamp(self.now())}))
        line.put(("cameras", self.cameras_out()))
        if self._stopped.is_set():
            line.put(None)  # it came after the last cut: nobody else would end it
        return line

    def leave(self, line: queue.Queue[tuple[str, Json] | None]) -> None:
        with self.lock:
            self._lines.remove(line)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, desk: MockDesk) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.desk = desk

    def handle_error(self, *_: object) -> None:
        """A browser that went away is no news."""


_CANDIDATE = re.compile(r"/api/candidates/([^/]+)(?:/(.*))?$")
_CAMERA = re.compile(r"/api/cameras/([^/]+)/(look\.jpg|look-now)$")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def _answer(self, method: str) -> None:
        desk, path = self.server.desk, urlsplit(self.path).path
        body = self._body()
        if desk.down:
            desk.hung_up.append(f"{method} {path}")
            self._hang_up()
        elif not path.startswith("/api"):
            self._file(path)
        elif method != "GET" and self.headers.get("X-Patrol") != "1":
            self._problem(403, "a change needs the header X-Patrol: 1")
        elif (method, path) == ("POST", "/api/session"):
            self._sign_in(str(body.get("token")))
        elif self.headers.get("Cookie") != COOKIE:
            self._problem(401, "not signed in")
        else:
            self._signed_in(method, path, body)

    def _signed_in(self, method: str, path: str, body: Json) -> None:
        desk = self.server.desk
        query = parse_qs(urlsplit(self.path).query)
        plain: dict[tuple[str, str], Callable[[], Json]] = {
            ("GET", "/api/session"): desk.session_out,
            ("GET", "/api/cameras"): desk.cameras_out,
            ("GET", "/api/candidates"): lambda: desk.page_out(query),
            ("GET", "/api/health"): lambda: {
                "ok": not desk.problems,
                "problems": desk.problems,
                "queue": {"ok": True, "detail": ""},
                "database": {"ok": True, "detail": ""},
                "workers": {"ok": True, "known": 1, "silent": 0},
            },
        }
        if (method, path) in plain:
            self._json(plain[method, path]())
        elif path == "/api/events":
            self._events()
        elif path == "/api/session":
            self._send(204, b"", "", {"Set-Cookie": "patrol_session=; Path=/; Max-Age=0"})
        elif found := _CAMERA.match(path):
            self._camera(found[1], found[2])
        elif found := _CANDIDATE.match(path):
            self._candidate(found[1], found[2] or "", body)
        else:
            self._problem(404, "no such thing")

    def _sign_in(self, token: str) -> None:
        desk = self.server.desk
        if token not in desk.tokens:
            self._problem(401, "this link is not known, or was used before, or has expired")
            return
        desk.tokens.remove(token)
        self._send(204, b"", "", {"Set-Cookie": f"{COOKIE}; Path=/; HttpOnly; SameSite=Strict"})

    def _camera(self, camera_id: str, what: str) -> None:
        desk = self.server.desk
        camera = next((c for c in desk.cameras if c["id"] == camera_id), None)
        if camera is None:
            self._problem(404, "no worker has this camera")
        elif what == "look-now":
            desk.look(camera)
            desk.tell_cameras()
            self._send(202, b"", "")
        else:
            picture = desk.looks[camera_id]()
            headers = {"X-Look-At": str(camera["last_look_at"]), "X-Look-Id": str(camera["look_id"])}
            self._send(200, picture, "image/jpeg", headers)

    def _candidate(self, candidate_id: str, what: str, body: Json) -> None:
        desk = self.server.desk
        if candidate_id not in desk.candidates:
            self._problem(404, "there is no candidate of this id")
        elif what == "":
            self._json(desk.candidates[candidate_id])
        elif what == "history":
            self._json(desk.history_out(candidate_id))
        elif what == "verdict":
            self._verdict(candidate_id, body)
        elif what == "original":
            at = desk.now()
            row = {"id": candidate_id, "who": desk.seat, "at": stamp(at), "purpose": body["purpose"]}
            desk.openings.append(row)
            url = f"/api/candidates/{candidate_id}/original/grant"
            self._json({"url": url, "expires": stamp(at + timedelta(minutes=5))})
        else:
            kind = what.rsplit("/", maxsplit=1)[-1]
            name = "preview" if kind in {"grant", "preview"} else kind
            self._send(200, desk.stills[name], "video/mp4" if name == "preview" else "image/jpeg")

    def _verdict(self, candidate_id: str, body: Json) -> None:
        desk = self.server.desk
        judged = desk.judge(candidate_id, body["verdict"], self.headers.get("Idempotency-Key"))
        if desk.lose_answers:
            self._hang_up()
        else:
            self._json(judged)

    def _events(self) -> None:
        desk = self.server.desk
        line = desk.join()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            while (event := line.get()) is not None:
                self.wfile.write(f"event: {event[0]}\ndata: {json.dumps(event[1])}\n\n".encode())
        except OSError:
            pass
        finally:
            desk.leave(line)
            self.close_connection = True

    def _file(self, path: str) -> None:
        file = (DIST / (path.lstrip("/") or "index.html")).resolve()
        if not file.is_relative_to(DIST) or not file.is_file():
            self._problem(404, "no such file")
            return
        self._send(200, file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream")

    def _body(self) -> Json:
        size = int(self.headers.get("Content-Length") or 0)
        read: Any = json.loads(self.rfile.read(size)) if size else {}
        return read if isinstance(read, dict) else {}

    def _json(self, value: Json) -> None:
        self._send(200, json.dumps(value).encode(), "application/json")

    def _problem(self, status: int, detail: str) -> None:
        self._send(
            status, json.dumps({"status": status, "detail": detail}).encode(), "application/problem+json"
        )

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        code, start, end = self._ranged(status, body)
        self.send_response(code)
        for name, value in (HEADERS | (headers or {})).items():
            self.send_header(name, value)
        if kind:
            self.send_header("Content-Type", kind)
        if code == 206:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(body)}")
        self.send_header("Content-Length", str(end - start))
        self.end_headers()
        self.wfile.write(body[start:end])

    def _ranged(self, status: int, body: bytes) -> tuple[int, int, int]:
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if status != 200 or found is None or int(found[1]) >= len(body):
            return status, 0, len(body)
        return 206, int(found[1]), min(len(body), int(found[2]) + 1 if found[2] else len(body))

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()
