"""Persons per square metre against simulated people: JuPedSim walks, a camera model sees, we judge.

    pip install -c constraints.txt '.[jupedsim]'
    python benchmarks/density_jupedsim.py            # every case, without and with a SIMULATED network
    python benchmarks/density_jupedsim.py --quick --no-rows
    python benchmarks/density_jupedsim.py --recall   # what is found of a crowd: for core/occlusion.py
    python benchmarks/density_jupedsim.py --table    # what is stored, in Markdown

Adds one row a case, camera, seed and kind of means to results/density_jupedsim.jsonl and prints each;
docs/design/truth-by-simulation.md explains them. Courses are kept in --cache (a folder of the temporary one).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from patrol.bench.machine import machine, source
from patrol.bench.results import append
from patrol.bench.simulation.camera import Pinhole
from patrol.bench.simulation.crowd_judge import BANDS, Said, averaged, band, bands, crush, false_presence
from patrol.bench.simulation.crowd_network import PUBLISHED_ERROR, SimulatedNetwork
from patrol.bench.simulation.crowd_recall import Fit, Strip, fitted, strips
from patrol.bench.simulation.detector import PERSONS, SimulatedDetector
from patrol.bench.simulation.painted import painted
from patrol.bench.simulation.pedestrians import People, see_people
from patrol.bench.simulation.plaza import Post, Square, ground_zone
from patrol.bench.simulation.recall import read_measured
from patrol.bench.simulation.view import CALIBRATION_ERROR_M
from patrol.bench.simulation.visibility import visible_parts
from patrol.bench.simulation.walking import (
    LOOK_EVERY_S,
    Course,
    Gathering,
    Milling,
    Scenario,
    Stream,
    walked,
)
from patrol.core.clock import SystemClock
from patrol.core.detections import Look
from patrol.core.observation import Observation, Presence
from patrol.core.occlusion import most_per_m2
from patrol.core.place import Means, Place
from patrol.core.viewpoint import viewpoint_of
from patrol.vision.analytics import density
from patrol.vision.candidates.debounce import Change, Debounce, Timing

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "density_jupedsim.jsonl"
MEASURED = HERE / "results" / "visibility_recall.jsonl"
CACHE = Path(tempfile.gettempdir()) / "patrol-walked"
SQUARE = Square((2.0, 2.0), (18.0, 18.0))
"""The zone in the square of 20 x 20 m: people around it hide those in it."""
DENSITIES = (0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0)
SIMULATED = "simulated"
"""Name of the simulated network, which is nobody's."""
CELL_M = 3.0
"""Side of the cells of which the densest is the truth of a crush: a crush is local. Nine square metres, near
the analytic's own cells of ten; theirs do not lie alike."""
SETTLED_S = 20.0
"""Looks before are not judged: a square is not full at once, and the analytic averages."""
MEAN_S = 10.0
"""The truth's mean over so long is held against estimates as well: they are such means (`smooth_s`)."""
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
RECALL_POSTS = ((4, 8), (4, 14), (6, 8), (8, 4), (8, 12), (12, 2), (12, 8), (12, 14))
"""Height and distance before the zone, metres: 9 to 75 degrees of depression."""
RECALL_AT = (20.0, 58.0)
"""Seconds of the courses."""
PIXELS = (15.0, 22.0, 28.0, 35.0, 45.0, 60.0, 120.0)
USED = 0.45
"""Recall from which on estimates are given: about where `occlusion.MOST_GAIN` is reached."""
LOADS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.3, 1.7, 2.5, 4.0, 8.0, 16.0)
DEPRESSIONS = (8.0, 12.0, 16.0, 20.0, 25.0, 30.0, 35.0, 40.0, 50.0, 60.0, 80.0)


def looked_at(cache: Path, seed: int) -> Iterator[Strip]:
    """Strips of all densities through all cameras and tilings."""
    measured = read_measured(MEASURED)
    for per_m2 in DENSITIES:
        crowds = [p for second, p in walked(Milling(per_m2), seed, cache).timed() if second in RECALL_AT]
        for height, away in RECALL_POSTS:
            for tiles in (1, 2, 3):
                camera = Post(height, away, tiles).camera(SQUARE)
                view = viewpoint_of(camera.ground(), camera.width, camera.rows)
                assert view is not None
                detector = SimulatedDetector(measured, camera, seed, PERSONS, tiles)
                for people in crowds:
                    found = detector.detect_people(see_people(camera, people), people.ids, 1e3)
                    for strip in strips(SQUARE, people, found, camera, view, tiles):
                        yield Strip(f"{height} m, {away} m away", per_m2, *strip)


