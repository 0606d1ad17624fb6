"""Places on the ground out of distances that somebody walked off with a tape, or out of a map's degrees."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from patrol.core.homography import Plane, cross

EARTH_M = 6_371_008.8
"""Mean radius of the earth, metres (IUGG). Over the reach of one camera a sphere is exact to 0.5 %."""
STEPS = 50
"""Of the least squares; they settle within ten."""

Pair = tuple[int, int]
"""Two points, the smaller number first."""


class Unplaceable(ValueError):  # noqa: N818  named after what happened, as the error tree reads
    """The distances do not say where the points lie.

    Attributes:
        points: which ones.
        contradiction: the distances exclude each other; else one is missing.
    """

    def __init__(self, points: tuple[int, ...], *, contradiction: bool) -> None:
        super().__init__(str(points))
        self.points = points
        self.contradiction = contradiction


def local_plane(degrees: Plane) -> Plane:
    """Latitude and longitude [n, 2] as metres east and north of their middle [n, 2]."""
    middle = degrees.mean(axis=0)
    north = np.radians(degrees[:, 0] - middle[0]) * EARTH_M
    east = np.radians(degrees[:, 1] - middle[1]) * EARTH_M * np.cos(np.radians(middle[0]))
    return np.column_stack([east, north])


def survey(picture: Plane, known: Mapping[Pair, float]) -> Plane:
    """Places of points in metres [n, 2], up to a turn and a shift, by least squares over the distances.

    Two distances leave two places for a point, on either side of the line between the others. The picture
    decides: a camera above the ground sees every triangle the way round that it lies there.

    Args:
        picture: where the points are seen, [n, 2].
        known: metres between two points; each pair once, smaller number first.

    Raises:
        Unplaceable: a point has fewer than two distances to points that are placed, or three distances make
            no triangle.
    """
    stuck: Unplaceable | None = None
    for first, second in known:
        try:
            return _settled(_built(picture, known, first, second), known)
        except Unplaceable as failed:
            if failed.contradiction:
                raise
            stuck = failed if stuck is None or len(failed.points) < len(stuck.points) else stuck
    raise stuck or Unplaceable(tuple(range(len(picture))), contradiction=False)


def residuals(places: Plane, known: Mapping[Pair, float]) -> dict[Pair, float]:
    """By how much each distance comes out too long, metres."""
    return {(i, j): float(np.hypot(*(places[i] - places[j]))) - metres for (i, j), metres in known.items()}


def _built(picture: Plane, known: Mapping[Pair, float], first: int, second: int) -> Plane:
    """Points placed one after the other, each from two that are, beginning with one distance."""
    places = np.full((len(picture), 2), np.nan)
    places[first], places[second] = (0.0, 0.0), (known[first, second], 0.0)
    placed = {first, second}
    while len(placed) < len(picture):
        nearest = next(
            (
                (point, a, b)
                for point in range(len(picture))
                if point not in placed
                for a, b in permutations(sorted(placed), 2)
                if _pair(point, a) in known and _pair(point, b) in known
            ),
            None,
        )
        if nearest is None:
            raise Unplaceable(tuple(set(range(len(picture))) - placed), contradiction=False)
        point, a, b = nearest
        places[point] = _third(places, picture, known, (a, b, point))
        placed.add(point)
    return places


def _third(
    places: Plane, picture: Plane, known: Mapping[Pair, float], three: tuple[int, int, int]
) -> NDArray[np.float64]:
    """Where a point lies that has a distance to two others, on the side on which it is seen."""
    a, b, point = three
    along = places[b] - places[a]
    base = float(np.hypot(*along))
    to_a, to_b = known[_pair(point, a)], known[_pair(point, b)]
    if base <= 0:
        raise Unplaceable(three, contradiction=True)
    forward = (to_a**2 - to_b**2 + base**2) / (2 * base)
    aside = to_a**2 - forward**2
    if aside < -((0.05 * max(to_a, to_b, base)) ** 2):
        raise Unplaceable(three, contradiction=True)  # longer than the two others together
    # The picture's y points down, so what is seen clockwise lies clockwise: the sign turns.
    side = -np.sign(cross(picture[b] - picture[a], picture[point] - picture[a])) or 1.0
    unit = along / base
    turned = np.array([-unit[1], unit[0]])
    place: NDArray[np.float64] = places[a] + forward * unit + side * np.sqrt(max(aside, 0.0)) * turned
    return place


def _settled(places: Plane, known: Mapping[Pair, float]) -> Plane:
    """Gauss and Newton over all distances; a turn and a shift stay free (the least step is taken)."""
    pairs = np.array(list(known))
    metres = np.array(list(known.values()))
    for _ in range(STEPS):
        apart = places[pairs[:, 0]] - places[pairs[:, 1]]
        now = np.maximum(np.hypot(*apart.T), 1e-9)
        slope = np.zeros((len(pairs), len(places), 2))
        rows = np.arange(len(pairs))
        slope[rows, pairs[:, 0]] = apart / now[:, None]
        slope[rows, pairs[:, 1]] = -apart / now[:, None]
        step = np.linalg.lstsq(slope.reshape(len(pairs), -1), metres - now, rcond=1e-9)[0].reshape(-1, 2)
        places = places + step
        if np.abs(step).max() < 1e-9 * metres.max():
            break
    return places


def _pair(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)
