"""A worker's thread that talks to the queue: repeats one step, and starts again when it fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from patrol.core.clock import iso
from patrol.core.errors import DeliveryError, StoreError
from patrol.core.protocols import Clock
from patrol.core.redact import Secret, redact
from patrol.queue.backoff import Backoff
from patrol.queue.client import BLOCK_MS, SOCKET_TIMEOUT_S, Link

log = structlog.get_logger(__name__)

_STOP_S = SOCKET_TIMEOUT_S + BLOCK_MS / 1000 + 1
_SLICE_S = 0.1
"""A back-off is slept in such slices, so that a stop does not wait for its end."""


class QueueLoop:
    """One thread, one connection, one step over and over.

    Args:
        name: of the thread, and in logs.
        step: one round; blocks for a second or so at most. DeliveryError and StoreError mean: try again.
        connected: called after each (re)connection, before the first step.

    Raises:
        ConfigError: the URL cannot be read.
    """

    def __init__(
        self,
        name: str,
        url: Secret | str,
        clock: Clock,
        step: Callable[[Link], None],
        connected: Callable[[Link], None] | None = None,
    ) -> None:
        self._name, self._clock, self._step, self._connected = name, clock, step, connected
        self._link = Link(url)
        self._backoff = Backoff()
        self._stopping, self._kicked = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._problem: tuple[datetime, str] | None = None

    def start(self) -> None:
        """Start the thread. Once."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and close the connection; waits for the step under way. May be called twice."""
        self._stopping.set()
        self._kicked.set()
        if self._thread.ident is not None:
            self._thread.join(_STOP_S)
        self._link.close()

    def kick(self) -> None:
        """End the present or next `rest` at once."""
        self._kicked.set()

    def rest(self, seconds: float) -> None:
        """For steps with nothing to do: wait, until kicked or stopped."""
        self._kicked.wait(seconds)
        self._kicked.clear()

    def problem(self) -> tuple[datetime, str] | None:
        """Since when it fails, and why; None while it works."""
        return self._problem

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._work()
            except (DeliveryError, StoreError) as error:
                self._failed(str(error))
            except Exception as error:  # the supervisor of this thread: it must outlive a fault in a step
                log.exception("queue_loop_fault", loop=self._name)
                self._failed(f"{type(error).__name__} in {self._name}: {redact(str(error))}")

    def _work(self) -> None:
        self._link.call("PING")
        if self._connected is not None:
            self._connected(self._link)
        while not self._stopping.is_set():
            self._step(self._link)
            self._succeeded()

    def _succeeded(self) -> None:
        if self._problem is not None:
            log.info("queue_loop_recovered", loop=self._name, since=iso(self._problem[0]))
            self._problem = None
        self._backoff.reset()

    def _failed(self, reason: str) -> None:
        if self._problem is None:
            log.warning("queue_loop_failed", loop=self._name, reason=reason)
        self._problem = (self._problem[0] if self._problem else self._clock.now(), reason)
        left = self._backoff.next_s()
        while left > 0 and not self._stopping.is_set():
            self._clock.sleep(min(_SLICE_S, left))
            left -= _SLICE_S