def recall_tables(rows: Sequence[Strip]) -> dict[str, object]:
    """Recall by density and depression, by load and pixels; the fit and how well it holds."""
    sharp = [row for row in rows if row.px_per_m >= 35.0]
    fit = fitted(sharp)
    loads = fit.load(_all(rows, "density"), _all(rows, "depression"))
    return {
        "fit": {key: round(value, 4) for key, value in asdict(fit).items()},
        "strips": len([row for row in sharp if row.there >= 10]),
        "by_depression": [
            {
                "depression": [low, high],
                "recall": {
                    f"{density:g}": _share(
                        [r for r in sharp if r.density == density and low <= r.depression < high]
                    )
                    for density in DENSITIES
                },
            }
            for low, high in pairwise(DEPRESSIONS)
        ],
        "by_load": [
            {
                "load": [low, high],
                "fitted": round(float(fit.recall(np.array([(low + high) / 2]))[0]), 3),
                "recall": {
                    f"{least:g} px/m": _share(
                        [
                            row
                            for row, load in zip(rows, loads, strict=True)
                            if low <= load < high and least <= row.px_per_m < most
                        ]
                    )
                    for least, most in pairwise(PIXELS)
                },
            }
            for low, high in pairwise(LOADS)
        ],
        "found_by_fitted": _ratios(sharp, fit),
    }


def _ratios(rows: Sequence[Strip], fit: Fit) -> dict[str, object]:
    """Found by what the relation expects, where it is used, by camera, density and depression."""
    load = fit.load(_all(rows, "density"), _all(rows, "depression"))
    expected = fit.recall(load) * _all(rows, "there")
    found = _all(rows, "found")

    def ratio(mask: np.ndarray) -> float | None:
        mask = mask & (fit.recall(load) > USED) & (fit.recall(load) < 0.95)
        return (
            round(float(found[mask].sum() / expected[mask].sum()), 3) if expected[mask].sum() > 100 else None
        )

    density, depression = _all(rows, "density"), _all(rows, "depression")
    posts = np.array([row.post for row in rows])
    each = [ratio((posts == post) & (density == value)) for post in set(posts) for value in DENSITIES]
    return {
        "spread": round(float(np.sqrt(np.mean([(one - 1) ** 2 for one in each if one is not None]))), 3),
        "post": {str(post): ratio(posts == post) for post in sorted(set(posts))},
        "density": {f"{value:g}": ratio(density == value) for value in DENSITIES},
        "depression": {
            f"{low:g}": ratio((depression >= low) & (depression < high))
            for low, high in pairwise(DEPRESSIONS)
        },
    }


def _all(rows: Sequence[Strip], name: str) -> np.ndarray:
    return np.array([getattr(row, name) for row in rows], np.float64)


def _share(rows: Sequence[Strip]) -> float | None:
    there = sum(row.there for row in rows)
    return round(sum(row.found for row in rows) / there, 3) if there >= 50 else None


@dataclass(frozen=True, slots=True)
class Case:
    """What happens, which ground is watched, and from where."""

    name: str
    scenario: Scenario
    zone: Square
    post: Post

    @property
    def limit(self) -> float:
        """Persons per square metre up to which the detector alone can tell everywhere in the zone."""
        camera = self.post.camera(self.zone)
        view = viewpoint_of(camera.ground(), camera.width, camera.rows)
        assert view is not None
        return most_per_m2(float(view.depression(self.zone.corners().astype(np.float32)).min()))


