"""What is drawn into a report's pictures: boxes, points, and coarse cells over the heads of people."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.core.geometry import Boxes, Points
from patrol.core.media import Pixels
from patrol.vision.candidates.evidence.blur import blur_heads

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""
BLUE: Colour = (0, 114, 178)
ORANGE: Colour = (213, 94, 0)
GREEN: Colour = (0, 158, 115)
YELLOW: Colour = (240, 228, 66)
"""Of Okabe and Ito's palette, told apart by colour-blind readers (jfly.uni-koeln.de/color)."""


def blurred(pixels: Pixels, person_boxes: Boxes) -> Pixels:
    """A copy with the heads of these persons made unrecognisable; see `evidence.blur.blur_heads`.

    Args:
        pixels: uint8 [height, width, 3].
        person_boxes: [n, 4], picture fractions; found with a low threshold, or truth.
    """
    return blur_heads(pixels, person_boxes)


def with_boxes(pixels: Pixels, boxes: Boxes, colour: Colour, *, dashed: bool = False) -> Pixels:
    """A copy with an outline of each box.

    Args:
        pixels: uint8 [height, width, 3], RGB.
        boxes: [n, 4], picture fractions.
        colour: of the outline.
        dashed: corners only, so that two sets of boxes are told apart in a grey print.
    """
    out = np.ascontiguousarray(pixels.copy())
    height, width = out.shape[:2]
    thick = max(1, round(width / 640))
    for left, top, right, bottom in _pixels(boxes, width, height).reshape(-1, 4).tolist():
        if not dashed:
            cv2.rectangle(out, (left, top), (right, bottom), colour, thick)
            continue
        reach_x, reach_y = (right - left) // 3, (bottom - top) // 3
        for x, dx in ((left, reach_x), (right, -reach_x)):
            for y, dy in ((top, reach_y), (bottom, -reach_y)):
                cv2.line(out, (x, y), (x + dx, y), colour, thick)
                cv2.line(out, (x, y), (x, y + dy), colour, thick)
    return out


def with_points(pixels: Pixels, points: Points, colour: Colour) -> Pixels:
    """A copy with a small cross at each point [n, 2] in picture fractions."""
    out = np.ascontiguousarray(pixels.copy())
    height, width = out.shape[:2]
    size = max(5, round(width / 160))
    for x, y in _pixels(points, width, height).tolist():
        cv2.drawMarker(out, (x, y), colour, cv2.MARKER_TILTED_CROSS, size, max(1, round(width / 960)))
    return out


def _pixels(fractions: Boxes | Points, width: int, height: int) -> NDArray[np.int32]:
    scale = np.array([width, height] * (fractions.shape[1] // 2), np.float32)
    limit = 4 * max(width, height)  # far outside is outside; OpenCV takes 16-bit coordinates only so far
    pixels: NDArray[np.int32] = np.clip(np.rint(fractions * scale), -limit, limit).astype(np.int32)
    return pixels
