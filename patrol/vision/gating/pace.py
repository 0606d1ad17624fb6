"""At most one look each `look_every_s`, without losing looks to jitter."""

from __future__ import annotations

import math

from patrol.core.media import Packet

_TOLERANCE = 0.2
"""Share of `look_every_s` that a keyframe may come early. Cameras with a keyframe each 2 s send them some
hundred milliseconds off; without a tolerance every second one would miss a look due each 2 s."""


class LookPacer:
    """A Gate that holds the long-run rate: never more than `T / look_every_s + 1.4` looks in T seconds.

    The generic cell rate algorithm (ITU-T I.371): a keyframe is admitted when it arrives no earlier than a
    tolerance before the next look is due, and being early is not rewarded: the due time moves on by whole
    periods. A camera whose keyframes come each `look_every_s`, give or take the tolerance, never loses one.
    """

    def __init__(self, look_every_s: float) -> None:
        if look_every_s <= 0:
            raise ValueError(f"look_every_s must be more than 0, not {look_every_s}")
        self._every = look_every_s
        self._tolerance = _TOLERANCE * look_every_s
        self._due = -math.inf
        self._not_due = 0

    def admit(self, packet: Packet) -> bool:
        """Whether this keyframe is due a look. Keyframes come in order of arrival."""
        if packet.arrived < self._due - self._tolerance:
            self._not_due += 1
            return False
        self._due = max(self._due, packet.arrived - self._tolerance) + self._every
        return True

    @property
    def look_every_s(self) -> float:
        """Seconds between looks."""
        return self._every

    @property
    def not_due(self) -> int:
        """Keyframes that were not admitted so far."""
        return self._not_due
