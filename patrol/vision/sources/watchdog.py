"""Watches the camera threads from outside, for what hangs inside the video library.

A thread that is stuck in foreign code cannot be ended. It is left to itself, its camera gets a new one, and
where too many are left over the process has to be restarted: that is for its supervisor.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)


PAUSED_S = 10.0
"""Seconds between two checks, which come about once a second: the whole process stood still, for a snapshot
of its virtual machine or in a debugger, and no reader is to blame."""


class Watched(Protocol):
    """What the watchdog needs of a camera's reader."""

    @property
    def camera_id(self) -> str:
        """For the log."""
        ...

    def stuck_for(self, now: float) -> float:
        """Seconds without progress inside the library."""
        ...

    def abandon(self) -> threading.Thread | None:
        """Start another thread; returns the one that was left."""
        ...


class Watchdog:
    """Abandons camera threads that make no progress. Not thread-safe: the worker's main loop owns it.

    Args:
        readers: called at each check; cameras come and go with the configuration.
        on_too_many: called once, with a reason, when more than `most_abandoned` left threads are alive.
        hang_s: without progress. Every call into FFmpeg should return within 20 s: 5 s of silence are
            allowed, FFmpeg takes up to twice that, and connecting may take twice as long again.
        most_abandoned: each holds a connection and some tens of megabytes.
    """

    def __init__(
        self,
        readers: Callable[[], Iterable[Watched]],
        on_too_many: Callable[[str], None],
        hang_s: float = 30.0,
        most_abandoned: int = 4,
    ) -> None:
        self._readers = readers
        self._on_too_many = on_too_many
        self._hang_s = hang_s
        self._most = most_abandoned
        self._left: list[threading.Thread] = []
        self._counts: Counter[str] = Counter()
        self._told = False
        self._checked: float | None = None
        self._patient_until = -math.inf

    def check(self, now: float) -> None:
        """Look at every camera once; call it about once a second with the monotonic time."""
        if self._checked is not None and now - self._checked > PAUSED_S:
            self._patient_until = now + self._hang_s
        self._checked = now
        for reader in self._readers() if now >= self._patient_until else ():
            stuck = reader.stuck_for(now)
            if stuck > self._hang_s:
                self._abandon(reader, stuck)
        self._left = [thread for thread in self._left if thread.is_alive()]
        if len(self._left) > self._most and not self._told:
            self._told = True
            names = ", ".join(sorted(thread.name for thread in self._left))
            self._on_too_many(
                f"{len(self._left)} camera threads hang inside the video library, more than the {self._most} "
                f"allowed ({names}); the worker has to restart"
            )

    @property
    def alive_abandoned(self) -> int:
        """Left threads that were alive at the last check."""
        return len(self._left)

    @property
    def abandoned(self) -> Mapping[str, int]:
        """Threads abandoned so far, by camera."""
        return dict(self._counts)

    def _abandon(self, reader: Watched, stuck: float) -> None:
        thread = reader.abandon()
        if thread is None:
            return
        self._left.append(thread)
        self._counts[reader.camera_id] += 1
        log.error("camera_thread_abandoned", camera=reader.camera_id, stuck_s=round(stuck, 1))
