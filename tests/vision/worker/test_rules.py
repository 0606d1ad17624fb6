"""Rules that are built, and rules that their camera cannot see."""

from __future__ import annotations

from pathlib import Path

import pytest

from patrol.config.load import Loaded, load
from patrol.core.clock import SystemClock
from patrol.core.detections import Detections, Look
from patrol.core.sight import Sight
from patrol.vision.sources.mailbox import Mailbox
from patrol.vision.worker.cameras import build_cameras
from patrol.vision.worker.rules import build_rules, refused_rules
from patrol.vision.worker.seeing import PictureSizes
from tests.fakes.looks import LABELS, at

BEACH = Path(__file__).parents[2] / "config" / "calibrated" / "beach.yaml"


def beach(folder: Path, *changes: tuple[str, str]) -> Loaded:
    text = BEACH.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "streams.yaml"
    path.write_text(text)
    return load(path, {})


def codes(loaded: Loaded) -> dict[str, str]:
    return {one.rule_id: one.reason.code for one in refused_rules(loaded).get("beach", ()) if one.reason}


def test_a_gathering_at_the_far_waterline_is_refused_and_one_near_by_runs(tmp_path: Path) -> None:
    loaded = beach(tmp_path)
    assert [rule.id for rule in build_rules(loaded)["beach"]] == ["sand-crowd"]
    assert codes(loaded) == {"waterline-crowd": "too-few-pixels", "behind-crowd": "too-few-pixels-in-input"}
    waterline, _ = refused_rules(loaded)["beach"]
    assert (waterline.kind, waterline.sight) == ("gathering", Sight.REFUSED)
    assert waterline.reason is not None
    assert waterline.reason.values == {
        "needed_px_per_m": 25.0,
        "far_px_per_m": pytest.approx(9.3, abs=0.1),
        "seen_percent": 1,
        "enough_percent": 50,
    }


@pytest.mark.parametrize(
    "change",
    [
        ("looking: {tiles: [1, 1]}", "looking: {tiles: [3, 2]}"),
        ("cameras:\n", "detectors: {default: {input: [736, 1280]}}\ncameras:\n"),
        ("cameras:\n", "detectors: {default: {model: ./own.onnx}}\ncameras:\n"),
    ],
    ids=["tiles", "larger-input", "unknown-input"],
)
def test_what_the_detector_loses_can_be_had_back_and_what_the_camera_lacks_cannot(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    assert codes(beach(tmp_path, change)) == {"waterline-crowd": "too-few-pixels"}


@pytest.mark.parametrize(
    "change",
    [("      picture: [1920, 1080]\n", ""), ("picture: [1920, 1080]", "picture: [7680, 4320]")],
    ids=["no-size", "more-pixels"],
)
def test_nothing_is_refused_that_nobody_can_tell_or_that_has_the_pixels(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    loaded = beach(tmp_path, change, ("looking: {tiles: [1, 1]}", "looking: {tiles: [5, 5]}"))
    assert refused_rules(loaded) == {}
    assert len(build_rules(loaded)["beach"]) == 3


def test_a_smaller_share_can_be_enough(tmp_path: Path) -> None:
    loaded = beach(tmp_path, ("      points:\n", "      enough_share: 0.05\n      points:\n"))
    assert codes(loaded) == {"waterline-crowd": "too-few-pixels"}


def test_a_worker_keeps_what_was_refused_beside_what_runs(tmp_path: Path) -> None:
    unit = build_cameras(beach(tmp_path), {}, Mailbox(), SystemClock())["beach"]
    assert [rule.id for rule in unit.watched.rules] == ["sand-crowd"]
    assert [one.rule_id for one in unit.refused] == ["waterline-crowd", "behind-crowd"]


def sized(width: int, height: int) -> Look:
    return Look("beach", "x", at(1), 1.0, width, height, Detections.none(LABELS))


def test_a_picture_of_another_size_is_said_once(tmp_path: Path) -> None:
    sizes = PictureSizes(beach(tmp_path).streams.cameras)
    assert sizes.seen(sized(1920, 1080)) == ""
    assert "another shape of picture" in sizes.seen(sized(704, 576))
    assert "640 x 360 is sent" in (smaller := sizes.seen(sized(640, 360)))
    assert "fewer pixels per metre than the rules were judged by" in smaller
    assert sizes.seen(sized(640, 360)) == ""
    assert sizes.seen(sized(3840, 2160)) == ""


def test_an_uncalibrated_camera_may_send_any_size(tmp_path: Path) -> None:
    loaded = beach(tmp_path, ("      picture: [1920, 1080]\n", ""))
    assert PictureSizes(loaded.streams.cameras).seen(sized(704, 576)) == ""


def test_a_detector_that_runs_with_a_smaller_input_than_expected_sees_less(tmp_path: Path) -> None:
    loaded = beach(tmp_path)
    assert "sand-crowd" not in codes(loaded)
    refused = refused_rules(loaded, {"default": (300, 300)})["beach"]
    assert [one.rule_id for one in refused] == ["waterline-crowd", "behind-crowd", "sand-crowd"]
    assert refused[2].reason is not None
    assert refused[2].reason.values["input_percent"] == 16
    assert build_rules(loaded, {"default": (300, 300)}) == {}
    assert len(build_rules(loaded, {"other": (300, 300)})["beach"]) == 1
