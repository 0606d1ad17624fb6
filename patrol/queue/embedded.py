"""The Valkey that comes with the package: a private server behind a unix socket, durable to each command."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Self

import structlog

from patrol.core.clock import SystemClock
from patrol.core.errors import DeliveryError
from patrol.core.protocols import Clock
from patrol.queue import aof, exec_server
from patrol.queue.client import Link
from patrol.queue.launch import LOG_NAME, Launch, prepare
from patrol.queue.server import ServerBinary, find_server

log = structlog.get_logger(__name__)

_READY_S, _STOP_S = 30.0, 10.0
_POLL_S = 0.02
_STARTS = 3
"""As it is, repaired, emptied."""
_ABOUT_ITS_FILES = re.compile(r"\baof\b|append[- ]only|append log|\brdb\b", re.IGNORECASE)


def wait_ready(
    url: str, timeout_s: float = _READY_S, clock: Clock | None = None, alive: Callable[[], bool] | None = None
) -> None:
    """Block until the server answers.

    Args:
        url: as in `Launch`.
        timeout_s: seconds to wait at most.
        clock: default is the system's.
        alive: asked between tries; False ends the wait.

    Raises:
        DeliveryError: it ended, or did not answer in time; says what the last try gave.
    """
    clock = clock or SystemClock()
    deadline = clock.monotonic() + timeout_s
    with Link(url) as link:
        while True:
            try:
                link.call("PING")
            except DeliveryError as error:
                if alive is not None and not alive():
                    raise DeliveryError(f"the queue's server ended while it started: {error}") from None
                if clock.monotonic() >= deadline:
                    raise DeliveryError(f"the queue is not ready after {timeout_s:g} s: {error}") from None
                clock.sleep(_POLL_S)
            else:
                return


class EmbeddedQueue:
    """A running server of one data folder, as a context manager.

    Starts it, repairs it where it does not start, and where that does not help starts it empty: what nobody
    has acknowledged is sent again by the workers.

    Raises (start, restart, `with`):
        DeliveryError: it does not run; says why.
    """

    def __init__(
        self, data_dir: Path, server: ServerBinary | None = None, clock: Clock | None = None
    ) -> None:
        self._data_dir, self._server, self._clock = data_dir, server, clock or SystemClock()
        self._launch: Launch | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address to connect to; the same after every restart."""
        if self._launch is None:
            raise DeliveryError(f"the queue in {self._data_dir} was not started")
        return self._launch.url

    @property
    def pid(self) -> int:
        """Of the running server."""
        if self._process is None:
            raise DeliveryError(f"the queue in {self._data_dir} does not run")
        return self._process.pid

    def start(self) -> str:
        """Start it and wait until it answers; says what had to be repaired, or nothing."""
        notes = []
        for _ in range(_STARTS):
            if self._running():
                break
            launch = self._start_once()
            notes.append(launch.note)
            if not self._running():
                notes.append(mend(launch, self._clock))
        if not self._running():
            raise DeliveryError(
                f"the queue in {self._data_dir} does not start: {_last_words(self._data_dir)}"
            )
        return "; ".join(filter(None, notes))

    def _running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _start_once(self) -> Launch:
        launch = self._launch = prepare(self._data_dir, self._server, self._clock)
        self._server = launch.server  # never another one after this: it may not read what this one writes
        with (launch.data_dir / LOG_NAME).open("ab") as output:
            process = subprocess.Popen(launch.argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            wait_ready(launch.url, _READY_S, self._clock, alive=lambda: process.poll() is None)
        except DeliveryError as error:
            log.warning("queue_did_not_start", reason=str(error), said=_last_words(self._data_dir))
            process.kill()
            process.wait()
            if process.returncode == exec_server.FOLDER_TAKEN:
                raise DeliveryError(f"another server has taken the folder {self._data_dir}") from None
        else:
            self._process = process
        return launch

    def stop(self) -> None:
        """End it cleanly. May be called twice."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> str:
        """Stop and start again; as `start`."""
        self.stop()
        return self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def mend(launch: Launch, clock: Clock | None = None) -> str:
    """After a server that ended while it started: repair its files, or set them aside; say what was done.

    Empty, and nothing was touched, where its last warning is not about its files: a disk that is full or a
    folder that may not be written is no reason to give up what the queue holds. A second call goes further
    than the first.

    Raises:
        DeliveryError: the folder cannot be read or written.
    """
    clock = clock or SystemClock()
    if not _ABOUT_ITS_FILES.search(_last_warning(launch.data_dir)):
        return ""
    repaired = aof.repair(launch.data_dir, launch.server, clock)
    return repaired or aof.set_aside(launch.data_dir, clock)


def _last_warning(data_dir: Path) -> str:
    """The server's last complaint; `#` marks warnings in its log."""
    return next((line for line in reversed(_log_lines(data_dir)) if " # " in line), "")


def _last_words(data_dir: Path) -> str:
    lines = [_last_warning(data_dir), *reversed(_log_lines(data_dir)), "it said nothing"]
    return next(filter(str.strip, lines))[-300:]


def _log_lines(data_dir: Path) -> list[str]:
    path = data_dir / LOG_NAME
    return path.read_text("utf-8", "replace").splitlines() if path.exists() else []


__all__ = [
    "EmbeddedQueue",
    "Launch",
    "ServerBinary",
    "find_server",
    "mend",
    "prepare",
    "wait_ready",
]
