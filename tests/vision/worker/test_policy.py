"""What a camera asks of its detector, with a detector that really looks for something."""

from __future__ import annotations

import csv
import functools
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from patrol.config.policy import LookingConfig, NightConfig
from patrol.core.detections import Detections, Look
from patrol.core.errors import ConfigError
from patrol.core.media import Picture, Pixels
from patrol.core.protocols import DetectionPolicy, DetectorInfo, Prepared
from patrol.core.zone import WHOLE_PICTURE, Zone
from patrol.vision.detection import openvino
from patrol.vision.detection.manifests import by_id
from patrol.vision.worker.daylight import HOLD_S
from patrol.vision.worker.detecting import TURN, SharedDetector
from patrol.vision.worker.policy import CameraPolicy, policy_for
from tests.fakes.looks import LABELS, at, look
from tests.fakes.models import ArrayPicture
from tests.fakes.squares import BRIGHT, DARK, Squares

FAR = Zone("far", "far", "ground", ((0.0, 0.25), (1.0, 0.25), (1.0, 0.45), (0.0, 0.45)))


@functools.cache
def picture(*boxes: tuple[int, int, int, int], dark: int = DARK) -> ArrayPicture:
    """1920 x 1080, with bright boxes: left, top, right, bottom in pixels."""
    rgb = np.full((1080, 1920, 3), dark, np.uint8)
    for left, top, right, bottom in boxes:
        rgb[top:bottom, left:right] = BRIGHT
    return ArrayPicture(rgb)


def see(policy: DetectionPolicy, detector: SharedDetector, shown: ArrayPicture, arrived: float = 0.0) -> Look:
    """One look as the eye takes it, with what counts."""
    grey = shown.grey(320, 180)
    merged = policy.merge(detector.detect(policy.prepare(shown, grey)))
    taken = Look("cam-1", f"look-{arrived}", at(arrived), arrived, 1920, 1080, merged, grey)
    return replace(taken, detections=policy.counted(taken))


def squares(threshold: float = 0.35) -> SharedDetector:
    return SharedDetector(Squares(), threshold)


@dataclass
class Told:
    """Says of every picture what it was told; remembers how many it got at once."""

    rows: tuple[tuple[str, float], ...] = ()
    box: tuple[float, float, float, float] = (0.1, 0.1, 0.2, 0.4)
    batches: list[int] = field(default_factory=list)
    info = DetectorInfo("told", "none", "f32", 32, 24, LABELS, "")

    def prepare(self, picture: Picture) -> Prepared:
        pixels: Pixels = picture.pixels(32, 24)
        return Prepared(pixels, (32.0, 24.0), (0.0, 0.0))

    def detect(self, batch: Sequence[Prepared]) -> list[Detections]:
        self.batches.append(len(batch))
        boxes = np.tile(np.asarray(self.box, np.float32), (len(self.rows), 1))
        scores = np.asarray([score for _, score in self.rows], np.float32)
        ids = np.asarray([LABELS.index(name) for name, _ in self.rows], np.int32)
        return [Detections(boxes, scores, ids, LABELS) for _ in batch]


def test_far_ones_that_the_whole_picture_misses_are_found_and_count_once() -> None:
    """20 pixels of 1920 are two of the detector's 192; the second stands where four tiles overlap."""
    detector = squares()
    shown = picture((300, 350, 320, 370), (950, 530, 970, 550), (1500, 400, 1700, 800))
    assert len(see(policy_for(LookingConfig(), detector, ()), detector, shown).detections) == 1
    tiled = see(policy_for(LookingConfig(tiles=(4, 3)), detector, ()), detector, shown)
    feet = sorted(tiled.detections.boxes[:, 3] * 1080)
    assert feet == pytest.approx([370, 550, 800], abs=6)


def test_a_large_one_that_every_tile_cuts_is_seen_in_the_whole_picture_and_counts_once() -> None:
    detector = squares()
    shown = picture((600, 200, 1300, 1000))
    found = see(policy_for(LookingConfig(tiles=(4, 3)), detector, ()), detector, shown).detections
    np.testing.assert_allclose(found.boxes * [1920, 1080, 1920, 1080], [[600, 200, 1300, 1000]], atol=12)


