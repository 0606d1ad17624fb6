"""How large must something be in a detector's input to be found? Pictures are shrunk, step by step.

    PATROL_TEST_DATA=... python benchmarks/recall_by_size.py persons yolox_nano FILE.onnx
    PATROL_TEST_DATA=... python benchmarks/recall_by_size.py vehicles yolox_nano FILE.onnx

`persons`: the 100 frames of PETS09-S2L1 and their ground truth; the size is a person's height. Occluded
people count too: they lower every size alike. `vehicles`: one picture a second of the traffic clips, which
have no ground truth: what the same detector is sure of at full size (score 0.6) is taken as true; the size is
the square root of a box's area. Each is put into the input at a number of sizes, and counts at the size that
it has there. It is found where a box overlaps it by half (IoU 0.5), best overlap first.

`half_at_input_px` is the size at which recall has fallen to half of its best bin, between the middles of two
bins. Adds a row to benchmarks/results/recall_by_size.jsonl.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.bench import results
from patrol.core.clock import SystemClock
from patrol.core.geometry import Boxes, iou
from patrol.core.media import Pixels
from patrol.core.protocols import Detector, Prepared
from patrol.vision.detection import manifests, openvino

SHRUNK = (1.0, 0.8, 0.65, 0.5, 0.4, 0.32, 0.25, 0.2, 0.16, 0.13, 0.1)
"""Sizes of the picture in the input; 1: it fills it."""
BINS = (6, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40, 48, 64)
"""Edges, input pixels."""
THRESHOLD = 0.35
"""The default of streams.yaml."""
MIN_SEEN = 50
"""A bin with fewer says little."""
ROOT = Path(__file__).parent
SURE = 0.6
VEHICLES = ("car", "motorcycle", "bus", "truck")
Counts = dict[int, list[int]]
Sizes = NDArray[np.float32]


def truth(file: Path, width: int, height: int) -> dict[int, Boxes]:
    """Boxes in picture fractions by frame."""
    rows = defaultdict(list)
    for line in file.read_text().splitlines():
        frame, _, x, y, w, h = (float(value) for value in line.split(",")[:6])
        rows[int(frame)].append((x / width, y / height, (x + w) / width, (y + h) / height))
    return {frame: np.asarray(boxes, np.float32) for frame, boxes in rows.items()}


def shrunk(pixels: Pixels, share: float, detector: Detector) -> Prepared:
    """The picture at the top left of the input, filling this share of what would fit; the rest is grey."""
    info = detector.info
    fit = share * min(info.width / pixels.shape[1], info.height / pixels.shape[0])
    width, height = round(pixels.shape[1] * fit), round(pixels.shape[0] * fit)
    canvas = np.full((info.height, info.width, 3), 114, np.uint8)
    canvas[:height, :width] = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return Prepared(canvas, (float(width), float(height)), (0.0, 0.0))


def found(people: Boxes, boxes: Boxes) -> list[bool]:
    """Which people are matched, each box once, best overlap first."""
    overlaps, matched = iou(people, boxes), [False] * len(people)
    while overlaps.size and overlaps.max() >= 0.5:
        person, box = np.unravel_index(int(overlaps.argmax()), overlaps.shape)
        matched[int(person)] = True
        overlaps[person, :] = overlaps[:, box] = 0
    return matched


def persons(data: Path, _: Detector) -> Iterator[tuple[Pixels, Boxes]]:
    """Pictures with the people in them."""
    folder = data / "pets09_s2l1"
    for file in sorted(folder.glob("*.jpg")):
        pixels = cv2.imread(str(file))
        assert pixels is not None
        yield (
            pixels.astype(np.uint8),
            truth(folder / "gt.txt", pixels.shape[1], pixels.shape[0])[int(file.stem)],
        )


def vehicles(data: Path, detector: Detector) -> Iterator[tuple[Pixels, Boxes]]:
    """Pictures with the vehicles that the detector is sure of."""
    for clip in sorted((data / "traffic_clips").glob("*.mp4")):
        capture = cv2.VideoCapture(str(clip))
        every = max(1, round(capture.get(cv2.CAP_PROP_FPS)))
        for number in range(int(capture.get(cv2.CAP_PROP_FRAME_COUNT))):
            good, pixels = capture.read()
            if good and number % every == 0:
                (answer,) = detector.detect([shrunk(pixels.astype(np.uint8), 1.0, detector)])
                yield pixels.astype(np.uint8), answer.of(*VEHICLES, at_least=SURE).boxes


def tall(sides: Sizes) -> Sizes:
    heights: Sizes = sides[:, 1]
    return heights


def area(sides: Sizes) -> Sizes:
    return np.asarray(np.sqrt(np.prod(sides, axis=1)), np.float32)


Things = tuple[
    Callable[[Path, Detector], Iterator[tuple[Pixels, Boxes]]], Callable[[Sizes], Sizes], tuple[str, ...]
]
WHAT: dict[str, Things] = {
    "persons": (persons, tall, ("person",)),
    "vehicles": (vehicles, area, VEHICLES),
}


def counts(things: Things, data: Path, detector: Detector) -> Counts:
    """Things and things found, by bin."""
    pictures, size, labels = things
    table: Counts = {edge: [0, 0] for edge in BINS[:-1]}
    for pixels, there in pictures(data, detector):
        for share in SHRUNK:
            prepared = shrunk(pixels, share, detector)
            (answer,) = detector.detect([prepared])
            boxes = answer.of(*labels, at_least=THRESHOLD).boxes
            sizes = size((there[:, 2:] - there[:, :2]) * np.asarray(prepared.scale, np.float32))
            for row, hit in zip(np.digitize(sizes, BINS) - 1, found(there, boxes), strict=True):
                if 0 <= row < len(BINS) - 1:
                    table[BINS[row]][0] += 1
                    table[BINS[row]][1] += hit
    return table


def recalls(table: Counts) -> Iterator[tuple[float, float]]:
    """Middle of each bin with enough in it, and the share of that which was found."""
    for low, high in pairwise(BINS):
        there, hits = table[low]
        if there >= MIN_SEEN:
            yield (low + high) / 2, hits / there


def half(curve: list[tuple[float, float]]) -> float:
    """Height at which recall is half of the best, from above, between the middles of two bins."""
    goal = max(recall for _, recall in curve) / 2
    for (low, less), (high, more) in reversed(list(pairwise(curve))):
        if less < goal <= more:
            return low + (goal - less) / (more - less) * (high - low)
    raise SystemExit(f"recall never falls to {goal:.2f} in {curve}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", choices=sorted(WHAT))
    parser.add_argument("model")
    parser.add_argument("file")
    parser.add_argument("--results", type=Path, default=ROOT / "results" / "recall_by_size.jsonl")
    asked = parser.parse_args()
    detector = openvino.build(
        openvino.Params(
            model_path=asked.file,
            manifest=manifests.by_id(asked.model),
            threshold=THRESHOLD,
            precision="f32",
        )
    )
    table = counts(WHAT[asked.what], Path(os.environ["PATROL_TEST_DATA"]), detector)
    curve = list(recalls(table))
    row = {
        "at": SystemClock().now().isoformat(timespec="seconds"),
        "model": detector.info.model_id,
        "input": [detector.info.height, detector.info.width],
        "threshold": THRESHOLD,
        "what": asked.what,
        "seen": sum(there for there, _ in table.values()),
        "recall": [{"input_px": middle, "recall": round(recall, 3)} for middle, recall in curve],
        "half_at_input_px": round(half(curve), 1),
    }
    results.append(asked.results, row)
    print(row)


if __name__ == "__main__":
    main()
