"""What a worker says about itself, every two seconds."""

from __future__ import annotations

from collections.abc import Callable

from patrol.core.protocols import Clock
from patrol.core.redact import Secret
from patrol.queue import names, wire
from patrol.queue.client import Link
from patrol.queue.loop import QueueLoop

EVERY_S = 2.0
"""As the seat's design has it: the page shows what is older than three of these as stale."""


class StatusWriter:
    """A thread that writes the status of a worker to the hash `patrol:workers`.

    Args:
        status: called in this thread, every `every_s` seconds.

    Raises:
        ConfigError: the URL cannot be read.
    """

    def __init__(
        self,
        status: Callable[[], wire.WorkerStatus],
        url: Secret | str,
        clock: Clock,
        every_s: float = EVERY_S,
    ) -> None:
        self._status, self._every_s = status, every_s
        self._loop = QueueLoop("status", url, clock, self._step)

    def start(self) -> None:
        """Start writing."""
        self._loop.start()

    def stop(self) -> None:
        """Stop; the last status stays, and grows old."""
        self._loop.stop()

    def kick(self) -> None:
        """Write now: call it when something that people wait for has changed."""
        self._loop.kick()

    def _step(self, link: Link) -> None:
        status = self._status()
        link.call("HSET", names.WORKERS, status.worker_id, wire.dump(status))
        self._loop.rest(self._every_s)
