"""What traffic really did on a stretch of road: mean speeds and their grades.

The mean is the space-mean speed by Edie's definition, the distance that all vehicles drove on the stretch by
the time that they spent there ("Discussion of traffic stream measurements and definitions", 1963): from
samples at equal times, the mean over all samples of all vehicles.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from patrol.bench.simulation.vehicles import Vehicle

GRADES = ("free", "slow", "congested", "severe")
BANDS = {"expressway": (50.0, 35.0, 20.0), "arterial": (30.0, 20.0, 15.0), "secondary": (25.0, 15.0, 10.0)}
"""km/h at or below which traffic is slow, congested, severe. Of the five published bands, free and basically
free are our free, light is slow, moderate is congested. Apart from the analytic's own table on purpose."""
KMH = 3.6
MINUTE_S = 60
STOPPED = 0.1
"""m/s: as SUMO counts waiting."""


def grade_of(kmh: float, road: str) -> str:
    """The grade of a mean speed; NaN, where nobody drove, is free."""
    return GRADES[0 if math.isnan(kmh) else sum(kmh <= bound for bound in BANDS[road])]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a straight road along the x axis, one direction.

    Attributes:
        start: metres, x.
        end: metres, x, over `start`.
        left: metres, y, of one edge of its lanes.
        right: metres, y, of the other edge, below `left`.
    """

    start: float
    end: float
    left: float
    right: float

    def holds(self, vehicle: Vehicle) -> bool:
        """Whether a vehicle's front is on it."""
        return self.start <= vehicle.x < self.end and self.right <= vehicle.y <= self.left


class SpeedLog:
    """Speeds on one stretch, second by second.

    Args:
        stretch: of the road.
        seconds: of the simulation.
    """

    def __init__(self, stretch: Stretch, seconds: int) -> None:
        self._stretch = stretch
        self._sum = np.zeros(seconds)
        self._count = np.zeros(seconds)

    def add(self, second: int, vehicles: Iterable[Vehicle]) -> None:
        """Take one sample of all vehicles."""
        here = [v.speed for v in vehicles if self._stretch.holds(v)]
        self._sum[second] = sum(here)
        self._count[second] = len(here)

    def mean_kmh(self, start: int, end: int) -> float:
        """Space-mean speed from second `start` to before `end`; NaN where nobody was there."""
        count = float(self._count[start:end].sum())
        return float(self._sum[start:end].sum()) / count * KMH if count else math.nan

    def per_minute(self, start: int, end: int) -> list[float]:
        """Means of the whole minutes from `start` on, km/h."""
        return [self.mean_kmh(t, t + MINUTE_S) for t in range(start, end - MINUTE_S + 1, MINUTE_S)]

    def rolling(self, start: int, end: int) -> list[float]:
        """At each second from `start` to before `end`, the mean of the minute that ends there, km/h."""
        return [self.mean_kmh(max(0, t - MINUTE_S), t) for t in range(start, end)]


@dataclass(frozen=True, slots=True)
class Spell:
    """A time of congestion that should be found.

    Attributes:
        due: second at which it has lasted for the rule's own time.
        ends: second at which the true grade falls below congested.
    """

    due: int
    ends: int


def spells(grades: Sequence[str], start: int, for_s: int, apart_s: int = 60) -> list[Spell]:
    """When the true grade, one a second from second `start` on, is congested or worse for `for_s` on end.

    Args:
        grades: of the rolling minute, one a second.
        start: second of the first.
        for_s: the rule's own time.
        apart_s: spells less apart are one: the rule would not have ended in between.
    """
    bad = np.array([g in GRADES[2:] for g in grades], np.bool_)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], bad, [False]]).astype(int)))
    found: list[Spell] = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        if last - first < for_s:
            continue
        spell = Spell(start + int(first) + for_s, start + int(last))
        if found and spell.due - for_s - found[-1].ends < apart_s:
            found[-1] = Spell(found[-1].due, spell.ends)
        else:
            found.append(spell)
    return found


class Waits:
    """How long each vehicle took from its first stop to the stop line: over a cycle, a second red caught it.

    Args:
        line: x of the stop line, metres.
    """

    def __init__(self, line: float) -> None:
        self._line = line
        self._stopped: dict[str, float] = {}
        self._took: dict[str, float] = {}

    def add(self, second: float, vehicles: Iterable[Vehicle]) -> None:
        """Take one sample of all vehicles before and just after the line."""
        for vehicle in vehicles:
            if vehicle.x >= self._line and vehicle.id in self._stopped:
                self._took.setdefault(vehicle.id, second - self._stopped[vehicle.id])
            elif vehicle.x < self._line and vehicle.speed < STOPPED:
                self._stopped.setdefault(vehicle.id, second)

    def longest_s(self) -> float:
        """Of all vehicles that passed; 0 where none stopped."""
        return max(self._took.values(), default=0.0)
