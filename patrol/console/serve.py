"""The HTTP server of the console: loopback only, stops within seconds, whoever listens."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from patrol.core.errors import ConfigError

HOST = "127.0.0.1"
GRACE_S = 2
"""How long requests under way may take at the end."""


def bind(port: int) -> socket.socket:
    """A listening socket on this machine's loopback; 0 takes any free port.

    Raises:
        ConfigError: the port is taken or not allowed.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else "no such port"
        raise ConfigError(
            f"cannot listen on {HOST}:{port}: {reason}. Stop what uses it, or name another with --port"
        ) from None
    return listener


class ConsoleServer(uvicorn.Server):
    """uvicorn, ending event streams first: it would wait for pages that never hang up."""

    def __init__(self, app: FastAPI, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE_S,
                ws="none",
                lifespan="on",
            )
        )
        self._app, self._ready = app, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then the rest."""
        self._app.state.feed.close()
        await super().shutdown(sockets)


def serve(app: FastAPI, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then stop cleanly and return. Call it in the main thread.

    uvicorn raises the signal once more when it is done, to die of it; a service that was asked to stop and
    did should return, and exit with 0.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _already_stopped)
    asyncio.run(ConsoleServer(app, ready).serve([listener]))


def _already_stopped(_number: int, _frame: FrameType | None) -> None:
    """Take the signal that uvicorn raises after its own stop."""
