"""The crop that a second look takes, and its scale by the height of people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.closer import SEATED_M, STANDING_M, WHOLE, around, cut, scale_of
from patrol.core.geometry import Boxes
from tests.fakes.models import ArrayPicture


def boxes(*rows: tuple[float, float, float, float]) -> Boxes:
    return np.asarray(rows, np.float32).reshape(-1, 4)


def test_grows_by_heights_to_each_side() -> None:
    region = around(boxes((0.4, 0.4, 0.5, 0.6)), 1000, 500, grown=1.0)
    assert region == pytest.approx((0.3, 0.2, 0.6, 0.8), abs=0.003)


def test_is_cut_at_the_edge() -> None:
    left, top, right, bottom = around(boxes((0.0, 0.6, 0.1, 1.0)), 1280, 720)
    assert (left, top, bottom) == (0.0, 0.0, 1.0)
    assert right < 1.0


def test_the_tallest_of_several_decides() -> None:
    near, far = (0.4, 0.3, 0.5, 0.7), (0.7, 0.4, 0.72, 0.45)
    alone, both = around(boxes(near), 1000, 1000, 0.5), around(boxes(near, far), 1000, 1000, 0.5)
    assert both == pytest.approx((alone[0], alone[1], 0.92, alone[3]), abs=0.002)


def test_without_subjects_it_is_the_whole_picture() -> None:
    assert around(boxes(), 640, 480) == WHOLE


fraction = st.floats(-0.5, 1.5, allow_nan=False, width=32)


@given(
    rows=st.lists(st.tuples(fraction, fraction, fraction, fraction), min_size=1, max_size=3),
    size=st.tuples(st.integers(1, 4000), st.integers(1, 4000)),
    grown=st.floats(0, 5),
)
def test_it_lies_in_the_picture_at_whole_pixels(
    rows: list[tuple[float, float, float, float]], size: tuple[int, int], grown: float
) -> None:
    width, height = size
    left, top, right, bottom = around(boxes(*rows), width, height, grown)
    assert 0 <= left < right <= 1
    assert 0 <= top < bottom <= 1
    for edge, length in ((left, width), (right, width), (top, height), (bottom, height)):
        assert edge * length == pytest.approx(round(edge * length), abs=1e-6)


def test_pixels_are_those_of_the_region() -> None:
    random = np.random.default_rng(2)
    rgb = random.integers(0, 256, (90, 160, 3)).astype(np.uint8)
    crop = cut(ArrayPicture(rgb), boxes((0.5, 0.5, 0.55, 0.6)), 40.0, dark=True, grown=1.0)
    left, top, right, bottom = (
        round(edge * size) for edge, size in zip(crop.region, (160, 90) * 2, strict=True)
    )
    assert (crop.pixels == rgb[top:bottom, left:right]).all()
    assert (crop.px_per_m, crop.dark) == (40.0, True)
    assert crop.pixels.base is None, "it would keep the picture's own memory"


@pytest.mark.parametrize(
    ("box", "px_per_m"),
    [
        ((0, 0, 50, 170), 170 / STANDING_M),
        ((0, 0, 80, 130), 130 / SEATED_M),
        ((0, 0, 300, 100), 60.0),
        ((0, 0, 0, 0), None),
    ],
    ids=["stands", "sits", "boat", "nothing"],
)
def test_scale_by_height(box: tuple[float, float, float, float], px_per_m: float | None) -> None:
    found = scale_of(boxes(box))
    assert found == (None if px_per_m is None else pytest.approx(px_per_m))


def test_no_scale_without_subjects() -> None:
    assert scale_of(boxes()) is None
