"""How many people stand where: a density network's answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PersonMap = NDArray[np.float32]
"""Shape [h, w]: persons in each cell, not negative; a person may be spread over several."""


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Persons by cell of a regular grid over the whole picture; their sum is the count.

    Attributes:
        persons: see `PersonMap`; row 0 is the top of the picture.
        error: relative error of a count in a dense crowd as published for this network, 0..1; None: nobody
            has published one.
    """

    persons: PersonMap
    error: float | None = None

    def __post_init__(self) -> None:
        if self.persons.ndim != 2 or not self.persons.size:
            raise ValueError(f"persons must have the shape [h, w], has {self.persons.shape}")

    @property
    def count(self) -> float:
        """Persons in the whole picture."""
        return float(self.persons.sum())

    def centres(self) -> NDArray[np.float32]:
        """Middle of each cell, picture fractions, shape [h * w, 2], in the order of `persons.ravel()`."""
        height, width = self.persons.shape
        x = (np.arange(width, dtype=np.float32) + 0.5) / width
        y = (np.arange(height, dtype=np.float32) + 0.5) / height
        return np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2).astype(np.float32)
