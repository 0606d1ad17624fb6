"""How long vehicles have stood where they stand: what never moves is a car park, no traffic. No plug-in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from patrol.core.detections import Look
from patrol.core.geometry import Boxes, Mask, iou
from patrol.core.ground import Numbers

SAME = 0.6
"""Overlap (IoU) at which a box is the vehicle that stood there; a car that crept forward by a quarter of its
length is at the border (0.75 / 1.25). Chosen; how still boxes of parked cars hold was not measured."""
FORGOTTEN_S = 30.0
"""A vehicle that nobody saw there for so long has gone: a parked one is hidden for less by what passes.
Chosen."""
OFTEN = 0.6
"""Share of the looks in which something has to be seen in a place to have stood there: in a creeping queue a
place is taken, to within a quarter of a length, in about half of the looks at most. Chosen."""
MOST = 200
"""Vehicles remembered in one zone: more than one would draw a lane zone around."""
FIRST_S = 10.0
"""What was seen so soon after the first look was there when the looking began. Chosen: five looks at the
default rate, because detectors miss."""
STOOD_S = 60.0
"""What was there when the looking began and has not moved for so long may be parked: a red light is over by
then in most cycles, and a jam that nobody has seen come about cannot be told from a car park until it moves.
Chosen."""
MOSTLY, HARDLY = 0.5, 0.25
"""Share of the vehicles from which on the zone is taken as one where nothing moves, and below which it is no
longer: hysteresis against single looks in which the detector found other ones. Chosen."""


@dataclass(slots=True)
class _Stander:
    box: Boxes
    since: float
    seen: float
    hits: int = 1
    looks: int = 0

    @property
    def stands(self) -> bool:
        """Whether it is seen there in most looks."""
        return self.hits >= OFTEN * self.looks


@dataclass(frozen=True, slots=True, eq=False)
class Stood:
    """What stands in a zone.

    Attributes:
        parked: which boxes have stood so long that they are parked, shape [n].
        never_moves: whether most of what is there was there from the beginning, or is parked.
        stood_s: for how long, seconds: the longest of them.
    """

    parked: Mask
    never_moves: bool
    stood_s: float


class Standing:
    """Since when each vehicle of one zone has stood in its place. Another scene begins anew.

    Args:
        parked_after_s: seconds after which a vehicle is parked.
    """

    def __init__(self, parked_after_s: float) -> None:
        self._parked_after = parked_after_s
        self._standers: list[_Stander] = []
        self._scene: int | None = None
        self._began = 0.0
        self._never_moves = False

    def step(self, look: Look, boxes: Boxes) -> Stood:
        """Take one look into account.

        Args:
            look: the look; looks come in order of arrival.
            boxes: its vehicles in the zone, shape [n, 4].
        """
        now = look.arrived
        if look.scene != self._scene:
            self._standers.clear()
            self._scene, self._began, self._never_moves = look.scene, now, False
        since = self._since(now, boxes)
        stood = now - since
        parked: Mask = stood >= self._parked_after
        rooted = parked | ((since - self._began <= FIRST_S) & (stood >= STOOD_S))
        if len(boxes):
            self._never_moves = bool(np.mean(rooted) >= (HARDLY if self._never_moves else MOSTLY))
        else:
            self._never_moves = False
        return Stood(parked, self._never_moves, float(stood.max()) if len(boxes) else 0.0)

    def _since(self, now: float, boxes: Boxes) -> Numbers:
        """Monotonic seconds since when something has stood where each box is, shape [n]."""
        self._standers = [s for s in self._standers if now - s.seen <= FORGOTTEN_S and s.stands]
        for stander in self._standers:
            stander.looks += 1
        since: Numbers = np.full(len(boxes), now, np.float64)
        known = list(self._standers)
        overlap = iou(boxes, np.concatenate([np.zeros((0, 4), np.float32), *(s.box for s in known)]))
        for row in range(len(boxes)):
            best = int(np.argmax(overlap[row])) if known else -1
            if best >= 0 and overlap[row, best] >= SAME:
                stander = known[best]
                if stander.seen < now:
                    stander.hits += 1
                stander.seen, since[row] = now, stander.since
            elif len(self._standers) < MOST:
                self._standers.append(_Stander(boxes[row : row + 1], now, now))
        return since