HIGH = (Square((3.0, 2.0), (17.0, 14.0)), Post(12.0, 2.0, 2))
POLE = (Square((5.0, 4.0), (15.0, 11.0)), Post(8.0, 2.0, 2))
LOW = (Square((7.0, 4.0), (13.0, 7.5)), Post(4.0, 1.0, 1))
FLAT = (Square((2.0, 2.0), (18.0, 18.0)), Post(6.0, 8.0, 3))
"""Zone and camera over the square of 20 x 20 m. The first three see all of their zone at 35 degrees of
depression or more, as the guide asks for, from 12, 8 and 4 m; the last at 13 to 28, as most cameras hang."""
POSTS = {"12 m": HIGH, "8 m": POLE, "4 m": LOW, "flat 6 m": FLAT}
GATE = (Square((1.0, 0.5), (7.0, 6.5)), Post(8.0, 4.0, 1))
MEETING = (Square((4.0, 4.0), (16.0, 16.0)), Post(12.0, 2.0, 2))
CASES = [
    *(
        Case(f"milling {density:g} from {name}", Milling(density), *post)
        for name, post in POSTS.items()
        for density in DENSITIES
    ),
    Case("stream to a gate from 8 m", Stream(), *GATE),
    Case("gathering from 12 m", Gathering(), *MEETING),
]
QUICK = ("milling 0.5 from 12 m", "milling 1.5 from 8 m", "milling 5 from 12 m", "stream to a gate from 8 m")


class Judged:
    """One analytic with its rule's timing, and all that it said of one case."""

    def __init__(self, case: Case, camera: Pinhole, network: SimulatedNetwork | None) -> None:
        place = Place(
            ground_zone(camera, case.zone),
            ground=camera.ground(CALIBRATION_ERROR_M),
            look_every_s=LOOK_EVERY_S,
            means=Means(density_networks={} if network is None else {SIMULATED: network}),
        )
        self._case = case
        self._analytic = density.build(density.Params(network=None if network is None else SIMULATED), place)
        self._rule, self._known = (Debounce(Timing(**density.TIMING)) for _ in range(2))
        self.said: list[Said] = []

    def look(self, look: Look, people: People) -> None:
        """Judge one look; `people` is the truth."""
        observation = self._analytic.observe(look)
        companion = self._analytic.companion.observe(look)
        zone = self._case.zone
        self.said.append(
            Said(
                look.arrived,
                zone.density(people),
                float(zone.cells(people, CELL_M).max()),
                _estimate(observation),
                observation.presence,
                self._rule.step(look.arrived, look.at, observation.presence) is Change.BEGAN,
                self._known.step(look.arrived, look.at, companion.presence) is Change.BEGAN,
            )
        )


def watched(case: Case, course: Course, seed: int, errors: Sequence[float | None]) -> list[list[Said]]:
    """What is said of one case without a network (None) and with SIMULATED ones of those errors."""
    camera = case.post.camera(case.zone)
    size = (camera.width, camera.rows)
    detector = SimulatedDetector(read_measured(MEASURED), camera, seed, PERSONS, case.post.tiles)
    networks = [None if error is None else SimulatedNetwork(camera, seed, error) for error in errors]
    judges = [Judged(case, camera, network) for network in networks]
    for number, (second, people) in enumerate(course.timed()):
        seen = see_people(camera, people)
        visible = visible_parts(seen.outlines)
        found = detector.detect_people(seen, people.ids, LOOK_EVERY_S, visible)
        picture = painted(seen, people.ids, size, number)
        at = EPOCH + timedelta(seconds=second)
        look = Look("simulated", str(number), at, second, *size, found, picture=picture)
        for network, judge in zip(networks, judges, strict=True):
            if network is not None:
                network.show(people, seen, visible)
            judge.look(look, people)
    return [judge.said for judge in judges]


def _estimate(observation: Observation) -> float | None:
    if observation.presence is Presence.CANNOT_TELL or "mean" not in observation.parts:
        return None
    return float(observation.parts["mean"])


def result(said: Sequence[Said]) -> dict[str, object]:
    """The figures of one run."""
    settled = [one for one in said if one.second >= SETTLED_S]
    found = crush(said)
    return {
        "bands": [asdict(one) for one in bands(settled)],
        "crush": None if found is None else asdict(found),
        "false_presence": false_presence(settled),
    }


