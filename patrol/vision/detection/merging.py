"""One answer for a picture out of those to its tiles: what was seen twice counts once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.core.detections import Detections
from patrol.core.geometry import (
    Boxes,
    Mask,
    intersection_over_smaller,
    non_maximum_suppression,
    paired_iou,
)
from patrol.vision.detection.tiling import Window

SAME = 0.3
"""IoU, in what two inputs both show, above which their boxes are one object. YOLOX-nano, 2 x 2 tiles, from
0.35 on, PETS09-S2L1, with 0.1, 0.2, 0.3, 0.4, 0.5: recall 0.895, 0.914, 0.921, 0.921, 0.921, precision 0.814,
0.832, 0.833, 0.833, 0.828; in a street of 15 to 25 people 22.3, 22.4, 22.5, 22.9, 23.3 are counted: lower
limits lose neighbours, higher ones leave doubles (benchmarks/tiling.py). A detector's own limit, 0.45, is for
boxes of one input; a small object's box in the whole picture is a few pixels off."""
BORDER = 0.02
"""Of a tile's side: a box that comes so close to an inner border is a piece. One cell of YOLOX's finest grid
(8 pixels) at 416 pixels."""
NESTED = 0.9
"""Of the smaller one's area: a person that lies so far inside a better one is that one, seen twice. Mean
error of the count of a look on PETS09-S2L1 / TUD-Campus (`patrol eval count`): YOLOX-nano, 384x640, from 0.4
on, 0.63 to 0.62 / 0.73 to 0.51; yolo26n, from 0.2 on, 0.58 to 0.50 / 1.01 to 0.85. No better: 0.8 and 0.7."""


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Boxes of all answers, in the order in which one of them takes the others' place.

    Attributes:
        boxes: float32 [n, 4], cut off at their windows.
        scores: float32 [n].
        class_ids: int32 [n].
        answer: int [n], which answer each comes from.
        windows: float32 [n, 4], what that answer's input showed.
        pieces: bool [n], whether a border of the tile may have cut it.
    """

    boxes: Boxes
    scores: NDArray[np.float32]
    class_ids: NDArray[np.int32]
    answer: NDArray[np.intp]
    windows: Boxes
    pieces: Mask

    def __getitem__(self, rows: NDArray[np.intp] | Mask) -> _Found:
        return _Found(
            self.boxes[rows],
            self.scores[rows],
            self.class_ids[rows],
            self.answer[rows],
            self.windows[rows],
            self.pieces[rows],
        )


def merged(answers: Sequence[Detections], windows: Sequence[Window], same: float = SAME) -> Detections:
    """What all answers say together, best score first.

    Two boxes of one class from different answers are one object where they agree (`SAME`) in the part of the
    picture that both answers are about. So a half person at the edge of a tile agrees with the whole one that
    the neighbour, or the whole picture, shows. The better box stays: one that no border cuts before a piece,
    then the higher score; it takes the best score of them. Pieces alone become the box around them. Boxes of
    one answer are never compared: its detector has told them apart.

    Args:
        answers: in fractions of the whole picture; one or more.
        windows: what each answer's input showed, in the same order.
        same: other than `SAME` for benchmarks only.
    """
    if len(answers) == 1:
        return answers[0]
    found = _ordered(_gathered(answers, windows))
    better, worse = _same_object(found, same)
    boxes, scores = found.boxes.copy(), found.scores.copy()
    stays = np.ones(len(scores), np.bool_)
    for row in np.unique(better):
        if not stays[row]:
            continue
        rows = worse[better == row]
        rows = rows[stays[rows]]
        stays[rows] = False
        scores[row] = max(scores[row], found.scores[rows].max(initial=0.0))
        if found.pieces[row] and rows.size:
            boxes[row, :2] = np.minimum(boxes[row, :2], found.boxes[rows, :2].min(axis=0))
            boxes[row, 2:] = np.maximum(boxes[row, 2:], found.boxes[rows, 2:].max(axis=0))
    kept = np.flatnonzero(stays)
    kept = kept[np.argsort(-scores[kept], kind="stable")]
    return Detections(boxes[kept], scores[kept], found.class_ids[kept], answers[0].labels)


def without_nested(found: Detections, label: str) -> Detections:
    """Without objects of one class that lie inside a better one of it (`NESTED`), in the same order.

    For counting people. A car behind a car is one more; that was not measured.
    """
    rows = np.flatnonzero(np.asarray([name == label for name in found.labels], np.bool_)[found.class_ids])
    stay = non_maximum_suppression(found.boxes[rows], found.scores[rows], NESTED, intersection_over_smaller)
    keep = np.ones(len(found), np.bool_)
    keep[np.delete(rows, stay)] = False
    return found.where(keep)


def _gathered(answers: Sequence[Detections], windows: Sequence[Window]) -> _Found:
    counts = [len(answer) for answer in answers]
    seen = np.repeat(np.asarray(windows, np.float32).reshape(-1, 4), counts, axis=0)
    boxes = _clipped(np.concatenate([answer.boxes for answer in answers]), seen)
    found = _Found(
        boxes,
        np.concatenate([answer.scores for answer in answers]),
        np.concatenate([answer.class_ids for answer in answers]),
        np.repeat(np.arange(len(answers)), counts),
        seen,
        _pieces(boxes, seen),
    )
    return found[(boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])]


def _pieces(boxes: Boxes, windows: Boxes) -> Mask:
    near = BORDER * np.tile(windows[:, 2:] - windows[:, :2], 2)
    inner = np.concatenate([windows[:, :2] > 0, windows[:, 2:] < 1], axis=1)
    touches: Mask = (inner & (np.abs(boxes - windows) <= near)).any(axis=1)
    return touches


def _ordered(found: _Found) -> _Found:
    """Whole ones first, then by score; the rest of the keys only makes the order the same every time."""
    places = (*found.windows.T, *found.boxes.T)
    return found[np.lexsort((*places, found.class_ids, -found.scores, found.pieces))]


def _same_object(found: _Found, same: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of rows that show one object, the better one of each pair first; sorted by it."""
    left, top, right, bottom = found.boxes.T
    pairs = (left[:, None] < right) & (left < right[:, None])
    pairs &= (top[:, None] < bottom) & (top < bottom[:, None])
    pairs &= found.class_ids[:, None] == found.class_ids
    pairs &= found.answer[:, None] != found.answer
    better, worse = np.nonzero(np.triu(pairs, 1))
    common = np.concatenate(
        [
            np.maximum(found.windows[better, :2], found.windows[worse, :2]),
            np.minimum(found.windows[better, 2:], found.windows[worse, 2:]),
        ],
        axis=1,
    )
    overlap = paired_iou(_clipped(found.boxes[better], common), _clipped(found.boxes[worse], common))
    agree = overlap > same
    return better[agree], worse[agree]


def _clipped(boxes: Boxes, windows: Boxes) -> Boxes:
    """Each box cut off at its own window; turned round where it lies outside."""
    low, high = np.tile(windows[:, :2], 2), np.tile(windows[:, 2:], 2)
    clipped: Boxes = np.minimum(np.maximum(boxes, low), high).astype(np.float32)
    return clipped
