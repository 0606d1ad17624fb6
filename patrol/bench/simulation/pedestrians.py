"""Standing and walking people as upright bodies, and how a camera sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.bench.simulation.camera import Array, Pinhole
from patrol.bench.simulation.outlines import Outlined, outlined
from patrol.core.geometry import Mask

TALL_M = 1.7
"""Mean height of a person. Chosen: between the means of grown women and men."""
TALL_SPREAD_M = 0.12
"""Heights lie evenly within so much of the mean (standard deviation 0.07 m). Chosen."""
WIDE_M, DEEP_M = 0.5, 0.3
"""A clothed body seen from above is an ellipse of these diameters: at 8.5 per square metre the ground is
full. Chosen; Fruin's body ellipse (0.61 x 0.46 m) adds the room that people keep."""
SHOULDERS = 0.82
"""Height of the shoulders as a share of the person's; the body ends there and the head begins. Chosen."""
HEAD_M = 0.2
"""Diameter of a head seen from above. Chosen."""
_AROUND = np.linspace(0.0, 2 * np.pi, 8, endpoint=False)
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Everybody at one instant.

    Attributes:
        ids: int64 [n], of the simulation.
        places: float64 [n, 2], metres on the ground.
        headings: float64 [n], degrees, counter-clockwise from the x axis.
    """

    ids: NDArray[np.int64]
    places: Array
    headings: Array

    def __len__(self) -> int:
        return len(self.ids)

    def where(self, mask: Mask) -> People:
        """Those whom `mask` (bool [n]) selects."""
        return People(self.ids[mask], self.places[mask], self.headings[mask])

    def heights(self) -> Array:
        """Of each person, metres, shape [n]: the same person always has the same one."""
        tall: Array = TALL_M + TALL_SPREAD_M * (2 * np.mod(self.ids * _GOLDEN, 1.0) - 1)
        return tall

    def corners(self) -> Array:
        """Each body as an upright prism up to the shoulders with a head on it, shape [n, 24, 3]."""
        turn = np.radians(self.headings)[:, None]
        deep, wide = DEEP_M / 2 * np.cos(_AROUND), WIDE_M / 2 * np.sin(_AROUND)
        ring = np.stack(
            [deep * np.cos(turn) - wide * np.sin(turn), deep * np.sin(turn) + wide * np.cos(turn)], axis=2
        )
        head = np.broadcast_to(
            HEAD_M / 2 * np.stack([np.cos(_AROUND), np.sin(_AROUND)], axis=1), (len(self), 8, 2)
        )
        flat = self.places[:, None] + np.concatenate([ring, ring, head], axis=1)
        levels = self.heights()[:, None] * np.repeat([0.0, SHOULDERS, 1.0], 8)
        return np.concatenate([flat, levels[:, :, None]], axis=2)

    def heads(self) -> Array:
        """Middle of each head, metres, shape [n, 3]."""
        return np.concatenate([self.places, self.heights()[:, None] - HEAD_M / 2], axis=1)


def see_people(camera: Pinhole, people: People) -> Outlined:
    """Everybody's outline in the picture, nearest first; `rows` are rows of `people`."""
    return outlined(camera, people.corners())
