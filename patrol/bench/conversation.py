"""One client of a farm camera, from its first request to its last."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

from patrol.bench.faults import SLOW_ANSWER_S, FaultKind
from patrol.bench.playing import Camera, Stage, Viewer
from patrol.bench.rtsp import METHODS, Request, answer, read_request

SESSION_TIMEOUT_S = 60
"""Announced to clients, which send a keep-alive within it; the farm itself never cuts a session."""
_SILENCE_POLL_S = 0.05


class Conversation:
    """Answers one connection, and plays to it."""

    def __init__(self, stage: Stage, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._stage, self._reader, self._writer = stage, reader, writer
        self._session = ""
        self._viewer: Viewer | None = None
        self._handlers: dict[str, Callable[[Request, Camera], bytes]] = {
            "DESCRIBE": self._describe,
            "SETUP": self._setup,
            "PLAY": self._play,
        }

    async def run(self) -> None:
        """Answer until the client leaves or tears down, or the camera hangs up."""
        while True:
            request = await read_request(self._reader)
            camera = self._stage.cameras.get(request.camera)
            if camera is not None and not await self._willing(camera):
                return
            self._writer.write(self._reply(request, camera))
            if request.method == "TEARDOWN":
                await self._writer.drain()
                return

    def stop(self) -> None:
        """Stop playing."""
        if self._viewer is not None:
            self._stage.leave(self._viewer)

    async def _willing(self, camera: Camera) -> bool:
        """Wait while the camera is silent or slow; False: it hangs up."""
        if self._stage.fault_of(camera) is FaultKind.SLOW:
            await asyncio.sleep(SLOW_ANSWER_S)
        # The end of a silence is a matter of the clock, or of another thread: there is no event to await.
        while self._stage.fault_of(camera) is FaultKind.SILENT and not self._reader.at_eof():  # noqa: ASYNC110
            await asyncio.sleep(_SILENCE_POLL_S)
        return self._stage.fault_of(camera) is not FaultKind.VANISH

    def _reply(self, request: Request, camera: Camera | None) -> bytes:
        if request.method not in METHODS:
            return answer(request, 501)
        if request.method == "OPTIONS":
            return answer(request, 200, f"Public: {', '.join(METHODS)}")
        if camera is None:
            return answer(request, 404)
        if self._stage.fault_of(camera) is FaultKind.REFUSE:
            return answer(request, 503)
        login = camera.spec.login
        if login and not login.accepts(request.method, request.headers.get("authorization", "")):
            return answer(request, 401, f"WWW-Authenticate: {login.challenge()}")
        handler = self._handlers.get(request.method)
        return handler(request, camera) if handler else answer(request, 200, *self._session_header())

    def _describe(self, request: Request, camera: Camera) -> bytes:
        base = f"Content-Base: {request.url.rstrip('/')}/"
        return answer(request, 200, base, "Content-Type: application/sdp", body=camera.spec.clip.sdp())

    def _setup(self, request: Request, _camera: Camera) -> bytes:
        if "RTP/AVP/TCP" not in request.headers.get("transport", ""):
            return answer(request, 461)
        self._session = self._session or secrets.token_hex(4)
        transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"
        return answer(request, 200, transport, *self._session_header())

    def _play(self, request: Request, camera: Camera) -> bytes:
        if not self._session:
            return answer(request, 455)
        if self._viewer is None:
            self._viewer = Viewer(camera, self._writer.transport)
            self._stage.enter(self._viewer)
        return answer(request, 200, "Range: npt=now-", *self._session_header())

    def _session_header(self) -> tuple[str, ...]:
        return (f"Session: {self._session};timeout={SESSION_TIMEOUT_S}",) if self._session else ()
