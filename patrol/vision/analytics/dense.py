"""Density where people hide each other: a density network's map, brought down to the ground. No plug-in."""

from __future__ import annotations

import numpy as np

from patrol.core.detections import Look
from patrol.core.protocols import DensityNetwork
from patrol.core.viewpoint import HEAD_M
from patrol.vision.analytics.ground_cells import Cells, Values

UNPUBLISHED = 0.5
"""Relative error of a network for which nobody has published one. Chosen: the mean error of MCNN on part A of
ShanghaiTech (110 to 119 by re-implementations, of 501 heads in the mean) is 0.23; a network of unknown making
is trusted half as far."""
HELD = 3.0
"""A map is used until so many times its interval has gone by without another one; then it is out of date."""


class Dense:
    """Asks a network now and then, and keeps its answer until it is asked again.

    Args:
        network: to be asked; may be shared with other rules.
        every_s: least time between two questions, seconds.
    """

    def __init__(self, network: DensityNetwork, every_s: float) -> None:
        self._network, self._every = network, every_s
        self._persons: Values | None = None
        self._error = UNPUBLISHED
        self._asked_at = 0.0

    @property
    def error(self) -> float:
        """Relative error of a count, as published, or `UNPUBLISHED`."""
        return self._error

    def clear(self) -> None:
        """Forget the last answer: the picture shows something else."""
        self._persons = None

    def step(self, look: Look, cells: Cells, *, wanted: bool) -> Values | None:
        """Persons per square metre by cell, [n]; None: nobody knows, or what was known is out of date.

        Args:
            look: of which the network is shown the picture, if it is time.
            cells: of the zone.
            wanted: whether the network is to be asked at all.

        Raises:
            ModelError: the network failed; the answer before is gone, and it is asked again at the next look.
            DecodeError: the picture cannot be scaled.
        """
        since = look.arrived - self._asked_at
        if self._persons is not None and not 0 <= since < HELD * self._every:
            self._persons = None
        if wanted and look.picture is not None and (self._persons is None or since >= self._every):
            self._persons = None
            crowd = self._network.look(look.picture)
            # A head is seen where the ground behind its owner lies: the map is brought down by that.
            places = cells.viewpoint.under(crowd.centres(), HEAD_M)
            heads = cells.sums(cells.cells_at(places), crowd.persons.ravel().astype(np.float64))
            self._persons = heads / cells.area_m2
            self._error = UNPUBLISHED if crowd.error is None else crowd.error
            self._asked_at = look.arrived
        return self._persons
