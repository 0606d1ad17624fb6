"""Rods that several second looks found at the same place: what one look says of thin lines is weak."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import hypot
from statistics import median

from patrol.core.closer import Box, Closer, Gear, GearKind

SHARE = 0.5
"""Of the looks of a window in which a rod has to be found at its place. Chosen: more often than not."""
LOOKS = 3
"""Looks before anything is said: with fewer, a share says nothing. Chosen."""
REACH = 0.05
"""How far apart both ends of one rod may lie in two looks, picture heights. Chosen: a rod that is propped up
stays, and a held one moves a little."""
BESIDE = 0.02
"""How far both ends of the shorter of two lines may lie off the longer one, picture heights, for both to be
of one rod: the line finder cuts its thin end off now and then. Chosen: less than two rods of one angler are
apart, which are propped up an arm's length from each other (14 pixels of 720 are 0.17 m at 83 px/m)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One rod, found at the same place again and again.

    Attributes:
        ends: middle of its ends over the looks that found it, as of `Gear`.
        looks: of the window that found it.
        share: of the window's looks that found it, 0..1.
        confidence: that it is one, 0..1: its share, weighed with how sure the looks were.
    """

    ends: Box
    looks: int
    share: float
    confidence: float


@dataclass(frozen=True, slots=True)
class _Noted:
    arrived: float
    rods: tuple[Gear, ...]


class GearMemory:
    """Accumulates second looks of one place. Pure: fed with answers, asked for rods.

    Looks that cannot see (`Closer.unseeable`) say nothing and are not counted; they do not wipe what was
    seen before them either.

    Args:
        window_s: seconds after which a look is forgotten.
        aspect: of the picture, width by height: reach is measured in picture heights.

    Raises:
        ValueError: one of them is not above 0.
    """

    def __init__(self, window_s: float, aspect: float = 16 / 9) -> None:
        if not (window_s > 0 and aspect > 0):
            raise ValueError(f"window_s ({window_s}) and aspect ({aspect}) must be above 0")
        self._window_s = window_s
        self._aspect = aspect
        self._noted: deque[_Noted] = deque()
        self._scene: int | None = None

    def note(self, arrived: float, closer: Closer, scene: int = 0) -> None:
        """Take in one second look; they come in order of arrival.

        Args:
            arrived: monotonic seconds of its picture.
            closer: what it says.
            scene: of its picture (`Look.scene`): another one than before forgets everything.
        """
        if scene != self._scene:
            self._noted.clear()
            self._scene = scene
        if closer.unseeable is None:
            rods = tuple(gear for gear in closer.gear if gear.kind is GearKind.ROD)
            self._noted.append(_Noted(arrived, rods))
        while self._noted and self._noted[0].arrived < arrived - self._window_s:
            self._noted.popleft()

    @property
    def looks(self) -> int:
        """Looks of the window that could see."""
        return len(self._noted)

    def clear(self) -> None:
        """Forget everything."""
        self._noted.clear()

    def rods(self) -> tuple[Seen, ...]:
        """Rods that were found at the same place in `SHARE` of at least `LOOKS` looks, surest first.

        Their number is a lower bound: a rod that hides another, or that no look finds, is not in it.
        """
        if self.looks < LOOKS:
            return ()
        found = [self._seen(group) for group in self._groups()]
        return tuple(sorted((one for one in found if one.share >= SHARE), key=lambda one: -one.confidence))

    def _groups(self) -> list[list[Gear]]:
        """Rods of different looks at the same place, each look's rod in one group at most."""
        groups: list[list[Gear]] = []
        for noted in self._noted:
            taken: set[int] = set()
            for rod in noted.rods:
                near = [
                    (self._apart(rod.ends, _middle(group)), i)
                    for i, group in enumerate(groups)
                    if i not in taken
                ]
                best = min(near, default=(REACH, -1))
                if best[0] < REACH:
                    taken.add(best[1])
                    groups[best[1]].append(self._along(rod, groups[best[1]][0]))
                else:
                    taken.add(len(groups))
                    groups.append([rod])
        return groups

    def _along(self, rod: Gear, other: Gear) -> Gear:
        """A rod with its ends in the order of another one's."""
        turned = (*rod.ends[2:], *rod.ends[:2])
        straight = self._far(rod.ends[:2], other.ends[:2]) + self._far(rod.ends[2:], other.ends[2:])
        crossed = self._far(turned[:2], other.ends[:2]) + self._far(turned[2:], other.ends[2:])
        return Gear(rod.kind, turned, rod.score) if crossed < straight else rod

    def _seen(self, group: list[Gear]) -> Seen:
        share = len(group) / self.looks
        score = median(rod.score for rod in group)
        return Seen(_middle(group), len(group), share, share * score)

    def _apart(self, a: Box, b: Box) -> float:
        """How far two rods are apart, picture heights: the worse pair of ends, the better way round.

        A line that lies along a longer one is a part of it, however far its end is from the other's.
        """
        straight = max(self._far(a[:2], b[:2]), self._far(a[2:], b[2:]))
        turned = max(self._far(a[:2], b[2:]), self._far(a[2:], b[:2]))
        short, long = sorted((a, b), key=lambda ends: self._far(ends[:2], ends[2:]))
        beside = max(self._off(short[:2], long), self._off(short[2:], long)) * REACH / BESIDE
        return min(straight, turned, beside)

    def _off(self, point: tuple[float, float], line: Box) -> float:
        """How far a point lies off a line between two ends, picture heights."""
        x, y = point[0] * self._aspect, point[1]
        x1, y1, x2, y2 = line[0] * self._aspect, line[1], line[2] * self._aspect, line[3]
        length = (x2 - x1) ** 2 + (y2 - y1) ** 2
        along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length if length > 0 else 0.0
        along = min(1.0, max(0.0, along))
        return hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1))

    def _far(self, one: tuple[float, float], other: tuple[float, float]) -> float:
        """Between two points, picture heights."""
        return hypot((one[0] - other[0]) * self._aspect, one[1] - other[1])


def _middle(group: list[Gear]) -> Box:
    ends = [rod.ends for rod in group]
    return (
        median(e[0] for e in ends),
        median(e[1] for e in ends),
        median(e[2] for e in ends),
        median(e[3] for e in ends),
    )
