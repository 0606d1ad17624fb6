"""Who stays at one place, without being followed: detectors miss half, and trackers forget within seconds.

Detections that lie where one was before make a spot: a place in the picture, as large as the people there
are. All is in seconds that were looked at and in shares of looks, so that looks that are missing, or that
cannot be judged, count neither for nor against anybody.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import hypot
from statistics import median

import numpy as np
from numpy.typing import NDArray

from patrol.core.closer import Box
from patrol.core.geometry import Boxes, foot_points

UNLOOKED_S = 120.0
"""Longer without a look, the time between is not counted as time that somebody stayed. Chosen: twice the
longest `look_every_s`."""
MIDDLE = 0.35
"""Of the reach: so near to the middle of a spot lies who stays there: an angler whose feet sway by 0.2 of his
height each way does in 78 of 100 looks (Rayleigh). Chosen. People who pass, one after the other, are spread
evenly: neighbouring spots are one reach or more apart, so at most 70 of 100 are as near, and mostly half."""
STILL = 0.75
"""Share of a spot's sightings that have to lie in its middle. Chosen between the two."""
FEW = 0.5
"""Of the share that is asked for: with less over the last `gap_s`, nobody is there any more. Chosen: with a
detector that finds every second, 30 looks of which 5 would be needed have less in 3 of 100000 cases."""
LOOKS, APART_S = 600, 1.0
"""Looks of a window that are enough, and seconds between two that are noted at most for it: sooner ones are
passed over. Chosen: what a look costs grows with those that are kept, 50 people in 300 s of a look each 0.2 s
took a fifth of a second; with 600, a share of 0.3 is known to 0.02 (binomial)."""
MOST = 200
"""Spots at most: more people than stand on a bank. Whoever comes then is not noted until one goes."""

Reach = Callable[[float], float]
"""How far from its place somebody may be seen again after so many seconds, in sizes of the box."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One place and whoever has been seen there, as of the newest look.

    Attributes:
        id: of the spot; never used twice.
        box: newest one, picture fractions.
        dwell_s: from the first to the last sighting, seconds that were looked at.
        unseen_s: since the last sighting, seconds.
        looks: of the window, since it was first seen.
        share: of those that saw somebody there.
        still: share of the sightings that lie in the middle of the spot.
        score: mean score of the window's sightings.
        aboard: share of the sightings that had people aboard: of boats.
        people: aboard, the median of the sightings that had any; 1 for people.
        tall: height of the people, picture heights: the median; 0 where it is not known.
    """

    id: int
    box: Box
    dwell_s: float
    unseen_s: float
    looks: int
    share: float
    still: float
    score: float
    aboard: float
    people: int
    tall: float


@dataclass(frozen=True, slots=True, eq=False)
class Sighted:
    """What one look shows, row by row.

    Attributes:
        boxes: picture fractions [n, 4].
        scores: of the detector [n].
        people: in each box [n]: 1 for people; those aboard for boats.
        tall: height of these people, picture heights [n]; 0 where nobody is.
    """

    boxes: Boxes
    scores: NDArray[np.float32]
    people: NDArray[np.int64]
    tall: NDArray[np.float64]

    @staticmethod
    def of_people(boxes: Boxes, scores: NDArray[np.float32]) -> Sighted:
        """People: one in each box."""
        tall = np.asarray(boxes[:, 3] - boxes[:, 1], np.float64)
        return Sighted(boxes, scores, np.ones(len(boxes), np.int64), tall)


@dataclass(frozen=True, slots=True)
class _Sighting:
    at: float
    x: float
    y: float
    size: float
    score: float
    people: int
    tall: float
    box: Box


@dataclass(slots=True)
class _Kept:
    id: int
    since: float
    seen: deque[_Sighting] = field(default_factory=deque)


