"""Lines out of points: straight runs by a Hough transform that knows each point's direction, then joined.

OpenCV's LSD finds rods as well, at several times the cost, and leaves edges to be told from lines; see
docs/design/second-look.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, hypot

import numpy as np
from numpy.typing import NDArray

from patrol.vision.closer.ridges import Numbers, Ridge

TURN = 3.0
"""Degrees to a bin. Chosen: a line of 40 pixels leaves its bin by 2."""
TURNS = 60
"""Bins of half a turn."""
APART = 2.0
"""Pixels to a bin of a line's distance from the origin. Chosen: the width of a thin line."""
STRONGEST = 40.0
"""Levels from which on a point votes no louder. Chosen: a few white points are no line."""
RUNS = 16
"""Straight runs that are looked for in a crop, the best supported first. Chosen: bounds the cost."""
OFF = 2.0
"""Pixels that a point may lie off its run. Chosen: half of a rod's width, and its sag."""
BESIDE = 4.0
"""Pixels beside a run that it is as wide as at most. Chosen: half of `ridges.THICK`, and blur."""
ASKEW = 15.0
"""Degrees that a point's own direction may differ from its run's. Chosen: five bins of votes."""
GAP = 8.0
"""Pixels: a longer gap ends a run. Chosen: a rod's guide ring, a blade of grass before it."""
SHORTEST = 14.0
"""Pixels of a run. Chosen: twice `ridges.THICK`: what is shorter has no direction."""
FILLED = 0.6
"""Share of a run's length that has points. Chosen."""
JOIN = 12.0
"""Pixels between the ends of two runs that are one line. Chosen: 1.5 gaps."""
SKIP = 0.4
"""Share of the length of two runs that a gap between them may have where they lie on one straight line:
something stands before a rod, or the water behind it is as bright as itself. Chosen."""
STRAIGHT = 6.0
"""Degrees that such a line may turn at its gap. Chosen: twice `TURN`."""
BEND = 25.0
"""Degrees that a line may turn from one run to the next: rods bend under load. Chosen."""


@dataclass(frozen=True, slots=True)
class Run:
    """A straight run of points, in pixels.

    Attributes:
        x1, y1, x2, y2: its ends.
        filled: share of its length that has points, 0..1.
    """

    x1: float
    y1: float
    x2: float
    y2: float
    filled: float

    @property
    def length(self) -> float:
        """Pixels."""
        return hypot(self.x2 - self.x1, self.y2 - self.y1)

    def turned(self) -> Run:
        """The same from its other end."""
        return Run(self.x2, self.y2, self.x1, self.y1, self.filled)


@dataclass(frozen=True, slots=True)
class Line:
    """Runs end to end."""

    runs: tuple[Run, ...]

    @property
    def ends(self) -> tuple[float, float, float, float]:
        """x1, y1, x2, y2, pixels."""
        return (self.runs[0].x1, self.runs[0].y1, self.runs[-1].x2, self.runs[-1].y2)

    @property
    def length(self) -> float:
        """Along the line, gaps between its runs included, pixels."""
        gaps = sum(hypot(b.x1 - a.x2, b.y1 - a.y2) for a, b in pairwise(self.runs))
        return sum(run.length for run in self.runs) + gaps

    @property
    def filled(self) -> float:
        """Share of its length that has points, 0..1."""
        return sum(run.filled * run.length for run in self.runs) / self.length

    @property
    def angle(self) -> float:
        """Direction from end to end, degrees, 0..180."""
        x1, y1, x2, y2 = self.ends
        return float(np.degrees(np.arctan2(y2 - y1, x2 - x1)) % 180)

    def turned(self) -> Line:
        """The same from its other end."""
        return Line(tuple(run.turned() for run in reversed(self.runs)))


def lines(found: Ridge, width: int, height: int) -> tuple[Line, ...]:
    """The lines that points lie on, longest first.

    Args:
        found: the points.
        width: of the picture that they are from, pixels.
        height: of the picture that they are from, pixels.
    """
    joined = _joined([Line((run,)) for run in _runs(found, width, height)])
    return tuple(sorted(joined, key=lambda line: -line.length))


class _Board:
    """Votes of points for lines, by direction and distance from the origin."""

    def __init__(self, width: int, height: int) -> None:
        self._half = ceil(hypot(width, height) / APART) + 3
        self._rows = 2 * self._half + 1
        turns = np.radians(np.arange(TURNS) * TURN)
        self._cos, self._sin = np.cos(turns), np.sin(turns)
        self.votes: Numbers = np.zeros((TURNS, self._rows))

    def count(self, points: Ridge, sign: float) -> None:
        """Add the votes of points, or take them back (`sign` -1)."""
        near = np.rint(points.angle / TURN).astype(np.int64)
        turn = (near[:, None] + np.arange(-2, 3)) % TURNS
        rho = points.y[:, None] * self._cos[turn] - points.x[:, None] * self._sin[turn]
        cells = turn * self._rows + np.rint(rho / APART).astype(np.int64) + self._half
        loud = np.repeat(np.minimum(points.weight, STRONGEST), 5)
        counted = np.bincount(cells.ravel(), loud, self.votes.size)
        self.votes += sign * counted.reshape(self.votes.shape)

    def best(self) -> tuple[float, float, float]:
        """The line with most votes: direction in radians, distance from the origin in pixels, its votes."""
        votes = self.votes[:, 1:-1] + self.votes[:, 2:] + self.votes[:, :-2]
        at = int(votes.argmax())
        turn, row = divmod(at, votes.shape[1])
        return float(np.radians(turn * TURN)), (row + 1 - self._half) * APART, float(votes.flat[at])

    def strike(self, direction: float, rho: float) -> None:
        """Look for this line no more."""
        turn, row = round(np.degrees(direction) / TURN), round(rho / APART) + self._half
        self.votes[turn, row - 1 : row + 2] = 0


