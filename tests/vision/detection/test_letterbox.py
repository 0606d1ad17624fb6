from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.media import Grey
from patrol.vision.detection.letterbox import prepare, to_fractions
from tests.fakes import models
from tests.fakes.models import ArrayPicture, plain


class Blank:
    """A picture of any size that costs nothing."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height

    def pixels(
        self, width: int, height: int, order: str = "rgb"
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        return np.full((height, width, 3), 9, np.uint8)

    def grey(self, width: int, height: int) -> Grey:
        return np.full((height, width), 9, np.uint8)


sides = st.integers(16, 4000)


@given(sides, sides, st.sampled_from([(384, 640), (256, 416), (640, 640)]))
def test_a_letterboxed_picture_keeps_its_shape_and_fills_one_side(
    width: int, height: int, size: tuple[int, int]
) -> None:
    prepared = prepare(Blank(width, height), models.manifest().input, size)
    assert prepared.pixels.shape == (*size, 3)
    fitted_w, fitted_h = prepared.scale
    assert fitted_w == size[1] or fitted_h == size[0]
    assert abs(fitted_w / width - fitted_h / height) <= 0.5001 / min(width, height)
    assert (prepared.pixels[: int(fitted_h), : int(fitted_w)] == 9).all()
    assert (prepared.pixels == 9).all(axis=2).sum() == int(fitted_w) * int(fitted_h)


@given(sides, sides, st.lists(st.floats(0, 1, width=32), min_size=4, max_size=4))
def test_boxes_come_back_to_where_they_were(width: int, height: int, box: list[float]) -> None:
    prepared = prepare(Blank(width, height), models.manifest().input, (384, 640))
    fractions = np.array([box], np.float32)
    there = fractions * np.array(prepared.scale * 2, np.float32)
    np.testing.assert_allclose(to_fractions(there, prepared), fractions, atol=1e-5)


def test_what_reaches_over_the_edge_is_cut_off() -> None:
    prepared = prepare(Blank(640, 384), models.manifest().input, (384, 640))
    boxes = np.array([[-50, -1e9, 700, 200]], np.float32)
    assert to_fractions(boxes, prepared).tolist() == [[0, 0, 1, pytest.approx(200 / 384)]]


def test_stretching_fills_the_input() -> None:
    spec = models.manifest(input={"resize": "stretch"}).input
    prepared = prepare(Blank(1920, 1080), spec, (300, 300))
    assert list(prepared.scale) == [300, 300]
    assert (prepared.pixels == 9).all()


@pytest.mark.parametrize(("order", "first"), [("rgb", 200), ("bgr", 30)])
def test_colours_come_in_the_order_of_the_manifest(order: str, first: int) -> None:
    spec = models.manifest(input={"order": order}).input
    assert prepare(plain(200, 100, 30), spec, models.SIZE).pixels[0, 0].tolist()[0] == first


def test_the_filling_is_the_grey_of_the_manifest() -> None:
    tall = ArrayPicture(np.zeros((128, 64, 3), np.uint8))
    spec = models.manifest(input={"pad": 77}).input
    prepared = prepare(tall, spec, models.SIZE)
    assert list(prepared.scale) == [32, 64]
    assert (prepared.pixels[:, :32] == 0).all()
    assert (prepared.pixels[:, 32:] == 77).all()
