"""A detector that does not look: what a measured one would have found in a scene that is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.bench.simulation.camera import Pinhole
from patrol.bench.simulation.outlines import Outlined
from patrol.bench.simulation.recall import Measured, Values
from patrol.bench.simulation.vehicles import SHAPES, Seen
from patrol.bench.simulation.visibility import Visible, visible_parts
from patrol.core.detections import Detections
from patrol.core.geometry import Boxes, non_maximum_suppression

INPUT = (640, 384)
"""Width and height of the detector's input, pixels, as in its manifest: sizes are measured in these."""
LABELS = ("car", "bus", "truck")
OVERLAP = 0.45
"""IoU above which two boxes of one class become one, as in `patrol.vision.detection.runner`."""
LEAST_SCORE = 0.35
"""The configuration's default threshold, under which nothing is passed on."""
STUBBORN_S = 10.0
"""Chance forgets: two looks at one person so far apart share 1/e of their luck. Chosen; a real detector's
misses repeat themselves, and nobody has measured for how long."""


@dataclass(frozen=True, slots=True)
class Sort:
    """What a detector looks for, and what its false detections look like.

    Attributes:
        labels: class names; a false detection is of the first.
        height: of a false detection, picture fractions: as of those in the zone, near to far.
        shape: width by height of one, picture fractions.
    """

    labels: tuple[str, ...]
    height: tuple[float, float]
    shape: tuple[float, float]


VEHICLES = Sort(LABELS, (0.02, 0.12), (0.5, 1.0))
"""Cars. Chosen."""
PERSONS = Sort(("person",), (0.05, 0.25), (0.15, 0.35))
"""People 6 to 40 m before the lens. Chosen."""


class SimulatedDetector:
    """Finds objects with the measured probability, puts measured errors on their boxes, adds false ones.

    One seed gives one course of events. Without `ids`, draws are independent from look to look, which a real
    detector's misses are not: docs/design/truth-by-simulation.md.

    Args:
        measured: how it finds and errs.
        camera: whose picture it is shown.
        seed: of all chance.
        sort: what it looks for.
        tiles: the picture is looked at in so many by so many tiles: objects are larger by that.
    """

    def __init__(
        self, measured: Measured, camera: Pinhole, seed: int, sort: Sort = VEHICLES, tiles: int = 1
    ) -> None:
        self._measured, self._sort = measured, sort
        # A letterbox keeps the picture's shape: the tighter side decides.
        scale = min(1.0, tiles * min(INPUT[0] / camera.width, INPUT[1] / camera.rows))
        self._input_pixels = np.array([camera.width * scale, camera.rows * scale])
        self._random = np.random.default_rng(seed)
        self._luck: dict[int, float] = {}

    def detect(self, seen: Seen) -> Detections:
        """One look at vehicles."""
        labels = [self._sort.labels.index(SHAPES[vehicle.kind].label) for vehicle in seen.vehicles]
        return self._find(visible_parts(seen.outlines), seen.boxes, np.array(labels, np.int32), None)

    def detect_people(
        self, seen: Outlined, ids: NDArray[np.int64], apart_s: float, visible: Visible | None = None
    ) -> Detections:
        """One look at people, whose luck lasts from look to look.

        Args:
            seen: from `see_people`.
            ids: of the people, by `seen.rows`.
            apart_s: seconds since the look before.
            visible: of the outlines, where somebody knows it already.
        """
        luck = self._lucky(ids[seen.rows], math.exp(-apart_s / STUBBORN_S))
        known = visible_parts(seen.outlines) if visible is None else visible
        return self._find(known, seen.boxes, np.zeros(len(seen.rows), np.int32), luck)

    def _lucky(self, ids: NDArray[np.int64], keep: float) -> Values:
        """Uniform draws that stay alike: a normal one follows each person (autoregressive, first order)."""
        fresh = self._random.normal(size=len(ids))
        old = np.array([self._luck.get(int(one), math.nan) for one in ids])
        luck = np.where(np.isnan(old), fresh, keep * old + math.sqrt(1 - keep**2) * fresh)
        self._luck = dict(zip((int(one) for one in ids), luck.tolist(), strict=True))
        return np.array([0.5 * math.erfc(-one / math.sqrt(2)) for one in luck])

    def _find(
        self, visible: Visible, whole: Boxes, labels: NDArray[np.int32], luck: Values | None
    ) -> Detections:
        edges = whole.astype(np.float64)
        sizes = np.sqrt(np.prod((edges[:, 2:] - edges[:, :2]) * self._input_pixels, axis=1))
        chance = self._random.random(len(sizes)) if luck is None else luck
        found = chance < self._measured.recall(sizes, visible.shares)
        rows = np.flatnonzero(found & (visible.shares > 0))
        boxes = np.concatenate([self._shaken(visible.boxes[rows]), self._false()])
        classes = np.concatenate([labels[rows], np.zeros(len(boxes) - len(rows), np.int32)])
        scores = self._random.uniform(LEAST_SCORE, 0.9, len(boxes)).astype(np.float32)
        keep = [
            part[non_maximum_suppression(boxes[part], scores[part], OVERLAP)]
            for part in (np.flatnonzero(classes == label) for label in range(len(self._sort.labels)))
        ]
        kept = np.sort(np.concatenate(keep))
        return Detections(boxes[kept], scores[kept], classes[kept], self._sort.labels)

    def _shaken(self, boxes: Boxes) -> Boxes:
        size = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
        noise = self._random.normal(0.0, self._measured.edge_error, (len(boxes), 4))
        moved = (boxes + noise * size).clip(0.0, 1.0)
        return _upright(moved.astype(np.float32))

    def _false(self) -> Boxes:
        """Detections on nothing, anywhere in the picture."""
        number = int(self._random.poisson(self._measured.false_per_picture))
        height = self._random.uniform(*self._sort.height, (number, 1))
        width = height * self._random.uniform(*self._sort.shape, (number, 1))
        size = np.concatenate([width, height], axis=1)
        corner = self._random.random((number, 2)) * (1.0 - size)
        return np.concatenate([corner, corner + size], axis=1).astype(np.float32)


def _upright(boxes: Boxes) -> Boxes:
    """Noise can turn a thin box inside out: put its edges back in order."""
    low, high = np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])
    return np.concatenate([low, high], axis=1)
