"""Whether the picture shows more than the detector has found: texture that nobody's box explains. No plug-in.

Chosen between by this, and never by the count alone: a stand full of people on which the detector finds
nobody is as silent as an empty one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from patrol.core.detections import Look
from patrol.core.geometry import Mask
from patrol.core.media import Picture
from patrol.vision.analytics.ground_cells import Cells, Values
from patrol.vision.analytics.sparse import Averaged, Sparse
from patrol.vision.analytics.texture import Sampler, Scenery, Texture, same
from patrol.vision.analytics.unexplained import explained, hidden_per_m2

FULL_SHARE = 0.4
"""Share of a cell's sites that are busy and unexplained, from which on a crowd may stand there. On painted
crowds, through five cameras, the worst of twelve cells has 0.29 or less up to 2 persons per square metre, and
0.42 to 0.73 at 6 (benchmarks/density_saturation.py)."""
DOUBTED_SHARE = 0.2
"""The same where a density network sees many more people in the cell than the detector does. Chosen: half."""
DOUBT = 2.0
"""Many more: so many times as many, and one per square metre more. Chosen: twice the error of either."""
LEAST_UNSEEN = 3.0
"""Persons that the unexplained texture of the zone would make, from which on they may be there. Chosen: a
detector that misses two is none that is blind."""
UNSEEN_SHARE = 1.0
"""And by those that are estimated: as many again. Chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class Saturation:
    """What the picture shows beyond what was found.

    Attributes:
        busy: share of each cell's sites that have contrast as people have, whatever explains it, [n].
        share: the part of it that nothing explains: no box, and nothing that always stands there, [n].
        hidden: persons per square metre that would make that, [n].
        moving: persons that would make the part of it that has changed since the look before.
        settled: whether it is known by now what always stands there.
    """

    busy: Values
    share: Values
    hidden: Values
    moving: float
    settled: bool

    def unseen(self, sparse: Sparse, cells: Cells) -> float:
        """Persons that the texture would make beyond those that are estimated to hide."""
        expected = np.nan_to_num(sparse.persons - sparse.least, nan=0.0).clip(0.0)
        return max(0.0, float(np.sum((self.hidden - expected) * cells.area_m2)))

    def full(self, sparse: Sparse, network: Values | None) -> Mask:
        """Cells in which a crowd may stand that the detector does not see, [n].

        Args:
            sparse: what the detector says.
            network: what a density network says, persons per square metre, [n]; None: none was asked.
        """
        full = self.share >= FULL_SHARE
        if network is not None:
            said = np.nan_to_num(sparse.persons, nan=0.0)
            full |= (network >= DOUBT * said + 1.0) & (self.share >= DOUBTED_SHARE)
        return np.asarray(full, np.bool_)


def doubtful(unseen: float, persons: float) -> bool:
    """Whether more people may be unseen than there are seen."""
    return unseen > max(LEAST_UNSEEN, UNSEEN_SHARE * persons)


class Saturations:
    """Measures it look by look, and learns what always stands there.

    Args:
        cells: of the zone.
        size: width and height of the pictures, pixels.
        smooth_s: over which shares are averaged, seconds.
    """

    def __init__(self, cells: Cells, size: tuple[int, int], smooth_s: float) -> None:
        self._cells, self._size = cells, size
        self._sampler = Sampler(cells.sites, cells.viewpoint.ground, size)
        self._scenery = Scenery()
        self._busy, self._share = Averaged(smooth_s), Averaged(smooth_s)
        self._last: Texture | None = None

    def clear(self) -> None:
        """Forget: the camera shows something else."""
        self._scenery = Scenery()
        self._busy.clear()
        self._share.clear()
        self._last = None

    def step(self, look: Look, picture: Picture) -> Saturation:
        """Measure one look. Looks come in order of arrival.

        Raises:
            DecodeError: the picture cannot be scaled.
        """
        cells = self._cells
        texture = self._sampler.take(picture)
        covered = explained(look.detections, cells, self._size)
        self._scenery.learn(look.arrived, texture, covered)
        left = texture.busy & ~covered & ~self._scenery.known(texture)
        changed = (
            left & ~same(texture.patches, self._last.patches) if self._last is not None else left & False
        )
        self._last = texture
        busy = self._busy.step(look.arrived, cells.share(texture.busy))
        share = self._share.step(look.arrived, cells.share(left))
        moving = hidden_per_m2(cells.share(changed), cells)
        return Saturation(
            busy,
            share,
            hidden_per_m2(share, cells),
            float(np.sum(moving * cells.area_m2)),
            self._scenery.settled,
        )
