"""Net texture: a mesh repeats itself in two directions that cross, as leaves, glitter and ripples do not.

Only a mesh whose cells can be told apart is found, spread out before something even; a heap of net, or one
that is finer than two pixels, is not. docs/design/second-look.md has what else was tried.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.core.geometry import Boxes
from patrol.core.media import Grey

WINDOW = 64
"""Pixels: side of the square that is searched for a mesh. Chosen: 0.6 m at 100 px/m, ten cells of 6 cm."""
STEP = 32
"""Pixels between windows. Chosen: half of one."""
MOST = 24
"""Windows, those next to a subject and not on it, that are searched. Chosen: bounds the cost."""
FROM, TO = 6, 26
"""Waves to a window that count: cells of 11 to 2.5 pixels. Chosen: longer ones are things, not texture."""
CROSSED = 30.0
"""Degrees between the two directions of a mesh at least. Chosen: diamonds of a hanging net are narrow."""
REACH_M = 1.2
"""Metres from a subject within which a net belongs to it. Chosen: an arm, and what hangs from it."""
STANDS_OUT = (9.5, 19.5)
"""Times that a direction's strongest wave stands over others as long (mean of 3 x 3 of the spectrum), in the
weaker of two that cross: no mesh, a mesh for certain. Chosen: people on water and water alone reach 9.5 in
the shared stills, a boat's side 13, the one hanging net 10 to 12, a drawn mesh of 7 pixels 21."""
_ROWS = np.fft.fftfreq(WINDOW)[:, None] * WINDOW
_COLUMNS = np.fft.rfftfreq(WINDOW)[None, :] * WINDOW
_WAVES = np.hypot(_ROWS, _COLUMNS)
_TURN = np.degrees(np.arctan2(_ROWS, _COLUMNS)).ravel() % 180
_COUNTS = ((_WAVES >= FROM) & (_WAVES <= TO)).ravel()
_RING = np.where(_COUNTS, np.rint(_WAVES).astype(np.int64).ravel(), 0)
_RINGS = (_RING[:, None] == np.arange(TO + 1)).astype(np.float32) * _COUNTS[:, None]
_FADE = np.outer(np.hanning(WINDOW), np.hanning(WINDOW)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Mesh:
    """Where a mesh is, pixels: left, top, right, bottom; and how much it looks like one, 0..1."""

    box: tuple[float, float, float, float]
    score: float


def mesh(thin: Grey, subjects: Boxes, px_per_m: float) -> Mesh | None:
    """The clearest mesh near the subjects, or anywhere without any; None: none.

    Args:
        thin: of `ridges.thinness`.
        subjects: boxes in its pixels, [n, 4].
        px_per_m: its scale at the subjects.
    """
    corners = _corners(thin, subjects, REACH_M * px_per_m)
    if not len(corners):
        return None
    parts = np.stack([thin[y : y + WINDOW, x : x + WINDOW] for x, y in corners]).astype(np.float32)
    strength = _crossing(parts)
    best = int(strength.argmax())
    score = (float(strength[best]) - STANDS_OUT[0]) / (STANDS_OUT[1] - STANDS_OUT[0])
    if score <= 0:
        return None
    x, y = corners[best]
    return Mesh((float(x), float(y), float(x + WINDOW), float(y + WINDOW)), min(1.0, score))


def _corners(thin: Grey, subjects: Boxes, reach: float) -> NDArray[np.int64]:
    """Top left corners of the windows to search, [n, 2], the nearest to a subject first."""
    height, width = thin.shape
    x, y = np.arange(0, width - WINDOW + 1, STEP), np.arange(0, height - WINDOW + 1, STEP)
    corners = np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2)
    if not len(subjects) or not len(corners):
        return np.asarray(corners[:MOST], np.int64)
    middle = corners[:, None] + WINDOW / 2
    off = np.maximum(np.maximum(subjects[None, :, :2] - middle, middle - subjects[None, :, 2:]), 0)
    apart = np.hypot(off[..., 0], off[..., 1]).min(axis=1)
    order = np.argsort(apart, kind="stable")
    return np.asarray(corners[order[(apart[order] > 0) & (apart[order] <= reach)][:MOST]], np.int64)


def _crossing(parts: NDArray[np.float32]) -> NDArray[np.float64]:
    """How far the weaker of two crossing directions stands out in each window, [n]."""
    level = parts - parts.mean(axis=(1, 2), keepdims=True)
    power = np.abs(np.fft.rfft2(level * _FADE)) ** 2
    flat = power.reshape(len(parts), -1)
    of_ring = flat @ _RINGS / np.maximum(_RINGS.sum(axis=0), 1)
    smooth = sum(np.roll(of_ring, shift, axis=1) for shift in range(-2, 3)) / 5
    least = 1e-6 * flat.sum(axis=1, keepdims=True) + 1e-9
    over = np.where(_COUNTS, flat / (smooth[:, _RING] + least), 0.0).reshape(power.shape)
    mean = sum(np.roll(over, (i, j), (1, 2)) for i in (-1, 0, 1) for j in (-1, 0, 1)) / 9
    waves = np.asarray(mean).reshape(len(parts), -1)
    first = waves.argmax(axis=1)
    askew = np.abs((_TURN[None, :] - _TURN[first][:, None] + 90) % 180 - 90)
    return np.asarray(np.where(askew > CROSSED, waves, 0.0).max(axis=1), np.float64)
