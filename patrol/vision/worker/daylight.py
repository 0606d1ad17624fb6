"""Whether it is day or night in a picture, by its own brightness. Pure."""

from __future__ import annotations

import numpy as np

from patrol.core.media import Grey

BACK = 1.2
"""Day comes back at this much over the level at which night began: more than what passes before a fixed
camera changes its brightness (within each of nine clips by 14 % at most, benchmarks/tiling.py). In light it
is 1.5 times as much, by the gamma of video, 2.2."""
HOLD_S = 60.0
"""Each look of this time must agree before it changes. Lightning, headlights and a picture that the camera's
exposure has yet to get right are shorter; dusk is far longer (civil twilight alone is half an hour). Cameras
that switch their own infrared filter wait in the same way (ONVIF Imaging Service, IrCutFilterAutoAdjustment:
BoundaryOffset and ResponseTime)."""


def brightness(grey: Grey) -> float:
    """Mean luma, 0 to 255."""
    return float(np.mean(grey))


class Daylight:
    """Day or night of one camera, from look to look. The first look decides at once.

    Args:
        below: brightness under which it is night.
    """

    def __init__(self, below: float) -> None:
        self._below = below
        self._contrary_since: float | None = None
        self.night: bool | None = None
        """None before the first look."""

    def is_night(self, light: float) -> bool:
        """Whether it is night now; where nobody has said so before, by this brightness."""
        return light < self._below if self.night is None else self.night

    def seen(self, light: float, arrived: float) -> None:
        """Take note of one look.

        Args:
            light: its brightness.
            arrived: monotonic seconds; looks may be missing, and none may be earlier than the one before.
        """
        if self.night is None:
            self.night = light < self._below
        contrary = light >= self._below * BACK if self.night else light < self._below
        if not contrary:
            self._contrary_since = None
        elif self._contrary_since is None:
            self._contrary_since = arrived
        elif arrived - self._contrary_since >= HOLD_S:
            self.night, self._contrary_since = not self.night, None
