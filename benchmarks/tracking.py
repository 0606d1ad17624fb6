"""Our tracker against those of the libraries `trackers` and `supervision`, at the rates that Patrol looks at.

    python benchmarks/tracking.py --data DIR --model FILE.onnx \
        --trackers PYTHON --supervision PYTHON [--results FILE]

DIR is the folder of footage (`pets09_s2l1`, `mot15_tud/TUD-Campus`), FILE the official yolox_nano.onnx,
PYTHON the interpreter of an environment of its own with `trackers` 2.x, or with `supervision` 0.26, which
still has a ByteTrack. Needs the extra `eval`. All trackers get the same boxes: those of the detector, found
once per frame (f32, 384x640, score 0.35 and more), and the true ones, where nothing but the association can
go wrong. A run is begun at every frame of the first step, and all are scored together. One JSON row a
tracker, source and rate.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from patrol.bench import results
from patrol.bench.evaluation import count_frames
from patrol.bench.evaluation.count_looking import looking, running
from patrol.bench.evaluation.track import (
    LABELS,
    Given,
    Pace,
    TrueLook,
    follow,
    scored,
    truth_looks,
)
from patrol.bench.evaluation.track_looks import by_detector, looked
from patrol.bench.evaluation.truth import read_mot, seen_frames
from patrol.bench.machine import machine, source
from patrol.config.models import DetectorConfig
from patrol.config.policy import LookingConfig
from patrol.core.detections import Detections, Ids, Look
from patrol.core.protocols import Tracker
from patrol.vision.tracking.tracker import GeometryTracker

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = Path(__file__).with_name("tracking_libraries.py")

LOW_RATES = {"minimum_consecutive_frames": 1, "lost_track_buffer": 300, "track_activation_threshold": 0.6}
"""An id at the first sure look, 10 s of memory, and the score for a new track that ours has: what somebody
would set who knows that looks are seconds apart. Overlap is IoU, or measures that reach beyond contact."""
SURE = {"high_conf_det_threshold": 0.5}
SHIPPED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("sort", "as shipped", {}),
    ("bytetrack", "as shipped", {}),
    ("ocsort", "as shipped", {}),
    ("cbiou", "as shipped", {}),
    ("botsort", "as shipped", {}),
)
SET: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("sort", "low rates, IoU 0.05", {**LOW_RATES, "minimum_iou_threshold": 0.05}),
    ("sort", "low rates, DIoU -0.5", {**LOW_RATES, "iou": "DIoU", "minimum_iou_threshold": -0.5}),
    ("sort", "low rates, GIoU -0.7", {**LOW_RATES, "iou": "GIoU", "minimum_iou_threshold": -0.7}),
    ("bytetrack", "low rates, IoU 0.05", {**LOW_RATES, **SURE, "minimum_iou_threshold": 0.05}),
    (
        "bytetrack",
        "low rates, DIoU -0.3",
        {**LOW_RATES, **SURE, "iou": "DIoU", "minimum_iou_threshold": -0.3},
    ),
    (
        "bytetrack",
        "low rates, DIoU -0.5",
        {**LOW_RATES, **SURE, "iou": "DIoU", "minimum_iou_threshold": -0.5},
    ),
    (
        "bytetrack",
        "low rates, GIoU -0.7",
        {**LOW_RATES, **SURE, "iou": "GIoU", "minimum_iou_threshold": -0.7},
    ),
    (
        "bytetrack",
        "low rates, DIoU -0.5, counts looks",
        {**LOW_RATES, **SURE, "iou": "DIoU", "minimum_iou_threshold": -0.5, "timed": False},
    ),
    (
        "cbiou",
        "low rates, buffers 1 and 2",
        {**LOW_RATES, **SURE, "buffer_ratio_first": 1.0, "buffer_ratio_second": 2.0},
    ),
)
SUPERVISION: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("supervision", "as shipped", {}),
    (
        "supervision",
        "low rates",
        {
            "lost_track_buffer": 300,
            "minimum_consecutive_frames": 1,
            "track_activation_threshold": 0.5,
            "minimum_matching_threshold": 0.99,
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Clip:
    name: str
    file: Path
    truth: Path
    fps: float
    truth_size: tuple[int, int] | None
    rates: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Case:
    clip: str
    boxes: str
    rate: float
    pace: Pace
    size: tuple[int, int]
    truth: Mapping[int, TrueLook]
    found: Mapping[int, Detections]

    def runs(self) -> list[range]:
        return self.pace.runs(range(min(self.truth), max(self.truth) + 1))

    def words(self) -> dict[str, object]:
        return {"clip": self.clip, "boxes": self.boxes, "rate": self.rate, "every_s": self.pace.every_s}


def clips(data: Path) -> tuple[Clip, ...]:
    pets, tud = data / "pets09_s2l1", data / "mot15_tud" / "TUD-Campus"
    rates = (0.25, 0.5, 1.0, 2.0, 7.0)
    return (
        Clip("PETS09-S2L1", pets / "vtest_480x360_795f.avi", pets / "gt.txt", 7.0, (768, 576), rates),
        Clip("TUD-Campus", tud / "TUD-Campus.mp4", tud / "gt" / "gt.txt", 25.0, None, (5.0, 25.0)),
    )


def cases(data: Path, model: Path) -> Iterator[Case]:
    config = DetectorConfig(model=str(model), precision="f32", input=(384, 640), threshold=0.35)
    detector = running(config, Path("/nonexistent"), tiny=False)
    find = by_detector(looking(detector.detector, LookingConfig()))
    for clip in clips(data):
        rows = read_mot(clip.truth)
        looks = looked(count_frames.clip(clip.file), seen_frames(rows), find, None)
        truth = truth_looks(clip.truth, rows, clip.truth_size or looks.size, looks.size)
        for rate in clip.rates:
            step = max(1, round(clip.fps / rate))
            for boxes, found in (("detector", looks.found), ("truth", as_detections(truth))):
                yield Case(clip.name, boxes, rate, Pace(clip.fps, step, step), looks.size, truth, found)


def as_detections(truth: Mapping[int, TrueLook]) -> dict[int, Detections]:
    return {
        number: Detections(
            true.boxes,
            np.full(len(true.boxes), 0.9, np.float32),
            np.zeros(len(true.boxes), np.int32),
            LABELS,
        )
        for number, true in truth.items()
    }


class Timed:
    """A tracker, and the processor time that it took."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self.spent: list[float] = []

    def update(self, look: Look) -> Ids:
        begun = time.process_time()
        ids = self._tracker.update(look)
        self.spent.append(time.process_time() - begun)
        return ids


