"""Are vehicles followed? By simulated traffic, at looks 1, 2 and 4 s apart, by the speed that they drive at.

    python benchmarks/tracking_vehicles.py --sumo DIR [--results FILE]

DIR holds SUMO's programs (the extra `sumo`). The case `incident` of congestion_sumo.py: two lanes, free at
first, then jammed behind a lane that is blocked. Each vehicle of which half can be seen is found with the
probability 0.85, with the true box of its visible part. Counted are pairs of looks, one after the other,
that both found a vehicle: `kept`, its track was the same; `taken`, its track in the second look was another
vehicle's in the first.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from congestion_sumo import CASES, EPOCH, NEAR_M, WARM_UP_S, drive

from patrol.bench import results
from patrol.bench.machine import machine, source
from patrol.bench.simulation.detector import LABELS
from patrol.bench.simulation.fcd import read_fcd
from patrol.bench.simulation.vehicles import SHAPES, see
from patrol.bench.simulation.visibility import visible_parts
from patrol.core.detections import Detections, Look
from patrol.vision.tracking.tracker import GeometryTracker

CASE = CASES["incident"]
ROOT = Path(__file__).resolve().parent.parent
BANDS = (10.0, 20.0, 40.0, 200.0)
"""Upper ends, km/h."""
FOUND, LEAST_SEEN = 0.85, 0.5


@dataclass(frozen=True, slots=True)
class Found:
    """One look: its second, and the vehicles in the order of the detections, with their speeds."""

    second: int
    names: tuple[str, ...]
    kmh: tuple[float, ...]
    detections: Detections


def found(fcd: Path, seed: int) -> list[Found]:
    stretch, random = CASE.stretch(), np.random.default_rng(seed)
    camera = CASE.mast.camera(stretch)
    looks = []
    for second, vehicles in read_fcd(fcd, (stretch.start - NEAR_M, stretch.end + NEAR_M)):
        if second < WARM_UP_S:
            continue
        seen = see(camera, vehicles)
        visible = visible_parts(seen.outlines)
        rows = np.flatnonzero((visible.shares >= LEAST_SEEN) & (random.random(len(seen.vehicles)) < FOUND))
        some = [seen.vehicles[row] for row in rows]
        labels = np.asarray([LABELS.index(SHAPES[one.kind].label) for one in some], np.int32)
        scores = np.full(len(rows), 0.5, np.float32)
        detections = Detections(visible.boxes[rows], scores, labels, LABELS)
        kmh = tuple(3.6 * one.speed for one in some)
        looks.append(Found(int(second), tuple(one.id for one in some), kmh, detections))
    return looks


def pairs(looks: list[Found], every: int) -> Iterator[tuple[float, bool, bool]]:
    """Speed, kept and taken of each pair."""
    tracker, before = GeometryTracker(), dict[str, int]()
    for look in looks:
        if look.second % every:
            continue
        at = EPOCH + timedelta(seconds=look.second)
        ids = tracker.update(Look("sumo", str(look.second), at, look.second, 1920, 1080, look.detections))
        now = dict(zip(look.names, ids.tolist(), strict=True))
        owners = {track: name for name, track in before.items()}
        for name, kmh in zip(look.names, look.kmh, strict=True):
            if name in before:
                yield kmh, now[name] == before[name], owners.get(now[name], name) != name
        before = now


def figures(looks: list[Found], every: int) -> Iterator[dict[str, object]]:
    of: dict[float, Counter[str]] = {band: Counter() for band in BANDS}
    for kmh, kept, taken in pairs(looks, every):
        of[next(band for band in BANDS if kmh < band)].update(pairs=1, kept=kept, taken=taken)
    for band, count in of.items():
        if count["pairs"]:
            share = {name: round(count[name] / count["pairs"], 3) for name in ("kept", "taken")}
            yield {"every_s": every, "below_kmh": band, "pairs": count["pairs"], **share}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sumo", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        looks = found(drive(CASE.scenario, given.seed, given.sumo, Path(folder)), given.seed)
    about = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **source(ROOT), "machine": machine()}
    for every in (1, 2, 4):
        for row in figures(looks, every):
            print(json.dumps(row))
            if given.results:
                results.append(given.results, {"case": "incident", "seed": given.seed, **row, **about})


if __name__ == "__main__":
    main()
