"""What tiles cost and find, how their doubles are merged, and what darkness does to a detector.

    PATROL_TEST_DATA=... python benchmarks/tiling.py yolox_nano FILE.onnx

`tiles`: for each set and grid the passes of a look, CPU milliseconds of this thread (scaling, detector and
merging) and the count. `beach_crowd` counts from a score of 0.15 on, with a zone over the beach; its figure
is the mean of |count - heads| / heads. `pets09_s2l1` (every fourth picture) has recall, precision (IoU 0.4)
and mean absolute error of the count; `street` (15 to 25 people by eye) and `square` (35 to 55) only a mean
count; all three count from 0.35 on. `merging`: the same at 2 x 2 by the IoU above which two boxes are one,
`overlap`: by what tiles share.
`light`: the PETS pictures with less light (gamma 2.2) and a noise of 5 levels. `by_day`: of the clips.
Adds a row to benchmarks/results/tiling.jsonl.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from patrol.bench import results
from patrol.bench.machine import machine, source
from patrol.config.policy import OVERLAP, LookingConfig
from patrol.core.clock import SystemClock
from patrol.core.detections import Detections, Look
from patrol.core.geometry import Boxes, iou
from patrol.core.protocols import DetectionPolicy
from patrol.core.zone import WHOLE_PICTURE, Zone
from patrol.vision.candidates.evidence.people import DecodedPicture
from patrol.vision.decode.picture import FramePicture
from patrol.vision.detection import manifests, openvino
from patrol.vision.detection.merging import merged, without_nested
from patrol.vision.detection.tiling import WHOLE, grid
from patrol.vision.worker.daylight import brightness
from patrol.vision.worker.detecting import SharedDetector
from patrol.vision.worker.policy import policy_for

ROOT = Path(__file__).parent
LEAST, THRESHOLD, FAR_THRESHOLD = 0.12, 0.35, 0.15
BEACH = Zone("beach", "beach", "ground", ((0.0, 0.37), (1.0, 0.37), (1.0, 0.90), (0.0, 0.90)))
NEAR_GRIDS = ((1, 1), (2, 2), (3, 2))
FAR_GRIDS = ((1, 1), (2, 2), (4, 3), (6, 4), (8, 4), (7, 6))
DARKER = (1.0, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01)
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A picture, and what is in it: boxes, or how many."""

    frame: av.VideoFrame
    there: Boxes | int


def frames(file: Path, every: int = 1) -> list[av.VideoFrame]:
    with av.open(str(file)) as container:
        return [frame for number, frame in enumerate(container.decode(video=0)) if number % every == 0]


def pets(data: Path) -> list[Shot]:
    folder, rows = data / "pets09_s2l1", defaultdict(list)
    for line in (folder / "gt.txt").read_text().splitlines():
        number, _, x, y, w, h = (float(value) for value in line.split(",")[:6])
        rows[int(number)].append((x / 768, y / 576, (x + w) / 768, (y + h) / 576))
    files = sorted(folder.glob("0*.jpg"))[::4]
    return [Shot(frames(file)[0], np.asarray(rows[int(file.stem)], np.float32)) for file in files]


def beach(data: Path) -> list[Shot]:
    with (data / "beach_crowd" / "heads.csv").open() as file:
        heads = Counter(row["file"] for row in csv.DictReader(file))
    return [Shot(frames(data / "beach_crowd" / name)[0], count) for name, count in sorted(heads.items())]


def found(there: Boxes, boxes: Boxes) -> int:
    """How many of those that are there have a box of their own, best overlap first."""
    overlaps, hits = iou(there, boxes), 0
    while overlaps.size and overlaps.max() >= 0.4:
        row, column = np.unravel_index(int(overlaps.argmax()), overlaps.shape)
        overlaps[row, :] = overlaps[:, column] = 0
        hits += 1
    return hits


def figures(shots: Sequence[Shot], people: Sequence[Detections]) -> Figures:
    counts = [len(seen) for seen in people]
    out: Figures = {"mean_count": round(float(np.mean(counts)), 2)}
    there = [len(s.there) if isinstance(s.there, np.ndarray) else s.there for s in shots]
    if isinstance(shots[0].there, np.ndarray):
        pairs = zip(shots, people, strict=True)
        hits = sum(found(s.there, p.boxes) for s, p in pairs if isinstance(s.there, np.ndarray))
        out |= {"recall": round(hits / sum(there), 3), "precision": round(hits / max(1, sum(counts)), 3)}
        out["count_mae"] = round(float(np.mean(np.abs(np.subtract(counts, there)))), 3)
    elif min(there) > 0:
        relative = np.abs(np.subtract(counts, there)) / np.asarray(there)
        out |= {"relative_error": round(float(relative.mean()), 3), "counts": counts}
    return out


def look(policy: DetectionPolicy, detector: SharedDetector, shot: Shot, spent: list[float]) -> Detections:
    picture = FramePicture(shot.frame, VideoReformatter())
    grey = picture.grey(320, 180)
    began = time.thread_time()
    inputs = policy.prepare(picture, grey)
    prepared = time.thread_time()
    answers = detector.detect(inputs)
    answered = time.thread_time()
    shown = policy.merge(answers)
    taken = Look("c", "l", datetime.now(UTC), 0.0, picture.width, picture.height, shown, grey)
    counted = policy.counted(taken).of("person")
    now = time.thread_time()
    for i, seconds in enumerate((prepared - began, answered - prepared, now - answered, float(len(inputs)))):
        spent[i] += seconds
    return counted


