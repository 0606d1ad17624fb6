"""A count over time: without its outliers, and how fast it grows. No plug-in."""

from __future__ import annotations

from collections import deque
from statistics import median_high

import numpy as np

GROWTH_S = 120.0
"""A slope is taken over the last two minutes: people gather in minutes. Chosen. At a look every two seconds
these are 60 counts; if each were off by one person, independently, the slope's standard error would be
0.22 persons a minute (least squares: 1 / sqrt(60 * 120**2 / 12) a second)."""
GROWTH_LEAST_S = 30.0
"""Nothing is said of a slope over less: one miscounted person in ten seconds is six persons a minute.
Chosen."""
GROWTH_LOOKS = 60
"""Counts that a slope is taken from, at most: pairs grow with their square. All of `GROWTH_S` at the default
rate."""


class Trend:
    """The counts of the last seconds.

    Args:
        smooth_s: over which the count is smoothed, seconds.
    """

    def __init__(self, smooth_s: float) -> None:
        self._smooth = smooth_s
        self._counts: deque[tuple[float, float]] = deque()

    def clear(self) -> None:
        """Forget: what comes next shows another scene."""
        self._counts.clear()

    def step(self, arrived: float, count: float) -> float:
        """Take the count of one look (monotonic seconds) into account.

        Returns:
            the median of the looks of the last `smooth_s` seconds, this one among them; of two in the middle
            the greater, since half a person is none and detectors miss more than they invent.
        """
        self._counts.append((arrived, count))
        while arrived - self._counts[0][0] > max(GROWTH_S, self._smooth):
            self._counts.popleft()
        recent = [c for at, c in self._counts if at == arrived or arrived - at < self._smooth]
        return float(median_high(recent))

    def growth_per_min(self) -> float | None:
        """By how many a minute the count grows; negative where it shrinks; None: too short to say.

        The median of the slopes of all pairs of looks (Theil 1950, Sen 1968): up to 29 % of the looks may be
        miscounted without a say in it.
        """
        arrived = self._counts[-1][0] if self._counts else 0.0
        kept = [(at, count) for at, count in self._counts if arrived - at <= GROWTH_S]
        if not kept or arrived - kept[0][0] < GROWTH_LEAST_S:
            return None
        kept = kept[:: -(-len(kept) // GROWTH_LOOKS)]
        at, count = np.asarray(kept, np.float64).T
        first, second = np.triu_indices(len(kept), 1)
        apart = at[second] - at[first]
        good = apart > 0
        return (
            float(np.median((count[second] - count[first])[good] / apart[good]) * 60) if good.any() else None
        )
