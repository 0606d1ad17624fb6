"""Speed of traffic along a lane on calibrated ground, from looks seconds apart. No plug-in.

Between two looks a vehicle has moved on, and which of those seen now is which of those seen before is not
known: at 50 km/h and a look every two seconds it has passed where three others were. So no pair is decided.
All pairs of the last seconds vote for a speed, and the distribution of speeds that explains them best is
found by expectation maximisation: right pairs agree with each other, wrong ones do not, because gaps are
uneven.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.core.geometry import Points

Floats = NDArray[np.float64]

FASTEST, BACKWARDS, STEP = 40.0, -1.0, 0.5
"""m/s: 144 km/h, above what is allowed anywhere in China (120); a standing vehicle whose box jitters; width
of a bin. Chosen, the last one about as fine as the jitter by the time between looks."""
YOUNGEST_S, OLDEST_S, OLDEST_BOTH_WAYS_S = 0.9, 2.6, 1.3
"""Ages of the look that is compared with. Under 0.9 s, half a metre of jitter is 2 km/h and more. Over 2.6 s,
or over 1.3 s where the direction of travel is not known, wrong pairs agree as well as right ones do. Off by,
on a lane in numbers (`benchmarks/lane_speeds.py`, mean of five): with a direction at most 0.1 of 45 and 1.1
of 80 km/h at 2 s, 7.0 of 80 at 3 s, 37 of 80 at 4 s; without one 0.1 of 80 at 1 s, 25 of 80 at 2 s, 17 of 45
at 3 s. So nothing is said beyond them."""
SIDEWAYS_M = 1.8
"""A vehicle that is further to the side is another one: half a lane of 3.5 m, chosen."""
JITTER_M = 0.7
"""How far a vehicle's foot point lies from where it is, root mean square: chosen, about the width of a wheel
to either side, not measured; it widens what counts as the same speed."""
LENGTH_M, HEADWAY_S = 4.5, 0.8
"""Nobody drives faster than the room to the vehicle ahead, less a vehicle's length, in so many seconds: time
headways of moving traffic are 1.9 to 2 s where a queue leaves a signal (Highway Capacity Manual); 0.8 s, well
under them, is chosen. So a standing queue, evenly spaced, is not taken for one that moves on by a place each
look."""
IDLE_M, IDLE_S, IDLE = 12.0, 3.5, 0.05
"""A vehicle that is slower than the room ahead of it, less 12 m, in 3.5 s has reason to be faster: it
counts for a twentieth. Where a queue leaves a bottleneck, each vehicle is after two seconds where the one
ahead of it was, and looks at a stand; but standing ones are 7 to 9 m apart, and these 20 m and more (two
seconds at 10 m/s). Not nothing, because a vehicle that was missed leaves room that was not there. All three
are chosen: that the whole of it gives the right speed is what `benchmarks/congestion_sumo.py` shows."""
OUTLIER = 0.1
"""Weight of "none of those seen before", against the likeliest speed: vehicles enter, and are missed. On a
lane in numbers (`benchmarks/lane_speeds.py`, a look every 2 s) 0.02 is off by 4.6 of 80 km/h, 0.1 by 1.1, 0.2
and 0.5 by 0.1; up to 45 km/h all are within 0.8. More than 0.1 was not tried on simulated traffic."""
ROUNDS = 12
"""Rounds of expectation maximisation: after them no speed is further than 0.4 km/h from where 200 rounds take
it, after 6 it is 1.3 km/h (`benchmarks/lane_speeds.py`)."""
LEAST_PAIRS = 3.0
"""Matched vehicles below which nothing is said of the speed: chosen, so that one wrong pair is no mean."""


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """All pairs of vehicles of two looks that could be one vehicle.

    Attributes:
        arrived: of the younger look.
        speeds: m/s, shape [k].
        now: which vehicle of the younger look, shape [k].
        before: which vehicle of the older look, shape [k].
        room: metres to the next vehicle in the lane, now: ahead, and behind; shape [k, 2].
        seconds: between the looks.
    """

    arrived: float
    speeds: Floats
    now: NDArray[np.intp]
    before: NDArray[np.intp]
    room: Floats
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    arrived: float
    points: Points


class Speeds:
    """The vehicles of one zone over a window of seconds.

    Args:
        length_m: of the zone along the direction of travel.
        window_s: over which the mean speed is taken.
        both_ways: whether it is not known which way traffic runs.
    """

    def __init__(self, length_m: float, window_s: float, *, both_ways: bool) -> None:
        self._length = length_m
        self._window = window_s
        self._both_ways = both_ways
        self._seen: deque[_Seen] = deque()
        self._pairs: deque[_Pairs] = deque()
        self._scene: int | None = None

    def step(self, arrived: float, scene: int, points: Points) -> float | None:
        """Mean speed over the window in km/h; None where too few vehicles could be matched.

        Args:
            arrived: monotonic seconds of the look.
            scene: of the look; nothing is compared across a change.
            points: where vehicles stand: metres along and across the lane, shape [n, 2].
        """
        if scene != self._scene:
            self._seen.clear()
            self._scene = scene
        oldest = OLDEST_BOTH_WAYS_S if self._both_ways else OLDEST_S
        while self._seen and arrived - self._seen[0].arrived > oldest:
            self._seen.popleft()
        older = [s for s in self._seen if arrived - s.arrived >= YOUNGEST_S]
        if older:
            self._pairs.append(self._between(older[-1], _Seen(arrived, points)))
        self._seen.append(_Seen(arrived, points))
        while self._pairs and arrived - self._pairs[0].arrived > self._window:
            self._pairs.popleft()
        return self._mean()

    def _between(self, older: _Seen, younger: _Seen) -> _Pairs:
        seconds = younger.arrived - older.arrived
        along = younger.points[:, None, 0] - older.points[None, :, 0]
        aside = np.abs(younger.points[:, None, 1] - older.points[None, :, 1])
        speed = along.astype(np.float64) / seconds
        slowest = -FASTEST if self._both_ways else BACKWARDS
        now, before = np.nonzero((speed >= slowest) & (speed <= FASTEST) & (aside <= SIDEWAYS_M))
        return _Pairs(younger.arrived, speed[now, before], now, before, _room(younger.points)[now], seconds)

    def _mean(self) -> float | None:
        pairs = [p for p in self._pairs if len(p.speeds)]
        if not pairs:
            return None
        speeds = np.concatenate([p.speeds for p in pairs])
        now = _numbered([p.now for p in pairs])
        before = _numbered([p.before for p in pairs])
        seconds = np.concatenate([np.full(len(p.speeds), p.seconds) for p in pairs])
        room = np.concatenate([p.room for p in pairs])
        means = [
            self._one_way(sign * speeds, room[:, way], now, before, seconds)
            for way, sign in enumerate((1, -1) if self._both_ways else (1,))
        ]
        explained, mean = max(means)  # the way that explains more vehicles
        return mean * 3.6 if explained >= LEAST_PAIRS else None

    def _one_way(
        self, speeds: Floats, room: Floats, now: NDArray[np.intp], before: NDArray[np.intp], seconds: Floats
    ) -> tuple[float, float]:
        """Vehicles that were matched, and their mean speed in m/s."""
        slack = JITTER_M * np.sqrt(2) / seconds
        may = (speeds >= BACKWARDS) & (speeds <= np.maximum(room - LENGTH_M, 0) / HEADWAY_S + slack)
        speeds, room, seconds = speeds[may], room[may], seconds[may]
        if not len(speeds):
            return 0.0, 0.0
        idle = np.isfinite(room) & (speeds < (room - IDLE_M) / IDLE_S)
        share = _shares(speeds, np.where(idle, IDLE, 1.0), now[may], before[may], float(np.median(seconds)))
        # A fast vehicle is in the zone at both looks more seldom than a slow one.
        weight = share / np.clip(1 - np.abs(speeds) * seconds / self._length, 0.2, 1)
        return float(share.sum()), max(0.0, float(np.sum(weight * speeds) / np.sum(weight)))


def _room(points: Points) -> Floats:
    """Metres from each vehicle to the next of its lane, ahead and behind; inf without one. Shape [n, 2]."""
    away = points[None, :, 0].astype(np.float64) - points[:, None, 0]
    mates = np.abs(points[None, :, 1] - points[:, None, 1]) <= SIDEWAYS_M
    ahead = np.where(mates & (away > 0), away, np.inf).min(axis=1, initial=np.inf)
    behind = np.where(mates & (away < 0), -away, np.inf).min(axis=1, initial=np.inf)
    return np.stack([ahead, behind], axis=1)


def _numbered(groups: list[NDArray[np.intp]]) -> NDArray[np.intp]:
    """Vehicle numbers that are unique over all pairs of looks."""
    start, numbered = 0, []
    for group in groups:
        numbered.append(group + start)
        start += int(group.max()) + 1
    return np.concatenate(numbered)


def _shares(
    speeds: Floats, prior: Floats, now: NDArray[np.intp], before: NDArray[np.intp], seconds: float
) -> Floats:
    """How much each pair is one vehicle, 0..1, shape [k]."""
    bins = np.clip(((speeds - BACKWARDS) / STEP).astype(np.intp), 0, int((FASTEST - BACKWARDS) / STEP))
    kernel = _kernel(JITTER_M * np.sqrt(2) / seconds)
    likely = np.full(int((FASTEST - BACKWARDS) / STEP) + 1, 1.0)
    likely /= likely.sum()
    share = np.zeros(len(speeds))
    for _ in range(ROUNDS):
        weight = prior * likely[bins]
        rivals_now = np.bincount(now, weight)[now]
        rivals_before = np.bincount(before, weight)[before]
        share = weight / (rivals_now + rivals_before - weight + OUTLIER * likely.max())
        likely = np.convolve(np.bincount(bins, share, len(likely)), kernel, "same")
        likely /= likely.sum()
    return share


def _kernel(sigma: float) -> Floats:
    reach = int(np.ceil(3 * sigma / STEP))
    x = np.arange(-reach, reach + 1) * STEP
    bell = np.exp(-0.5 * (x / max(sigma, STEP / 2)) ** 2)
    return np.asarray(bell / bell.sum(), np.float64)
