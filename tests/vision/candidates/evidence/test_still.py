from __future__ import annotations

import cv2
import numpy as np
import pytest

from patrol.core.errors import EvidenceError
from patrol.core.geometry import Boxes
from patrol.core.media import Pixels
from patrol.core.observation import Observation, Presence
from patrol.core.zone import WHOLE_PICTURE, Zone
from patrol.vision.candidates.evidence.blur import head_regions
from patrol.vision.candidates.evidence.still import annotate, encode_jpeg, make_stills

PERSON = np.array([[0.4, 0.3, 0.5, 0.8]], np.float32)
TRIANGLE = Zone("z", "广场", "ground", ((0.1, 0.9), (0.9, 0.9), (0.5, 0.3)))


def observed(boxes: Boxes = PERSON, unit: str = "persons") -> Observation:
    return Observation(Presence.PRESENT, float(len(boxes)), unit, 0.9, boxes)


def stripes(width: int = 960, height: int = 540) -> Pixels:
    """Vertical stripes, three pixels each: detail that blurring takes away and JPEG keeps. Red and black."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, np.arange(width) % 6 < 3, 0] = 250
    return pixels


def opened(jpeg: bytes) -> Pixels:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8)


def test_heads_are_blurred_in_both_and_the_rest_is_not() -> None:
    stills = make_stills(stripes(), PERSON, observed(), TRIANGLE)
    left, top, right, bottom = head_regions(PERSON, 960, 540)[0]
    for jpeg in (stills.plain, stills.boxes):
        red = opened(jpeg)[..., 0].astype(np.float32)
        assert red[top + 4 : top + 12, left + 12 : right - 12].std() < 12  # above the box itself
        assert red[bottom + 60 : bottom + 80, 20:60].std() > 60
    assert opened(stills.plain).shape == (540, 960, 3)


def test_colours_stay_what_they_were() -> None:
    plain = opened(make_stills(stripes(), PERSON, observed(), TRIANGLE).plain).astype(np.float32)
    assert plain[..., 0].mean() > 100
    assert plain[..., 2].mean() < 40


def test_boxes_zone_and_count_are_drawn_bright_on_dark() -> None:
    grey = np.full((540, 960, 3), 128, np.uint8)
    drawn = annotate(grey, observed(), TRIANGLE)
    column = drawn[300, 380:390].reshape(-1).tolist()  # the box's left edge, at 0.4 of 960
    assert max(column) == 255
    assert min(column) == 0
    assert (drawn[486, 200:700] != 128).any(axis=1).mean() > 0.5  # the zone's lower edge, dashed
    assert (drawn[486, 200:700] == 128).all(axis=1).any()
    assert (drawn[:20, :60] == 255).any()  # the label
    assert np.array_equal(grey, np.full((540, 960, 3), 128, np.uint8))


def test_wide_pictures_are_made_smaller_and_others_kept() -> None:
    assert opened(make_stills(stripes(3840, 2160), PERSON, observed(), TRIANGLE).plain).shape == (
        1080,
        1920,
        3,
    )
    assert opened(make_stills(stripes(320, 240), PERSON, observed(), TRIANGLE).boxes).shape == (240, 320, 3)


@pytest.mark.parametrize("unit", ["persons", "人", "", "x" * 300])
def test_odd_labels_boxes_and_zones_do_no_harm(unit: str) -> None:
    outside = np.array([[-1.0, -1.0, 2.0, 2.0], [0.5, 0.5, 0.5, 0.5]], np.float32)
    flat = Zone("z", "z", "ground", ((0.5, 0.5), (0.5, 0.5), (0.5, 0.5)))
    for zone in (flat, WHOLE_PICTURE):
        assert opened(make_stills(stripes(64, 48), outside, observed(outside, unit), zone).boxes).shape == (
            48,
            64,
            3,
        )


def test_an_empty_picture_is_an_error_in_words() -> None:
    with pytest.raises(EvidenceError, match="cannot be encoded"):
        encode_jpeg(np.zeros((0, 0, 3), np.uint8))
