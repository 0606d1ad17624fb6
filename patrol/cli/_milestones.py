"""How long each part of something took, said as it happens."""

from __future__ import annotations

from collections.abc import Callable

from patrol.core.protocols import Clock


class Milestones:
    """Moments that were reached, in seconds since the beginning."""

    def __init__(self, clock: Clock, say: Callable[[str], None]) -> None:
        self._clock, self._say = clock, say
        self._began = self._last = clock.monotonic()
        self.reached: dict[str, float] = {}

    @property
    def elapsed_s(self) -> float:
        """Seconds since the beginning."""
        return self._clock.monotonic() - self._began

    def reach(self, name: str, words: str = "") -> None:
        """Note a moment, once; a second time nothing happens."""
        if name in self.reached:
            return
        now = self._clock.monotonic()
        took, self._last = now - self._last, now
        self.reached[name] = round(now - self._began, 1)
        detail = f": {words}" if words else ""
        self._say(f"[{now - self._began:6.1f} s] {name}{detail} ({took:.1f} s)")
