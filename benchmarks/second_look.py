"""How well does the second look without a model tell fishing from people on water, and from how far?

    PATROL_TEST_DATA=... PATROL_TEST_MODELS=... python benchmarks/second_look.py

Adds a row to benchmarks/results/second_look.jsonl; a minute or two on one core. `stills`: the area under the
ROC curve of `score`, rods and nets against people on water and water alone, the least and most of it when one
picture is left out, of each kind alone, and each picture's score; people and boats by YOLOX-nano at 384 x 640
in the whole picture and 2 x 2 tiles. `clip`: what `GearMemory` makes of looks at the river bank. `stops_at`:
pixels to a metre (of the crop, by the height of people) at which the rod of the clip is found in so many
looks, and the least at which the best rod of each still is found again. `ms`: of this thread's processor time
for a crop of 640 x 640, the least and the middle of 30.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from math import hypot
from pathlib import Path

import cv2
import numpy as np

from patrol.bench import results
from patrol.bench.evaluation.count_looking import running
from patrol.bench.evaluation.labels import read_labels
from patrol.bench.machine import machine, source
from patrol.config.models import DetectorConfig
from patrol.config.policy import LookingConfig
from patrol.core.clock import SystemClock, iso
from patrol.core.closer import Box, Crop, Gear, GearKind, cut, scale_of
from patrol.core.gear import GearMemory
from patrol.core.geometry import Boxes
from patrol.core.media import Pixels
from patrol.vision.candidates.evidence.people import DecodedPicture
from patrol.vision.closer import clarity
from patrol.vision.closer.lines import Params, build
from patrol.vision.worker.policy import policy_for

ROOT = Path(__file__).parent
FISHING, OTHERS = ("fishing_rod", "fishing_net"), ("neg_people_water", "neg_water")
CLIP = "clip_river_bank_angler_720p.mp4"
MOST, SURE = 4, 0.2
SHARES = (1.0, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)
SCALES = (200, 150, 100, 80, 60, 50, 40, 30, 25, 20, 15)
LOOK = build(Params(), ROOT)


class Finder:
    """People, or boats where there are none, as `patrol eval scenes` finds them in stills."""

    def __init__(self) -> None:
        model = Path(os.environ["PATROL_TEST_MODELS"]) / "yolox_nano.onnx"
        config = DetectorConfig(model=str(model), input=(384, 640), threshold=0.35)
        self._detector = running(config, Path(tempfile.mkdtemp()), tiny=False).detector
        self._policy = policy_for(LookingConfig(tiles=(2, 2)), self._detector, ())

    def subjects(self, pixels: Pixels, least: float = 0.35) -> Boxes:
        picture = DecodedPicture(pixels)
        inputs = self._policy.prepare(picture, picture.grey(320, 180))
        found = self._policy.merge(self._detector.detect(inputs))
        boxes = found.of("person", at_least=least).boxes
        boxes = boxes if len(boxes) else found.of("boat", at_least=least).boxes
        return boxes[np.argsort(boxes[:, 1] - boxes[:, 3], kind="stable")[:MOST]]


def looked(pixels: Pixels, boxes: Boxes, px_per_m: float | None = None) -> tuple[float, tuple[Gear, ...]]:
    closer = LOOK.examine(cut(DecodedPicture(pixels), boxes, px_per_m))
    return closer.score, tuple(gear for gear in closer.gear if gear.kind is GearKind.ROD)


def shrunk(pixels: Pixels, share: float) -> Pixels:
    if share >= 1:
        return pixels
    return np.asarray(cv2.resize(pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)


def area(fishing: Sequence[float], others: Sequence[float]) -> float:
    """Area under the ROC curve: how often one of the first goes before one of the others."""
    return float(np.mean([(a > b) + 0.5 * (a == b) for a in fishing for b in others]))


def areas(scores: dict[str, tuple[str, float]]) -> dict[str, float]:
    def of(*labels: str, without: str = "") -> list[float]:
        return [s for name, (label, s) in scores.items() if label in labels and name != without]

    held = [
        area(of(*FISHING, without=name), of(*OTHERS, without=name))
        for name, (label, _) in scores.items()
        if label in FISHING + OTHERS
    ]
    found = {
        "all": area(of(*FISHING), of(*OTHERS)),
        "all_but_one_least": min(held),
        "all_but_one_most": max(held),
        "rods": area(of("fishing_rod"), of(*OTHERS)),
        "nets": area(of("fishing_net"), of(*OTHERS)),
        "against_people": area(of(*FISHING), of("neg_people_water")),
    }
    return {name: round(value, 4) for name, value in found.items()}


def same(found: Sequence[Gear], true: Box, aspect: float) -> bool:
    """Whether one of them lies along a line: 12 degrees, and the middle within 0.6 of its length."""

    def form(ends: Box) -> tuple[float, float, float, float]:
        dx, dy = (ends[2] - ends[0]) * aspect, ends[3] - ends[1]
        turn = float(np.degrees(np.arctan2(dy, dx)) % 180)
        return (ends[0] + ends[2]) / 2 * aspect, (ends[1] + ends[3]) / 2, turn, hypot(dx, dy)

    x, y, turn, long = form(true)
    for gear in found:
        own = form(gear.ends)
        askew = abs((own[2] - turn + 90) % 180 - 90)
        if askew < 12 and hypot(own[0] - x, own[1] - y) < 0.6 * long:
            return True
    return False


def stills(data: Path, finder: Finder) -> tuple[dict[str, tuple[str, float]], dict[str, int | None]]:
    """Each picture's label and score, and the least pixels to a metre at which its best rod is found."""
    scores: dict[str, tuple[str, float]] = {}
    least: dict[str, int | None] = {}
    for one in read_labels(data / "labels.csv"):
        if not one.is_still:
            continue
        bgr = cv2.imread(str(one.path))
        assert bgr is not None, one.path
        pixels = np.ascontiguousarray(bgr[..., ::-1], np.uint8)
        boxes = finder.subjects(pixels)
        each = [boxes[i : i + 1] for i in range(len(boxes))] or [boxes]
        answers = [looked(pixels, crop) for crop in each]
        scores[one.name] = (one.label, max(score for score, _ in answers))
        best = max(range(len(answers)), key=lambda i: answers[i][0])
        if one.label == "fishing_rod" and len(boxes):
            found = answers[best][1] or looked(pixels, each[best], 1e4)[1]
            least[one.name] = stops(pixels, each[best], found)
        print(one.name, one.label, round(scores[one.name][1], 3), least.get(one.name), flush=True)
    return scores, least