def test_only_tiles_at_zones_of_rules_are_searched_and_the_whole_picture_always() -> None:
    grey = picture().grey(320, 180)

    def passes(looking: LookingConfig, *zones: Zone) -> int:
        return len(policy_for(looking, squares(), zones).prepare(picture(), grey))

    assert passes(LookingConfig(tiles=(4, 4)), FAR) == 1 + 8
    assert passes(LookingConfig(tiles=(4, 4))) == 1 + 16
    assert passes(LookingConfig(tiles=(4, 4)), FAR, WHOLE_PICTURE) == 1 + 16
    assert passes(LookingConfig(tiles=(4, 4), tile_zones=False), FAR) == 1 + 16
    assert passes(LookingConfig(), FAR) == 1


def test_a_person_who_fills_a_tile_is_no_giant() -> None:
    """More than half of a tile wide, not sure: dropped if it were the picture (`plausible`)."""
    told = Told((("person", 0.4),), box=(0.3, 0.3, 0.45, 0.6))
    detector = SharedDetector(told, 0.35)
    policy = policy_for(LookingConfig(tiles=(4, 4)), detector, ())
    assert len(see(policy, detector, picture()).detections) == 1


def test_two_unsure_halves_are_no_giant_either() -> None:
    """Each is plausible by itself, and the person whom they would make is wider than half of the picture."""
    detector = SharedDetector(Told(), 0.35)
    policy = policy_for(LookingConfig(tiles=(2, 1)), detector, ())
    policy.prepare(picture(), picture().grey(320, 180))

    def seen(*box: float, score: float) -> Detections:
        ids = np.zeros(1, np.int32)
        return Detections(np.asarray([box], np.float32), np.asarray([score], np.float32), ids, LABELS)

    def halves(score: float) -> list[Detections]:
        left, right = (0.2, 0.3, 0.5556, 0.6), (0.4444, 0.3, 0.8, 0.6)
        return [Detections.none(LABELS), seen(*left, score=score), seen(*right, score=score)]

    assert len(policy.merge(halves(0.4))) == 0
    np.testing.assert_allclose(policy.merge(halves(0.9)).boxes, [[0.2, 0.3, 0.8, 0.6]], atol=1e-4)


@pytest.mark.parametrize("looking", [LookingConfig(), LookingConfig(thresholds={"car": 0.4})])
def test_one_person_in_two_boxes_counts_once_and_is_blurred_in_both(looking: LookingConfig) -> None:
    told = Told((("person", 0.9), ("person", 0.6)))
    detector = SharedDetector(told, 0.35)
    policy = policy_for(looking, detector, ())
    shown = policy.merge(detector.detect(policy.prepare(picture(), picture().grey(320, 180))))
    counted = policy.counted(replace(look(0.0), detections=shown))
    assert (len(shown), counted.scores.tolist()) == (2, pytest.approx([0.9]))


def test_each_class_has_its_own_threshold_and_what_is_shown_keeps_the_unsure() -> None:
    told = Told((("person", 0.25), ("car", 0.38), ("boat", 0.36), ("boat", 0.2)))
    detector = SharedDetector(told, 0.35)
    policy = policy_for(LookingConfig(thresholds={"person": 0.2, "car": 0.4}), detector, ())
    shown = policy.merge(detector.detect(policy.prepare(picture(), picture().grey(320, 180))))
    assert len(shown) == 4, "blurring has its own, lower threshold"
    counted = policy.counted(replace(look(0.0), detections=shown))
    assert [counted.label_of(i) for i in range(len(counted))] == ["person", "boat"]


def test_by_night_other_thresholds_and_tiles_hold_and_the_rest_stays() -> None:
    told = Told((("person", 0.25), ("car", 0.38)))
    detector = SharedDetector(told, 0.35)
    night = NightConfig(below_light=60, tiles=(2, 2), thresholds={"person": 0.2})
    policy = policy_for(LookingConfig(thresholds={"car": 0.4}, night=night), detector, ())
    by_night = see(policy, detector, picture(dark=20)).detections
    assert [by_night.label_of(i) for i in range(len(by_night))] == ["person"]
    assert told.batches == [5]
    assert isinstance(policy, CameraPolicy)
    assert (policy.profile, round(policy.light or 0)) == ("night", 20)


