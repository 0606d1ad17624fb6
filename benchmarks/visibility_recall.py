"""How often is a person found, by visible share and by size? On TUD-Campus and PETS09-S2L1 (MOT15 truth).

    PATROL_TEST_DATA=... python benchmarks/visibility_recall.py yolox_nano FILE.onnx

The visible share is the painter's algorithm over the truth's boxes: who stands lower in the picture is
nearer. Smaller sizes are the same pictures shrunk on a grey ground. A person is found where a detection
overlaps the whole box, or the box of what can be seen of it, by an IoU of 0.5. Adds one row to
results/visibility_recall.jsonl and prints it; `--no-row` only prints.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.bench.machine import machine, source
from patrol.bench.results import append
from patrol.bench.simulation.recall import Measured, of_row
from patrol.core.clock import SystemClock
from patrol.core.geometry import Boxes, iou
from patrol.core.media import Pixels
from patrol.core.protocols import Detector
from patrol.vision.candidates.evidence.people import DecodedPicture
from patrol.vision.detection import manifests, openvino

RESULTS = Path(__file__).with_name("results") / "visibility_recall.jsonl"
THRESHOLD = 0.35
"""The configuration's default."""
SHRINK = (1.0, 0.7, 0.5, 0.35, 0.25, 0.18, 0.12)
SIZES = (0, 8, 12, 16, 20, 26, 34, 46, 64, 90, 400)
VISIBLE = (0.0, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.999, 1.01)
WHOLE = 0.85
"""From this visible share on, a person counts as seen whole: half a box's error is as much."""
LARGE = 26
"""Sizes from here on measure the visible share's part alone, pixels of the detector's input."""
ENOUGH = 15
"""A cell or bin with fewer persons is not used."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person in one picture: what was there, and whether it was found."""

    size: float
    share: float
    found: bool
    errors: tuple[float, ...]


def truth(file: Path) -> dict[int, Boxes]:
    rows: dict[int, list[list[float]]] = {}
    for line in file.read_text().splitlines():
        frame, _, left, top, width, height, confidence = (float(value) for value in line.split(",")[:7])
        if confidence:
            rows.setdefault(int(frame), []).append([left, top, left + width, top + height])
    return {frame: np.array(boxes, np.float32) for frame, boxes in rows.items()}


def pictures(data: Path) -> Iterator[tuple[Pixels, Boxes]]:
    """Every picture (RGB) with the boxes of its persons in pixels."""
    rows = truth(data / "pets09_s2l1" / "gt.txt")
    for file in sorted((data / "pets09_s2l1").glob("*.jpg")):
        picture = cv2.imread(str(file))
        assert picture is not None
        yield cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8), rows[int(file.stem)]
    campus = data / "mot15_tud" / "TUD-Campus"
    rows = truth(campus / "gt" / "gt.txt")
    capture = cv2.VideoCapture(str(campus / "TUD-Campus.mp4"))
    for frame in sorted(rows):
        there, picture = capture.read()
        if there:
            yield cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8), rows[frame]


def visible(boxes: Boxes, width: int, height: int) -> tuple[NDArray[np.float64], Boxes]:
    """Visible share of each box, and the box of what is visible."""
    shares, left_over = np.zeros(len(boxes)), boxes.copy()
    taken = np.zeros((height, width), np.bool_)
    for row in np.argsort(-boxes[:, 3], kind="stable"):
        left, top, right, bottom = boxes[row].round().astype(int)
        here = (slice(max(0, top), max(0, bottom)), slice(max(0, left), max(0, right)))
        free = ~taken[here]
        shares[row] = free.sum() / max(1, (right - left) * (bottom - top))
        y, x = np.nonzero(free)
        if len(x):
            left_over[row] = (x.min(), y.min(), x.max() + 1, y.max() + 1)
            left_over[row] += (here[1].start, here[0].start) * 2
        taken[here] = True
    return shares, left_over


def judge(detector: Detector, pixels: Pixels, boxes: Boxes, shrink: float) -> tuple[list[Person], int]:
    """All persons of one picture at one size, and how many detections there are on nobody."""
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    canvas = np.full_like(pixels, 114)
    canvas[: small.shape[0], : small.shape[1]] = small
    [answer] = detector.detect([detector.prepare(DecodedPicture(canvas))])
    found = (answer.of("person").boxes * ([width, height] * 2)).astype(np.float32)
    shares, parts = visible(boxes, width, height)
    whole, part = boxes * np.float32(shrink), parts * np.float32(shrink)
    overlap = np.maximum(iou(whole, found), iou(part, found))
    matches = match(overlap)
    scale = min(detector.info.width / width, detector.info.height / height)
    people = []
    for row, box in enumerate(whole):
        size = float(np.sqrt(np.prod(box[2:] - box[:2]))) * scale
        hit = matches.get(row)
        wide, high = box[2:] - box[:2]
        errors = () if hit is None else tuple(float(e) for e in (found[hit] - box) / ([wide, high] * 2))
        people.append(Person(size, float(shares[row]), hit is not None, errors))
    nobody = [column for column in range(len(found)) if not len(whole) or overlap[:, column].max() < 0.3]
    return people, len(nobody)


