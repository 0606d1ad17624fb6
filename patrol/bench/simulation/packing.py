"""People placed by chance, none nearer to another one than bodies allow: where a simulation begins."""

from __future__ import annotations

import numpy as np

from patrol.bench.simulation.camera import Array

APART_M = 0.4
"""Least distance of two people's middles where there is room: twice the radius that JuPedSim gives them."""
FULL = 0.86
"""Of the distance in the densest packing of equal circles: what pushing reaches by chance. Chosen."""
TURNS = 400
"""Rounds of pushing at most."""


def least_apart(density: float) -> float:
    """Least distance that pushing can reach at a density, metres: `APART_M`, or less where it is full."""
    return float(min(APART_M, FULL * np.sqrt(2 / (np.sqrt(3) * density))))


def packed(number: int, size: tuple[float, float], seed: int, margin: float = 0.25) -> Array:
    """So many places in a rectangle from (0, 0) to `size`, metres [n, 2], a random relaxed packing.

    Thrown by chance; then whoever is too near to somebody is pushed away from them by half of what lacks,
    until nobody is.

    Args:
        number: of people.
        size: width and depth, metres.
        seed: of the chance.
        margin: to the walls, metres.
    """
    random = np.random.default_rng(seed)
    low, high = np.full(2, margin), np.array(size) - margin
    places: Array = random.uniform(low, high, (number, 2))
    least = least_apart(number / float(np.prod(high - low)))
    for _ in range(TURNS):
        first, second = near_pairs(places, least)
        if not len(first):
            break
        gap = places[first] - places[second]
        distance = np.maximum(np.hypot(gap[:, 0], gap[:, 1]), 1e-6)[:, None]
        push = gap / distance * (1.05 * least - distance) / 2
        np.add.at(places, first, push)
        np.add.at(places, second, -push)
        places = places.clip(low, high) + random.normal(0.0, 1e-4, places.shape)
    return places.clip(low, high)


def near_pairs(places: Array, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of people nearer than `least` to each other: two arrays of rows, each pair once."""
    order = np.argsort(places[:, 0], kind="stable")
    x = places[order]
    ends = np.searchsorted(x[:, 0], x[:, 0] + least)
    counts = ends - np.arange(len(x)) - 1
    first = np.repeat(np.arange(len(x)), counts)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    near = np.hypot(*(x[first] - x[second]).T) < least
    return order[first[near]], order[second[near]]
