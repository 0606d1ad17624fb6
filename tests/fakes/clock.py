"""A clock that moves only when it is told to."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


class ManualClock:
    """Satisfies `patrol.core.protocols.Clock`. `sleep` advances it; safe to use from several threads."""

    def __init__(self, start: datetime = START, monotonic: float = 1000.0) -> None:
        self._lock = threading.Lock()
        self._start = start
        self._first = monotonic
        self._passed = 0.0

    def now(self) -> datetime:
        with self._lock:
            return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        with self._lock:
            return self._first + self._passed

    def sleep(self, seconds: float) -> None:
        """Advance, and let other threads run: a loop that backs off must not starve the test."""
        self.advance(seconds)
        time.sleep(0.0005)

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError(f"time does not run backwards: {seconds}")
        with self._lock:
            self._passed += seconds

    def passed(self) -> float:
        """Seconds since the clock was made."""
        with self._lock:
            return self._passed
