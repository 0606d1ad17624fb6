"""A picture of a simulated crowd, flat and bright: for measures of texture, not for detectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from patrol.bench.simulation.camera import Array
from patrol.bench.simulation.outlines import Outlined
from patrol.core.media import Grey, Pixels

GROUND = 150
"""Grey of the ground. Chosen."""
NOISE = 3.0
"""Standard deviation of the sensor's noise, grey levels. Chosen."""
SIZE = (960, 540)
"""Width and height that it is painted in, pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class PaintedPicture:
    """A `Picture` over a raster.

    Attributes:
        raster: uint8 [h, w, 3].
        width: that it claims, pixels.
        height: that it claims, pixels.
    """

    raster: Pixels
    width: int
    height: int

    def pixels(self, width: int, height: int, order: Literal["rgb", "bgr"] = "rgb") -> Pixels:
        """Scaled copy."""
        scaled = np.asarray(cv2.resize(self.raster, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        return scaled if order == "rgb" else scaled[:, :, ::-1]

    def grey(self, width: int, height: int) -> Grey:
        """Luma of that size."""
        return np.asarray(cv2.cvtColor(self.pixels(width, height), cv2.COLOR_RGB2GRAY), np.uint8)


def painted(seen: Outlined, ids: np.ndarray, size: tuple[int, int], seed: int = 0) -> PaintedPicture:
    """Everybody in a colour of their own, the farthest first, with a dark head.

    Args:
        seen: from `see_people`.
        ids: of the people, by `seen.rows`: the same person keeps a colour.
        size: width and height that the picture claims.
        seed: of the noise.
    """
    noise = np.random.default_rng(seed).normal(0.0, NOISE, (SIZE[1], SIZE[0], 3))
    canvas = np.clip(GROUND + noise, 0, 255).astype(np.uint8)
    for row in range(len(seen.rows) - 1, -1, -1):
        one = int(ids[seen.rows[row]])
        outline = seen.outlines[row]
        colour = [40 + (one * step) % 180 for step in (37, 71, 113)]
        _fill(canvas, outline, colour)
        top = outline[:, 1].min()
        head = top + 0.18 * (outline[:, 1].max() - top)
        _fill(canvas, outline[outline[:, 1] <= head], [30, 25, 20])
    return PaintedPicture(canvas, *size)


def _fill(canvas: Pixels, outline: Array, colour: list[int]) -> None:
    if len(outline) >= 3:
        points = np.round(outline * SIZE * 16).astype(np.int32)
        cv2.fillConvexPoly(canvas, points, colour, lineType=cv2.LINE_AA, shift=4)