def test_a_day_that_turns_to_night_in_the_middle_changes_once_and_between_two_pictures() -> None:
    told = Told((("person", 0.25),))
    detector = SharedDetector(told, 0.35)
    night = NightConfig(below_light=60, tiles=(2, 1), thresholds={"person": 0.2})
    policy = policy_for(LookingConfig(night=night), detector, ())
    assert isinstance(policy, CameraPolicy)
    seen: list[tuple[str, int, int]] = []
    for i in range(120):
        dark = 100 if i < 40 else 30  # the lights go out at 80 s; a flash every now and then
        shown = picture(dark=140 if i in (50, 95) else dark)
        counted = see(policy, detector, shown, arrived=2.0 * i)
        seen.append((policy.profile, told.batches[-1], len(counted.detections)))
    assert set(seen) == {("day", 1, 0), ("night", 3, 1)}, "a picture is judged by one profile altogether"
    changed = [i for i in range(1, 120) if seen[i] != seen[i - 1]]
    assert [2.0 * i for i in changed] == [2.0 * 51 + HOLD_S + 2.0], "the flash at 100 s began the wait anew"


def test_tiles_of_many_cameras_do_not_keep_others_from_the_detector() -> None:
    told = Told((("person", 0.9),))
    detector = SharedDetector(told, 0.35)
    policy = policy_for(LookingConfig(tiles=(5, 4)), detector, ())
    assert len(see(policy, detector, picture()).detections) >= 1
    assert told.batches == [TURN, TURN, 21 - 2 * TURN]


@pytest.mark.parametrize(
    ("looking", "words"),
    [
        (
            LookingConfig(thresholds={"persn": 0.3}),
            "'persn', which the model told does not know.*person, car",
        ),
        (LookingConfig(night=NightConfig(thresholds={"bus": 0.3})), "'bus'"),
        (LookingConfig(thresholds={"person": 0.05}), "passes on nothing under 0.12"),
        (LookingConfig(tiles=(8, 8)), "64 tiles and the whole picture, and a look may take 32"),
        (LookingConfig(night=NightConfig(tiles=(8, 5))), "40 tiles"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(looking: LookingConfig, words: str) -> None:
    with pytest.raises(ConfigError, match=f"camera quay: .*{words}"):
        policy_for(looking, SharedDetector(Told(), 0.35), (), "quay")


def test_many_tiles_are_allowed_where_zones_need_few_of_them() -> None:
    policy = policy_for(LookingConfig(tiles=(8, 8)), squares(), (FAR,))
    assert len(policy.prepare(picture(), picture().grey(320, 180))) == 1 + 8 * 3


@pytest.mark.data
def test_on_a_real_beach_tiles_take_two_fifths_off_the_error_of_the_count(data_dir: Path) -> None:
    """Three pictures of 26 to 171 people, heads of 5 to 12 pixels; counted from 0.15 on, with and without."""
    model = Path(os.environ.get("PATROL_TEST_MODELS", "/nonexistent")) / "yolox_nano.onnx"
    if not model.is_file():
        pytest.skip("PATROL_TEST_MODELS names no folder with yolox_nano.onnx")
    params = openvino.Params(str(model), by_id("yolox_nano"), None, 0.12, "f32")
    detector = SharedDetector(openvino.build(params), 0.15)
    band = Zone("beach", "beach", "ground", ((0.0, 0.37), (1.0, 0.37), (1.0, 0.9), (0.0, 0.9)))
    folder = data_dir / "beach_crowd"
    with (folder / "heads.csv").open() as file:
        heads = Counter(row["file"] for row in csv.DictReader(file))

    def error(tiles: tuple[int, int]) -> float:
        policy = policy_for(LookingConfig(tiles=tiles), detector, (band,))
        off = []
        for name, there in sorted(heads.items())[::2]:
            bgr = cv2.imread(str(folder / name))
            assert bgr is not None
            shown = ArrayPicture(np.ascontiguousarray(bgr[..., ::-1], np.uint8))
            people = see(policy, detector, shown).detections.of("person")
            off.append(abs(len(people) - there) / there)
        return float(np.mean(off))

    assert error((6, 4)) <= 0.6 * error((1, 1))
