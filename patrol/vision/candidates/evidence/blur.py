"""Heads made unrecognisable, from the boxes of persons. No face is looked for and none is recognised.

What is measured and what is not: a person whom the detector misses keeps their face. Against that, stored
evidence is blurred with boxes of a far lower threshold than rules use (`SHOWN_THRESHOLD`), and in a preview
with the boxes of the neighbouring pictures, too (`preview.REACH`). docs/privacy.md says what remains.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.core.detections import Detections
from patrol.core.geometry import Boxes, Mask
from patrol.core.media import Pixels

PERSON = "person"
SHOWN_THRESHOLD = 0.12
"""Least score of a person that is blurred in stored evidence. A needless blur costs a patch of background, a
missing one somebody's face: so a third of what rules use (0.35). Chosen by that, not measured on faces."""

_HEAD_OF_HEIGHT = 0.30
"""Of a standing person's box. A head is 1/7.5 to 1/8 of a body; the rest is for boxes that sit too high."""
_HEAD_OF_WIDTH = 0.75
"""Of a box that shows a part of a person. Standing, width is 0.4 of height and this equals 0.30 of it; a bust
(as wide as high) is blurred down to 3/4, somebody lying or bent (wider than high) altogether."""
_ABOVE = 0.06
"""Of the box's height, added above it: detectors cut off hair and hats."""
_WIDER = 1.2
"""Times the box's width: heads lean out at the side of a bending or walking person."""
_SMALL = 64
"""Boxes lower than this, pixels, are blurred over their upper half: an error of a few pixels in the box is as
large as the head, 8 pixels."""

_CELLS = 6
"""Cells across the shorter side of a head region; each keeps nothing but its mean colour. For a standing
person of 1.7 m that is 0.1 m a cell, 10 a metre: EN 62676-4 asks for 25 px/m to detect that somebody is
there, for 125 to recognise a known person and for 250 to identify an unknown one."""
_CELL_SIZES = np.array([4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024, 4096])
"""Pixels. A cell is never smaller than 4, and is rounded up to one of these: all heads of one size are one
operation on the picture, so a crowd costs no more than a handful of people."""


def persons(*results: Detections, at_least: float = SHOWN_THRESHOLD) -> Boxes:
    """Boxes of all persons in several results of the same scene. Shape [n, 4], picture fractions."""
    return union(result.of(PERSON, at_least=at_least).boxes for result in results)


def union(boxes: Iterable[Boxes]) -> Boxes:
    """All boxes in one array [n, 4]; none give [0, 4]."""
    return np.concatenate([np.zeros((0, 4), np.float32), *boxes]).astype(np.float32)


def head_regions(boxes: Boxes, width: int, height: int) -> NDArray[np.int32]:
    """Where the heads of these persons are, generously.

    Args:
        boxes: shape [n, 4], picture fractions; what lies outside the picture or is no number does not count.
        width: of the picture, pixels.
        height: of the picture, pixels.

    Returns:
        int32 [m, 4], m <= n: left, top, right, bottom in pixels, within the picture, never empty.
    """
    box = boxes[np.isfinite(boxes).all(axis=1)] * np.array([width, height, width, height], np.float32)
    left, top, right, bottom = np.clip(box, -2 * max(width, height), 2 * max(width, height)).T
    wide, high = right - left, bottom - top
    head = np.maximum(_HEAD_OF_HEIGHT * high, _HEAD_OF_WIDTH * wide)
    head = np.where(high < _SMALL, np.maximum(head, high / 2), head)
    middle, reach = (left + right) / 2, wide * _WIDER / 2
    lower = top + np.minimum(high, head)
    edges = np.stack([middle - reach, top - _ABOVE * high, middle + reach, lower], axis=1)
    whole = np.concatenate([np.floor(edges[:, :2]), np.ceil(edges[:, 2:])], axis=1)
    regions: NDArray[np.int32] = np.clip(whole, 0, [width, height, width, height]).astype(np.int32)
    seen: Mask = (regions[:, 2] > regions[:, 0]) & (regions[:, 3] > regions[:, 1])
    result: NDArray[np.int32] = regions[(wide > 0) & (high > 0) & seen]
    return result


def blur_heads(pixels: Pixels, person_boxes: Boxes) -> Pixels:
    """A copy in which nothing but cell means is left of each head region, and nothing else is touched.

    The picture is reduced to cells by averaging, smoothed on that grid, and enlarged again: what is taken out
    is not in the result in any form. It is still no proof against somebody who compares it with a short list
    of known persons (McPherson, Shokri, Shmatikov: Defeating Image Obfuscation with Deep Learning, 2016).

    Args:
        pixels: shape [height, width, 3], uint8, any order of colours.
        person_boxes: shape [n, 4], picture fractions; whole persons, not heads.
    """
    height, width = pixels.shape[:2]
    out = pixels.copy()
    regions = head_regions(person_boxes, width, height)
    if len(regions) == 0:
        return out
    shorter = np.minimum(regions[:, 2] - regions[:, 0], regions[:, 3] - regions[:, 1])
    wanted = np.minimum(np.ceil(shorter / _CELLS), _CELL_SIZES[-1])
    bucket = np.searchsorted(_CELL_SIZES, wanted)
    for index in np.unique(bucket):  # ascending: where regions overlap, the coarser cells win
        _cover(pixels, out, regions[bucket == index], int(_CELL_SIZES[index]))
    return out


def _cover(pixels: Pixels, out: Pixels, regions: NDArray[np.int32], cell: int) -> None:
    """Put the coarse picture of one cell size into these regions of `out`."""
    left, top = regions[:, 0].min(), regions[:, 1].min()
    right, bottom = regions[:, 2].max(), regions[:, 3].max()
    window = np.ascontiguousarray(pixels[top:bottom, left:right])
    high, wide = window.shape[:2]
    grid = (max(1, wide // cell), max(1, high // cell))
    coarse = cv2.GaussianBlur(cv2.resize(window, grid, interpolation=cv2.INTER_AREA), (3, 3), 0.8)
    smooth = cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_LINEAR)
    mask = np.zeros((high, wide), np.bool_)
    for x0, y0, x1, y1 in regions - np.array([left, top, left, top], np.int32):
        mask[y0:y1, x0:x1] = True
    np.copyto(out[top:bottom, left:right], smooth.astype(np.uint8, copy=False), where=mask[:, :, None])
