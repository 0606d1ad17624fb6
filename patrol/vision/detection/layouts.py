"""How the outputs of a model are read: pure functions from arrays to candidate boxes in input pixels.

A layout checks the shapes of a model once, when it is built, and the values of every result: a network that
answers with NaN, or with scores that are none, has failed. It has not seen an empty street.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from patrol.core.errors import ModelContractError
from patrol.core.geometry import Boxes
from patrol.vision.detection.manifests import Size

Array = NDArray[np.float32]
Shape = tuple[int, ...]
STRIDES = (8, 16, 32)
"""Input pixels per grid cell of the three levels of YOLO networks."""
SCORE_SLACK = 1e-3
"""Scores may leave 0..1 by the rounding of reduced precision (bf16 has 8 bits), not more."""


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """Candidates of one picture that reach the threshold.

    Attributes:
        boxes: float32 [n, 4], left, top, right, bottom in pixels of the input.
        scores: float32 [n].
        ids: int32 [n], the model's own class ids.
    """

    boxes: Boxes
    scores: Array
    ids: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Layout:
    """One way of laying out a detector's outputs.

    Attributes:
        suppress: whether overlapping candidates have yet to be reduced to one.
        shapes: the output shapes that fit an input size and a number of class ids; -1 fits any length.
        decode: outputs, input size and threshold to candidates.
    """

    suppress: bool
    shapes: Callable[[Size, int], tuple[Shape, ...]]
    decode: Callable[[Sequence[Array], Size, float], Raw]

    def check(self, actual: Sequence[Shape], size: Size, classes: int) -> None:
        """Compare a model's output shapes with the layout's.

        Raises:
            ModelContractError: they differ; names both.
        """
        expected = self.shapes(size, classes)
        fits = len(actual) == len(expected) and all(map(_fits, actual, expected))
        if not fits:
            raise ModelContractError(
                f"the model's outputs {list(actual)} do not fit the manifest, which promises "
                f"{list(expected)} for an input of {size[0]} x {size[1]}; the manifest or the file is wrong"
            )


def _fits(actual: Shape, expected: Shape) -> bool:
    return len(actual) == len(expected) and all(e in (-1, a) for a, e in zip(actual, expected, strict=True))


def grid_cells(size: Size) -> int:
    """How many cells the three levels have together."""
    return sum((size[0] // stride) * (size[1] // stride) for stride in STRIDES)


@lru_cache(maxsize=8)
def _grid(size: Size) -> tuple[Array, Array]:
    """Corner of each cell, [n, 2] in cells, and its stride, [n, 1] in pixels, in YOLOX's order."""
    corners, strides = [], []
    for stride in STRIDES:
        y, x = np.mgrid[: size[0] // stride, : size[1] // stride]
        corners.append(np.stack([x.ravel(), y.ravel()], axis=1))
        strides.append(np.full((x.size, 1), stride))
    return np.concatenate(corners).astype(np.float32), np.concatenate(strides).astype(np.float32)


def decode_yolox_grid(outputs: Sequence[Array], size: Size, threshold: float) -> Raw:
    """One output [1, cells, 5 + classes]: centre and log size in cells, objectness, class scores.

    Rows whose objectness alone is under the threshold cannot reach it, since class scores are at most 1:
    only the rest is worked out.

    Raises:
        ModelContractError: not finite, or scores outside 0..1.
    """
    rows = _finite(outputs[0])[0]
    _require_scores(rows[:, 4:])
    near = np.flatnonzero(rows[:, 4] >= threshold)
    rows = rows[near]
    corner, stride = (part[near] for part in _grid(size))
    ids, scores = _best_class(rows[:, 5:])
    scores = scores * rows[:, 4]
    centre = (rows[:, :2] + corner) * stride
    # A log size above 10 is no size (22,000 cells), but its exponential would be infinite.
    half = np.exp(np.minimum(rows[:, 2:4], 10.0)) * stride / 2
    return _reaching(threshold, np.concatenate([centre - half, centre + half], axis=1), scores, ids)


def decode_yolo_v8(outputs: Sequence[Array], _size: Size, threshold: float) -> Raw:
    """One output [1, 4 + classes, cells]: centre and size in input pixels, class scores.

    Raises:
        ModelContractError: not finite, or scores outside 0..1.
    """
    columns = _finite(outputs[0])[0]
    _require_scores(columns[4:])
    near = np.flatnonzero(columns[4:].max(axis=0) >= threshold)
    rows = np.ascontiguousarray(columns[:, near].T)
    ids, scores = _best_class(rows[:, 4:])
    half = rows[:, 2:4] / 2
    boxes = np.concatenate([rows[:, :2] - half, rows[:, :2] + half], axis=1)
    return _reaching(threshold, boxes, scores, ids)


def decode_end_to_end(outputs: Sequence[Array], _size: Size, threshold: float) -> Raw:
    """One output [1, n, 6]: left, top, right, bottom in input pixels, score, class id; nothing overlaps.

    Raises:
        ModelContractError: not finite, or scores outside 0..1.
    """
    rows = _finite(outputs[0])[0]
    _require_scores(rows[:, 4])
    return _reaching(threshold, rows[:, :4], rows[:, 4], rows[:, 5].astype(np.int32))


def decode_tf_ssd(outputs: Sequence[Array], size: Size, threshold: float) -> Raw:
    """Boxes [1, n, 4] as top, left, bottom, right in 0..1, scores [1, n], class ids [1, n], number [1].

    Raises:
        ModelContractError: not finite, scores outside 0..1, or a number that is more than n.
    """
    boxes, scores, ids, number = (_finite(output)[0] for output in outputs)
    _require_scores(scores)
    if not 0 <= number <= len(scores):
        raise ModelContractError(f"the model counts {number} detections and has room for {len(scores)}")
    valid = slice(0, int(number))
    height, width = size
    pixels = boxes[valid][:, [1, 0, 3, 2]] * np.array([width, height, width, height], np.float32)
    return _reaching(threshold, pixels, scores[valid], ids[valid].astype(np.int32))


def _finite(output: Array) -> Array:
    if not np.isfinite(output).all():
        raise ModelContractError(
            "the model answered with values that are not finite; it is damaged, or its precision does not "
            "suit this machine: try `precision: f32`"
        )
    return output


def _require_scores(scores: Array) -> None:
    if scores.size and not (scores.min() >= -SCORE_SLACK and scores.max() <= 1 + SCORE_SLACK):
        raise ModelContractError(
            f"the model's scores span {scores.min():.3g} to {scores.max():.3g} and not 0 to 1; the manifest "
            "names the wrong layout, or the file is another one"
        )


def _best_class(scores: Array) -> tuple[NDArray[np.int32], Array]:
    ids = scores.argmax(axis=1)
    return ids.astype(np.int32), np.take_along_axis(scores, ids[:, None], axis=1)[:, 0]


def _reaching(threshold: float, boxes: Array, scores: Array, ids: NDArray[np.int32]) -> Raw:
    keep = scores >= threshold
    return Raw(boxes[keep].astype(np.float32), np.clip(scores[keep], 0, 1).astype(np.float32), ids[keep])


LAYOUTS: dict[str, Layout] = {
    "yolox-grid": Layout(True, lambda size, n: ((1, grid_cells(size), 5 + n),), decode_yolox_grid),
    "yolo-v8": Layout(True, lambda size, n: ((1, 4 + n, grid_cells(size)),), decode_yolo_v8),
    "end-to-end": Layout(False, lambda _size, _n: ((1, -1, 6),), decode_end_to_end),
    "tf-ssd": Layout(False, lambda _size, _n: ((1, -1, 4), (1, -1), (1, -1), (1,)), decode_tf_ssd),
}
"""By the name that a manifest gives."""
