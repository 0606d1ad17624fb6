"""From looks to incidents: when a condition begins and ends, in seconds and shares of looks, never in frames.

Pure: time comes in with each look. The look rate changes, looks are missed, detectors miss: so a beginning
needs a share of the looks within a window, and an end needs absence that lasts. A look that cannot tell
counts for neither, and no look at all is not absence.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from patrol.core.observation import Presence

LEAST_LOOKS = 2
"""Never an incident on a single picture."""

UNUSUAL = 3.0
"""A gap between looks is an interruption when it is so many times the one before: a keyframe comes late, or
two are lost, now and then."""

LOST_SIGHT_S = 600.0
"""An open incident that nobody could see for so long is closed as `lost-sight`: ten minutes is five times the
longest reconnect back-off with its retries, and short enough for an operator to believe what is open."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When a rule begins and ends; see `patrol.config.models.RuleConfig`."""

    for_s: float
    clear_s: float
    share: float


class Change(Enum):
    """What one look changed."""

    NONE = "none"
    BEGAN = "began"
    SEEN = "seen"
    """Open, and present in this look."""
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class _Seen:
    arrived: float
    at: datetime
    presence: Presence


class Debounce:
    """The state of one rule on one camera.

    Args:
        timing: see `Timing`.
        resumed_at: monotonic seconds, when an incident was open already as the process started.
    """

    def __init__(self, timing: Timing, resumed_at: float | None = None) -> None:
        self._timing = timing
        self._run: deque[_Seen] = deque()
        self._open = resumed_at is not None
        self._absent_since: float | None = None
        self._looked_at = resumed_at
        self._usual_gap = math.inf

    @property
    def is_open(self) -> bool:
        """Whether an incident is open."""
        return self._open

    @property
    def began(self) -> datetime:
        """Wall-clock time of the first present look of the run. Only valid when `step` said BEGAN."""
        return self._run[0].at

    def step(self, arrived: float, at: datetime, presence: Presence) -> Change:
        """Take one look into account.

        Args:
            arrived: monotonic seconds, not before the last one (an earlier look is ignored).
            at: wall-clock time of the same look.
            presence: what the analytic says.
        """
        before = arrived if self._looked_at is None else self._looked_at
        if presence is Presence.CANNOT_TELL or arrived < before:
            return Change.NONE
        self._looked_at = arrived
        if self._nobody_looked(arrived - before):
            self._run.clear()
            self._absent_since = None
        if self._open:
            return self._while_open(arrived, presence)
        return self._while_closed(arrived, at, presence)

    def lost_sight(self, now: float) -> bool:
        """Whether an open incident has not been looked at for LOST_SIGHT_S; it is closed then."""
        if self._open and self._looked_at is not None and now - self._looked_at >= LOST_SIGHT_S:
            self._close()
            return True
        return False

    def _while_open(self, arrived: float, presence: Presence) -> Change:
        if presence is not Presence.ABSENT:
            self._absent_since = None
            return Change.SEEN if presence is Presence.PRESENT else Change.NONE
        if self._absent_since is None:
            self._absent_since = arrived  # nobody saw that it was empty before
        if arrived - self._absent_since >= self._timing.clear_s:
            self._close()
            return Change.CLEARED
        return Change.NONE

    def _while_closed(self, arrived: float, at: datetime, presence: Presence) -> Change:
        self._run.append(_Seen(arrived, at, presence))
        self._slide(arrived)
        if not self._run or not self._covers(arrived) or presence is not Presence.PRESENT:
            return Change.NONE
        shown = sum(seen.presence is Presence.PRESENT for seen in self._run)
        if shown < LEAST_LOOKS or shown / len(self._run) < self._timing.share:
            return Change.NONE
        self._open, self._absent_since = True, None
        return Change.BEGAN

    def _nobody_looked(self, gap: float) -> bool:
        """Whether so long went by without a look that what was seen before says nothing now.

        That is longer than the rule's own time, and no gap that this camera always has: one with a keyframe
        every ten seconds is looked at every ten seconds.
        """
        lasting = self._timing.clear_s if self._open else self._timing.for_s
        if gap > lasting and gap > UNUSUAL * self._usual_gap:
            return True
        self._usual_gap = gap or self._usual_gap
        return False

    def _slide(self, now: float) -> None:
        """Keep the looks of the window; it always begins with a present one."""
        while len(self._run) > 1 and self._run[1].arrived <= now - self._timing.for_s:
            self._run.popleft()
        while self._run and self._run[0].presence is not Presence.PRESENT:
            self._run.popleft()

    def _covers(self, now: float) -> bool:
        """Whether the run fills the window, but for keyframes that come early (5 %, at most 0.5 s)."""
        slack = min(0.5, 0.05 * self._timing.for_s)
        return now - self._run[0].arrived >= self._timing.for_s - slack

    def _close(self) -> None:
        self._open, self._absent_since = False, None
        self._run.clear()
