"""Density on real pictures: regimes are named, and what is full of people is never empty.

The cameras are plausible, not surveyed: they make people 1.7 m tall.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from patrol.bench.simulation.camera import Pinhole
from patrol.core.detections import Detections, Look
from patrol.core.media import Picture
from patrol.core.observation import Observation, Presence
from patrol.core.place import Means, Place
from patrol.core.protocols import Detector
from patrol.core.zone import WHOLE_PICTURE, Zone
from patrol.vision.analytics import density
from patrol.vision.analytics.density import Density, Params
from patrol.vision.density import onnx as density_network
from patrol.vision.detection import openvino
from patrol.vision.detection.manifests import catalogue
from tests.fakes.looks import at
from tests.fakes.models import ArrayPicture

DATA = Path(os.environ.get("PATROL_TEST_DATA", "."))
MODELS = Path(os.environ.get("PATROL_TEST_MODELS", "."))
LABELS = ("person", "car")
SQUARE = "plaza_bw_720p.mp4"
STREET = "towncentre_1080p_96f.mp4"
CAMERAS = {
    SQUARE: Pinhole(height=14, tilt=36, field=35.5, width=1280, rows=720),
    STREET: Pinhole(height=7.3, tilt=20.4, field=39.2),
}
GROUND = {
    SQUARE: WHOLE_PICTURE,
    STREET: Zone(
        "street",
        "street",
        "ground",
        (
            (0, 0.85),
            (0, 0.5),
            (0.3, 0.32),
            (0.5, 0.1),
            (0.88, 0.1),
            (0.93, 0.3),
            (0.86, 0.7),
            (0.6, 1),
            (0, 1),
        ),
    ),
}
BEACH = Pinhole(height=10, tilt=6.5, field=60)
needs_models = pytest.mark.skipif(
    not (MODELS / "yolox_nano.onnx").is_file(), reason="PATROL_TEST_MODELS names no folder of models"
)
pytestmark = pytest.mark.data


def frames(clip: str, every: int) -> Iterator[tuple[float, Picture]]:
    """Seconds and pictures; one of so many frames at 25 a second."""
    reader = cv2.VideoCapture(str(DATA / "crowd_clips" / clip))
    number = 0
    while True:
        there, bgr = reader.read()
        if not there:
            break
        if number % every == 0:
            yield number / 25, ArrayPicture(np.ascontiguousarray(bgr[..., ::-1], np.uint8))
        number += 1
    reader.release()
    assert number > 90, clip


def still(file: Path) -> Picture:
    bgr = cv2.imread(str(file))
    assert bgr is not None, file
    return ArrayPicture(np.ascontiguousarray(bgr[..., ::-1], np.uint8))


def looked(second: float, picture: Picture, found: Detections) -> Look:
    return Look("cam", f"{second}", at(second), second, picture.width, picture.height, found, picture=picture)


def built(clip: str, params: Params | None = None, means: Means | None = None) -> Density:
    where = Place(GROUND[clip], ground=CAMERAS[clip].ground(0.1), means=means or Means())
    return density.build(params or Params(), where)


@pytest.fixture(scope="module")
def yolox() -> Detector:
    model = catalogue()["yolox_nano"]
    return openvino.build(openvino.Params(str(MODELS / "yolox_nano.onnx"), model, None, 0.35, "f32"))


def judged(clip: str, analytic: Density, detector: Detector | None, every: int = 50) -> list[Observation]:
    """What is said of a clip; without a detector, of the same pictures with all boxes removed."""
    said = []
    for second, picture in frames(clip, every):
        found = Detections.none(LABELS)
        if detector is not None:
            (found,) = detector.detect([detector.prepare(picture)])
        said.append(analytic.observe(looked(second, picture, found)))
    return said


@pytest.mark.parametrize("clip", [SQUARE, STREET])
def test_with_the_boxes_removed_no_picture_of_a_crowd_is_empty(clip: str) -> None:
    fresh = [
        built(clip).observe(looked(0.0, picture, Detections.none(LABELS))) for _, picture in frames(clip, 12)
    ]
    in_a_row = judged(clip, built(clip), None, every=12)
    for said in (*fresh, *in_a_row):
        assert said.presence is Presence.CANNOT_TELL
        assert said.reason is not None
        assert said.reason.code == "crowd-unreadable"


def test_the_beach_with_people_on_it_is_not_empty() -> None:
    for file in sorted((DATA / "beach_crowd").glob("*.jpg")):
        analytic = density.build(Params(), Place(WHOLE_PICTURE, ground=BEACH.ground()))
        said = analytic.observe(looked(0.0, still(file), Detections.none(LABELS)))
        assert said.presence is Presence.CANNOT_TELL, file


def test_the_companion_says_so_while_people_move() -> None:
    analytic, besides = built(SQUARE), []
    for second, picture in frames(SQUARE, 25):
        seen = looked(second, picture, Detections.none(LABELS))
        analytic.observe(seen)
        besides.append(analytic.companion.observe(seen).presence)
    assert besides[-1] is Presence.PRESENT


@needs_models
def test_the_square_is_sparse_by_the_detector(yolox: Detector) -> None:
    *_, last = judged(SQUARE, built(SQUARE), yolox)
    assert (last.presence, last.parts["regime"], last.parts["band"]) == (Presence.ABSENT, "detector", "free")
    assert 20 <= float(last.parts["persons"]) <= 55  # 35 to 55 in the whole picture by eye


@needs_models
def test_in_the_street_the_regime_is_named_or_why_there_is_none(yolox: Detector) -> None:
    for said in judged(STREET, built(STREET), yolox, every=25):
        assert said.parts["regime"] in ("detector", "cannot-tell")
        assert said.presence is not Presence.PRESENT
        assert (said.reason is None) == (said.parts["regime"] == "detector")


@needs_models
def test_with_the_boxes_removed_a_weak_network_does_not_make_it_empty() -> None:
    """MCNN is asked, and says too few or on too little ground: it is believed, or nobody is."""
    network = density_network.build(
        density_network.Params("mcnn_shanghaitech_a.onnx", error=0.23, max_width=640, max_height=480), MODELS
    )
    analytic = built(SQUARE, Params(network="mcnn"), Means(density_networks={"mcnn": network}))
    for said in judged(SQUARE, analytic, None, every=75):
        assert said.parts["regime"] in ("network", "cannot-tell")
        assert said.presence is Presence.CANNOT_TELL or float(said.parts["persons"]) >= 5
