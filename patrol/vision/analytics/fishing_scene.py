"""Whether a picture after a jump shows what was there before it: places can be compared then. No plug-in.

A clip that begins anew, or a dome that comes back to its preset, is another scene for whoever follows
movement. Somebody who still sits there has not moved.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from patrol.core.detections import Look
from patrol.core.media import Grey

Plane = NDArray[np.float32]

SIZE = (96, 54)
"""Width and height that pictures are compared in, pixels. Chosen: small enough that leaves and waves do not
matter, large enough for banks, trees and houses."""
FINE, COARSE = 1.0, 4.0
"""Blurs between which structure is compared, pixels of `SIZE`: finer is noise, coarser is light, which many
places have alike (bright sky above dark ground). Chosen."""
SAME = 0.5
"""Correlation from which on it is the same place. Between looks of the same fixed camera 0.76 to 1.00 (the
clips of PETS, traffic and the river bank), between any two of twelve clips at most 0.26."""
FLAT = 50.0
"""Length of the structure below which a picture shows none: 574 to 1627 on twelve clips, 0 when black.
Chosen, far below."""


class Scenes:
    """Counts the places that one camera's looks show."""

    def __init__(self) -> None:
        self._scene: int | None = None
        self._before: Plane | None = None
        self._asked = False
        self._place = 0

    def place(self, look: Look) -> int | None:
        """Number of the place that a look shows; None: it jumped, and this picture is too flat to say.

        Looks come in order of arrival. Without a small grey picture each scene is another place.
        """
        jumped = self._scene is not None and look.scene != self._scene
        self._scene = look.scene
        self._asked = self._asked or jumped
        shown = None if look.grey is None else _structure(look.grey)
        if self._asked:
            if look.grey is not None and shown is None:
                return None
            if shown is None or self._before is None or float(np.sum(shown * self._before)) < SAME:
                self._place += 1
            self._asked = False
        if shown is not None:
            self._before = shown
        return self._place


def _structure(grey: Grey) -> Plane | None:
    """What a picture consists of, of length 1; None where it is flat."""
    import cv2  # `patrol check` imports analytics, and runs none

    small = cv2.resize(grey, SIZE, interpolation=cv2.INTER_AREA).astype(np.float32)
    fine, coarse = cv2.GaussianBlur(small, (0, 0), FINE), cv2.GaussianBlur(small, (0, 0), COARSE)
    plane = np.asarray(fine - coarse, np.float32)
    length = float(np.linalg.norm(plane))
    return None if length < FLAT else np.asarray(plane / np.float32(length), np.float32)
