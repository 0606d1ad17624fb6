"""How long tracks are there and whether they stay put, in shares of looks: detectors miss now and then."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import hypot
from statistics import median

from patrol.core.detections import Look
from patrol.core.geometry import foot_points

FORGET_AFTER_S = 10.0
"""Unseen for so long, a track is over: as long as the tracker itself keeps one (`patrol.vision.tracking`)."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One track, as of the newest look.

    Attributes:
        track: its id.
        since: monotonic seconds of its first look.
        dwell_s: from its first look to its last one, seconds; may be longer than the window.
        looks: looks of the window since it was first seen, whether they saw it or not.
        seen_share: share of those that saw it.
        put_share: share of those that saw it within reach of its place, the middle of where it was seen.
    """

    track: int
    since: float
    dwell_s: float
    looks: int
    seen_share: float
    put_share: float


@dataclass(slots=True)
class _Past:
    since: float
    seen: deque[tuple[float, float, float, float]]
    """(seconds, x, y, height) by look, x and y in picture heights."""


class Stays:
    """Follows the tracks of one camera over a window. Pure: fed with looks, asked for answers.

    A look that is blind says nothing and is not counted; a change of scene forgets everything. So does a look
    without tracks, which nobody followed.

    Args:
        window_s: seconds that the shares are over.
        reach: how far off its place an object still stays put, in heights of its own box.

    Raises:
        ValueError: one of them is not above 0.
    """

    def __init__(self, window_s: float, reach: float) -> None:
        if not (window_s > 0 and reach > 0):
            raise ValueError(f"window_s ({window_s}) and reach ({reach}) must be above 0")
        self._window_s = window_s
        self._reach = reach
        self._looks: deque[float] = deque()
        self._tracks: dict[int, _Past] = {}
        self._scene: int | None = None

    def note(self, look: Look) -> None:
        """Take in one look. Looks come in order of arrival."""
        if look.scene != self._scene or look.tracks is None:
            self._looks.clear()
            self._tracks.clear()
            self._scene = look.scene
        if look.blind is not None or look.tracks is None:
            return
        now = max(look.arrived, self._looks[-1]) if self._looks else look.arrived
        self._looks.append(now)
        boxes = look.detections.boxes
        aspect = look.width / max(1, look.height)
        heights = (boxes[:, 3] - boxes[:, 1]).tolist()
        for track, (x, y), height in zip(
            look.tracks.tolist(), foot_points(boxes).tolist(), heights, strict=True
        ):
            if track >= 0:
                past = self._tracks.setdefault(track, _Past(now, deque()))
                past.seen.append((now, x * aspect, y, height))
        self._forget(now)

    def stays(self) -> dict[int, Stay]:
        """What is known of each track that was seen within the window, by id."""
        return {track: self._stay(track, past) for track, past in self._tracks.items()}

    def _forget(self, now: float) -> None:
        start = now - self._window_s
        while self._looks and self._looks[0] < start:
            self._looks.popleft()
        for track, past in list(self._tracks.items()):
            if past.seen[-1][0] < max(start, now - FORGET_AFTER_S):
                del self._tracks[track]
                continue
            while past.seen[0][0] < start:
                past.seen.popleft()

    def _stay(self, track: int, past: _Past) -> Stay:
        looks = sum(at >= past.since for at in self._looks)
        x, y = median(s[1] for s in past.seen), median(s[2] for s in past.seen)
        put = sum(hypot(sx - x, sy - y) <= self._reach * height for _, sx, sy, height in past.seen)
        dwell = past.seen[-1][0] - past.since
        return Stay(track, past.since, dwell, looks, len(past.seen) / looks, put / looks)
