"""The real networks: on the drawn street everywhere, on real footage where it is.

PETS09-S2L1: 4 to 8 people on a square, 768 x 576. A detection counts when it overlaps a person by half.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from patrol.core.detections import Detections
from patrol.core.geometry import Boxes, iou
from patrol.core.protocols import Detector
from patrol.vision.detection import onnx, openvino
from patrol.vision.detection.manifests import catalogue
from patrol.vision.detection.scene import DrawnStreet
from tests.fakes.models import ArrayPicture

THRESHOLD = 0.3


def yolox(path: Path, precision: str = "f32", size: tuple[int, int] | None = None) -> Detector:
    model = catalogue()["yolox_nano"]
    return openvino.build(openvino.Params(str(path), model, size, THRESHOLD, precision))


@dataclass(frozen=True)
class Accuracy:
    recall: float
    precision: float


def people_of_pets(folder: Path) -> dict[str, Boxes]:
    """Boxes as picture fractions by file name."""
    boxes: dict[str, list[list[float]]] = defaultdict(list)
    for line in (folder / "gt.txt").read_text(encoding="utf-8").splitlines():
        frame, _, x, y, w, h, *_ = (float(part) for part in line.split(","))
        boxes[f"{int(frame):06}.jpg"].append([x / 768, y / 576, (x + w) / 768, (y + h) / 576])
    return {name: np.asarray(rows, np.float32) for name, rows in boxes.items()}


def judged(detector: Detector, files: Sequence[Path]) -> list[Detections]:
    results = []
    for file in files:
        bgr = cv2.imread(str(file))
        assert bgr is not None, file
        picture = ArrayPicture(np.ascontiguousarray(bgr[..., ::-1], np.uint8))
        results += detector.detect([detector.prepare(picture)])
    return results


def accuracy(detector: Detector, folder: Path) -> Accuracy:
    truth = people_of_pets(folder)
    files = sorted(folder.glob("*.jpg"))[::4]
    hits = found = there = 0
    for file, detections in zip(files, judged(detector, files), strict=True):
        people, persons = truth[file.name], detections.of("person")
        overlap = iou(persons.boxes, people)
        for row in range(len(persons)):  # best score first; each person is found once
            best = int(overlap[row].argmax())
            if overlap[row, best] >= 0.5:
                hits += 1
                overlap[:, best] = 0
        found += len(persons)
        there += len(people)
    return Accuracy(hits / there, hits / found)


@pytest.mark.model
def test_ssd_sees_drawn_people(compiled_ssd: Detector) -> None:
    (found,) = compiled_ssd.detect([compiled_ssd.prepare(DrawnStreet())])
    assert {found.label_of(i) for i in range(len(found))} == {"person"}
    assert len(found) >= 2


@pytest.mark.model
@pytest.mark.data
def test_ssd_on_real_people(compiled_ssd: Detector, data_dir: Path) -> None:
    measured = accuracy(compiled_ssd, data_dir / "pets09_s2l1")
    assert measured.recall > 0.6
    assert measured.precision > 0.55


def test_yolox_sees_all_drawn_people_on_both_runtimes(yolox_file: Path) -> None:
    model = catalogue()["yolox_nano"]
    here = yolox(yolox_file)
    there = onnx.build(onnx.Params(str(yolox_file), model, threshold=THRESHOLD))
    (a,) = here.detect([here.prepare(DrawnStreet())])
    (b,) = there.detect([there.prepare(DrawnStreet())])
    assert [a.label_of(i) for i in range(len(a))] == ["person"] * 6
    np.testing.assert_allclose(a.scores, b.scores, atol=0.01)
    np.testing.assert_allclose(a.boxes, b.boxes, atol=0.005)


@pytest.mark.parametrize("size", [(256, 416), (320, 416), (416, 416), (352, 608)])
def test_yolox_runs_at_any_size(yolox_file: Path, size: tuple[int, int]) -> None:
    built = yolox(yolox_file, size=size)
    (found,) = built.detect([built.prepare(DrawnStreet())])
    assert len(found.of("person")) >= 5


@pytest.mark.data
def test_yolox_on_real_people(yolox_file: Path, data_dir: Path) -> None:
    measured = accuracy(yolox(yolox_file), data_dir / "pets09_s2l1")
    assert measured.recall > 0.8
    assert measured.precision > 0.7


@pytest.mark.data
def test_bf16_sees_the_people_that_f32_sees(yolox_file: Path, data_dir: Path) -> None:
    folder = data_dir / "pets09_s2l1"
    reduced = yolox(yolox_file, "bf16")
    if reduced.info.precision != "bf16":
        pytest.skip("this CPU has no bf16")
    exact, close = accuracy(yolox(yolox_file), folder), accuracy(reduced, folder)
    assert abs(exact.recall - close.recall) < 0.02
    assert abs(exact.precision - close.precision) < 0.03
