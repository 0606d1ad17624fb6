from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.detections import Detections
from patrol.core.media import Picture, Pixels
from patrol.core.protocols import DetectorInfo, Prepared
from patrol.vision.candidates.evidence.people import DecodedPicture, find_people
from tests.fakes.clips import nobody, person_at


class Bright:
    """Satisfies `Detector`: a person is what is brighter than 200 in an input of 64x48."""

    info = DetectorInfo("bright", "numpy", "f32", 64, 48, ("person",), "for tests")

    def prepare(self, picture: Picture) -> Prepared:
        return Prepared(picture.pixels(64, 48), (64.0, 48.0), (0.0, 0.0))

    def detect(self, batch: Sequence[Prepared]) -> list[Detections]:
        return [_bright(prepared.pixels, least=200) for prepared in batch]


def _bright(pixels: Pixels, least: int) -> Detections:
    rows, columns = np.nonzero(pixels[..., 0] > least)
    if len(rows) == 0:
        return person_at()
    height, width = pixels.shape[:2]
    return person_at(
        (columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height)
    )


def exact(pictures: Sequence[Pixels]) -> list[Detections]:
    return [_bright(pixels, 0) for pixels in pictures]


@given(st.integers(0, 399), st.integers(0, 299), st.integers(1, 40), st.integers(1, 60))
def test_boxes_found_in_a_tile_lie_where_the_person_is(left: int, top: int, wide: int, high: int) -> None:
    pixels = np.zeros((300, 400, 3), np.uint8)
    pixels[top : top + high, left : left + wide] = 255
    right, bottom = min(400, left + wide), min(300, top + high)
    boxes = find_people(pixels, exact) * np.array([400, 300, 400, 300], np.float32)
    assert 2 <= len(boxes) <= 5
    truth = np.array([left, top, right, bottom])
    assert np.abs(boxes - truth).max(axis=1).min() < 0.01
    assert (boxes[:, :2] >= truth[:2] - 0.01).all()
    assert (boxes[:, 2:] <= truth[2:] + 0.01).all()


def test_whoever_is_too_small_for_the_whole_picture_is_found_in_a_tile() -> None:
    pixels = np.zeros((480, 640, 3), np.uint8)
    pixels[101:109, 101:109] = 255
    bright = Bright()

    def detect(pictures: Sequence[Pixels]) -> list[Detections]:
        return bright.detect([bright.prepare(DecodedPicture(picture)) for picture in pictures])

    assert len(detect([pixels])[0]) == 0
    (box,) = find_people(pixels, detect).tolist()
    assert box == pytest.approx([101 / 640, 101 / 480, 109 / 640, 109 / 480], abs=0.02)


def test_nobody_is_nobody() -> None:
    assert find_people(np.zeros((48, 64, 3), np.uint8), nobody).shape == (0, 4)
