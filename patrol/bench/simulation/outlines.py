"""Bodies in the picture: the outline of each, and the box around it, nearest first."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.bench.simulation.camera import Array, Pinhole
from patrol.core.geometry import Boxes


@dataclass(frozen=True, slots=True, eq=False)
class Outlined:
    """What of some bodies lies in the picture, nearest first.

    Attributes:
        rows: int64 [n], which body each is, of those that were asked for.
        boxes: float32 [n, 4], the outline's box cut off at the picture's edges, fractions.
        outlines: convex hulls, fractions, each [k, 2].
    """

    rows: NDArray[np.int64]
    boxes: Boxes
    outlines: tuple[Array, ...]


def outlined(camera: Pinhole, corners: Array) -> Outlined:
    """Project bodies; those beside the picture or behind the lens are left out.

    Args:
        camera: that looks.
        corners: of each body, metres, shape [n, k, 3]; the body is their convex hull.
    """
    number, each = corners.shape[:2]
    points = camera.project(corners.reshape(-1, 3)).reshape(number, each, 3)
    low, high = points[:, :, :2].min(axis=1), points[:, :, :2].max(axis=1)
    boxes = np.concatenate([low, high], axis=1).clip(0.0, 1.0)
    # NaN, from behind the lens, compares false.
    there = np.flatnonzero((boxes[:, 2:] > boxes[:, :2]).all(axis=1))
    rows = there[np.argsort(points[there, :, 2].min(axis=1), kind="stable")]
    flat = points[rows, :, :2].astype(np.float32)
    hulls = tuple(cv2.convexHull(one)[:, 0].astype(np.float64) for one in flat)
    return Outlined(rows, boxes[rows].astype(np.float32), hulls)
