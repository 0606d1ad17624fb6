"""When a child that died is started again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

FIRST_S, LONGEST_S = 0.5, 10.0
WINDOW_S = 60.0
MOST = 5
"""Quick restarts within `WINDOW_S`, as in the watchdogs of well-known recorders; then it is tried slowly."""
SLOW_S = 30.0


@dataclass(slots=True)
class Restarts:
    """The history of one child. Pure: times are given, in monotonic seconds."""

    slow: bool = False
    """True once it died too often, until it has lived for `WINDOW_S`."""
    _short_lives: int = 0
    _deaths: deque[float] = field(default_factory=deque)

    def delay(self, now: float, lived_s: float) -> float:
        """Seconds to wait after a death; `lived_s` is how long that life was."""
        if lived_s >= WINDOW_S:
            self.slow, self._short_lives = False, 0
            self._deaths.clear()
        while self._deaths and now - self._deaths[0] >= WINDOW_S:
            self._deaths.popleft()
        self._deaths.append(now)
        self.slow = self.slow or len(self._deaths) > MOST
        self._short_lives += 1
        if self.slow:
            return SLOW_S
        return float(min(LONGEST_S, FIRST_S * 2 ** (self._short_lives - 1)))
