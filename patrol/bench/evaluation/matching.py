"""Which of the found objects are which of the true ones, one to one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from patrol.core.geometry import Boxes, Mask, Points, iou

MIN_OVERLAP = 0.5
"""IoU from which a found box is the true one: the rule of PASCAL VOC (Everingham et al., IJCV 2010) and of
MOTChallenge (arXiv 1504.01942)."""
HEAD_PART = 0.5
"""Of a box's height, from its top: where the head of the person in it has to be. A head is the top 1/7.5 of
somebody who stands and about the top third of somebody who sits; half leaves room for boxes that sit a little
off. Sets of crowds have points and no boxes, and no standard rule to match the two: this one is ours."""
HEAD_MARGIN = 0.15
"""Of the box's sides, added around it: at 5 to 12 pixels a head, a label is off by one or two."""


def pairs(possible: Mask) -> list[tuple[int, int]]:
    """As many pairs as can be made at once (maximum bipartite matching by augmenting paths, Kuhn 1955).

    Not the best sum of overlaps, and not by score: only how many fit together, which no order can change.

    Args:
        possible: [n, m], whether row i may be paired with column j.

    Returns:
        pairs of row and column, by column.
    """
    owner: dict[int, int] = {}
    for row in range(len(possible)):
        _augment(possible, row, owner)
    return sorted(((row, column) for column, row in owner.items()), key=lambda pair: pair[1])


def _augment(possible: Mask, start: int, owner: dict[int, int]) -> None:
    """Find a column for `start`, moving others on; breadth first, so that depth is no matter."""
    came_from: dict[int, int] = {}
    waiting = [start]
    for row in waiting:
        for column in np.flatnonzero(possible[row]).tolist():
            if column in came_from:
                continue
            came_from[column] = row
            if column not in owner:
                _hand_on(column, start, came_from, owner)
                return
            waiting.append(owner[column])


def _hand_on(free: int, start: int, came_from: dict[int, int], owner: dict[int, int]) -> None:
    """Each row on the path that ends at the column `free` gives up its column for the next one."""
    before = {row: column for column, row in owner.items()}
    column, row = free, came_from[free]
    while row != start:
        owner[column] = row
        column = before[row]
        row = came_from[column]
    owner[column] = start


def overlapping(found: Boxes, true: Boxes) -> Mask:
    """Which found boxes may be which true ones: IoU of at least `MIN_OVERLAP`. Shape [n, m]."""
    near: Mask = iou(found, true) >= MIN_OVERLAP
    return near


def holding(found: Boxes, heads: Points, aspect: float) -> Mask:
    """Which found boxes may be the persons of which heads: the head lies in the box's upper part.

    Of a box that is wider than high (somebody lies), the whole box.

    Args:
        found: [n, 4], picture fractions.
        heads: [m, 2], picture fractions.
        aspect: the picture's width by its height.

    Returns:
        shape [n, m].
    """
    left, top, right, bottom = (found[:, side, None] for side in range(4))
    wide, high = right - left, bottom - top
    part = np.where(wide * aspect > high, 1.0, HEAD_PART)
    x, y = heads[None, :, 0], heads[None, :, 1]
    across = (x >= left - HEAD_MARGIN * wide) & (x <= right + HEAD_MARGIN * wide)
    down = (y >= top - HEAD_MARGIN * high) & (y <= top + part * high)
    inside: Mask = across & down
    return inside


def unmatched(count: int, matched: list[int]) -> NDArray[np.intp]:
    """Indices below `count` that are not among `matched`."""
    return np.setdiff1d(np.arange(count, dtype=np.intp), np.asarray(matched, np.intp))
