"""Whether a queue clears within its signal cycle. No plug-in.

What counts is what does **not** clear: the least that stood in the lane at any time of a cycle, against
the most. A queue that comes and goes with each red light leaves nothing behind, however long that goes on.
One that is longer than its green lets through is still dense while it moves.
"""

from __future__ import annotations

from collections import deque

SMOOTHED_S = 6.0
"""Fill is averaged over so long: three looks at the default rate, so that a look in which the detector found
little clears no queue. Chosen."""
LEFT = 0.3
"""Share of the most at or below which the lane has cleared. A queue stands at 7 to 8 m a vehicle, leaves at
two seconds a vehicle (Highway Capacity Manual: saturation headway 1.9 to 2 s), which is 20 m or more at 10
m/s (0.35 to 0.4 of the fill); once it has gone, at 0.9 of what the green lets through, vehicles arrive 50 m
apart (0.15). That says: between 0.15 and 0.35. In simulated traffic (the rows of `signal-60`, calibrated, in
benchmarks/results/congestion_sumo.jsonl) 0.25 left 18 to 21 % of the looks at congested or worse and raised
one incident falsely, 0.3 leaves 5 %: 0.3 was chosen on these rows."""
CYCLES = 1.5
"""Cycles looked back on: a queue that clears in each of them does so sooner in one and later in the next, so
that more than a cycle lies between. Half a cycle more is chosen; `said` in the rows of `signal-*`
(benchmarks/results/congestion_sumo.jsonl) is the share of looks that it leaves at congested or worse. Other
values were not measured on the scenarios as they are."""


class Clearing:
    """The fill of one lane over the last seconds.

    Args:
        back_s: how far back, seconds.
    """

    def __init__(self, back_s: float) -> None:
        self._back = back_s
        self._raw: deque[tuple[float, float]] = deque()
        self._smooth: deque[tuple[float, float]] = deque()

    def step(self, arrived: float, fill: float) -> bool:
        """Whether the lane cleared at some time within these seconds.

        Args:
            arrived: monotonic seconds of the look.
            fill: vehicles in the lane, or the share of it that they cover.
        """
        self._raw.append((arrived, fill))
        while arrived - self._raw[0][0] > SMOOTHED_S:
            self._raw.popleft()
        self._smooth.append((arrived, sum(f for _, f in self._raw) / len(self._raw)))
        while arrived - self._smooth[0][0] > self._back:
            self._smooth.popleft()
        fills = [f for _, f in self._smooth]
        return min(fills) <= LEFT * max(fills)
