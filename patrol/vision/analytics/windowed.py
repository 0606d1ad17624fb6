"""Means over the looks of the last seconds. No plug-in."""

from __future__ import annotations

from collections import deque


class Ratio:
    """Sum of one thing over sum of another, over the last seconds.

    Args:
        window_s: how long a look counts.
    """

    def __init__(self, window_s: float) -> None:
        self._window = window_s
        self._kept: deque[tuple[float, float, float]] = deque()

    def add(self, arrived: float, part: float, whole: float) -> None:
        """Take one look into account; looks come in order of arrival (monotonic seconds)."""
        self._kept.append((arrived, part, whole))
        while self._kept and arrived - self._kept[0][0] > self._window:
            self._kept.popleft()

    @property
    def value(self) -> float | None:
        """The ratio; None before there is a look, or where the whole is nothing."""
        whole = sum(kept[2] for kept in self._kept)
        return sum(kept[1] for kept in self._kept) / whole if whole else None
