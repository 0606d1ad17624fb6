"""An incident of its own: people are there, and how dense they stand cannot be told. No plug-in."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from patrol.core.detections import Look
from patrol.core.observation import Observation, Presence
from patrol.core.sight import Reason

DENSE = "crowd-too-dense"
UNREADABLE = "crowd-unreadable"
LEAST_PEOPLE = 3.0
"""Persons who are known to be there. Chosen: as many as `saturation.LEAST_UNSEEN`."""
LEAST_BY_NETWORK = 10.0
"""The same by a network that is not borne out: sand is people to it. Chosen."""
FOUND_S = 60.0
"""Who was found so long ago is still taken to be there. Chosen: a crowd does not dissolve in a minute."""
MOVES_S = 30.0
"""Seconds over which unexplained texture has to move ..."""
MOVES_SHARE = 0.5
"""... in this share of the looks. Chosen: as motion that a detector does not explain (`sight.unseen`)."""
LEAST_LOOKS = 3
"""Fewer looks say nothing of moving."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What one look knows of people.

    Attributes:
        look_id: of the look.
        said: what the density rule said.
        found: persons found in the zone.
        moving: persons that would make the unexplained texture that moves.
        network: persons that a network sees in the zone; None: none was asked.
        settled: whether it is known by now what always stands there.
    """

    look_id: str
    said: Observation
    found: float
    moving: float = 0.0
    network: float | None = None
    settled: bool = True


class Unreadable:
    """An Analytic beside that of density: PRESENT where people are known to be there and it cannot tell."""

    def __init__(self) -> None:
        self._known: Known | None = None
        self._found: deque[tuple[float, float]] = deque()
        self._moves: deque[tuple[float, bool]] = deque()

    def clear(self) -> None:
        """Forget: the camera shows something else."""
        self._found.clear()
        self._moves.clear()

    def told(self, known: Known | None) -> None:
        """What the density rule knows of the look that is asked about next; None: it has failed."""
        self._known = known

    def observe(self, look: Look) -> Observation:
        """Judge the look that the density rule has just judged."""
        known = self._known
        if known is None or known.look_id != look.look_id:
            return _untold(Reason("cannot-tell"), "")
        self._note(look.arrived, known)
        said = known.said
        if said.presence is not Presence.CANNOT_TELL:
            return Observation(Presence.ABSENT, 0.0, said.unit, 0.0, parts=said.parts)
        why = said.reason or Reason("cannot-tell")
        by = self._by(why.code, known)
        if by is None:
            return _untold(why, said.unit)
        parts = {**said.parts, "known_by": by, "why": why.code}
        return Observation(Presence.PRESENT, said.value, said.unit, max(said.score, 0.5), said.boxes, parts)

    def _note(self, arrived: float, known: Known) -> None:
        self._found.append((arrived, known.found))
        self._moves.append((arrived, known.moving >= LEAST_PEOPLE))
        for kept, lasts in ((self._found, FOUND_S), (self._moves, MOVES_S)):
            while arrived - kept[0][0] > lasts:
                kept.popleft()

    def _by(self, code: str, known: Known) -> str | None:
        """What people are known by; None: it is not known that there are any."""
        if code not in (DENSE, UNREADABLE):
            return None
        # In the first minutes kerbs and benches are unreadable, too, and some people are everywhere.
        if (code == DENSE or known.settled) and max(count for _, count in self._found) >= LEAST_PEOPLE:
            return "found"
        if known.network is not None and known.network >= LEAST_BY_NETWORK:
            return "network"
        moving = sum(moves for _, moves in self._moves)
        if len(self._moves) >= LEAST_LOOKS and moving >= MOVES_SHARE * len(self._moves):
            return "moving"
        return None


def _untold(why: Reason, unit: str) -> Observation:
    return Observation(Presence.CANNOT_TELL, 0.0, unit, 0.0, reason=why)
