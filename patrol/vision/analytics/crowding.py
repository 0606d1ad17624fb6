"""Which of two measures says how dense a zone is, and when neither does. No plug-in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from patrol.core.sight import Reason
from patrol.vision.analytics.ground_cells import Cells, Values
from patrol.vision.analytics.saturation import Saturation, doubtful
from patrol.vision.analytics.sparse import Sparse, limit_per_m2

SUPPORT = 0.3
"""Share of the persons a network sees who must stand where the picture has texture: a network counts sand as
people (MCNN on the beach: 90 persons off where there are 26 to 181). Cells count as textured from this share
of busy sites on. Chosen."""
SUPPORTED = 0.7
"""Share of them, from which on it is believed. Chosen."""
EXPLAINS = 0.3
"""A network that sees fewer people than this share of those that unexplained texture would make has not seen
what is there. Chosen: a third; texture is a rough measure, and trees have it too."""
AS_MANY = 0.7
"""And by those that the detector has found: a network that sees fewer is not to be believed. Chosen: twice
the error of a good one (0.14) below them."""


class Regime(StrEnum):
    """Who says."""

    DETECTOR = "detector"
    NETWORK = "network"
    CANNOT_TELL = "cannot-tell"


@dataclass(frozen=True, slots=True, eq=False)
class Crowding:
    """What is said of a zone in one look.

    Attributes:
        regime: who says.
        persons: per square metre and cell, [n]; what is known to be there at least, where nobody can tell.
        spread: relative standard deviation of that, [n]; 0 where nobody can tell.
        hidden: persons per square metre that may be there besides, [n].
        unseen: persons in the zone that the unexplained texture would make.
        why: set where nobody can tell.
    """

    regime: Regime
    persons: Values
    spread: Values
    hidden: Values
    unseen: float
    why: Reason | None = None


def crowding(
    sparse: Sparse, saturation: Saturation | None, network: tuple[Values, float] | None, cells: Cells
) -> Crowding:
    """Choose.

    Args:
        sparse: what the detector says.
        saturation: what the picture shows beyond that; None: nobody has the picture. Boxes alone say that
            people are there, and never that nobody else is.
        network: what a density network says, persons per square metre [n], and its relative error.
        cells: of the zone.
    """
    nothing = np.zeros(len(cells))
    if saturation is None:
        return Crowding(Regime.CANNOT_TELL, sparse.least, nothing, nothing, 0.0, Reason("no-picture"))
    unseen = saturation.unseen(sparse, cells)
    why = _not_by_detector(sparse, saturation, None if network is None else network[0], unseen, cells)
    if why is None:
        beyond = np.maximum(0.0, saturation.hidden - (sparse.persons - sparse.least))
        return Crowding(Regime.DETECTOR, sparse.persons, sparse.spread, beyond, unseen)
    if network is not None and _holds(network[0], sparse, saturation, unseen, cells):
        error = np.full(len(cells), network[1])
        return Crowding(Regime.NETWORK, network[0], error, nothing, unseen)
    return Crowding(Regime.CANNOT_TELL, sparse.least, nothing, saturation.hidden, unseen, why)


def _not_by_detector(
    sparse: Sparse, saturation: Saturation, network: Values | None, unseen: float, cells: Cells
) -> Reason | None:
    """Why the detector's word is not taken; None: it is."""
    untold = cells.whole & ~np.isfinite(sparse.persons)
    found = float(np.sum(sparse.least * cells.area_m2))
    if untold.any():
        values = {"limit_per_m2": round(limit_per_m2(cells), 2), "found": round(found, 1)}
        return Reason("crowd-too-dense", values)
    persons = float(np.nansum(sparse.persons * cells.area_m2))
    full = saturation.full(sparse, network) & cells.whole
    if not full.any() and not doubtful(unseen, persons):
        return None
    share = round(100 * float(saturation.share[cells.whole].max()))
    values = {"unseen": round(unseen), "found": round(found, 1), "full_percent": share}
    return Reason("crowd-unreadable", values)


def _holds(network: Values, sparse: Sparse, saturation: Saturation, unseen: float, cells: Cells) -> bool:
    """Whether the picture bears out what a network says."""
    persons = network * cells.area_m2
    count = float(persons.sum())
    found = float(np.sum(sparse.least * cells.area_m2))
    textured = float(persons[saturation.busy >= SUPPORT].sum())
    return (
        count > 0
        and textured >= SUPPORTED * count
        and count >= EXPLAINS * unseen
        and count >= AS_MANY * found
    )