class Spots:
    """Places of one camera where somebody is seen again and again. Pure: fed with looks, asked for answers.

    Args:
        window_s: seconds of looks that shares are over.
        share: of the looks, that a spot is to have in the end; with half of it over the last `gap_s` seconds,
            near its middle, it goes on, with less it is over.
        reach: how far from its place somebody is seen again, in sizes of the box: a number for what stays; a
            function of the seconds since for what drifts and is followed.
        gap_s: see `share`.

    Raises:
        ValueError: one of them is not above 0.
    """

    def __init__(self, window_s: float, share: float, reach: float | Reach, gap_s: float) -> None:
        if not (window_s > 0 and share > 0 and gap_s > 0 and (callable(reach) or reach > 0)):
            raise ValueError("window_s, share, reach and gap_s must be above 0")
        self._window_s = window_s
        self._share = share
        self._reach = reach
        self._gap_s = min(gap_s, window_s)
        self._apart_s = min(APART_S, window_s / LOOKS)
        self._told: tuple[Spot, ...] | None = None
        self._began = 0.0
        self._spots: list[_Kept] = []
        self._looks: deque[float] = deque()
        self._arrived: float | None = None
        self._now = 0.0
        self._next = 0
        self._scene: int | None = None

    def note(self, arrived: float, sighted: Sighted, aspect: float, scene: int = 0) -> None:
        """Take in one look that could be judged; one that is blind is left out.

        Args:
            arrived: monotonic seconds; a look from before the last one counts as one of the same moment.
            sighted: what it shows; boxes without height or width are passed over.
            aspect: of the picture, width by height.
            scene: of the picture; another one than before forgets everything.

        One that comes sooner after another than `LOOKS` and `APART_S` say is passed over.
        """
        if scene != self._scene:
            self.clear()
            self._scene = scene
        if self._arrived is not None and 0 < arrived - self._arrived < self._apart_s:
            return
        self._told = None
        passed = 0.0 if self._arrived is None else max(0.0, arrived - self._arrived)
        self._arrived = arrived if self._arrived is None else max(self._arrived, arrived)
        self._now += passed if passed <= UNLOOKED_S else 0.0
        self._looks.append(self._now)
        self._assign(_sightings(self._now, sighted, aspect))
        self._forget()

    def clear(self) -> None:
        """Forget everything but the ids."""
        self._spots.clear()
        self._looks.clear()
        self._arrived = None
        self._told = None
        self._began = self._now

    @property
    def watched_s(self) -> float:
        """Seconds that were looked at since the beginning, or since everything was forgotten."""
        return self._now - self._began

    def spots(self) -> tuple[Spot, ...]:
        """All that there are, whoever stayed longest first."""
        if self._told is None:
            found = (self._spot(kept) for kept in self._spots)
            self._told = tuple(sorted(found, key=lambda s: (-s.dwell_s, s.id)))
        return self._told

    def _assign(self, sightings: list[_Sighting]) -> None:
        """The nearest first, one sighting to a spot: two side by side in one look are two spots."""
        places = [self._place(kept) for kept in self._spots]
        near = sorted(
            (apart, s, k)
            for s, one in enumerate(sightings)
            for k, (x, y, reach) in enumerate(places)
            if (apart := hypot(one.x - x, one.y - y)) <= reach
        )
        told: set[int] = set()
        taken: set[int] = set()
        for _, s, k in near:
            if s not in told and k not in taken:
                told.add(s)
                taken.add(k)
                self._spots[k].seen.append(sightings[s])
        for s, one in enumerate(sightings):
            if s not in told and len(self._spots) < MOST:
                self._spots.append(_Kept(self._next, one.at, deque([one])))
                self._next += 1

    def _place(self, kept: _Kept) -> tuple[float, float, float]:
        """Where a spot is, and how far from there it reaches, picture heights."""
        if callable(self._reach):
            last = kept.seen[-1]
            return last.x, last.y, self._reach(self._now - last.at) * last.size
        return (*_middle(kept), self._reach * median(one.size for one in kept.seen))

    def _forget(self) -> None:
        start = self._now - self._window_s
        while self._looks and self._looks[0] < start:
            self._looks.popleft()
        for kept in self._spots:
            while len(kept.seen) > 1 and kept.seen[0].at < start:
                kept.seen.popleft()
        self._spots = [kept for kept in self._spots if self._goes_on(kept)]

    def _goes_on(self, kept: _Kept) -> bool:
        start = max(kept.since, self._now - self._gap_s)
        looks = sum(at >= start for at in self._looks)
        seen = sum(one.at >= start for one in self._in_middle(kept))
        return seen > 0 and seen >= FEW * self._share * looks

    def _spot(self, kept: _Kept) -> Spot:
        last, n = kept.seen[-1], len(kept.seen)
        start = max(kept.since, self._now - self._window_s)
        looks = sum(at >= start for at in self._looks)
        manned = [one for one in kept.seen if one.people]
        return Spot(
            kept.id,
            last.box,
            last.at - kept.since,
            self._now - last.at,
            looks,
            min(1.0, n / max(1, looks)),
            len(self._in_middle(kept)) / n,
            sum(one.score for one in kept.seen) / n,
            len(manned) / n,
            int(median(one.people for one in manned)) if manned else 0,
            median(one.tall for one in manned) if manned else 0.0,
        )

    def _in_middle(self, kept: _Kept) -> list[_Sighting]:
        """The sightings near the middle of a spot; all of them where what drifts is followed."""
        if callable(self._reach):
            return list(kept.seen)
        x, y, reach = self._place(kept)
        return [one for one in kept.seen if hypot(one.x - x, one.y - y) <= MIDDLE * reach]


def _middle(kept: _Kept) -> tuple[float, float]:
    return median(one.x for one in kept.seen), median(one.y for one in kept.seen)


def _sightings(now: float, sighted: Sighted, aspect: float) -> list[_Sighting]:
    """The rows as sightings; the size is the longer side, the place the feet, both in picture heights."""
    feet = foot_points(sighted.boxes).astype(np.float64)
    wide = (sighted.boxes[:, 2] - sighted.boxes[:, 0]).astype(np.float64) * aspect
    high = (sighted.boxes[:, 3] - sighted.boxes[:, 1]).astype(np.float64)
    found: list[_Sighting] = []
    for row in np.flatnonzero((wide > 0) & (high > 0) & np.isfinite(sighted.boxes).all(axis=1)).tolist():
        left, top, right, bottom = (float(value) for value in sighted.boxes[row])
        found.append(
            _Sighting(
                now,
                float(feet[row, 0]) * aspect,
                float(feet[row, 1]),
                max(float(wide[row]), float(high[row])),
                float(sighted.scores[row]),
                int(sighted.people[row]),
                float(sighted.tall[row]),
                (left, top, right, bottom),
            )
        )
    return found
