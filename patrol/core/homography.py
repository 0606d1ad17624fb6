"""A homography out of points that are known on both sides, and whether they are enough for one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from patrol.core.ground import Ground, Matrix

Plane = NDArray[np.float64]
"""Points of a plane, shape [n, 2]."""

FLAT = 0.01
"""A triangle whose height is less than this share of its longest side counts as a line. A calibration point
is clicked to about three pixels of 1920, 0.0016 of the picture: of points that lie a third of the picture
apart, a triangle any flatter owes half of its height to the clicking."""


def fit(picture: Plane, metres: Plane) -> Ground | None:
    """The homography that takes the one to the other, four points or more; None: they fit none.

    Normalised direct linear transformation: Hartley and Zisserman, Multiple View Geometry, 2nd edition,
    algorithm 4.2. None where the points would lie on both sides of the horizon that they imply.
    """
    from_picture, from_metres = _normalising(picture), _normalising(metres)
    p, m = _moved(picture, from_picture), _moved(metres, from_metres)
    one, nothing = np.ones(len(p)), np.zeros((len(p), 3))
    h = np.column_stack([p, one])
    rows = np.concatenate(
        [np.hstack([nothing, -h, m[:, 1:] * h]), np.hstack([h, nothing, -m[:, :1] * h])], axis=0
    )
    solution = np.linalg.svd(rows)[2][-1].reshape(3, 3)
    matrix: Matrix = np.linalg.inv(from_metres) @ solution @ from_picture
    w = np.column_stack([picture, one]) @ matrix[2]
    if not (np.all(w > 0) or np.all(w < 0)) or np.linalg.matrix_rank(matrix) < 3:
        return None
    matrix = matrix / w.mean()
    return Ground(matrix, rms(distances(matrix, picture, metres)))


def distances(matrix: Matrix, picture: Plane, metres: Plane) -> NDArray[np.float64]:
    """How far from its place on the ground each point of the picture comes out, metres. Shape [n]."""
    mapped = np.column_stack([picture, np.ones(len(picture))]) @ matrix.T
    off: NDArray[np.float64] = np.hypot(*(mapped[:, :2] / mapped[:, 2:] - metres).T)
    return off


def rms(values: NDArray[np.float64]) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(values**2)))


def on_a_line(points: Plane) -> tuple[int, ...]:
    """The points that spoil a fit by lying on one line; empty where four are in general position.

    Of four, no three may lie on a line. Of more, four such have to be among them, which fails where all of
    them, or all but one, lie on a line.
    """
    flat = set(_flat(points))
    if any(
        not any(three in flat for three in combinations(four, 3))
        for four in combinations(range(len(points)), 4)
    ):
        return ()
    lines = [_near_line(points, i, j) for i, j in combinations(range(len(points)), 2)]
    return max(lines, key=len)


def _flat(points: Plane) -> Iterator[tuple[int, int, int]]:
    for three in combinations(range(len(points)), 3):
        a, b, c = points[list(three)]
        longest = max(np.hypot(*(a - b)), np.hypot(*(b - c)), np.hypot(*(c - a)))
        if abs(cross(b - a, c - a)) <= FLAT * longest**2:
            yield three


def _near_line(points: Plane, i: int, j: int) -> tuple[int, ...]:
    along = points[j] - points[i]
    long = float(np.hypot(*along))
    if long <= 0:
        return (i, j)
    off = np.abs(along[0] * (points[:, 1] - points[i, 1]) - along[1] * (points[:, 0] - points[i, 0])) / long
    reach = np.ptp(points @ along) / long
    return tuple(int(k) for k in np.flatnonzero(off <= FLAT * reach))


def cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Twice the signed area of the triangle that two sides span."""
    return float(a[0] * b[1] - a[1] * b[0])


def _normalising(points: Plane) -> Matrix:
    """Moves the centroid to the origin and the mean distance from it to the square root of 2."""
    centre = points.mean(axis=0)
    spread = float(np.mean(np.hypot(*(points - centre).T)))
    scale = np.sqrt(2) / spread if spread > 0 else 1.0
    return np.array([[scale, 0, -scale * centre[0]], [0, scale, -scale * centre[1]], [0, 0, 1]])


def _moved(points: Plane, matrix: Matrix) -> Plane:
    moved: Plane = points @ matrix[:2, :2].T + matrix[:2, 2]
    return moved
