"""Why the limits of `patrol/vision/analytics/speeds.py` are what they are: a lane in numbers, no pictures.

    python benchmarks/lane_speeds.py            # seconds on one core

Cars drive along 100 m of one lane at one speed; gaps differ by a fifth, one car in ten is missed in each
look, and each place is off by 0.3 m (standard deviation). The error is that of the speed after 80 s, the
mean of its size over SEEDS. Adds one row to results/lane_speeds.jsonl: errors by time between looks, with the
limits lifted; by `OUTLIER`; and how far the speed still moves after so many `ROUNDS`.
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean

import numpy as np

from patrol.bench import results
from patrol.bench.machine import machine, source
from patrol.core.clock import SystemClock, iso
from patrol.vision.analytics import speeds

HERE = Path(__file__).parent
LENGTH_M, SECONDS = 100.0, 80.0
SEEDS = range(5)
TRAFFIC = ((0.0, 7.5), (6.0, 8.5), (15.0, 12.0), (25.0, 15.0), (45.0, 27.0), (80.0, 45.0))
"""Speed in km/h, and the mean gap from front to front in metres."""


def said(kmh: float, gap_m: float, every_s: float, seed: int, *, both_ways: bool = False) -> float | None:
    """What is said of one lane after 80 s, km/h."""
    rng = np.random.default_rng(seed)
    row = LENGTH_M - np.cumsum(gap_m * rng.uniform(0.8, 1.2, 400))
    lane, mean = speeds.Speeds(LENGTH_M, 60.0, both_ways=both_ways), None
    for look in range(int(SECONDS / every_s)):
        along = row + kmh / 3.6 * look * every_s
        along = along[(along > 0) & (along < LENGTH_M) & (rng.random(len(along)) > 0.1)]
        along = along + rng.normal(0, 0.3, len(along))
        points = np.stack([along, np.zeros(len(along))], axis=1).astype(np.float32)
        mean = lane.step(look * every_s, 0, points)
    return mean


def error(kmh: float, gap_m: float, every_s: float, *, both_ways: bool = False) -> float | None:
    """Mean size of the error, km/h; None: nothing was said."""
    told = [said(kmh, gap_m, every_s, seed, both_ways=both_ways) for seed in SEEDS]
    return round(fmean(abs(t - kmh) for t in told if t is not None), 2) if None not in told else None


def by_look() -> dict[str, object]:
    """Errors by seconds between looks, with the limits of age lifted."""
    kept = speeds.OLDEST_S, speeds.OLDEST_BOTH_WAYS_S
    speeds.OLDEST_S = speeds.OLDEST_BOTH_WAYS_S = 10.0
    try:
        return {
            kind: {
                f"{kmh:g} km/h": {
                    every: error(kmh, gap, every, both_ways=both) for every in (1.0, 2.0, 3.0, 4.0)
                }
                for kmh, gap in TRAFFIC
            }
            for kind, both in (("one_way", False), ("both_ways", True))
        }
    finally:
        speeds.OLDEST_S, speeds.OLDEST_BOTH_WAYS_S = kept


def by_outlier() -> dict[float, dict[str, float | None]]:
    """Errors at a look every 2 s."""
    kept, found = speeds.OUTLIER, {}
    for weight in (0.02, 0.05, 0.1, 0.2, 0.5):
        speeds.OUTLIER = weight
        found[weight] = {f"{kmh:g} km/h": error(kmh, gap, 2.0) for kmh, gap in TRAFFIC}
    speeds.OUTLIER = kept
    return found


def by_rounds() -> dict[int, float]:
    """The furthest that any of the speeds still is from where 200 rounds take it, km/h."""
    kept, ends = speeds.ROUNDS, {}
    for rounds in (3, 6, 12, 24, 200):
        speeds.ROUNDS = rounds
        ends[rounds] = [said(kmh, gap, 2.0, seed) or 0.0 for kmh, gap in TRAFFIC for seed in SEEDS]
    speeds.ROUNDS = kept
    last = ends.pop(200)
    return {
        rounds: round(max(abs(a - b) for a, b in zip(end, last, strict=True)), 2)
        for rounds, end in ends.items()
    }


def main() -> None:
    """Measure, print, and add the row."""
    row = {
        "at": iso(SystemClock().now()),
        **source(HERE),
        "machine": machine(),
        "result": {
            "error_by_look_s": by_look(),
            "error_by_outlier": by_outlier(),
            "left_by_rounds": by_rounds(),
        },
    }
    print(json.dumps(row["result"], indent=1))
    results.append(HERE / "results" / "lane_speeds.jsonl", row)


if __name__ == "__main__":
    main()
