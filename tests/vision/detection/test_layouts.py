from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from patrol.core.errors import ModelContractError
from patrol.vision.detection.layouts import LAYOUTS, Raw, grid_cells

SIZE = (64, 96)
CELLS = 8 * 12 + 4 * 6 + 2 * 3


def decoded(layout: str, *outputs: NDArray[np.float32], threshold: float = 0.3) -> Raw:
    return LAYOUTS[layout].decode(list(outputs), SIZE, threshold)


def yolox(classes: int = 80) -> NDArray[np.float32]:
    return np.zeros((1, CELLS, 5 + classes), np.float32)


def test_yolox_counts_its_cells() -> None:
    assert grid_cells(SIZE) == CELLS
    assert grid_cells((416, 416)) == 3549  # what the official file says
    assert grid_cells((384, 640)) == 5040


@pytest.mark.parametrize(
    ("row", "column", "stride", "first"), [(0, 0, 8, 0), (5, 7, 8, 0), (3, 2, 16, 96), (1, 2, 32, 120)]
)
def test_yolox_centre_and_size_are_those_of_the_cell(row: int, column: int, stride: int, first: int) -> None:
    out = yolox()
    cell = first + row * (96 // stride) + column
    out[0, cell, :6] = (0.5, 0.25, np.log(2.0), np.log(3.0), 0.9, 0.8)
    raw = decoded("yolox-grid", out)
    x, y = (column + 0.5) * stride, (row + 0.25) * stride
    expected = (x - stride, y - 1.5 * stride, x + stride, y + 1.5 * stride)
    np.testing.assert_allclose(raw.boxes, [expected], rtol=1e-5)
    np.testing.assert_allclose(raw.scores, [0.72], rtol=1e-5)
    assert raw.ids.tolist() == [0]


def test_yolox_takes_the_best_class_and_the_threshold_is_inclusive() -> None:
    out = yolox()
    out[0, 0, 4], out[0, 0, 5 + 2], out[0, 0, 5 + 7] = 1.0, 0.25, 0.5
    out[0, 1, 4], out[0, 1, 5 + 3] = 1.0, 0.499
    raw = decoded("yolox-grid", out, threshold=0.5)
    assert raw.ids.tolist() == [7]


def test_yolox_with_an_absurd_size_stays_finite() -> None:
    out = yolox()
    out[0, 0, :6] = (0, 0, 500.0, 500.0, 1.0, 1.0)
    assert np.isfinite(decoded("yolox-grid", out).boxes).all()


def test_yolo_v8() -> None:
    out = np.zeros((1, 84, CELLS), np.float32)
    out[0, :4, 17], out[0, 4 + 8, 17] = (40, 30, 20, 10), 0.6
    raw = decoded("yolo-v8", out)
    assert raw.boxes.tolist() == [[30, 25, 50, 35]]
    assert raw.ids.tolist() == [8]


def test_end_to_end() -> None:
    out = np.array([[[1, 2, 30, 40, 0.9, 2], [1, 2, 3, 4, 0.1, 0]]], np.float32)
    raw = decoded("end-to-end", out)
    assert raw.boxes.tolist() == [[1, 2, 30, 40]]
    assert raw.ids.tolist() == [2]


def ssd(number: float = 2.0) -> Sequence[NDArray[np.float32]]:
    boxes = np.array([[[0.25, 0.5, 0.75, 1.0], [0, 0, 1, 1], [0, 0, 1, 1]]], np.float32)
    scores, ids = np.array([[0.9, 0.8, 0.7]], np.float32), np.array([[1.0, 3.0, 9.0]], np.float32)
    return boxes, scores, ids, np.array([number], np.float32)


def test_tf_ssd_swaps_its_axes_and_believes_its_count() -> None:
    raw = decoded("tf-ssd", *ssd())
    assert raw.boxes.tolist() == [[48, 16, 96, 48], [0, 0, 96, 64]]
    assert raw.ids.tolist() == [1, 3]


def test_tf_ssd_refuses_a_count_beyond_its_rows() -> None:
    with pytest.raises(ModelContractError, match="has room for 3"):
        decoded("tf-ssd", *ssd(4))


def test_nothing_found_is_an_answer() -> None:
    for layout, out in (
        ("yolox-grid", yolox()),
        ("yolo-v8", np.zeros((1, 84, CELLS), np.float32)),
        ("end-to-end", np.zeros((1, 300, 6), np.float32)),
    ):
        raw = decoded(layout, out)
        assert raw.boxes.shape == (0, 4), layout
        assert raw.scores.shape == raw.ids.shape == (0,), layout


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_what_is_not_finite_is_a_failure_and_never_an_empty_street(layout: str, bad: float) -> None:
    outputs = [
        np.zeros([1 if n == -1 else n for n in s], np.float32) for s in LAYOUTS[layout].shapes(SIZE, 80)
    ]
    LAYOUTS[layout].decode(outputs, SIZE, 0.3)
    outputs[0].ravel()[0] = bad
    with pytest.raises(ModelContractError, match="not finite"):
        LAYOUTS[layout].decode(outputs, SIZE, 0.3)


@pytest.mark.parametrize(("layout", "where"), [("yolox-grid", (0, 0, 9)), ("end-to-end", (0, 0, 4))])
@pytest.mark.parametrize("bad", [1.5, -0.5])
def test_scores_that_are_none_are_a_failure(layout: str, where: tuple[int, ...], bad: float) -> None:
    (shape,) = LAYOUTS[layout].shapes(SIZE, 80)
    out = np.zeros([7 if n == -1 else n for n in shape], np.float32)
    out[where] = bad
    with pytest.raises(ModelContractError, match="not 0 to 1"):
        decoded(layout, out)


@pytest.mark.parametrize(
    ("layout", "shapes"),
    [
        ("yolox-grid", [(1, CELLS, 84)]),
        ("yolox-grid", [(1, CELLS - 1, 85)]),
        ("yolox-grid", [(1, CELLS, 85), (1,)]),
        ("yolo-v8", [(1, CELLS, 84)]),
        ("end-to-end", [(1, 300, 7)]),
        ("tf-ssd", [(1, 100, 4), (1, 100), (1, 100)]),
        ("yolo-v8", []),
    ],
)
def test_other_shapes_do_not_fit(layout: str, shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(ModelContractError, match="do not fit the manifest"):
        LAYOUTS[layout].check(shapes, SIZE, 80)