def ours(case: Case) -> dict[str, object]:
    trackers = [Timed(GeometryTracker()) for _ in case.runs()]
    followed = [
        follow(run, case.found, case.truth, tracker, case.pace, case.size)
        for run, tracker in zip(case.runs(), trackers, strict=True)
    ]
    spent = [seconds for tracker in trackers for seconds in tracker.spent]
    figures = {**scored(followed), "ms_per_look": round(1000 * sum(spent) / len(spent), 3)}
    return {"tracker": "geometry", "setting": "as shipped", "version": "patrol", **case.words(), **figures}


def job(case: Case, tracker: str, options: dict[str, Any]) -> dict[str, Any]:
    scale = np.asarray(case.size * 2, np.float64)

    def rows(number: int) -> list[list[float]]:
        found = case.found[number]
        table: list[list[float]] = np.concatenate(
            [found.boxes * scale, found.scores[:, None]], axis=1
        ).tolist()
        return table

    runs = [[[n / case.pace.fps, rows(n)] for n in run if n in case.found] for run in case.runs()]
    return {"tracker": tracker, "options": options, "rate": 1 / case.pace.every_s, "runs": runs}


def theirs(
    python: str, some: list[Case], settings: tuple[tuple[str, str, dict[str, Any]], ...]
) -> Iterator[dict[str, object]]:
    todo = [(case, *setting) for setting in settings for case in some]
    jobs = [job(case, tracker, options) for case, tracker, _, options in todo]
    done = subprocess.run(
        [python, "-W", "ignore", str(LIBRARY)],
        input=json.dumps({"jobs": jobs}), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{python}: {done.stderr[-2000:]}")
    answers = json.loads(done.stdout.splitlines()[-1])["answers"]
    for (case, tracker, setting, _), answer in zip(todo, answers, strict=True):
        followed = [
            follow(run, case.found, case.truth, _given(run, case, ids), case.pace, case.size)
            for run, ids in zip(case.runs(), answer["runs"], strict=True)
        ]
        yield {
            "tracker": tracker, "setting": setting, "version": answer["version"], **case.words(),
            **scored(followed), "ms_per_look": round(answer["ms_per_look"], 3),
        }  # fmt: skip


def _given(run: range, case: Case, ids: list[list[int]]) -> Given:
    numbers = [number for number in run if number in case.found]
    return Given({f"eval-{n}": np.asarray(of, np.int64) for n, of in zip(numbers, ids, strict=True)})


def table(rows: list[dict[str, object]]) -> str:
    lines = []
    for boxes in ("truth", "detector"):
        some = [row for row in rows if row["boxes"] == boxes]
        heads = list(dict.fromkeys(f"{row['clip']} {row['rate']:g}" for row in some))
        lines += [
            "",
            f"MOTA / IDF1, {boxes}'s boxes",
            f"| | {' | '.join(heads)} |",
            "|---" * (len(heads) + 1) + "|",
        ]
        for name in dict.fromkeys(f"{row['tracker']}, {row['setting']}" for row in some):
            cells = [
                f"{100 * float(str(row['mota'])):.1f} / {100 * float(str(row['idf1'])):.1f}"
                for row in some
                if f"{row['tracker']}, {row['setting']}" == name
            ]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--trackers", metavar="PYTHON")
    parser.add_argument("--supervision", metavar="PYTHON")
    parser.add_argument("--results", type=Path)
    given = parser.parse_args()
    some = list(cases(given.data, given.model))
    rows = [ours(case) for case in some]
    if given.trackers:
        rows += theirs(given.trackers, some, SHIPPED + SET)
    if given.supervision:
        rows += theirs(given.supervision, some, SUPERVISION)
    print(table(rows))
    if given.results:
        about = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **source(ROOT), "machine": machine()}
        for row in rows:
            results.append(given.results, {**row, **about})


if __name__ == "__main__":
    main()
