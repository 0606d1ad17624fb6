"""A detector that does not look: what a measured one would have found in a scene that is known."""

from __future__ import annotations

import numpy as np

from patrol.bench.simulation.camera import Pinhole
from patrol.bench.simulation.recall import Measured
from patrol.bench.simulation.vehicles import SHAPES, Seen
from patrol.bench.simulation.visibility import visible_parts
from patrol.core.detections import Detections
from patrol.core.geometry import Boxes, non_maximum_suppression

INPUT = (640, 384)
"""Width and height of the detector's input, pixels, as in its manifest: sizes are measured in these."""
LABELS = ("car", "bus", "truck")
OVERLAP = 0.45
"""IoU above which two boxes of one class become one, as in `patrol.vision.detection.runner`."""
LEAST_SCORE = 0.35
"""The configuration's default threshold, under which nothing is passed on."""
FALSE_SIZE = (0.02, 0.12)
"""Heights of a false detection, picture fractions: those of the cars in the zone, near to far. Chosen."""


class SimulatedDetector:
    """Finds vehicles with the measured probability, puts measured errors on their boxes, adds false ones.

    One seed gives one course of events. Draws are independent from look to look, which a real detector's
    misses are not: docs/design/truth-by-simulation.md.
    """

    def __init__(self, measured: Measured, camera: Pinhole, seed: int) -> None:
        self._measured = measured
        # A letterbox keeps the picture's shape: the tighter side decides.
        scale = min(INPUT[0] / camera.width, INPUT[1] / camera.rows)
        self._input_pixels = np.array([camera.width * scale, camera.rows * scale])
        self._random = np.random.default_rng(seed)

    def detect(self, seen: Seen) -> Detections:
        """One look."""
        visible = visible_parts(seen.outlines)
        whole = seen.boxes.astype(np.float64)
        sizes = np.sqrt(np.prod((whole[:, 2:] - whole[:, :2]) * self._input_pixels, axis=1))
        found = self._random.random(len(sizes)) < self._measured.recall(sizes, visible.shares)
        rows = np.flatnonzero(found & (visible.shares > 0))
        labels = [LABELS.index(SHAPES[seen.vehicles[row].kind].label) for row in rows]
        boxes = np.concatenate([self._shaken(visible.boxes[rows]), self._false()])
        classes = np.array(labels + [0] * (len(boxes) - len(rows)), np.int32)
        scores = self._random.uniform(LEAST_SCORE, 0.9, len(boxes)).astype(np.float32)
        keep = [
            part[non_maximum_suppression(boxes[part], scores[part], OVERLAP)]
            for part in (np.flatnonzero(classes == label) for label in range(len(LABELS)))
        ]
        kept = np.sort(np.concatenate(keep))
        return Detections(boxes[kept], scores[kept], classes[kept], LABELS)

    def _shaken(self, boxes: Boxes) -> Boxes:
        size = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
        noise = self._random.normal(0.0, self._measured.edge_error, (len(boxes), 4))
        moved = (boxes + noise * size).clip(0.0, 1.0)
        return _upright(moved.astype(np.float32))

    def _false(self) -> Boxes:
        """Detections on nothing, anywhere in the picture."""
        number = int(self._random.poisson(self._measured.false_per_picture))
        height = self._random.uniform(*FALSE_SIZE, (number, 1))
        width = height * self._random.uniform(0.5, 1.0, (number, 1))
        size = np.concatenate([width, height], axis=1)
        corner = self._random.random((number, 2)) * (1.0 - size)
        return np.concatenate([corner, corner + size], axis=1).astype(np.float32)


def _upright(boxes: Boxes) -> Boxes:
    """Noise can turn a thin box inside out: put its edges back in order."""
    low, high = np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])
    return np.concatenate([low, high], axis=1)
