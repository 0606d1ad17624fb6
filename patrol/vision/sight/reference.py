"""Whether the camera still looks where it did: the edges of now, registered to those of a reference view.

Edges, not light: shadows and clouds change the one much more than the other. Registration is phase
correlation (Kuglin and Hines 1975; sub-pixel peak as in OpenCV's `phaseCorrelate`), and is believed only
where the moved edges then really agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np

from patrol.vision.sight.measures import EDGE_WIDTH, Plane, correlation
from patrol.vision.sight.usual import LEAST, renewal

AGREES = 0.35
"""Correlation of edges from which on two pictures show the same place. Different places: at most 0.14 (78
pairs of 13 clips). The same place: 0.42 or more within a clip, 0.40 to 0.79 between pictures of one webcam
that were taken 3.5 to 9 hours apart (beach_crowd)."""
PLAINLY = 0.7
"""Correlation from which on nothing has to be registered: after a shift of 5 % it is at most 0.54, of 3 %
at most 0.6."""
STRANGE = 0.18
"""Correlation under which two pictures show different places."""
PEAK = 0.1
"""Least height of the correlation's peak: 0.16 or more on fixed clips, under 0.1 where nothing matches."""
MOVED = 2.8 / EDGE_WIDTH
"""Shift, in widths of the picture, from which on a camera has moved: over 1.6 of 160 pixels, the most by
which registration strays on six fixed clips in ten minutes, and under what 5 % of the height of a 16:9
picture are (4.5; 2.9 to 6 on a square where most edges are walking people)."""
LEARNS_S = 5.0
"""Nothing is compared with a reference younger than this: people who stand still for a few looks are not the
place."""
YOUNG_S = 30.0
"""So long a reference takes in every look that may show the same place. On a square full of people half of
all edges walk, no two looks agree (0.1 to 0.4), and only the mean of many is the place itself."""
STEADY = 1.0
"""Pixels at `EDGE_WIDTH` within which the reference is renewed: what strays further may be a slow turn."""
RENEWED_S = 30.0
"""How often it is renewed: each renewal takes a registration of its own."""
MEMORY_S = 600.0
"""Time constant of renewal. A camera that sags by more than `STEADY` in that time (0.6 % of the picture in
ten minutes) leaves its reference behind and is found; one that sags more slowly is followed, and is not."""


class Standpoint(Enum):
    """How a picture compares with a reference."""

    SAME = "same"
    MOVED = "moved"
    ELSEWHERE = "elsewhere"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Registration:
    """A picture against a reference.

    Attributes:
        agreement: correlation of edges once the shift is undone, -1..1.
        across: shift to the right, in widths of the picture.
        down: shift downwards, in widths of the picture.
    """

    standpoint: Standpoint
    agreement: float
    across: float = 0.0
    down: float = 0.0

    @property
    def shift(self) -> float:
        """The longer of both, in widths of the picture."""
        return max(abs(self.across), abs(self.down))


class Reference:
    """One view of one camera, learnt from looks or given as a picture.

    Args:
        edges: of the given picture; None: it is learnt.
    """

    def __init__(self, edges: Plane | None = None) -> None:
        self._edges = edges
        self._looks = 0 if edges is None else LEAST
        self._begun: float | None = None
        self._renewed: float | None = None
        self._window: Plane | None = None

    @property
    def known(self) -> bool:
        """Whether there is something to compare with."""
        if self._begun is None or self._renewed is None:
            return self._looks >= LEAST  # it was given
        return self._looks >= LEAST and self._renewed - self._begun >= LEARNS_S

    def compare(self, edges: Plane) -> Registration:
        """Where `edges` lie against this view. Only where `known`, and for pictures of the same shape."""
        own = self._edges
        if own is None or own.shape != edges.shape:
            return Registration(Standpoint.UNCLEAR, 0.0)
        plain = correlation(own, edges)
        if plain >= PLAINLY:
            return Registration(Standpoint.SAME, plain)
        return self._register(own, edges, plain)

    def _register(self, own: Plane, edges: Plane, plain: float) -> Registration:
        """The shift between two planes of one shape, and whether it is to be believed."""
        if self._window is None:
            self._window = np.asarray(cv2.createHanningWindow(own.shape[::-1], cv2.CV_32F), np.float32)
        (across, down), peak = cv2.phaseCorrelate(
            own - np.float32(own.mean()), edges - np.float32(edges.mean()), self._window
        )
        aligned = _aligned(own, edges, round(across), round(down))
        width = edges.shape[1]
        if peak >= PEAK and aligned >= max(AGREES, plain):
            found = Registration(Standpoint.SAME, aligned, across / width, down / width)
            if found.shift < MOVED:
                return found
            return Registration(Standpoint.MOVED, aligned, found.across, found.down)
        best = max(plain, aligned)
        if plain >= AGREES:
            return Registration(Standpoint.SAME, plain)
        return Registration(Standpoint.ELSEWHERE if best < STRANGE else Standpoint.UNCLEAR, best)

    def learn(self, arrived: float, edges: Plane, found: Registration | None = None) -> None:
        """Take a look into the reference: the first ones fully, later ones slowly, and only steady ones.

        Args:
            arrived: monotonic seconds.
            edges: of a sound picture.
            found: what `compare` said of it, where there was something to compare with.
        """
        own = self._edges
        if own is None or own.shape != edges.shape:
            self._begin(arrived, edges)
            return
        if self._looks < LEAST and correlation(own, edges) < STRANGE:
            self._begin(arrived, edges)  # it still turns
            return
        if found is not None and not self._may_take(arrived, own, edges, found):
            return
        passed = 0.0 if self._renewed is None else arrived - self._renewed
        weight = renewal(self._looks, passed, MEMORY_S)
        self._edges = own + np.float32(weight) * (edges - own)
        self._looks += 1
        self._renewed = arrived

    def _begin(self, arrived: float, edges: Plane) -> None:
        self._edges, self._looks, self._window = edges, 1, None
        self._begun = self._renewed = arrived

    def _may_take(self, arrived: float, own: Plane, edges: Plane, found: Registration) -> bool:
        if found.standpoint not in (Standpoint.SAME, Standpoint.UNCLEAR):
            return False
        if self._begun is not None and arrived - self._begun < YOUNG_S:
            return True
        if self._renewed is not None and arrived - self._renewed < RENEWED_S:
            return False
        # Edges that agree well may still lie a pixel or two beside: to renew by those would be to follow
        # them.
        exact = self._register(own, edges, found.agreement)
        steady = max(abs(exact.across), abs(exact.down)) * EDGE_WIDTH <= STEADY
        return exact.standpoint is Standpoint.SAME and steady


def _aligned(own: Plane, edges: Plane, across: int, down: int) -> float:
    """Correlation over what both show once the shift is undone; 0 where that is under half of the picture."""
    height, width = own.shape
    if abs(across) > width // 2 or abs(down) > height // 2:
        return 0.0
    there = own[max(0, -down) : height - max(0, down), max(0, -across) : width - max(0, across)]
    here = edges[max(0, down) : height - max(0, -down), max(0, across) : width - max(0, -across)]
    return correlation(np.ascontiguousarray(there), np.ascontiguousarray(here))