def rows(case: Case, seed: int, cache: Path, errors: Sequence[float | None]) -> Iterator[dict[str, object]]:
    """One course, judged without and with a SIMULATED network."""
    course = walked(case.scenario, seed, cache)
    for error, said in zip(errors, watched(case, course, seed, errors), strict=True):
        yield {
            "case": case.name,
            "seed": seed,
            "network": None if error is None else f"{SIMULATED}, error {error:.3f}",
            "limit_per_m2": round(case.limit, 2),
            "camera": {"height_m": case.post.height, "zone_m2": case.zone.area_m2, "tiles": case.post.tiles},
            "result": result(said),
            "looks": [
                [one.second, round(one.truth, 3), None if one.estimate is None else round(one.estimate, 3)]
                for one in said
            ],
        }


def summary(stored: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """All looks of the newest stored rows together, as tables in Markdown."""
    newest = {(row["case"], row["seed"], row["network"]): row for row in stored}
    yield (
        "| network | cameras | true persons per m2 | looks | with an estimate | of those within 15 % "
        "| the same by the mean of 10 s | median error | 90 % of errors below |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    groups: dict[tuple[str, str], tuple[list[Said], list[Said]]] = {}
    for (case, _, network), row in newest.items():
        kind = "flat (13 to 28 degrees)" if "flat" in case else "35 degrees or more"
        said = [Said(at, truth, truth, estimate, Presence.ABSENT) for at, truth, estimate in row["looks"]]
        plain, mean = groups.setdefault((network or "none", kind), ([], []))
        plain += [one for one in said if one.second >= SETTLED_S]
        mean += [one for one in averaged(said, MEAN_S) if one.second >= SETTLED_S]
    for (network, kind), (plain, mean) in sorted(groups.items()):
        for low, high in ((0.0, 2.0), *pairwise(BANDS)):
            one, other = band(plain, low, high), band(mean, low, high)
            if one is None:
                continue
            within = "-" if other is None or other.within is None else f"{other.within:.0%}"
            figures = (
                "- | - | - | -"
                if one.within is None
                else f"{one.within:.0%} | {within} | {one.median:.0%} | {one.p90:.0%}"
            )
            truth = f"{low:g} to {high:g}"
            yield f"| {network} | {kind} | {truth} | {one.instants} | {one.told:.0%} | {figures} |"
    yield ""
    yield "| case | seed | network | dangerous from, s | raised after, s | cannot tell raised after, s |"
    yield "|---|---|---|---|---|---|"
    for (case, seed, network), row in sorted(newest.items(), key=str):
        if (found := row["result"]["crush"]) is not None:
            after = [
                "never" if found[key] is None else f"{found[key]:.0f}" for key in ("raised", "companion")
            ]
            yield f"| {case} | {seed} | {network or 'none'} | {found['due']:.0f} | {' | '.join(after)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recall", action="store_true", help="what is found of a crowd; no rows")
    parser.add_argument("--quick", action="store_true", help=f"only {', '.join(QUICK)}")
    parser.add_argument("--cases", default="", help="only cases whose names contain this")
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--error", type=float, default=PUBLISHED_ERROR, help="of the simulated network")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--no-rows", action="store_true")
    parser.add_argument("--table", action="store_true", help="run nothing; print the stored rows as tables")
    asked = parser.parse_args()
    seeds = [int(seed) for seed in asked.seeds.split(",")]
    if asked.table:
        stored = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
        print("\n".join(summary(stored)))
        return
    if asked.recall:
        for name, part in recall_tables(
            [row for seed in seeds for row in looked_at(asked.cache, seed)]
        ).items():
            print(name)
            for line in part if isinstance(part, list) else [part]:
                print("  " + json.dumps(line))
        return
    about = {
        "at": SystemClock().now().isoformat(timespec="seconds"),
        **source(HERE),
        "machine": machine(),
        "jupedsim": version("jupedsim"),
    }
    done: list[dict[str, object]] = []
    for case in CASES:
        if asked.cases not in case.name or (asked.quick and case.name not in QUICK):
            continue
        for seed in seeds:
            for row in rows(case, seed, asked.cache, (None, asked.error)):
                print(json.dumps({key: value for key, value in row.items() if key != "looks"}), flush=True)
                done.append(row)
                if not asked.no_rows:
                    append(RESULTS, {**about, **row})
    print("\n".join(summary(done)))


if __name__ == "__main__":
    main()