def match(overlap: NDArray[np.float32]) -> dict[int, int]:
    """Truth row to detection, best overlap first, from 0.5 on."""
    matches: dict[int, int] = {}
    for flat in np.argsort(-overlap, axis=None, kind="stable"):
        row, column = (int(i) for i in np.unravel_index(flat, overlap.shape))
        if overlap[row, column] < 0.5:
            break
        if row not in matches and column not in matches.values():
            matches[row] = column
    return matches


def rate(people: list[Person]) -> float:
    return sum(p.found for p in people) / len(people)


def bins(people: list[Person], key: str, edges: tuple[float, ...]) -> list[dict[str, float]]:
    rows = []
    for low, high in itertools.pairwise(edges):
        here = [p for p in people if low <= getattr(p, key) < high]
        if len(here) >= ENOUGH:
            middle = float(np.mean([getattr(p, key) for p in here]))
            rows.append({"at": round(middle, 3), "recall": round(rate(here), 4), "n": len(here)})
    return rows


def summary(people: list[Person], false_per_picture: float) -> dict[str, object]:
    whole = [p for p in people if p.share >= WHOLE]
    large = [p for p in people if p.size >= LARGE]
    by_size, by_visible = bins(whole, "size", SIZES), bins(large, "share", VISIBLE)
    top = rate([p for p in large if p.share >= WHOLE])
    for row in by_visible:
        row["recall"] = round(min(1.0, row["recall"] / top), 4)
    errors = np.array([p.errors for p in whole if p.found and p.size >= 16])
    result: dict[str, object] = {
        "persons": len(people),
        "by_size": [{"size": r.pop("at"), **r} for r in by_size],
        "by_visible": [{"visible": r.pop("at"), **r} for r in by_visible],
        "recall_large_whole": round(top, 4),
        "edge_bias": [round(float(v), 4) for v in errors.mean(axis=0)],
        "edge_error": [round(float(v), 4) for v in errors.std(axis=0)],
        "false_per_picture": round(false_per_picture, 3),
        "cells": cells(people),
    }
    return {**result, "misfit": misfit(of_row(result), people)}


def misfit(measured: Measured, people: list[Person]) -> float:
    """Root mean square of modelled less measured recall over the cells of persons who are hidden in part."""
    squares, counts = [], []
    for sizes, shares in itertools.product(itertools.pairwise(SIZES), itertools.pairwise(VISIBLE)):
        here = [p for p in people if sizes[0] <= p.size < sizes[1] and shares[0] <= p.share < shares[1]]
        if len(here) >= ENOUGH and shares[0] < WHOLE:
            model = measured.recall(np.array([p.size for p in here]), np.array([p.share for p in here]))
            squares.append((float(model.mean()) - rate(here)) ** 2)
            counts.append(len(here))
    return round(float(np.sqrt(np.average(squares, weights=counts))), 4)


def cells(people: list[Person]) -> list[dict[str, float]]:
    """Recall by both, to hold the product of the two curves against."""
    rows = []
    for low, high in itertools.pairwise(SIZES):
        column = [p for p in people if low <= p.size < high]
        rows += [{"size_from": low, **row} for row in bins(column, "share", VISIBLE)]
    return rows


def main(model: str, file: str, *, keep: bool) -> None:
    params = openvino.Params(
        model_path=file,
        manifest=manifests.by_id(model),
        threshold=THRESHOLD,
        precision="f32",
        input=(384, 640),
    )
    detector = openvino.build(params)
    people: list[Person] = []
    false, frames = 0, 0
    for pixels, boxes in pictures(Path(os.environ["PATROL_TEST_DATA"])):
        for shrink in SHRINK:
            seen, nobody = judge(detector, pixels, boxes, shrink)
            people += seen
            if shrink == 1.0:
                false, frames = false + nobody, frames + 1
    row = {
        "at": SystemClock().now().isoformat(timespec="seconds"),
        **source(Path(__file__).parent),
        "machine": machine(),
        "scenario": {
            "model": model,
            "input": "384x640",
            "precision": detector.info.precision,
            "threshold": THRESHOLD,
            "pictures": frames,
            "shrink": SHRINK,
        },
        "result": summary(people, false / frames),
    }
    if keep:
        append(RESULTS, row)
    print(json.dumps(row))


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--no-row"]
    main(words[0], words[1], keep="--no-row" not in sys.argv)
