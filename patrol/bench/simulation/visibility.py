"""How much of each object another one leaves to be seen: the painter's algorithm on a raster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.bench.simulation.camera import Array
from patrol.core.geometry import Boxes

RASTER = (960, 540)
"""Width and height of the raster, pixels: a car 100 m away is 30 wide at a field of 30 degrees."""
_SHIFT = 4
"""Bits of fraction of a corner's position when it is painted: outlines do not snap to whole pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Visible:
    """What is left of each outline.

    Attributes:
        shares: float64 [n], the share of the outline that no nearer one covers and that lies in the picture.
        boxes: float32 [n, 4], around that part, fractions; all zero where nothing is left.
    """

    shares: NDArray[np.float64]
    boxes: Boxes


def visible_parts(outlines: Sequence[Array], raster: tuple[int, int] = RASTER) -> Visible:
    """Paint all outlines from the nearest to the farthest.

    Args:
        outlines: convex, in picture fractions, nearest first.
        raster: width and height.
    """
    size = np.array(raster, np.float64)
    free = np.ones((raster[1], raster[0]), np.uint8)
    shares, boxes = np.zeros(len(outlines)), np.zeros((len(outlines), 4), np.float32)
    for row, outline in enumerate(outlines):
        first = np.clip(np.floor(outline.min(axis=0) * size) - 1, 0, size).astype(int)
        last = np.clip(np.ceil(outline.max(axis=0) * size) + 1, 0, size).astype(int)
        if (last <= first).any():
            continue
        window = free[first[1] : last[1], first[0] : last[0]]
        mask = _painted(outline * size - first, window.shape)
        left = mask & window
        painted = int(mask.sum())
        if left.any():
            shares[row] = _inside(outline) * int(left.sum()) / painted
            boxes[row] = _around(left, first, size, outline)
        window[mask.astype(bool)] = 0
    return Visible(shares, boxes)


def _painted(corners: Array, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    mask = np.zeros(shape, np.uint8)
    # Pixels are named by their middle: the raster's corner is half a pixel before the first one.
    points = np.round((corners - 0.5) * (1 << _SHIFT)).astype(np.int32)
    cv2.fillConvexPoly(mask, points, 1, shift=_SHIFT)
    return mask


def _around(left: NDArray[np.uint8], first: NDArray[np.int_], size: Array, outline: Array) -> Array:
    """The box of the pixels that are left; an edge within two pixels of the outline's own is that one."""
    rows, columns = np.flatnonzero(left.any(axis=1)), np.flatnonzero(left.any(axis=0))
    pixels = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float64)
    box = (pixels + np.tile(first, 2)) / np.tile(size, 2)
    whole = np.concatenate([outline.min(axis=0), outline.max(axis=0)]).clip(0.0, 1.0)
    near = np.abs(box - whole) * np.tile(size, 2) <= 2.0
    result: Array = np.where(near, whole, box)
    return result


def _inside(outline: Array) -> float:
    """Share of an outline's area that lies in the picture."""
    if (outline >= 0).all() and (outline <= 1).all():
        return 1.0
    picture = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    corners = outline.astype(np.float32)
    whole = cv2.contourArea(corners)
    area, _ = cv2.intersectConvexConvex(corners, picture)
    return min(1.0, float(area) / whole) if whole > 0 else 0.0
