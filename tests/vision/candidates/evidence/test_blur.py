from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from patrol.core.geometry import Boxes
from patrol.core.media import Pixels
from patrol.vision.candidates.evidence.blur import (
    SHOWN_THRESHOLD,
    blur_heads,
    head_regions,
    persons,
    union,
)
from tests.fakes.clips import person_at

BOXES = npst.arrays(
    np.float32, st.tuples(st.integers(0, 6), st.just(4)), elements=st.floats(-0.5, 1.5, width=32)
)
STANDING = np.array([[0.4, 0.2, 0.5, 0.7]], np.float32)


def noise(width: int = 320, height: int = 240) -> Pixels:
    return np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8)


def mask_of(boxes: Boxes, pixels: Pixels) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    mask = np.zeros(pixels.shape[:2], np.bool_)
    for left, top, right, bottom in head_regions(boxes, pixels.shape[1], pixels.shape[0]):
        mask[top:bottom, left:right] = True
    return mask


@given(BOXES)
@settings(max_examples=60)
def test_nothing_outside_the_heads_is_touched(boxes: Boxes) -> None:
    pixels = noise()
    before = pixels.copy()
    out = blur_heads(pixels, boxes)
    mask = mask_of(boxes, pixels)
    assert np.array_equal(out[~mask], pixels[~mask])
    assert np.array_equal(pixels, before)
    assert out.shape == pixels.shape
    assert out.dtype == np.uint8


@given(BOXES)
@settings(max_examples=60)
def test_detail_is_gone_in_every_head(boxes: Boxes) -> None:
    pixels = noise()
    out = blur_heads(pixels, boxes)
    for left, top, right, bottom in head_regions(boxes, 320, 240):
        if right - left < 6 or bottom - top < 6:
            continue
        inside = (slice(top, bottom), slice(left, right))
        detail = [cv2.Laplacian(p[inside], cv2.CV_32F)[1:-1, 1:-1].var() for p in (pixels, out)]
        # Other heads may overlap this one: their edges are detail, too, but of no face.
        assert detail[1] < detail[0] / 10


def test_only_the_means_of_cells_are_left() -> None:
    """Shuffling all pixels inside each cell leaves no trace: the result cannot know where they were."""
    pixels, person = noise(288, 288), np.array([[0.0, 0.0, 1.0, 1.0]], np.float32)
    assert head_regions(person, 288, 288).tolist() == [[0, 0, 288, 216]]
    shuffled = pixels.copy()
    random = np.random.default_rng(3)
    for top in range(0, 216, 54):  # a sixth of the shorter side, 36, becomes 48, and so 6 x 4 cells
        for left in range(0, 288, 48):
            area = (slice(top, top + 54), slice(left, left + 48))
            shuffled[area] = random.permutation(pixels[area].reshape(-1, 3)).reshape(54, 48, 3)
    assert not np.array_equal(shuffled[:216], pixels[:216])
    assert np.array_equal(blur_heads(shuffled, person), blur_heads(pixels, person))


@pytest.mark.parametrize("height", [0.05, 0.1, 0.3, 0.6, 1.0])
def test_a_standing_persons_head_is_covered_at_any_size(height: float) -> None:
    pixels = noise(1280, 720)
    wide = height * 0.4 * 720 / 1280
    mask = mask_of(np.array([[0.5 - wide / 2, 0.0, 0.5 + wide / 2, height]], np.float32), pixels)
    head = height * 720 / 7
    assert mask[: int(head), 640 - int(head / 2) : 640 + int(head / 2)].all()
    assert not mask[int(height * 720 * 0.55) + 1 :].any()


def test_more_is_covered_where_less_of_the_person_is_in_the_box() -> None:
    bust = head_regions(np.array([[0.2, 0.2, 0.8, 0.8]], np.float32), 400, 400)[0]
    lying = head_regions(np.array([[0.1, 0.4, 0.9, 0.6]], np.float32), 400, 400)[0]
    assert bust[3] >= 400 * (0.2 + 0.6 * 0.7)
    assert lying[3] >= 400 * 0.6


def test_cells_are_coarse_even_for_a_face_that_fills_the_picture() -> None:
    pixels = noise(1920, 1080)
    out = blur_heads(pixels, np.array([[0.0, 0.0, 1.0, 1.0]], np.float32))
    assert head_regions(np.array([[0.0, 0.0, 1.0, 1.0]], np.float32), 1920, 1080)[0].tolist() == [
        0,
        0,
        1920,
        1080,
    ]
    assert len(np.unique(out[::90, ::160].reshape(-1, 3), axis=0)) <= 12 * 12
    assert out.std() < pixels.std() / 20


def test_boxes_that_are_no_numbers_or_empty_do_no_harm() -> None:
    odd = np.array(
        [
            [np.nan, 0, 1, 1],
            [np.inf, 0, 1, 1],
            [0.5, 0.5, 0.5, 0.9],
            [0.6, 0.5, 0.5, 0.4],
            [1e30, 0, 2e30, 1],
        ],
        np.float32,
    )
    pixels = noise()
    assert np.array_equal(blur_heads(pixels, odd), pixels)
    assert np.array_equal(blur_heads(pixels, np.zeros((0, 4), np.float32)), pixels)


def test_persons_of_a_low_score_count_and_other_things_do_not() -> None:
    sure, unsure, no = (person_at((0, 0, 1, 1), score=s) for s in (0.8, SHOWN_THRESHOLD, SHOWN_THRESHOLD / 2))
    assert len(persons(sure, unsure, no)) == 2
    assert persons().shape == (0, 4)
    assert union([STANDING, STANDING]).shape == (2, 4)
