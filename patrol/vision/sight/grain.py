"""How far things stand out of a camera's noise, by pairs of looks: one picture cannot tell grain from leaves.

Mean brightness alone does not say whether a detector sees: a camera's amplifier makes a night bright, and
the noise of the sensor with it. Over darkened and noised PETS09-S2L1 and TUD-Campus the share of persons
found falls at the same contrast over noise, bright or dark (docs/design/night.md has the
table). Pure; about 0.5 ms a look.
"""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np

from patrol.core.media import Grey
from patrol.vision.sight.measures import EDGE_WIDTH, Plane

BLOCK = 8
"""Side of a block of a look's grey picture in which noise is measured, pixels."""
CALM = 0.03
"""Noise is that of the calmest blocks, at this quantile: leaves, water, crowds and a camera that sways move
the others. Chosen: of a sensor's noise nine tenths are left of what the calmest tenth has, and of the leaves
in the angler's clip two fifths."""
DARKEST, BRIGHTEST = 4.0, 235.0
"""Blocks beyond are cut off at black or white, and have no noise of their own. Chosen."""
FEW = 20
"""Blocks in between, under which nothing is said of noise. Chosen."""
LEAST_NOISE = 0.5
"""Noise under which it does not matter: rounding to whole levels alone is 0.3 (1 / sqrt 12)."""
NEAR, FAR = 1.0, 8.0
"""Deviations of two Gaussians, pixels at `EDGE_WIDTH`: what is between them has the size of people and
vehicles, and lamps that light one side of the picture are left out. Chosen; 2 and 8 and 1 and 4 tell no
better."""
SPREAD = (0.05, 0.95)
"""Shares of pixels between which contrast is taken."""
WINDOW_S = 30.0
"""The noise is the least of the pairs of this time: a sensor's is in every pair, and whatever else moves is
not. Chosen."""
LEAST_PAIRS = 4
"""Fewer say nothing: the handheld junction's first two are three times as noisy as what follows."""


def contrast(grey: Grey) -> float:
    """Light between the dark and the bright things of a picture (uint8 [h, w]), levels of 255."""
    height = max(1, round(grey.shape[0] * EDGE_WIDTH / grey.shape[1]))
    half = cv2.resize(grey, (EDGE_WIDTH, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    band = cv2.GaussianBlur(half, (0, 0), NEAR) - cv2.GaussianBlur(half, (0, 0), FAR)
    low, high = np.quantile(band, SPREAD)
    return float(high - low)


def noise(before: Grey, now: Grey) -> float | None:
    """Standard deviation of one look's noise, levels of 255, by two looks of one shape, uint8 [h, w].

    Returns:
        None where too little of the picture is neither black nor white.
    """
    change = now.astype(np.float32) - before
    level, mean, square = _blocks(now.astype(np.float32)), _blocks(change), _blocks(change * change)
    usable = (level > DARKEST) & (level < BRIGHTEST)
    if int(np.count_nonzero(usable)) < FEW:
        return None
    variance = np.maximum(square - mean * mean, 0.0) / 2
    return float(np.sqrt(np.quantile(variance[usable], CALM)))


class Grain:
    """Contrast over noise of one camera, from look to look; its rules share one, and it is measured once."""

    def __init__(self) -> None:
        self._before: Grey | None = None
        self._arrived: float | None = None
        self._said: float | None = None
        self._scene: int | None = None
        self._noises: deque[tuple[float, float]] = deque()

    def step(self, arrived: float, scene: int, grey: Grey) -> float | None:
        """How many times the noise the contrast is; None: not known yet. Asked again, it says the same again.

        Args:
            arrived: monotonic seconds.
            scene: see `Look.scene`; looks of two scenes are not compared.
            grey: of the look.
        """
        if grey is not self._before or arrived != self._arrived:
            self._arrived = arrived
            self._said = self._measured(arrived, scene, grey)
        return self._said

    def _measured(self, arrived: float, scene: int, grey: Grey) -> float | None:
        before, self._before = self._before, grey
        same, self._scene = scene == self._scene, scene
        if before is not None and same and before.shape == grey.shape:
            measured = noise(before, grey)
            if measured is not None:
                self._noises.append((arrived, measured))
        while len(self._noises) > LEAST_PAIRS and self._noises[0][0] <= arrived - WINDOW_S:
            self._noises.popleft()
        if len(self._noises) < LEAST_PAIRS:
            return None
        return contrast(grey) / max(LEAST_NOISE, min(level for _, level in self._noises))


def _blocks(plane: Plane) -> Plane:
    """Mean of each block."""
    rows, columns = max(1, plane.shape[0] // BLOCK), max(1, plane.shape[1] // BLOCK)
    whole = np.ascontiguousarray(plane[: rows * BLOCK, : columns * BLOCK])
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