def _runs(found: Ridge, width: int, height: int) -> list[Run]:
    board, out = _Board(width, height), list[Run]()
    board.count(found, 1)
    for _ in range(RUNS):
        if not len(found):
            break
        direction, rho, votes = board.best()
        if votes < SHORTEST * 6:
            break
        on = _on(found, direction, rho)
        if not on.any():
            board.strike(direction, rho)
            continue
        part = found.where(on)
        again = _on(found, *_fitted(part))
        if again.sum() >= on.sum():
            on, part = again, found.where(again)
        run = _run(part)
        if run.length >= SHORTEST and run.filled >= FILLED:
            out.append(run)
        gone = on | _beside(found, run)
        board.count(found.where(gone), -1)
        found = found.where(~gone)
    return out


def _on(found: Ridge, direction: float, rho: float) -> NDArray[np.bool_]:
    """Which points lie on a line: the longest stretch of it without a gap. Shape [n]."""
    cos, sin = np.cos(direction), np.sin(direction)
    askew = np.abs((found.angle - np.degrees(direction) + 90) % 180 - 90)
    near = np.nonzero((np.abs(found.y * cos - found.x * sin - rho) <= OFF) & (askew <= ASKEW))[0]
    on = np.zeros(len(found), np.bool_)
    if len(near) < 2:
        return on
    along = found.x[near] * cos + found.y[near] * sin
    order = np.argsort(along, kind="stable")
    breaks = np.nonzero(np.diff(along[order]) > GAP)[0] + 1
    starts, ends = np.r_[0, breaks], np.r_[breaks, len(order)]
    best = int(np.argmax(along[order[ends - 1]] - along[order[starts]]))
    on[near[order[starts[best] : ends[best]]]] = True
    return on


def _beside(found: Ridge, run: Run) -> NDArray[np.bool_]:
    """Points along a run that are not on it: the other side of a wide line, not another line. Shape [n]."""
    length = max(run.length, 1.0)
    along, across = (run.x2 - run.x1) / length, (run.y2 - run.y1) / length
    x, y = found.x - run.x1, found.y - run.y1
    at = x * along + y * across
    aside = np.abs(y * along - x * across)
    return np.asarray((aside <= BESIDE) & (at >= 0) & (at <= run.length), np.bool_)


def _fitted(part: Ridge) -> tuple[float, float]:
    """Direction and distance from the origin of the line through points, by weighted total least squares."""
    weight = part.weight / part.weight.sum()
    x, y = float(weight @ part.x), float(weight @ part.y)
    dx, dy = part.x - x, part.y - y
    direction = np.arctan2(2 * (weight @ (dx * dy)), weight @ (dx * dx - dy * dy)) / 2
    return float(direction), float(y * np.cos(direction) - x * np.sin(direction))


def _run(part: Ridge) -> Run:
    direction, rho = _fitted(part)
    cos, sin = float(np.cos(direction)), float(np.sin(direction))
    along = part.x * cos + part.y * sin
    first, last = float(along.min()), float(along.max())
    filled = len(np.unique(np.floor(along - first))) / (last - first + 1)
    x, y = -rho * sin, rho * cos
    ends = (x + first * cos, y + first * sin, x + last * cos, y + last * sin)
    return Run(*ends, min(1.0, float(filled)))


def _joined(found: list[Line]) -> list[Line]:
    """Lines whose ends meet without a sharp bend become one, the closest first."""
    while True:
        pairs = [
            (apart, i, j, first, second)
            for i, j in _near(found)
            for first in (found[i], found[i].turned())
            for second in (found[j], found[j].turned())
            if (apart := _apart(first, second)) < float("inf")
        ]
        if not pairs:
            return found
        _, i, j, first, second = min(pairs, key=lambda pair: pair[:3])
        rest = [line for n, line in enumerate(found) if n not in (i, j)]
        found = [*rest, Line(first.runs + second.runs)]


def _near(found: list[Line]) -> list[tuple[int, int]]:
    """Pairs of lines of which two ends lie near enough to be joined."""
    if len(found) < 2:
        return []
    ends = np.asarray([line.ends for line in found]).reshape(-1, 2, 2)
    length = np.asarray([max(line.runs[0].length, line.runs[-1].length) for line in found])
    step = ends[:, None, :, None] - ends[None, :, None, :]
    apart = np.hypot(step[..., 0], step[..., 1]).min(axis=(2, 3))
    near = np.triu(apart <= np.maximum(JOIN, SKIP * (length[:, None] + length[None, :])), 1)
    return [(int(i), int(j)) for i, j in np.argwhere(near)]


def _apart(first: Line, second: Line) -> float:
    """Pixels from the end of one line to the beginning of another that goes on where it ends, or infinity."""
    a, b = first.runs[-1], second.runs[0]
    between = Run(a.x2, a.y2, b.x1, b.y1, 0.0)
    apart = between.length
    if apart > max(JOIN, SKIP * (a.length + b.length)) or _bend(a, b) > BEND:
        return float("inf")
    straight = apart <= JOIN or max(_bend(a, between), _bend(between, b)) <= STRAIGHT
    return apart if straight else float("inf")


def _bend(a: Run, b: Run) -> float:
    """Degrees by which the way turns from one run to the next, 0..180."""
    cross = (a.x2 - a.x1) * (b.y2 - b.y1) - (a.y2 - a.y1) * (b.x2 - b.x1)
    along = (a.x2 - a.x1) * (b.x2 - b.x1) + (a.y2 - a.y1) * (b.y2 - b.y1)
    return float(np.degrees(abs(np.arctan2(cross, along))))
