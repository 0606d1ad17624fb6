"""All that is measured of a zone's crowd in one look, for one size of picture. No plug-in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from patrol.core.detections import Detections, Look
from patrol.vision.analytics.crowding import Crowding, crowding
from patrol.vision.analytics.dense import Dense
from patrol.vision.analytics.ground_cells import Cells, Values
from patrol.vision.analytics.saturation import Saturation, Saturations
from patrol.vision.analytics.sparse import Averaged, Sparse, Sparsely


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One look.

    Attributes:
        found: people whom the detector found in the zone.
        saturation: what the picture shows beyond them; None: nobody has the picture.
        network: persons per square metre and cell by a density network, [n]; None: it was not asked.
        crowd: what is said.
    """

    found: Detections
    saturation: Saturation | None
    network: Values | None
    crowd: Crowding


class Measures:
    """Measures look by look.

    Args:
        cells: of the zone.
        size: width and height of the pictures, pixels.
        smooth_s: over which findings are averaged, seconds.
        dense: asks the network; None: there is none.
    """

    def __init__(self, cells: Cells, size: tuple[int, int], smooth_s: float, dense: Dense | None) -> None:
        self.cells = cells
        self._counts = Averaged(smooth_s)
        self._sparsely = Sparsely(cells)
        self._saturations = Saturations(cells, size, smooth_s)
        self._dense = dense
        self.clear()

    def clear(self) -> None:
        """Forget: the camera shows something else, or time has gone back."""
        self._counts.clear()
        self._saturations.clear()
        if self._dense is not None:
            self._dense.clear()

    def step(self, look: Look, people: Detections) -> Measured:
        """Measure one look. Looks come in order of arrival.

        Args:
            look: with its picture.
            people: of its detections.

        Raises:
            ModelError: the network failed.
            DecodeError: the picture cannot be scaled.
        """
        cells = self.cells
        at = cells.cells_at(cells.standing(people.boxes))
        said = self._sparsely.estimate(self._counts.step(look.arrived, cells.sums(at)))
        found = people.where(at >= 0)
        saturation = None if look.picture is None else self._saturations.step(look, look.picture)
        network = self._asked(look, said, saturation)
        error = 0.0 if self._dense is None else self._dense.error
        crowd = crowding(said, saturation, None if network is None else (network, error), cells)
        return Measured(found, saturation, network, crowd)

    def _asked(self, look: Look, said: Sparse, saturation: Saturation | None) -> Values | None:
        """What the network says; it is not asked about plain ground on which nobody was found."""
        if self._dense is None or saturation is None:
            return None
        there_is_something = bool(np.any(saturation.busy > 0) or np.any(said.least > 0))
        return self._dense.step(look, self.cells, wanted=there_is_something)
