"""How often signing in may fail. Tokens of 256 bits cannot be guessed; this spares the database."""

from __future__ import annotations

from collections import deque

from patrol.core.protocols import Clock

MOST = 10
WITHIN_S = 60.0


class Attempts:
    """Failures of the last minute. All browsers are on this machine, so there is one count."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: deque[float] = deque(maxlen=MOST)

    def wait_s(self) -> int:
        """Seconds until the next attempt is admitted, 0 for now."""
        if len(self._failures) < MOST:
            return 0
        left = self._failures[0] + WITHIN_S - self._clock.monotonic()
        return max(0, int(left) + 1) if left > 0 else 0

    def failed(self) -> None:
        """Count one failure."""
        self._failures.append(self._clock.monotonic())
