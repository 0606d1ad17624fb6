"""Runs the media endpoint on a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable

import structlog
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from patrol.core.errors import ConfigError
from patrol.core.redact import Secret
from patrol.vision.media.app import build_app
from patrol.vision.media.providers import EvidenceProvider, LookProvider

log = structlog.get_logger(__name__)

MAX_CONNECTIONS = 64
"""The desk needs a handful; what comes above gets 503 and costs nothing."""
GRACE_S = 0.5
"""Seconds that open downloads get to end; the desk resumes them later."""
_TICKS_A_SECOND = 10
"""Of uvicorn's main loop."""
STOP_S = 1.5
"""Seconds until `stop` no longer waits for a handler that hangs in the operating system."""


REQUEST_S = 10
"""Seconds that a connection may be open without a whole request. Else `MAX_CONNECTIONS` of them that say
nothing, from anybody in the network, shut the desk out for as long as they like."""


def _listen(host: str, port: int) -> socket.socket:
    # The protocol is named because asyncio turns Nagle's algorithm off only where it is: 40 ms a request.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(MAX_CONNECTIONS)
    except OSError:
        listener.close()
        raise
    return listener


class _Server(uvicorn.Server):
    """Hangs up on who asks nothing, and on slow readers at the end, as if the connection had been lost."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._quiet: dict[object, int] = {}

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_A_SECOND == 0:
            self._hang_up_on_the_quiet()
        return await super().on_tick(counter)

    def _hang_up_on_the_quiet(self) -> None:
        connections = [c for c in self.server_state.connections if isinstance(c, H11Protocol)]
        quiet = [c for c in connections if c.cycle is None or c.cycle.response_complete]
        self._quiet = {connection: self._quiet.get(connection, 0) + 1 for connection in quiet}
        for connection in quiet:
            if self._quiet[connection] > REQUEST_S:
                connection.transport.abort()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        hang_up = asyncio.get_running_loop().call_later(GRACE_S, self._hang_up)
        try:
            await super().shutdown(sockets)
        finally:
            hang_up.cancel()

    def _hang_up(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()


class MediaServer:
    """The endpoint, from `start` to `stop`; it cannot be started twice.

    Args:
        host: address to listen on. The desk's machine must reach it; nobody else should.
        port: 0 takes a free one.
        token: what the desk shows, 16 characters or more.
        looks: last looks.
        evidence: stored evidence.
        metrics: the figures in Prometheus' text format.

    Raises:
        ConfigError: the token is too short.
    """

    def __init__(
        self,
        host: str,
        port: int,
        token: Secret,
        looks: LookProvider,
        evidence: EvidenceProvider,
        metrics: Callable[[], bytes],
    ) -> None:
        self._address = (host, port)
        config = uvicorn.Config(
            build_app(token, looks, evidence, metrics),
            log_config=None,
            access_log=False,
            lifespan="off",
            http="h11",  # the one whose connections `_Server` can read
            ws="none",
            proxy_headers=False,
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._thread: threading.Thread | None = None

    def start(self) -> str:
        """Listen, and serve. Returns the base address, `http://host:port`; requests may follow at once.

        Raises:
            ConfigError: nothing can listen there.
        """
        host, port = self._address
        try:
            listener = _listen(host, port)
        except OSError as error:
            raise ConfigError(
                f"the media endpoint cannot listen on {host} port {port}: {error.strerror or error}; "
                f"choose another address or port"
            ) from None
        shown = f"[{host}]" if ":" in host else host
        url = f"http://{shown}:{listener.getsockname()[1]}"
        # Off the main thread uvicorn leaves signals alone.
        self._thread = threading.Thread(target=self._serve, args=(listener,), name="media", daemon=True)
        self._thread.start()
        log.info("media_endpoint_up", url=url)
        return url

    def stop(self) -> None:
        """End within two seconds, whatever is being downloaded. May be called twice."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(STOP_S)
            self._thread = None

    def _serve(self, listener: socket.socket) -> None:
        with listener:
            try:
                self._server.run(sockets=[listener])
            except Exception:
                # Supervisor of the thread: looks and candidates go on without pictures, and the log says why.
                log.exception("media_endpoint_failed")