def stops(pixels: Pixels, boxes: Boxes, found: Sequence[Gear]) -> int | None:
    height, width = pixels.shape[:2]
    full = scale_of((boxes * (width, height, width, height)).astype(np.float32))
    if not found or full is None:
        return None
    true, reached = found[0].ends, None
    for scale in SCALES:
        if scale < full:
            if not same(looked(shrunk(pixels, scale / full), boxes)[1], true, width / height):
                break
            reached = scale
    return reached


def frames(file: Path, finder: Finder) -> Iterator[tuple[float, Pixels, Boxes]]:
    """Second, picture and the surest person of each half second."""
    read, number = cv2.VideoCapture(str(file)), 0
    while True:
        there, bgr = read.read()
        if not there:
            return
        if number % 12 == 0 and bgr.mean() > 50:  # it fades in from black, and out
            pixels = np.ascontiguousarray(bgr[..., ::-1], np.uint8)
            boxes = finder.subjects(pixels, SURE)[:1]
            if len(boxes):
                yield number / 25, pixels, boxes
        number += 1


def clip(shots: Sequence[tuple[float, Pixels, Boxes]]) -> dict[str, object]:
    out: dict[str, object] = {}
    for name, step in (("each_half_second", 1), ("each_two_seconds", 4)):
        memory = GearMemory(60.0)
        for second, pixels, boxes in shots[::step]:
            memory.note(second, LOOK.examine(cut(DecodedPicture(pixels), boxes)))
        out[name] = {
            "looks": memory.looks,
            "rods": [
                {
                    "ends": [round(e, 3) for e in rod.ends],
                    "share": round(rod.share, 3),
                    "confidence": round(rod.confidence, 3),
                }
                for rod in memory.rods()
            ],
        }
    return out


def clip_stops(shots: Sequence[tuple[float, Pixels, Boxes]], true: Box) -> list[dict[str, float]]:
    out = []
    for share in SHARES:
        hits = [same(looked(shrunk(p, share), b)[1], true, 16 / 9) for _, p, b in shots[::2]]
        sizes = [
            scale_of((b * ((p.shape[1], p.shape[0]) * 2)).astype(np.float32)) or 0.0 for _, p, b in shots
        ]
        row = {"px_per_m": round(float(np.median(sizes)) * share, 1), "found": round(float(np.mean(hits)), 3)}
        out.append(row)
    return out


def cost(pixels: Pixels, boxes: Boxes) -> dict[str, float]:
    part = np.ascontiguousarray(pixels[80:720, 300:940])
    crop = Crop(part, (300 / 1280, 80 / 720, 940 / 1280, 1.0), boxes)
    spent = []
    for _ in range(30):
        began = time.thread_time()
        LOOK.examine(crop)
        spent.append(1000 * (time.thread_time() - began))
    return {"least": round(min(spent), 1), "middle": round(float(np.median(spent)), 1)}


def main() -> None:
    cv2.setNumThreads(1)
    data = Path(os.environ["PATROL_TEST_DATA"]) / "fishing"
    finder = Finder()
    scores, _ = stills(data, finder)
    shots = list(frames(data / CLIP, finder))
    remembered = clip(shots)
    memory = GearMemory(60.0)
    for second, pixels, boxes in shots:
        memory.note(second, LOOK.examine(cut(DecodedPicture(pixels), boxes)))
    needed, clarity.NEEDED_PX_PER_M = clarity.NEEDED_PX_PER_M, 0.0  # found or not, however far
    by_clip = clip_stops(shots, memory.rods()[0].ends)
    _, least = stills(data, finder)
    clarity.NEEDED_PX_PER_M = needed
    row = {
        "at": iso(SystemClock().now()),
        **source(ROOT),
        "machine": machine(),
        "scenario": {"second_look": "lines", "model": "yolox_nano", "input": [384, 640], "tiles": [2, 2]},
        "result": {
            "stills": areas(scores) | {"scores": {name: round(s, 3) for name, (_, s) in scores.items()}},
            "clip": remembered,
            "stops_at": {"clip": by_clip, "stills": least, "needed": needed},
            "ms": cost(shots[6][1], shots[6][2]),
        },
    }
    print(row["result"])
    results.append(Path(os.environ.get("PATROL_RESULTS", ROOT / "results" / "second_look.jsonl")), row)


if __name__ == "__main__":
    main()
