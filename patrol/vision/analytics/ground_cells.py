"""The ground of a zone in cells of some square metres, as one camera sees it. No plug-in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.core.geometry import Boxes, Mask, Points, inside
from patrol.core.ground import Ground
from patrol.core.occlusion import load
from patrol.core.place import Place
from patrol.core.viewpoint import PERSON_M, Viewpoint, viewpoint_of

Values = NDArray[np.float64]
"""One value for each cell, shape [n]."""

MID_BODY_M = PERSON_M / 2
"""Height at which people's bodies are looked for in the picture."""
FINE = 8
"""Sites by a cell's side: 0.4 m apart in cells of 10 m2, about a body's width. Chosen."""
MOST_SITES = 20_000
"""Above, sites lie farther apart: a rule costs no more on a car park than on a square. Chosen."""
ENOUGH = 0.5
"""Share of a cell that has to be zone and in sight for it to be the densest one. Chosen: the density of a
sliver with two people in it is noise."""
PLAUSIBLE = (0.5, 89.0)
"""Degrees that depressions are cut to before anything is divided by their tangent."""
CUT_OFF = 0.004
"""A box that begins so near the picture's top has lost its head, picture heights: 3 pixels of 720."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The zone's ground that is seen well enough, cut into cells.

    Attributes:
        viewpoint: the camera over it.
        sites: middle of the body of people who would stand at each of many places, picture fractions [m, 2].
        cell_of: the cell of each site, int [m].
        area_m2: ground of each cell that is zone and in sight, [n], above 0.
        whole: which cells have enough of it to be the densest one, [n].
        depression: of the middle of each cell, degrees, [n].
        shadow_m2: ground that a body in it hides (`patrol.core.occlusion.load`), [n].
    """

    viewpoint: Viewpoint
    sites: Points
    cell_of: NDArray[np.intp]
    area_m2: Values
    whole: Mask
    depression: Values
    shadow_m2: Values
    _place: Place
    _grid: _Grid
    _least_px_per_m: float
    _size: tuple[int, int]

    def __len__(self) -> int:
        return len(self.area_m2)

    def standing(self, boxes: Boxes) -> Points:
        """Where people stand, metres [k, 2], by their heads; by their feet where the head is cut off."""
        if not len(boxes):
            return np.zeros((0, 2), np.float32)
        by_head = self.viewpoint.standing(boxes)
        feet = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)
        by_foot = self.viewpoint.ground.metres(feet)
        found: Points = np.where(boxes[:, 1:2] <= CUT_OFF, by_foot, by_head).astype(np.float32)
        return found

    def cells_at(self, places: Points) -> NDArray[np.intp]:
        """The cell of each place on the ground, [k]; -1: outside of the zone, or not in sight.

        Args:
            places: metres [k, 2]; NaN is outside.
        """
        if not len(places):
            return np.zeros(0, np.intp)
        cells = self._grid.of(places)
        seen = _seen(self._place, self.viewpoint.ground, places, self._least_px_per_m, self._size)
        return np.where(seen, cells, -1)

    def sums(self, cells: NDArray[np.intp], weights: NDArray[np.float64] | None = None) -> Values:
        """How many of `cells` (or how much of their weights) falls to each cell; -1 falls to none. [n]."""
        inner = cells >= 0
        part = None if weights is None else weights[inner]
        return np.bincount(cells[inner], part, minlength=len(self)).astype(np.float64)

    def share(self, sites: Mask) -> Values:
        """Share of each cell's sites that is marked, [n]."""
        return self.sums(self.cell_of, sites.astype(np.float64)) / self.sums(self.cell_of)


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    low: NDArray[np.float64]
    side: NDArray[np.float64]
    numbers: NDArray[np.intp]
    """Cell by column and row of the grid, [across, along]; -1: none of it is zone."""

    def raw(self, places: Points) -> tuple[NDArray[np.intp], NDArray[np.intp], Mask]:
        """Column, row, and whether they are of the grid."""
        good = np.asarray(np.isfinite(places).all(axis=1), np.bool_)
        at = np.floor((np.where(good[:, None], places, 0.0) - self.low) / self.side).astype(np.intp)
        good &= np.asarray(((at >= 0) & (at < self.numbers.shape)).all(axis=1), np.bool_)
        at = np.where(good[:, None], at, 0)
        return at[:, 0], at[:, 1], good

    def of(self, places: Points) -> NDArray[np.intp]:
        column, row, good = self.raw(places)
        return np.where(good, self.numbers[column, row], -1)


