"""A density network that sees as many people everywhere, and a plug-in that makes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from patrol.core.crowd import Crowd
from patrol.core.media import Picture
from patrol.core.protocols import DensityNetwork


@dataclass(frozen=True, slots=True)
class Params:
    persons: float = 0.0


@dataclass(frozen=True, slots=True)
class Even:
    params: Params

    def look(self, picture: Picture) -> Crowd:
        return Crowd(np.full((2, 2), self.params.persons / 4, np.float32))


def build(params: Params, base: Path) -> DensityNetwork:
    return Even(params)