def tiles(
    detector: SharedDetector,
    shots: Sequence[Shot],
    grids: Iterable[tuple[int, int]],
    zone: Zone,
    overlap: float = OVERLAP,
) -> list[Figures]:
    out = []
    for columns, rows in grids:
        policy = policy_for(LookingConfig(tiles=(columns, rows), tile_overlap=overlap), detector, (zone,))
        spent = [0.0] * 4
        people = [look(policy, detector, shot, spent) for shot in shots]
        scale, detect, merge, passes = (total / len(shots) for total in spent)
        cost = {"scale_ms": scale, "detect_ms": detect, "merge_ms": merge}
        row = {"tiles": [columns, rows], "passes": round(passes)}
        out.append(row | {k: round(1000 * v, 1) for k, v in cost.items()} | figures(shots, people))
        print(out[-1], flush=True)
    return out


def merging(detector: SharedDetector, shots: Sequence[Shot]) -> list[Figures]:
    windows = (WHOLE, *grid(2, 2, 0.2))
    policy = policy_for(LookingConfig(tiles=(2, 2)), detector, ())
    answers = []
    for shot in shots:
        picture = FramePicture(shot.frame, VideoReformatter())
        answers.append(detector.detect(policy.prepare(picture, picture.grey(320, 180))))
    out = []
    for same in (0.1, 0.2, 0.3, 0.4, 0.5):
        all_of = [merged(answer, windows, same).of("person", at_least=THRESHOLD) for answer in answers]
        out.append({"same": same} | figures(shots, [without_nested(seen, "person") for seen in all_of]))
        print(out[-1], flush=True)
    return out


def light(detector: SharedDetector, shots: Sequence[Shot]) -> list[Figures]:
    random, out = np.random.default_rng(3), []
    for share in DARKER:
        people, bright = [], []
        for shot in shots:
            linear = (shot.frame.to_ndarray(format="rgb24") / 255.0) ** 2.2 * share
            noise = random.normal(0, 5, linear.shape) if share < 1 else 0.0
            dark = DecodedPicture(np.clip(linear ** (1 / 2.2) * 255 + noise, 0, 255).astype(np.uint8))
            bright.append(brightness(dark.grey(320, 180)))
            people.append(detector.detect([detector.prepare(dark)])[0].of("person", at_least=THRESHOLD))
        row = {"light": share, "brightness": round(float(np.mean(bright)), 1)}
        out.append(row | figures(shots, people))
        print(out[-1], flush=True)
    return out


def by_day(data: Path) -> Figures:
    """Brightness of the clips: least and most, and how far it sways within a clip, relative to its mean."""
    means, sways = [], []
    for file in sorted(data.glob("*_clips/*.mp4")):
        read: NDArray[np.float64] = np.asarray(
            [
                brightness(FramePicture(frame, VideoReformatter()).grey(320, 180))
                for frame in frames(file, every=25)
            ]
        )
        means.append(float(read.mean()))
        sways.append(float((read.max() - read.min()) / read.mean()))
    return {"clips": len(means), "least": min(means), "most": max(means), "sways_at_most": max(sways)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("model")
    parser.add_argument("file")
    parser.add_argument("--results", type=Path, default=ROOT / "results" / "tiling.jsonl")
    asked = parser.parse_args()
    built = openvino.build(
        openvino.Params(
            model_path=asked.file, manifest=manifests.by_id(asked.model), threshold=LEAST, precision="f32"
        )
    )
    far, near = SharedDetector(built, FAR_THRESHOLD), SharedDetector(built, THRESHOLD)
    data = Path(os.environ["PATROL_TEST_DATA"])
    sets = {
        "pets09_s2l1": pets(data),
        "street": [Shot(f, 0) for f in frames(data / "crowd_clips" / "towncentre_1080p_96f.mp4", 12)],
        "square": [Shot(f, 0) for f in frames(data / "crowd_clips" / "plaza_bw_720p.mp4", 42)],
    }
    row: Figures = {
        "at": SystemClock().now().isoformat(timespec="seconds"),
        **source(ROOT),
        "machine": machine(),
        "model": built.info.model_id,
        "input": [built.info.height, built.info.width],
        "tiles": {"beach_crowd": tiles(far, beach(data), FAR_GRIDS, BEACH)}
        | {name: tiles(near, shots, NEAR_GRIDS, WHOLE_PICTURE) for name, shots in sets.items()},
        "merging": {name: merging(near, shots) for name, shots in sets.items()},
        "overlap": {
            str(o): tiles(near, sets["pets09_s2l1"], NEAR_GRIDS[1:], WHOLE_PICTURE, o)
            for o in (0.1, 0.2, 0.3)
        },
        "light": light(near, sets["pets09_s2l1"]),
        "by_day": by_day(data),
    }
    results.append(asked.results, row)
    print(row["by_day"])


if __name__ == "__main__":
    main()
