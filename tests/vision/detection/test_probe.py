from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from patrol.core.detections import Detections
from patrol.core.media import Picture
from patrol.core.protocols import DetectorInfo, Prepared
from patrol.vision.detection import probe
from patrol.vision.detection.labels import COCO_80
from patrol.vision.detection.scene import DrawnStreet

Row = tuple[float, float, float, float, float, int]


def found(*rows: Row) -> Detections:
    table = np.asarray(rows, np.float32).reshape(-1, 6)
    return Detections(table[:, :4], table[:, 4], table[:, 5].astype(np.int32), COCO_80)


class CpuMeter:
    """CPU seconds that only fake detectors use."""

    def __init__(self) -> None:
        self.used = 0.0

    def __call__(self) -> float:
        return self.used


class FakeDetector:
    """Finds the same in every picture and takes its time."""

    info = DetectorInfo("fake", "fake", "f32", 64, 64, COCO_80, "")

    def __init__(self, meter: CpuMeter, costs_s: float, answer: Detections) -> None:
        self._meter, self._costs_s, self._answer = meter, costs_s, answer

    def prepare(self, picture: Picture) -> Prepared:
        return Prepared(picture.pixels(64, 64), (64, 64), (0, 0))

    def detect(self, batch: Sequence[Prepared]) -> list[Detections]:
        self._meter.used += self._costs_s
        return [self._answer for _ in batch]


PERSON: Row = (0.1, 0.1, 0.2, 0.5, 0.8, 0)
SHIFTED: Row = (0.1, 0.11, 0.2, 0.5, 0.78, 0)
ELSEWHERE: Row = (0.6, 0.1, 0.7, 0.5, 0.8, 0)


def test_finding_nothing_proves_nothing() -> None:
    meter = CpuMeter()
    blind = FakeDetector(meter, 0.010, found())
    result = probe.compare(blind, FakeDetector(meter, 0.001, found()), "bf16", meter)
    assert result.precision == "f32"
    assert "nothing to compare" in result.sentence("bf16")


def verdict(f32_s: float, bf16_s: float, bf16_finds: Row = SHIFTED) -> probe.Verdict:
    meter = CpuMeter()
    f32 = FakeDetector(meter, f32_s, found(PERSON))
    return probe.compare(f32, FakeDetector(meter, bf16_s, found(bf16_finds)), "bf16", meter)


@pytest.mark.parametrize(
    ("f32_s", "bf16_s", "precision"),
    [(0.010, 0.007, "bf16"), (0.010, 0.0091, "f32"), (0.010, 0.010, "f32"), (0.010, 0.015, "f32")],
)
def test_reduced_precision_has_to_gain_a_tenth(f32_s: float, bf16_s: float, precision: str) -> None:
    result = verdict(f32_s, bf16_s)
    assert result.precision == precision
    assert result.f32_ms == pytest.approx(1000 * f32_s)
    assert result.other_ms == pytest.approx(1000 * bf16_s)
    assert precision in result.sentence("bf16")


def test_fast_and_wrong_is_not_taken_and_said() -> None:
    result = verdict(0.010, 0.001, ELSEWHERE)
    assert result.precision == "f32"
    assert "gives other boxes" in result.sentence("bf16")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ([PERSON], [SHIFTED], True),
        ([], [], True),
        ([PERSON], [], False),
        ([PERSON], [ELSEWHERE], False),
        ([PERSON], [(*PERSON[:4], 0.65, 0)], False),
        ([PERSON], [(*PERSON[:4], 0.8, 2)], False),
        ([PERSON, (*ELSEWHERE[:4], 0.35, 0)], [SHIFTED], True),
        ([PERSON, ELSEWHERE], [SHIFTED], False),
    ],
)
def test_sameness(a: list[Row], b: list[Row], same: bool) -> None:
    assert probe.same(found(*a), found(*b)) is same
    assert probe.same(found(*b), found(*a)) is same


def test_verdicts_are_remembered_by_key_and_damage_is_survived(tmp_path: Path) -> None:
    store = probe.VerdictStore(tmp_path / "probe.json")
    assert store.recall("a") is None
    one, two = probe.Verdict("bf16", 2.0, 1.0, True, 6), probe.Verdict("f32", 2.0, 3.0, True, 6)
    store.keep("a", one)
    store.keep("b", two)
    assert (store.recall("a"), store.recall("b"), store.recall("c")) == (one, two, None)
    for damaged in ("", "[]", '{"a": {"precision": "bf16"}}', '{"a": 1}'):
        store.path.write_text(damaged, encoding="utf-8")
        assert store.recall("a") is None
    store.keep("a", two)
    assert store.recall("a") == two


def test_the_machine_has_a_lasting_name() -> None:
    assert probe.machine() == probe.machine()
    assert len(probe.machine()) == 16


def test_the_drawn_street_is_the_same_every_time_and_scales() -> None:
    street = DrawnStreet()
    assert (street.width, street.height) == (1280, 720)
    small = street.pixels(96, 64, "bgr")
    assert small.shape == (64, 96, 3)
    assert np.array_equal(small, DrawnStreet().pixels(96, 64, "bgr"))
    assert np.array_equal(small[..., ::-1], street.pixels(96, 64, "rgb"))
    assert small.std() > 20
