"""Lines followed beyond what stands out by itself: a rod's tip, and where the water behind it is rough.

A whole window of a line is judged at once, so that it may be weaker than a point that begins one, as Canny's
second threshold.
"""

from __future__ import annotations

from math import hypot

import cv2
import numpy as np

from patrol.core.media import Grey
from patrol.vision.closer.ridges import Numbers
from patrol.vision.closer.tracing import Line, Run

WINDOW = 12
"""Pixels of a window along the line. Chosen: long enough to average texture out, short enough for a bend."""
ASIDE = 2
"""Pixels that a line may have gone aside in a window: ten degrees. Chosen."""
SIDE = 8
"""Pixels to each side that a line is compared with. Chosen: more than `ridges.THICK`."""
TIMES = 1.7
"""Times the thinness beside it that a line's must reach in a window. Chosen: the best of five means over
`WINDOW` points of texture reaches 1.3."""
LEAST = 2.0
"""Levels of 255 more than beside it. Chosen: a third of `ridges.LEAST`."""
WINDOWS = 40
"""Windows at each end at most. Chosen: the length of a crop."""
_BESIDE = np.abs(np.arange(-SIDE, SIDE + 1)) > 4
"""Places of a profile that are beside a line, not on it."""
MISSED = 1
"""Windows in a row that may show nothing. Chosen: as a gap of `tracing.GAP`."""


def followed(line: Line, thin: Grey) -> Line:
    """A line, longer at both ends where it goes on.

    Args:
        line: of `tracing.lines`.
        thin: of `ridges.thinness`.
    """
    return _forward(_forward(line, thin).turned(), thin).turned()


def across(thin: Grey, run: Run, steps: int) -> Numbers:
    """Thinness across a run, at so many places along it: [steps, 2 * SIDE + 1]."""
    share = ((np.arange(steps) + 0.5) / steps)[:, None]
    aside = np.arange(-SIDE, SIDE + 1) / max(run.length, 1.0)
    dx, dy = run.x2 - run.x1, run.y2 - run.y1
    x, y = run.x1 + dx * share - dy * aside, run.y1 + dy * share + dx * aside
    taken = cv2.remap(
        thin, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(taken, np.float64)


def _forward(line: Line, thin: Grey) -> Line:
    height, width = thin.shape
    last = line.runs[-1]
    x, y = last.x2, last.y2
    dx, dy = (last.x2 - last.x1) / max(last.length, 1.0), (last.y2 - last.y1) / max(last.length, 1.0)
    hits = missed = windows = 0
    seen_x, seen_y, seen_at = x, y, 0
    for windows in range(1, WINDOWS + 1):
        ahead = Run(x, y, x + dx * WINDOW, y + dy * WINDOW, 0.0)
        if not (0 <= ahead.x2 <= width - 1 and 0 <= ahead.y2 <= height - 1):
            break
        profile = across(thin, ahead, WINDOW // 2)
        aside = _aside(profile)
        missed = missed + 1 if aside is None else 0
        if missed > MISSED:
            break
        x, y = ahead.x2 - dy * (aside or 0.0) / 2, ahead.y2 + dx * (aside or 0.0) / 2
        if aside is not None:
            back = WINDOW * (1 - _reached(profile))
            hits, seen_x, seen_y, seen_at = hits + 1, x - dx * back, y - dy * back, windows
            far = hypot(x - last.x1, y - last.y1)
            dx, dy = _turned((dx, dy), ((x - last.x1) / far, (y - last.y1) / far))
    if not hits:
        return line
    return Line((*line.runs, Run(last.x2, last.y2, seen_x, seen_y, hits / seen_at)))


def _reached(profile: Numbers) -> float:
    """How much of a window's length the line takes, 0..1: to the last place that is half as clear as it."""
    core = profile[:, SIDE - ASIDE : SIDE + ASIDE + 1].max(axis=1)
    floor = float(profile[:, _BESIDE].mean())
    there = np.nonzero(core - floor >= (core.max() - floor) / 2)[0]
    return float(there[-1] + 1) / len(core)


def _turned(before: tuple[float, float], towards: tuple[float, float]) -> tuple[float, float]:
    x, y = before[0] + towards[0], before[1] + towards[1]
    long = hypot(x, y)
    return (x / long, y / long) if long > 0 else before


def _aside(profile: Numbers) -> float | None:
    """How far aside the line runs in a window, pixels; None where it does not go on."""
    mean = profile.mean(axis=0)
    floor = float(mean[_BESIDE].mean())
    core = mean[SIDE - ASIDE : SIDE + ASIDE + 1]
    top = float(core.max())
    if top < TIMES * floor or top < floor + LEAST:
        return None
    return float(int(np.argmax(core)) - ASIDE)
