"""Which thin lines look like rods: by their own form, and by how they lie to people or a boat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from patrol.core.geometry import Boxes
from patrol.core.media import Grey
from patrol.vision.closer.following import across, followed
from patrol.vision.closer.ridges import Numbers
from patrol.vision.closer.tracing import Line

LONG_M = (0.2, 0.8)
"""Metres of a line: too short to be a rod, long enough for one. Chosen: rods have 1.8 to 5.4 m; the
lower part lies before the body or in the grass, and the tip is thinner than a pixel."""
SLENDER = (5.0, 20.0)
"""Times as long as wide, as it is seen. Chosen: 1 m of a rod at 50 px/m is 50 pixels by 2.5; a leaf,
a ripple, a paddle's blade are five times as long as wide."""
THICK_M = (0.045, 0.020)
"""Metres across: thicker than any rod, and thin enough for one. Chosen: rods have 5 to 25 mm, the shaft of a
paddle 28 to 32 (and is seen with its blades), a boat's rim 50. In the shared stills, after `BLUR`: rods 0 to
24 mm, what is straight beside people without one 27 to 67."""
BLUR = 2.0
"""Pixels that a line without width is seen wide. Chosen: one pixel of the lens, one of the grid."""
CLEAR = (2.0, 5.0)
"""Times that a line stands over what lies beside it. Chosen: texture reaches 1.7 (`following.TIMES`). From
(1.7, 4) to (2.5, 6) the area under the ROC curve of the shared stills is the same."""
FILLED = (0.6, 0.9)
"""Share of a line that stands out: `tracing.FILLED`, and nearly all. Chosen."""
NEAR_M = (3.0, 1.5)
"""Metres from its nearest subject: somebody else's, and their own. Chosen: rods on rests stand up to 2 m
beside who watches them. (1.5, 0.5) makes no difference on the shared stills."""
OUT = (0.1, 0.4)
"""Share of a line outside the subject's box: a strap or a leg lies in it. Chosen."""
LEVEL = (1.0, 8.0)
"""Degrees from level: ripples, horizons, the sides of boats lie within a few; and for certain not level.
Chosen; a camera that hangs askew by more has to be set straight."""
LEVEL_WEIGHT = 0.15
"""What a level line still counts: rods are held level, too. Chosen."""
PARALLEL = 10.0
"""Degrees within which two lines are alike. Chosen."""
ALIKE = 2
"""Lines that are alike and count in full: two rods on their rests. More are reeds, ripples, a railing.
Chosen."""
UNANCHORED = 0.5
"""What a line counts where there is nobody and no boat. Chosen."""
WORTHLESS = 0.01
"""Score of a line's form below which nobody asks where it lies. Chosen."""
FOLLOWED = 8
"""Lines, the longest ones, that are followed beyond their ends. Chosen: bounds the cost."""


@dataclass(frozen=True, slots=True)
class Rod:
    """A line, from the end that is nearer to a subject, and how much it looks like a rod, 0..1."""

    line: Line
    score: float


def rods(thin: Grey, found: Sequence[Line], subjects: Boxes, px_per_m: float) -> tuple[Rod, ...]:
    """Lines as rods, the likeliest first.

    Args:
        thin: of `ridges.thinness`.
        found: lines in it.
        subjects: boxes in its pixels, [n, 4].
        px_per_m: its scale at the subjects.
    """
    judged = []
    whole = [followed(line, thin) if i < FOLLOWED else line for i, line in enumerate(found)]
    for line, long in zip(found, whole, strict=True):
        width, clear = form(thin, line)
        score = ramp(long.length / px_per_m, LONG_M) * ramp(long.length / max(width, 1.0), SLENDER)
        score *= ramp(max(0.0, width**2 - BLUR**2) ** 0.5 / px_per_m, THICK_M)
        score *= ramp(clear, CLEAR) * ramp(line.filled, FILLED) * _level(long) * _alone(long, whole)
        if score < WORTHLESS:
            continue
        at, turned = _anchored(long, subjects, px_per_m)
        judged.append(Rod(long.turned() if turned else long, score * at))
    return tuple(sorted(judged, key=lambda rod: -rod.score))


def ramp(value: float, ends: tuple[float, float]) -> float:
    """0 at the first of two values, 1 at the second, straight between them, and no further."""
    low, high = ends
    return min(1.0, max(0.0, (value - low) / (high - low)))


def form(thin: Grey, line: Line) -> tuple[float, float]:
    """How wide a line is, in pixels, and how many times it stands over what lies beside it."""
    profile = np.concatenate([across(thin, run, max(4, int(run.length / 2))) for run in line.runs])
    floor = float(np.mean(profile[:, [0, 1, 2, 3, -4, -3, -2, -1]]))
    core = profile[:, 4:-4]
    top = core.max(axis=1)
    width = np.clip(core - floor, 0, None).sum(axis=1) / np.maximum(top - floor, 1)
    return float(np.median(width)), float(np.median(top)) / (floor + 3)


def _level(line: Line) -> float:
    """What a line counts by its direction."""
    return LEVEL_WEIGHT + (1 - LEVEL_WEIGHT) * ramp(min(line.angle, 180 - line.angle), LEVEL)


def _alone(line: Line, found: Sequence[Line]) -> float:
    """What a line counts by how many are like it, itself among them."""
    alike = sum(
        abs((other.angle - line.angle + 90) % 180 - 90) < PARALLEL and other.length > line.length / 2
        for other in found
    )
    return 1 / (1 + max(0, alike - ALIKE))


def _anchored(line: Line, subjects: Boxes, px_per_m: float) -> tuple[float, bool]:
    """How well a line lies to its nearest subject, 0..1, and whether its other end is the nearer one."""
    if not len(subjects):
        return UNANCHORED, False
    share = np.linspace(0, 1, 32)
    x = np.concatenate([run.x1 + (run.x2 - run.x1) * share for run in line.runs])
    y = np.concatenate([run.y1 + (run.y2 - run.y1) * share for run in line.runs])
    off = [_off(box, x, y) for box in subjects.astype(np.float64)]
    nearest = off[int(np.argmin([each.min() for each in off]))]
    near = ramp(float(nearest.min()) / px_per_m, NEAR_M) * ramp(float(np.mean(nearest > 0)), OUT)
    return near, bool(nearest[0] > nearest[-1])


def _off(box: Numbers, x: Numbers, y: Numbers) -> Numbers:
    """Pixels from points to a box, 0 inside. Shape [n]."""
    dx = np.maximum(np.maximum(box[0] - x, x - box[2]), 0)
    dy = np.maximum(np.maximum(box[1] - y, y - box[3]), 0)
    return np.asarray(np.hypot(dx, dy), np.float64)
