"""Time that goes on only when a replay says so."""

from __future__ import annotations

from datetime import datetime, timedelta


class VirtualClock:
    """A Clock: `monotonic` begins at 0, `now` at `begins`."""

    def __init__(self, begins: datetime) -> None:
        self._begins = begins
        self._second = 0.0

    def now(self) -> datetime:
        """Wall-clock time, aware, UTC, to the microsecond."""
        return self._begins + timedelta(seconds=self._second)

    def monotonic(self) -> float:
        """Seconds since the replay began."""
        return self._second

    def sleep(self, seconds: float) -> None:
        """Let time go on."""
        self.go_to(self._second + max(0.0, seconds))

    def go_to(self, second: float) -> None:
        """Make it that late; never earlier than it is."""
        self._second = max(self._second, second)
