from __future__ import annotations

from collections import Counter
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.media import Pixels
from patrol.vision.detection.letterbox import prepare, to_fractions
from patrol.vision.detection.tiling import FullSize, Tile, Window, grid, in_picture, touching
from tests.fakes import models
from tests.fakes.models import ArrayPicture
from tests.fakes.squares import BRIGHT, DARK, Squares

sides = st.integers(1, 8)
overlaps = st.floats(0, 0.5)
places = st.floats(0, 1)


def holds(window: Window, box: tuple[float, float, float, float]) -> bool:
    slack = 1e-9
    return (
        window[0] <= box[0] + slack
        and window[1] <= box[1] + slack
        and window[2] >= box[2] - slack
        and window[3] >= box[3] - slack
    )


@given(sides, sides, overlaps, places, places, places, places)
def test_what_is_no_larger_than_the_overlap_is_whole_in_one_tile(
    columns: int, rows: int, overlap: float, x: float, y: float, wide: float, high: float
) -> None:
    windows = grid(columns, rows, overlap)
    left, top, right, bottom = windows[0]
    w = wide * overlap * (right - left)
    h = high * overlap * (bottom - top)
    box = (x * (1 - w), y * (1 - h), x * (1 - w) + w, y * (1 - h) + h)
    assert any(holds(window, box) for window in windows)


@given(sides, sides, overlaps)
def test_tiles_are_equal_fill_the_picture_and_overlap_as_told(
    columns: int, rows: int, overlap: float
) -> None:
    windows = np.asarray(grid(columns, rows, overlap))
    assert len(windows) == columns * rows
    assert windows.min() == 0
    assert windows.max() == 1
    sizes = windows[:, 2:] - windows[:, :2]
    np.testing.assert_allclose(sizes, np.broadcast_to(sizes[0], sizes.shape), atol=1e-9)
    if columns > 1:
        shared = (windows[0, 2] - windows[1, 0]) / sizes[0, 0]
        assert shared == pytest.approx(overlap, abs=1e-9)


def test_only_tiles_with_a_part_of_the_zone_are_searched() -> None:
    band = np.asarray([(0, 0.4), (1, 0.4), (1, 0.6), (0, 0.6)], np.float32)
    corner = np.asarray([(0.9, 0.9), (1, 0.9), (1, 1)], np.float32)
    windows = grid(4, 4, 0.0)
    assert len(touching(windows, [band])) == 8
    assert touching(windows, [corner]) == (windows[-1],)
    assert len(touching(windows, [band, corner])) == 9
    assert touching(windows, []) == ()


@given(sides, sides, st.floats(0.05, 0.5), places, places, places, places)
def test_who_stands_in_the_zone_and_fits_the_overlap_is_whole_in_a_tile_that_is_searched(
    columns: int, rows: int, overlap: float, x: float, y: float, wide: float, high: float
) -> None:
    windows = grid(columns, rows, overlap)
    left, top, right, bottom = windows[0]
    w, h = wide * overlap * (right - left), high * overlap * (bottom - top)
    box = (x * (1 - w), y * (1 - h), x * (1 - w) + w, y * (1 - h) + h)
    foot = np.asarray([(box[0] + box[2]) / 2, box[3]])
    around = foot + 0.01 * np.asarray([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    searched = touching(windows, [np.clip(around, 0, 1).astype(np.float32)])
    assert any(holds(window, box) for window in searched)


@given(st.integers(40, 900), st.integers(40, 900), sides, sides, overlaps, st.integers(0, 63), places)
def test_a_place_in_a_tile_comes_back_as_the_same_place_of_the_picture(
    width: int, height: int, columns: int, rows: int, overlap: float, which: int, place: float
) -> None:
    windows = grid(columns, rows, overlap)
    left, top, right, bottom = window = windows[which % len(windows)]
    tile = Tile(FullSize(_Empty(width, height)), window)
    prepared = prepare(tile, models.manifest().input, (384, 640))
    inside = np.asarray([[0, 0, place, place]], np.float32) * np.asarray(prepared.scale * 2, np.float32)
    back = to_fractions(inside, in_picture(prepared, window))[0]
    expected = (left, top, left + place * (right - left), top + place * (bottom - top))
    np.testing.assert_allclose(back, expected, atol=1e-5)


@pytest.mark.parametrize(("columns", "rows"), [(2, 2), (3, 2), (5, 4)])
def test_a_square_is_found_in_its_tile_at_its_place_in_the_picture(columns: int, rows: int) -> None:
    rgb = np.full((1080, 1920, 3), DARK, np.uint8)
    place = np.asarray([700, 480, 760, 540])
    rgb[480:540, 700:760] = BRIGHT
    detector, whole = Squares(), FullSize(ArrayPicture(rgb))
    seen = 0
    for window in grid(columns, rows, 0.2):
        prepared = in_picture(detector.prepare(Tile(whole, window)), window)
        (found,) = detector.detect([prepared])
        for box in found.boxes:
            pixel = 1920 * (window[2] - window[0]) / 192
            cut = np.asarray(window) * [1920, 1080, 1920, 1080]
            visible = np.clip(place, np.tile(cut[:2], 2), np.tile(cut[2:], 2))
            np.testing.assert_allclose(box * [1920, 1080, 1920, 1080], visible, atol=1.6 * pixel)
            seen += 1
    assert seen >= 1


def test_all_tiles_cost_one_conversion_of_the_picture() -> None:
    picture = _Empty(1920, 1080)
    whole = FullSize(picture)
    for window in grid(4, 3, 0.2):
        prepare(Tile(whole, window), models.manifest().input, (384, 640))
    assert picture.asked.total() == 1


class _Empty:
    """A picture of any size that costs nothing; remembers what was asked of it."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.asked: Counter[tuple[int, int]] = Counter()

    def pixels(self, width: int, height: int, order: Literal["rgb", "bgr"] = "rgb") -> Pixels:
        self.asked[width, height] += 1
        return np.broadcast_to(np.uint8(9), (height, width, 3))

    def grey(self, width: int, height: int) -> Pixels:
        return np.broadcast_to(np.uint8(9), (height, width))
