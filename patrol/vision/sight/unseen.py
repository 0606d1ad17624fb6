"""A detector that sees nothing where motion says that something passes is blind for that task.

Low sun, haze, rain or a dark night leave a picture in which vehicles can be seen to pass, and in which the
detector finds none of them. Counting zero there would be the calm answer that nobody may give.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from patrol.core.detections import Look
from patrol.core.geometry import Boxes, Mask
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place
from patrol.core.protocols import Analytic
from patrol.core.sight import Reason

MOVERS = frozenset(
    ("person", "bicycle", "car", "motorcycle", "bus", "train", "truck", "boat", "bird", "cat", "dog", "horse")
)
"""Classes (COCO's names) whose detection explains that something moves, whatever the rule counts: pedestrians
on a crossing do not make the vehicles' rule blind."""
WINDOW_S = 30.0
"""Looks over which it is judged: fifteen at the default rate."""
LEAST_LOOKS = 5
"""Fewer say nothing: one bird passes close to the lens."""
LEAST_AREAS = 5
"""Least number of moving areas that no detection explains."""
LASTING = 0.5
"""Share of the window's looks that show such an area."""
BLIND_SHARE = 0.75
"""Unexplained share of the moving areas from which on a task is blind. Looks at 0.5, 1 and 2 s, YOLOX-nano
and yolo26n int8 at 0.35: motorway in glare 0.71 to 1.00 with every class counted, PETS 0.00 to 0.05, bridge
0.05, junction 0.22, highway 0.25, square 0.32, I-5 at 320x240 0.54, hazy motorway at most 0.66."""
SEES_SHARE = 0.5
"""And under which it sees again."""
QUIET_S = 300.0
"""So long without anything that moves, it is no longer called blind: whatever was the matter may be over."""
MARGIN = 0.5
"""Detections are widened by half of their size on each side: the area that an object left since the look
before lies beside it."""
TOUCHES = 0.2
"""Share of a moving area that a detection has to cover to explain it."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """One look: how many areas moved in the zone, and how many of them nothing explains."""

    arrived: float
    moving: int
    unseen: int


class MotionUnseen:
    """An Analytic around another one: it cannot tell where its detector is blind.

    What the other one finds present stays present: it has been seen.

    Args:
        analytic: of the rule.
        classes: that it counts; with `MOVERS` they explain motion.
        place: where it looks.
    """

    def __init__(self, analytic: Analytic, classes: tuple[str, ...], place: Place) -> None:
        self._analytic = analytic
        self._explaining = tuple(MOVERS | set(classes))
        self._place = place
        self._window: deque[_Seen] = deque()
        self._before: Boxes = np.zeros((0, 4), np.float32)
        self._scene: int | None = None
        self._blind = False
        self._moved_at = 0.0

    def observe(self, look: Look) -> Observation:
        """Judge one look; CANNOT_TELL with `motion-unseen` while motion goes unseen."""
        said = self._analytic.observe(look)
        reason = self._watch(look)
        if reason is None or said.presence is Presence.PRESENT:
            return said
        return replace(said, presence=Presence.CANNOT_TELL, reason=said.reason or reason)

    def _watch(self, look: Look) -> Reason | None:
        """Why the detector is blind here; None: it sees, as far as motion says."""
        found = look.detections.of(*self._explaining).boxes
        before, self._before = self._before, found
        if look.scene != self._scene:
            before, self._scene = found, look.scene
        motion = look.seeing.motion if look.seeing else None
        if motion is not None:
            here = motion[self._place.holds(motion)]
            unseen = int(np.count_nonzero(~_explained(here, np.concatenate([found, before]))))
            self._window.append(_Seen(look.arrived, len(here), unseen))
            if len(here):
                self._moved_at = look.arrived
        while self._window and self._window[0].arrived <= look.arrived - WINDOW_S:
            self._window.popleft()
        self._judge(look.arrived)
        if not self._blind:
            return None
        return Reason("motion-unseen", {"unseen": sum(seen.unseen for seen in self._window)})

    def _judge(self, arrived: float) -> None:
        moving = sum(seen.moving for seen in self._window)
        unseen = sum(seen.unseen for seen in self._window)
        if self._blind:
            sees = moving >= LEAST_AREAS and unseen < SEES_SHARE * moving
            self._blind = not sees and arrived - self._moved_at < QUIET_S
            return
        looks = sum(seen.unseen > 0 for seen in self._window)
        self._blind = (
            len(self._window) >= LEAST_LOOKS
            and unseen >= LEAST_AREAS
            and looks >= LASTING * len(self._window)
            and unseen >= BLIND_SHARE * moving
        )


def _explained(areas: Boxes, found: Boxes) -> Mask:
    """Which areas a detection, widened, covers in part. Shape [n]."""
    if not len(areas) or not len(found):
        return np.zeros(len(areas), np.bool_)
    size = (found[:, 2:] - found[:, :2]) * np.float32(MARGIN)
    low, high = found[:, :2] - size, found[:, 2:] + size
    shared = np.minimum(areas[:, None, 2:], high[None]) - np.maximum(areas[:, None, :2], low[None])
    covered = np.prod(np.clip(shared, 0, None), axis=2).max(axis=1)
    own = np.prod(areas[:, 2:] - areas[:, :2], axis=1)
    explained: Mask = covered >= TOUCHES * own
    return explained
