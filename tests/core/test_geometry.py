from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.geometry import (
    Boxes,
    area_within,
    box_areas,
    intersection_over_smaller,
    iou,
    non_maximum_suppression,
    paired_iou,
)

fraction = st.floats(0, 1, width=32)
boxes = st.lists(st.tuples(fraction, fraction, fraction, fraction), min_size=1, max_size=8)


def upright(corners: list[tuple[float, float, float, float]]) -> Boxes:
    raw = np.asarray(corners, np.float32)
    first, second = raw[:, :2], raw[:, 2:]
    return np.concatenate([np.minimum(first, second), np.maximum(first, second)], axis=1)


@given(boxes)
def test_pairs_overlap_as_all_with_all_do(corners: list[tuple[float, float, float, float]]) -> None:
    a = upright(corners)
    b = np.roll(a, 1, axis=0) * np.float32(0.9)
    np.testing.assert_allclose(paired_iou(a, b), np.diagonal(iou(a, b)), atol=1e-6)


@given(boxes)
def test_of_the_smaller_one_as_much_lies_in_the_other_as_of_both_together_or_more(
    corners: list[tuple[float, float, float, float]],
) -> None:
    a = upright(corners)
    inner = intersection_over_smaller(a, a)
    assert (inner >= iou(a, a) - 1e-6).all()
    assert (inner <= 1 + 1e-5).all()
    np.testing.assert_allclose(inner, inner.T, atol=1e-6)


def test_a_small_box_in_a_large_one_goes_only_by_the_measure_that_asks_for_that() -> None:
    both = np.asarray([[0.0, 0.0, 1.0, 1.0], [0.4, 0.4, 0.6, 0.6]], np.float32)
    scores = np.asarray([0.5, 0.9], np.float32)
    assert non_maximum_suppression(both, scores, 0.9).tolist() == [1, 0]
    assert non_maximum_suppression(both, scores, 0.9, intersection_over_smaller).tolist() == [1]


def test_a_box_that_is_turned_round_has_no_area_and_overlaps_nothing() -> None:
    turned = np.asarray([[0.6, 0.6, 0.4, 0.4]], np.float32)
    whole = np.asarray([[0.0, 0.0, 1.0, 1.0]], np.float32)
    assert box_areas(turned).tolist() == [0.0]
    assert paired_iou(turned, whole).tolist() == [0.0]


@given(
    st.lists(st.tuples(st.floats(0.05, 1), st.floats(0, 0.999)), min_size=3, max_size=12),
    st.integers(1, 5),
    st.integers(1, 5),
)
def test_the_parts_of_a_polygon_in_all_cells_are_the_whole(
    arms: list[tuple[float, float]], columns: int, rows: int
) -> None:
    # A star around the middle, corners in order of their angle: simple, and mostly not convex.
    angles = 2 * np.pi * (np.arange(len(arms)) + [turn for _, turn in arms]) / len(arms)
    reach = 0.5 * np.asarray([length for length, _ in arms])
    star = np.stack([0.5 + reach * np.cos(angles), 0.5 + reach * np.sin(angles)], axis=1).astype(np.float32)
    cells = [
        (i / columns, j / rows, (i + 1) / columns, (j + 1) / rows)
        for i in range(columns)
        for j in range(rows)
    ]
    x, y = star.T.astype(np.float64)
    whole = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    assert sum(area_within(star, cell) for cell in cells) == pytest.approx(whole, abs=1e-6)


def test_a_polygon_around_a_box_leaves_it_empty() -> None:
    """A horseshoe: its bounding box holds the box, its area does not."""
    horseshoe = np.asarray(
        [(0, 0), (1, 0), (1, 1), (0.8, 1), (0.8, 0.2), (0.2, 0.2), (0.2, 1), (0, 1)], np.float32
    )
    assert area_within(horseshoe, (0.3, 0.3, 0.7, 1.0)) == pytest.approx(0)
    assert area_within(horseshoe, (0.3, 0.1, 0.7, 1.0)) == pytest.approx(0.04)
