"""Whether the picture stands still although time passes: a frozen encoder, or one that repeats itself."""

from __future__ import annotations

import cv2
import numpy as np

from patrol.core.media import Grey
from patrol.core.sight import Reason
from patrol.vision.sight.measures import OVERLAY

SAME = 0.3
"""Mean absolute difference of two looks, levels, up to which they may be the same picture. One picture,
repeated and coded anew by x264 at 720p (a keyframe each 2 s; CRF 23, 2 and 1 Mb/s), differs from the one
before by 0.08 to 0.36 at the first keyframe and 0.00 to 0.20 at later ones. A still scene that is live keeps
its sensor's noise: one frame with noise of 1 level, coded alike, differs by 0.37 or more at each keyframe;
with 3 levels that are denoised over time, by 0.34 or more. (0.7, as before, took each still scene with noise
of up to 2 levels for frozen.) At 500 kb/s a frozen picture differs by 0.08 to 0.59, with much foliage by 2.5:
such streams are called frozen late, or not. Live, the 13 clips differ by 1.7 or more over 2 s."""
SAME_AS_FIRST = 1.2
"""The same against the first of the looks that are alike: a rate control settles, a live scene drifts on."""
STEP, STEP_SHARE = 12.0, 0.0005
"""A difference of `STEP` levels or more in over `STEP_SHARE` of the pixels (about 30 of them) is something
that moved. Coding noise of a frozen picture has none; one pedestrian at 320 pixels has 100."""
STANDS_S = 12.0
"""How long it must stand still: six looks at the default rate. A scene without wind, traffic, flicker or
sensor noise for so long is not known from any of the 13 clips; an empty night that is denoised until nothing
is left of the noise may be one."""


class Standing:
    """Compares each look with the one before, and with the first of those that are alike."""

    def __init__(self) -> None:
        self._last: Grey | None = None
        self._first: Grey | None = None
        self._since = 0.0

    def judge(self, arrived: float, grey: Grey) -> Reason | None:
        """Whether the picture stands still at this look.

        A scene that is said to change does not end it: a picture that is the same afterwards is the same.

        Args:
            arrived: monotonic seconds.
            grey: uint8 [height, width].
        """
        inner = _inner(grey)
        same = (
            self._last is not None
            and self._first is not None
            and _alike(inner, self._last, SAME)
            and _alike(inner, self._first, SAME_AS_FIRST)
        )
        self._last = inner
        if not same:
            self._first, self._since = inner, arrived
            return None
        stood = arrived - self._since
        return Reason("frozen", {"seconds": round(stood)}) if stood >= STANDS_S else None


def _inner(grey: Grey) -> Grey:
    """Without the strips where a clock may go on although the picture stands."""
    strip = int(OVERLAY * grey.shape[0])
    return grey[strip : grey.shape[0] - strip]


def _alike(a: Grey, b: Grey, limit: float) -> bool:
    if a.shape != b.shape:
        return False
    difference = cv2.absdiff(a, b)
    if cv2.mean(difference)[0] > limit:
        return False
    return bool(np.count_nonzero(difference >= STEP) <= STEP_SHARE * difference.size)
