"""A lane seen from straight above, for what judges traffic: 100 m up the picture, 20 m across it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from patrol.core.detections import Detections, Look
from patrol.core.ground import Ground
from patrol.core.place import Place
from patrol.core.zone import Zone
from tests.fakes.looks import LABELS, at

LENGTH_M = 100.0
GROUND = Ground(np.array([[20.0, 0, 0], [0, -LENGTH_M, LENGTH_M], [0, 0, 1]]), 0.05)
"""Metres across, and up the picture."""
LANE = Zone("lane", "lane", "lane", ((0.4, 0.0), (0.6, 0.0), (0.6, 1.0), (0.4, 1.0)), "away")
CAR_M = (1.8, 4.5)


def place(*, calibrated: bool = True, direction: str = "away") -> Place:
    """The lane zone, 4 m wide."""
    zone = Zone(LANE.id, LANE.name, LANE.kind, LANE.polygon, direction)
    return Place(zone, ground=GROUND if calibrated else None)


def cars(arrived: float, along: NDArray[np.float64], *, scene: int = 0) -> Look:
    """A look at cars whose rear ends are so many metres along the lane, those in the picture."""
    along = along[(along >= 0) & (along <= LENGTH_M - CAR_M[1])]
    half, n = CAR_M[0] / 2 / 20, len(along)
    low = 1 - along / LENGTH_M
    boxes = np.stack([np.full(n, 0.5 - half), low - CAR_M[1] / LENGTH_M, np.full(n, 0.5 + half), low], axis=1)
    found = Detections(
        boxes.astype(np.float32),
        np.full(n, 0.8, np.float32),
        np.full(n, LABELS.index("car"), np.int32),
        LABELS,
    )
    return Look("cam-1", f"cam-1-{arrived}", at(arrived), arrived, 768, 576, found, scene=scene)


def platoon(gap_m: float, *, seed: int = 7, n: int = 400) -> NDArray[np.float64]:
    """Rear ends of a long row of cars, metres, the first at 100: gaps differ by a fifth, as drivers do."""
    gaps = gap_m * np.random.default_rng(seed).uniform(0.8, 1.2, n)
    return LENGTH_M - np.cumsum(gaps)


def driving(kmh: float, gap_m: float, seconds: float, every_s: float = 2.0) -> Iterator[Look]:
    """Looks at a platoon that drives through; one in ten cars is missed in each look."""
    misses = np.random.default_rng(1)
    row = platoon(gap_m)
    for i in range(int(seconds / every_s)):
        seen = row[misses.random(len(row)) > 0.1]
        yield cars(i * every_s, seen + kmh / 3.6 * i * every_s)


def signal(
    seconds: float, cycle_s: float, red_s: float, filled_to: Callable[[float], float], every_s: float = 2.0
) -> Iterator[Look]:
    """Looks at a queue behind a stop line at 100 m.

    Args:
        seconds: how long.
        cycle_s: of the signal; each begins with red.
        red_s: of each cycle.
        filled_to: how many cars stand at the end of red. On green they leave at 2 s a car; the rest stays.
    """
    for i in range(int(seconds / every_s)):
        now = i * every_s
        within = now % cycle_s
        most = filled_to(now)
        left = max(0.0, most - (cycle_s - red_s) / 2)
        red = left + (most - left) * within / red_s
        standing = red if within < red_s else max(0.0, most - (within - red_s) / 2)
        yield cars(now, LENGTH_M - 5 - 7.5 * np.arange(int(standing), dtype=np.float64))
