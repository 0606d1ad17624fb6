"""Density where people can be told apart: by those whom the detector finds, and how many hide behind them.

Counts of a few people in a cell are noise, and the densest of many noisy cells is always too dense. So cells
are drawn towards what an even crowd of the same size would show, the more the less they differ beyond chance:
empirical Bayes, as Clayton and Kaldor (Biometrics 43, 1987) smooth rates of small districts. No plug-in.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from patrol.core.occlusion import DENSEST_PER_M2, most_per_m2, persons_estimate, recall
from patrol.vision.analytics.ground_cells import Cells, Values

STEPS = 61
"""Densities of an even crowd that are worked out beforehand, a tenth of a person apart at most."""


class Averaged:
    """Values by cell, averaged over the looks of the last seconds.

    The mean, not the median: where cells hold one person or none, a median of looks has none.

    Args:
        window_s: how long a look counts.
    """

    def __init__(self, window_s: float) -> None:
        self._window = window_s
        self._kept: deque[tuple[float, Values]] = deque()

    def clear(self) -> None:
        """Forget: what comes next shows something else."""
        self._kept.clear()

    def step(self, arrived: float, values: Values) -> Values:
        """The mean with one more look, [n]. Looks come in order of arrival; older than a window, they go."""
        self._kept.append((arrived, values))
        while arrived - self._kept[0][0] >= self._window and len(self._kept) > 1:
            self._kept.popleft()
        return np.asarray(np.mean([one for _, one in self._kept], axis=0), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Sparse:
    """What a detector's findings say, by cell.

    Attributes:
        persons: per square metre, [n]; NaN where it cannot be told, because too many hide each other.
        spread: relative standard deviation of that, [n]; NaN as above.
        least: per square metre that are there for sure: those found, [n].
    """

    persons: Values
    spread: Values
    least: Values


class Sparsely:
    """Estimates the cells of one zone.

    Args:
        cells: of the zone.
    """

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        highest = max(most_per_m2(float(angle)) for angle in cells.depression)
        self._densities = np.linspace(0.0, min(DENSEST_PER_M2, highest), STEPS)
        shares = [[recall(each, angle) for angle in cells.depression.tolist()] for each in self._densities]
        self._shown = self._densities[:, None] * np.array(shares) * cells.area_m2
        self._totals = np.maximum.accumulate(self._shown.sum(axis=1))

    def estimate(self, counts: Values) -> Sparse:
        """Estimate every cell.

        Args:
            counts: found in each cell, in the mean of some looks, [n].
        """
        cells = self._cells
        found, rests_on = self._drawn(counts)
        persons, spread = np.full(len(cells), np.nan), np.full(len(cells), np.nan)
        per_m2 = np.maximum(found, 0.0) / cells.area_m2
        rows = zip(per_m2.tolist(), cells.depression.tolist(), rests_on.tolist(), strict=True)
        for cell, (each, angle, number) in enumerate(rows):
            told = persons_estimate(each, angle, number)
            if told is not None:
                persons[cell], spread[cell] = told
        return Sparse(persons, spread, counts / cells.area_m2)

    def _drawn(self, counts: Values) -> tuple[Values, Values]:
        """Counts drawn towards those of an even crowd, and how many found each rests on, [n].

        A cell keeps the share v / (v + 1 / e) of what it differs by: e is what an even crowd would show of
        it, v the relative variance of cells beyond that of chance (Poisson). What it does not keep rests on
        everybody who was found.
        """
        even = self._even(float(counts.sum()))
        if even is None:
            return counts, counts
        total = float(np.sum(even**2))
        beyond = max(0.0, float(np.sum((counts - even) ** 2 - even)) / total) if total > 0 else 0.0
        kept = beyond * even / (1 + beyond * even)
        rests_on = kept * counts + (1 - kept) * float(counts.sum())
        return np.asarray(even + kept * (counts - even), np.float64), np.asarray(rests_on, np.float64)

    def _even(self, count: float) -> Values | None:
        """What an even crowd, of which so many are found in all, shows of each cell; None: none is that."""
        if count > float(self._totals[-1]):
            return None
        density = float(np.interp(count, self._totals, self._densities))
        return np.array([np.interp(density, self._densities, one) for one in self._shown.T])


def limit_per_m2(cells: Cells) -> float:
    """Persons per square metre up to which all cells can be told: the stated limit of this camera there."""
    return min(most_per_m2(float(angle)) for angle in cells.depression[cells.whole])