def cells_of(
    place: Place, ground: Ground, cell_m2: float, least_px_per_m: float, size: tuple[int, int]
) -> Cells | None:
    """Cut a zone's ground into cells; None: no plausible camera, or none of the ground is in sight.

    Args:
        place: the zone, and those that are cut out of it.
        ground: of the calibration.
        cell_m2: about how large a cell is; the zone's extent is cut into equal ones.
        least_px_per_m: ground with fewer pixels to a metre is not in sight.
        size: width and height of the picture, pixels.
    """
    viewpoint = viewpoint_of(ground, *size)
    if viewpoint is None:
        return None
    part = ground.part_at_least(place.zone.corners(), least_px_per_m, *size)
    corners = ground.metres(part).astype(np.float64)
    if len(part) < 3 or not np.isfinite(corners).all():
        return None
    low, high = corners.min(axis=0), corners.max(axis=0)
    across = np.maximum(1, np.round((high - low) / math.sqrt(cell_m2))).astype(int)
    side = np.maximum((high - low) / across, 1e-6)
    fine = max(1, min(FINE, int(math.sqrt(MOST_SITES / int(across.prod())))))
    places = _lattice(low, side / fine, across * fine)
    places = places[_seen(place, ground, places, least_px_per_m, size)]
    grid = _Grid(low, side, np.zeros(tuple(across), np.intp))
    column, row, _ = grid.raw(places)
    sites = _raised(viewpoint, places, MID_BODY_M)
    kept = ((sites >= 0) & (sites < 1)).all(axis=1)
    found, cell_of = np.unique(column[kept] * across[1] + row[kept], return_inverse=True)
    if not len(found):
        return None
    grid.numbers.ravel()[:] = -1
    grid.numbers.ravel()[found] = np.arange(len(found))
    area = np.bincount(cell_of).astype(np.float64) * float(np.prod(side / fine))
    summed = np.stack([np.bincount(cell_of, places[kept][:, axis]) for axis in (0, 1)], axis=1)
    middles = summed / np.bincount(cell_of)[:, None]
    whole = area >= min(ENOUGH * float(np.prod(side)), float(area.max()))
    depression = viewpoint.depression(middles.astype(np.float32))
    shadow = np.array([load(1.0, float(one)) for one in np.clip(depression, *PLAUSIBLE)])
    return Cells(
        viewpoint, sites[kept], cell_of.astype(np.intp), area, whole, depression, shadow, place, grid,
        least_px_per_m, size,
    )  # fmt: skip


def _lattice(low: NDArray[np.float64], step: NDArray[np.float64], number: NDArray[np.int_]) -> Points:
    """Middles of the fields of a lattice, metres [k, 2]."""
    x, y = (low[axis] + (np.arange(number[axis]) + 0.5) * step[axis] for axis in (0, 1))
    return np.stack(np.meshgrid(x, y, indexing="ij"), axis=2).reshape(-1, 2).astype(np.float32)


def _seen(place: Place, ground: Ground, places: Points, least_px_per_m: float, size: tuple[int, int]) -> Mask:
    """Which places lie in the zone, in no excluded one, and are seen at enough pixels per metre. [k]."""
    good = np.asarray(np.isfinite(places).all(axis=1), np.bool_)
    points = ground.picture(np.where(good[:, None], places, 0.0).astype(np.float32))
    good &= np.asarray(np.isfinite(points).all(axis=1), np.bool_)
    points = np.where(good[:, None], points, -1.0).astype(np.float32)
    good &= inside(place.zone.corners(), points)
    for zone in place.excluded:
        good &= ~inside(zone.corners(), points)
    good &= ground.pixels_per_metre(points, *size) >= least_px_per_m
    return np.asarray(good, np.bool_)


def _raised(viewpoint: Viewpoint, places: Points, height_m: float) -> Points:
    """Where the camera sees what is so high above places on the ground, picture fractions [k, 2]."""
    if height_m >= viewpoint.height_m:
        return viewpoint.ground.picture(places)
    lens = np.array([viewpoint.x, viewpoint.y])
    behind = lens + (places.astype(np.float64) - lens) / (1 - height_m / viewpoint.height_m)
    return viewpoint.ground.picture(behind.astype(np.float32))
