"""What a detector finds of an even crowd, strip of ground by strip, and the relation fitted to it.

The relation is that of `patrol.core.occlusion`: its constants come from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from patrol.bench.simulation.camera import Array, Pinhole
from patrol.bench.simulation.detector import INPUT
from patrol.bench.simulation.pedestrians import People
from patrol.bench.simulation.plaza import Square
from patrol.core.detections import Detections
from patrol.core.occlusion import PERSON_M, WIDTH_M
from patrol.core.viewpoint import Viewpoint

SIDE_M = 2.0
"""Side of a ground cell. Chosen: less than the shadow of a body at 40 degrees or less."""
RING_DEG = 3.0
"""Cells whose angles of depression differ by less are one strip. Chosen."""
LEAST = 10
"""A strip with fewer people says too little."""
LEAST_RECALL = 0.25
"""Strips on which less is expected to be found are not fitted: what is found hardly rises with the density
there, so nothing is asked of the relation."""
FINENESS = 0.05
"""Relative error of the relation itself that weights no strip over it, however many people are on it."""
TURNS = 12
"""Rounds of weighting."""


@dataclass(frozen=True, slots=True)
class Strip:
    """Ground cells that are seen under about one angle, in one look.

    Attributes:
        post: name of the camera's place.
        density: of the whole crowd, persons per square metre: that hides.
        depression: mean of the cells' middles, degrees.
        px_per_m: pixels of the detector's input to a metre, mean of the same.
        there: persons who truly stand there.
        found: detections placed there by their tops.
    """

    post: str
    density: float
    depression: float
    px_per_m: float
    there: int
    found: int


def strips(
    square: Square, people: People, found: Detections, camera: Pinhole, view: Viewpoint, tiles: int
) -> Iterator[tuple[float, float, int, int]]:
    """Of each strip of a square: depression, input pixels per metre, persons there, persons found."""
    across, along = (
        np.arange(low, high - SIDE_M / 2, SIDE_M) + SIDE_M / 2
        for low, high in zip(square.low, square.high, strict=True)
    )
    middles = np.stack(np.meshgrid(across, along, indexing="ij"), axis=2).reshape(-1, 2)
    seen = camera.on_picture(middles)
    scale = min(1.0, tiles * min(INPUT[0] / camera.width, INPUT[1] / camera.rows))
    pixels = view.ground.pixels_per_metre(seen, camera.width, camera.rows) * scale
    depression = view.depression(middles.astype(np.float32))
    placed = People(
        np.arange(len(found)), view.standing(found.boxes).astype(np.float64), np.zeros(len(found))
    )
    there, counted = (square.cells(who, SIDE_M).ravel() * SIDE_M**2 for who in (people, placed))
    ring = np.round(depression / RING_DEG)
    for one in np.unique(ring):
        here = ring == one
        yield (
            float(depression[here].mean()),
            float(pixels[here].mean()),
            round(float(there[here].sum())),
            round(float(counted[here].sum())),
        )


@dataclass(frozen=True, slots=True)
class Fit:
    """The relation: found / there = 1 / (whole + one x load + two x load^2)."""

    whole: float
    one: float
    two: float
    steep: float

    def load(self, density: Array, depression: Array) -> Array:
        """Bodies in the shadow of one, shape [n]."""
        rise = np.tan(np.radians(depression))
        loads: Array = density * WIDTH_M * PERSON_M / (rise * (1 + self.steep * rise))
        return loads

    def recall(self, load: Array) -> Array:
        """Shape [n]."""
        shares: Array = 1 / (self.whole + self.one * load + self.two * load**2)
        return shares


START = Fit(1.0, 0.3, 0.05, 0.6)
"""Where the search begins; which strips are fitted, and their sampling errors, are by it. `whole` is held at
one: people who are seen whole and large are found at 0.90 to 1.00, and false boxes make up for the rest."""


def fitted(rows: Sequence[Strip]) -> Fit:
    """Least squares over strips with people enough, each weighted by its sampling error."""
    good = [row for row in rows if row.there >= LEAST]
    there = np.array([row.there for row in good], np.float64)
    share = np.array([row.found for row in good]) / there
    density = np.array([row.density for row in good])
    depression = np.array([row.depression for row in good])

    near = START.recall(START.load(density, depression))
    used = near >= LEAST_RECALL
    there, share, density, depression = there[used], share[used], density[used], depression[used]
    error = _error(near[used], there)

    def at(steep: float) -> tuple[float, Fit]:
        load = Fit(1, 0, 0, steep).load(density, depression)
        fit = _solved(load, share, error, steep)
        return float((((share - fit.recall(load)) / error) ** 2).mean()), fit

    return min((at(float(steep)) for steep in np.arange(0.0, 4.0, 0.05)), key=lambda pair: pair[0])[1]


def _solved(load: Array, share: Array, error: Array, steep: float) -> Fit:
    """The other two by Gauss and Newton."""
    powers = np.stack([np.ones_like(load), load, load**2], axis=1)
    asked = np.array([START.whole, START.one, START.two])
    for _ in range(TURNS):
        expected = 1 / np.maximum(powers @ asked, 1.0)
        slopes = -powers[:, 1:] * (expected**2 / error)[:, None]
        asked[1:] += np.linalg.lstsq(slopes, (share - expected) / error, rcond=None)[0]
    whole, one, two = (float(value) for value in asked)
    return Fit(whole, one, two, steep)


def _error(expected: Array, there: Array) -> Array:
    chance = np.clip(expected * (1 - expected), 0.03, None) / there
    spread: Array = np.sqrt(chance + (FINENESS * expected) ** 2)
    return spread
