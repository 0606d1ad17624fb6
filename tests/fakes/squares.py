"""A detector plug-in that needs no model: it finds bright squares and calls them persons.

For tests of everything around the detector, with real pictures through the real decoder: `draw` paints what
`Squares` finds. Named in streams.yaml as `plugin: tests.fakes.squares`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from patrol.core.detections import Detections
from patrol.core.media import Picture, Pixels
from patrol.core.protocols import Detector, DetectorInfo, Prepared
from patrol.vision.detection.letterbox import to_fractions

NEEDS_MODEL = False
WIDTH, HEIGHT = 192, 108
DARK, BRIGHT = 40, 220
LABELS = ("person", "car")


@dataclass(frozen=True, slots=True)
class Params:
    """It has none."""


class Squares:
    """Connected bright areas of the picture, each a person with score 0.9."""

    info = DetectorInfo("squares", "opencv", "u8", WIDTH, HEIGHT, LABELS, "finds bright squares")

    def prepare(self, picture: Picture) -> Prepared:
        return Prepared(picture.pixels(WIDTH, HEIGHT, "rgb"), (WIDTH, HEIGHT), (0.0, 0.0))

    def detect(self, batch: Sequence[Prepared]) -> list[Detections]:
        return [self._one(prepared) for prepared in batch]

    def _one(self, prepared: Prepared) -> Detections:
        bright = (prepared.pixels[..., 1] > (DARK + BRIGHT) // 2).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(bright)
        found = [row for row in stats[1:count] if row[cv2.CC_STAT_AREA] >= 12]
        edges = np.asarray([(x, y, x + w, y + h) for x, y, w, h, _ in found], np.float32).reshape(-1, 4)
        boxes = to_fractions(edges, prepared)
        scores = np.full(len(boxes), 0.9, np.float32)
        return Detections(boxes, scores, np.zeros(len(boxes), np.int32), LABELS)


def build(_params: Params) -> Detector:
    return Squares()


def draw(width: int, height: int, count: int, step: int = 0) -> Pixels:
    """A dark picture, RGB, with `count` (0..8) bright squares that sway a little with `step`."""
    pixels = np.full((height, width, 3), DARK, np.uint8)
    side = height // 8
    for i in range(count):
        left = int((0.03 + 0.12 * i) * width) + step % 5
        top = height // 2 + (step + i) % 4
        pixels[top : top + side, left : left + side] = BRIGHT
    return pixels
