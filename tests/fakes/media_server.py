"""A real HTTP server that plays a worker's media endpoint, with the faults of one."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass
class Served:
    """One file. `faults` are used up one a request.

    They are: `cut:N`, `redirect`, `slow`, `status:N`, `wrong`, `long`.
    """

    content: bytes
    faults: list[str] = field(default_factory=list)
    media_type: str = "application/octet-stream"
    headers: dict[str, str] = field(default_factory=dict)


class MediaServer:
    """`with MediaServer(token) as server:`; put files into `server.files` by path."""

    def __init__(self, token: str) -> None:
        self.expected = f"Bearer {token}"
        self.files: dict[str, Served] = {}
        self.requests: list[tuple[str, str]] = []
        """Path and Range header of every request."""
        self.slow = threading.Event()
        """Set it to let slow answers go on."""
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.slow.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(30)


class _Server(ThreadingHTTPServer):
    def __init__(self, media: MediaServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.media = media


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        media = self.server.media
        media.requests.append((self.path, self.headers.get("Range", "")))
        if self.headers.get("Authorization") != media.expected:
            self._empty(401)
        elif self.path not in media.files:
            self._empty(404)
        else:
            self._serve(media.files[self.path])

    def _serve(self, served: Served) -> None:
        fault = served.faults.pop(0) if served.faults else ""
        if fault.startswith("status:"):
            self._empty(int(fault.removeprefix("status:")))
        elif fault == "redirect":
            self._empty(302, {"Location": "http://127.0.0.1:1/elsewhere"})
        else:
            self._send(served, fault)

    def _send(self, served: Served, fault: str) -> None:
        body = bytes(len(served.content)) if fault == "wrong" else served.content
        body += b"more" if fault == "long" else b""
        start = self._start(len(body))
        self._head(served, start, len(body))
        if fault == "slow":
            self.server.media.slow.wait(60)
        if fault.startswith("cut:"):
            self.close_connection = True
            body = body[: start + int(fault.removeprefix("cut:"))]
        self.wfile.write(body[start:])

    def _head(self, served: Served, start: int, size: int) -> None:
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("Content-Length", str(size - start))
        self.send_header("Content-Type", served.media_type)
        for name, value in served.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _start(self, size: int) -> int:
        asked = self.headers.get("Range", "")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        return start if start < size else 0

    def _empty(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Quiet."""
