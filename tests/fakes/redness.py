"""A second look that takes red for fishing: its score is the share of red pixels in a crop, its rod fixed.

A crop that is darker than `DARK` it cannot see into.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from patrol.core.closer import Closer, Crop, Gear, GearKind
from patrol.core.protocols import SecondLook
from patrol.core.sight import Reason

DARK = 10.0


@dataclass(frozen=True, slots=True)
class Params:
    """`gain`: times the share of red."""

    gain: float = 1.0


@dataclass(frozen=True, slots=True)
class Redness:
    gain: float

    def examine(self, crop: Crop) -> Closer:
        if float(crop.pixels.mean()) < DARK:
            return Closer((), 0.0, Reason("rods-too-dark", {"levels": 1.0}))
        red = (crop.pixels[..., 0] > 128) & (crop.pixels[..., 1] < 128)
        score = min(1.0, self.gain * float(np.mean(red)))
        return Closer((Gear(GearKind.ROD, crop.region, score),) if score > 0 else (), score)


def build(params: Params, base: Path) -> SecondLook:
    del base
    return Redness(params.gain)
