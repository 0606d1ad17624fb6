"""Points on thin structures: what stands out from its surroundings on both sides at once, in any colour."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.core.media import Grey, Pixels

Numbers = NDArray[np.float64]
"""Shape [n]."""

THICK = 7
"""Pixels: what is as thick as this is no thin structure. Chosen: a rod's butt of 25 mm is 6 pixels at 235
px/m, where somebody of 1.7 m is 400 pixels high and fills the crop."""
LEAST = 6.0
"""Levels of 255 by which a point stands out from the texture around it. Chosen: twice the noise of a camera
by day."""
OVER_TEXTURE = 2.5
"""Times the mean thinness of its surroundings that a point must reach. Chosen: a line of 3 pixels covers a
tenth of `TEXTURE`, and so stands ten times over a smooth background; leaves and glitter reach twice."""
TEXTURE = 31
"""Pixels: side of the square that a point's surroundings are taken from. Chosen: ten times a line's width."""
COHERENT = 0.5
"""How much more the picture changes across a point than along it, 0..1 (coherence of the structure tensor,
Bigun and Granlund 1987). Chosen: halfway between a spot and a line."""
WINDOW = 7
"""Pixels: side of the square that a point's direction is taken from. Chosen: `THICK`."""
MOST = 4000
"""Points that are kept, the clearest ones: bounds what a crop full of leaves costs. Chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class Ridge:
    """Points on thin structures.

    Attributes:
        x: pixels, [n].
        y: pixels, [n].
        angle: along the structure, degrees from the x axis towards the y axis, 0..180, [n].
        weight: levels over the texture around, [n].
    """

    x: Numbers
    y: Numbers
    angle: Numbers
    weight: Numbers

    def __len__(self) -> int:
        return len(self.x)

    def where(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Ridge:
        """The points that a mask [n], or indices, select."""
        return Ridge(self.x[keep], self.y[keep], self.angle[keep], self.weight[keep])


def thinness(pixels: Pixels, thick: int = THICK) -> Grey:
    """How much each pixel stands out from everything that is thicker, in the colour in which it does so most.

    Black hat and top hat (Meyer 1979): a straight edge, a horizon or the side of a boat, leaves nothing; a
    thin line does, dark or bright, and a blue rod on grey water as well as a black one on white.

    Args:
        pixels: uint8 [h, w, 3].
        thick: see `THICK`.
    """
    square = np.ones((thick, thick), np.uint8)
    dark = cv2.morphologyEx(pixels, cv2.MORPH_BLACKHAT, square)
    bright = cv2.morphologyEx(pixels, cv2.MORPH_TOPHAT, square)
    red, green, blue = cv2.split(cv2.max(dark, bright))
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def ridge(thin: Grey) -> Ridge:
    """Points that stand out from the texture around them, and lie on something that has a direction.

    Args:
        thin: of `thinness`.
    """
    around = cv2.boxFilter(thin, -1, (TEXTURE, TEXTURE))
    over = np.asarray(cv2.subtract(thin, cv2.addWeighted(around, OVER_TEXTURE, around, 0, LEAST)))
    if not over.any():  # findNonZero says None, which its types do not
        none = np.zeros(0)
        return Ridge(none, none, none, none)
    places = cv2.findNonZero(over)
    x, y = np.asarray(places, np.int64).reshape(-1, 2).T  # OpenCV 4 says [n, 1, 2], 5 says [n, 2]
    if len(x) > 2 * MOST:
        least = np.partition(over[y, x], -2 * MOST)[-2 * MOST]
        clear = over[y, x] >= least
        x, y = x[clear], y[clear]
    xx, yy, xy = (part[y, x].astype(np.float64) for part in _tensor(thin))
    coherence = np.hypot(xx - yy, 2 * xy) / np.maximum(xx + yy, 1e-6)
    across = np.degrees(np.arctan2(2 * xy, xx - yy)) / 2
    weight = over[y, x].astype(np.float64)
    found = Ridge(x.astype(np.float64), y.astype(np.float64), (across + 90) % 180, weight)
    found = found.where(coherence > COHERENT)
    if len(found) > MOST:
        found = found.where(np.sort(np.argsort(-found.weight, kind="stable")[:MOST]))
    return found


def _tensor(thin: Grey) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """The structure tensor's three parts, [h, w] each."""
    soft = cv2.GaussianBlur(thin, (0, 0), 1.0)
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    window = (WINDOW, WINDOW)
    xx, yy, xy = (
        np.asarray(cv2.boxFilter(part, -1, window), np.float32)
        for part in (across * across, down * down, across * down)
    )
    return xx, yy, xy
