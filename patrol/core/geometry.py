"""Plane geometry in picture fractions: (0, 0) is the top left corner, (1, 1) the bottom right one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]
"""Shape [n, 2]: x, y."""
Boxes = NDArray[np.float32]
"""Shape [n, 4]: left, top, right, bottom."""
Mask = NDArray[np.bool_]
Corners = NDArray[np.float64]
"""Shape [k, 2]: a polygon's corners, in double precision."""


def inside(polygon: Points, points: Points) -> Mask:
    """Which points lie in a simple polygon (even-odd rule).

    Args:
        polygon: shape [k, 2], k >= 3, open or closed.
        points: shape [n, 2].

    Returns:
        shape [n]; points exactly on an edge may fall on either side.
    """
    if len(points) == 0:
        return np.zeros(0, dtype=np.bool_)
    start, end = polygon, np.roll(polygon, -1, axis=0)
    x, y = points[:, 0, None], points[:, 1, None]
    crosses = (start[:, 1] > y) != (end[:, 1] > y)
    rise = np.where(end[:, 1] == start[:, 1], 1.0, end[:, 1] - start[:, 1])
    at_x = start[:, 0] + (y - start[:, 1]) / rise * (end[:, 0] - start[:, 0])
    odd: Mask = np.sum(crosses & (x < at_x), axis=1) % 2 == 1
    return odd


def foot_points(boxes: Boxes) -> Points:
    """Where a standing object touches the ground: the middle of the box's lower edge. Shape [n, 2]."""
    return np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)


def iou(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """Intersection over union of every box of `a` with every box of `b`. Shape [len(a), len(b)]."""
    top_left = np.maximum(a[:, None, :2], b[None, :, :2])
    bottom_right = np.minimum(a[:, None, 2:], b[None, :, 2:])
    overlap = np.prod(np.clip(bottom_right - top_left, 0, None), axis=2)
    area_a = np.prod(np.clip(a[:, 2:] - a[:, :2], 0, None), axis=1)
    area_b = np.prod(np.clip(b[:, 2:] - b[:, :2], 0, None), axis=1)
    union = area_a[:, None] + area_b[None, :] - overlap
    result: NDArray[np.float32] = np.where(union > 0, overlap / np.where(union > 0, union, 1), 0)
    return result.astype(np.float32)


def intersection_over_smaller(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """How much of the smaller one of two boxes lies in the other, each with each. Shape [len(a), len(b)]."""
    size = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    both = np.prod(np.clip(size, 0, None), axis=2)
    smaller = np.minimum(box_areas(a)[:, None], box_areas(b)[None, :])
    result: NDArray[np.float32] = np.where(smaller > 0, both / np.where(smaller > 0, smaller, 1), 0)
    return result.astype(np.float32)


def non_maximum_suppression(
    boxes: Boxes,
    scores: NDArray[np.float32],
    limit: float,
    overlap: Callable[[Boxes, Boxes], NDArray[np.float32]] = iou,
) -> NDArray[np.intp]:
    """Indices of the boxes to keep, best first; one that overlaps a better one by more than `limit` goes."""
    order = np.argsort(-scores, kind="stable")
    keep: list[int] = []
    while order.size:
        best = int(order[0])
        keep.append(best)
        rest = order[1:]
        order = rest[overlap(boxes[best : best + 1], boxes[rest])[0] <= limit]
    return np.asarray(keep, dtype=np.intp)


def paired_iou(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """Intersection over union of each box of `a` with the box of `b` in the same row. Shape [n].

    A box that has no area (right of left, bottom of top, turned round) has nothing in common with any.
    """
    size = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    both = np.prod(np.clip(size, 0, None), axis=1)
    union = box_areas(a) + box_areas(b) - both
    result: NDArray[np.float32] = np.where(union > 0, both / np.where(union > 0, union, 1), 0)
    return result.astype(np.float32)


def box_areas(boxes: Boxes) -> NDArray[np.float32]:
    """Area of each box, 0 where it is turned round. Shape [n]."""
    areas: NDArray[np.float32] = np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None), axis=1)
    return areas.astype(np.float32)


def area_within(polygon: Points, box: tuple[float, float, float, float]) -> float:
    """How much of a simple polygon's area lies in a box.

    Args:
        polygon: shape [k, 2], k >= 3.
        box: left, top, right, bottom.
    """
    corners = polygon.astype(np.float64)
    for axis, edge, sign in ((0, box[0], 1.0), (1, box[1], 1.0), (0, box[2], -1.0), (1, box[3], -1.0)):
        corners = clipped(corners, sign * (corners[:, axis] - edge))
    return enclosed(corners)


def enclosed(corners: Corners) -> float:
    """Area of a simple polygon [k, 2], by the shoelace formula."""
    x, y = (corners - corners.mean(axis=0)).T if len(corners) else np.zeros((2, 0))
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def clipped(corners: Corners, above: NDArray[np.float64]) -> Corners:
    """The part of a polygon [k, 2] where a linear function, given at its corners, is 0 or more.

    Sutherland and Hodgman, Reentrant polygon clipping, 1974, against one line.
    """
    kept: list[NDArray[np.float64]] = []
    for i in range(len(corners)):
        j = (i + 1) % len(corners)
        if above[i] >= 0:
            kept.append(corners[i])
        if (above[i] >= 0) != (above[j] >= 0):
            share = above[i] / (above[i] - above[j])
            kept.append(corners[i] + share * (corners[j] - corners[i]))
    return np.asarray(kept, np.float64).reshape(-1, 2)
