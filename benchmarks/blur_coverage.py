"""How many heads does blurring cover? Against the ground truth of PETS09-S2L1 (MOT15 format).

    PATROL_TEST_DATA=... python benchmarks/blur_coverage.py yolox_nano FILE.onnx

`heads` counts ground-truth persons, occluded ones among them; a head is a square of 13 % of the height
at the top of the box, and covered when 90 % of it lies in a blurred region. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from patrol.core.geometry import Boxes
from patrol.core.media import Pixels
from patrol.vision.candidates.evidence.blur import SHOWN_THRESHOLD, head_regions, persons, union
from patrol.vision.candidates.evidence.people import DecodedPicture, Detect, find_people
from patrol.vision.candidates.evidence.preview import REACH
from patrol.vision.detection import manifests, openvino

Truth = dict[int, list[tuple[float, float, float, float]]]


def detector(model: str, file: str) -> Detect:
    params = openvino.Params(
        model_path=file, manifest=manifests.by_id(model), threshold=SHOWN_THRESHOLD, precision="f32"
    )
    built = openvino.build(params)
    return lambda pictures: built.detect([built.prepare(DecodedPicture(pixels)) for pixels in pictures])


def truth(file: Path) -> Truth:
    rows: Truth = defaultdict(list)
    for line in file.read_text().splitlines():
        frame, _, left, top, width, height = (float(value) for value in line.split(",")[:6])
        rows[int(frame)].append((left, top, width, height))
    return rows


def covered(pixels: Pixels, boxes: Boxes, people: list[tuple[float, float, float, float]]) -> list[bool]:
    height, width = pixels.shape[:2]
    mask = np.zeros((height, width), np.bool_)
    for left, top, right, bottom in head_regions(boxes, width, height):
        mask[top:bottom, left:right] = True
    heads = []
    for x, y, w, h in people:
        half = 0.065 * h
        head = mask[int(max(0, y)) : int(y + 2 * half), int(max(0, x + w / 2 - half)) : int(x + w / 2 + half)]
        if head.size:
            heads.append(bool(head.mean() >= 0.9))
    return heads


def stills(folder: Path, detect: Detect) -> dict[str, object]:
    rows, whole, tiled = truth(folder / "gt.txt"), list[bool](), list[bool]()
    for file in sorted(folder.glob("*.jpg")):
        picture = cv2.imread(str(file))
        assert picture is not None
        pixels = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8)
        people = rows[int(file.stem)]
        whole += covered(pixels, persons(*detect([pixels])), people)
        tiled += covered(pixels, find_people(pixels, detect), people)
    return {"heads": len(whole), "whole": share(whole), "whole_and_tiles": share(tiled)}


def previews(folder: Path, detect: Detect) -> dict[str, object]:
    """The clip at 480x360 and 7 pictures a second, first 200: its ground truth is for 768x576."""
    capture = cv2.VideoCapture(str(folder / "vtest_480x360_795f.avi"))
    pictures = [cv2.cvtColor(capture.read()[1], cv2.COLOR_BGR2RGB).astype(np.uint8) for _ in range(200)]
    found = [persons(*detect([pixels])) for pixels in pictures]
    rows, alone, near = truth(folder / "gt.txt"), list[bool](), list[bool]()
    for index, pixels in enumerate(pictures):
        people = [(x * 0.625, y * 0.625, w * 0.625, h * 0.625) for x, y, w, h in rows[index + 1]]
        alone += covered(pixels, found[index], people)
        near += covered(pixels, union(found[max(0, index - REACH) : index + REACH + 1]), people)
    return {"heads": len(alone), "alone": share(alone), "with_neighbours": share(near)}


def share(heads: list[bool]) -> float:
    return round(sum(heads) / len(heads), 3)


if __name__ == "__main__":
    data = Path(os.environ["PATROL_TEST_DATA"]) / "pets09_s2l1"
    people = detector(*sys.argv[1:3])
    print(json.dumps({"stills": stills(data, people), "previews": previews(data, people)}))
