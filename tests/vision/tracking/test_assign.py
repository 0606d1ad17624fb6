"""Assignment: never worse than the best that trying everything finds."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from patrol.vision.tracking.assign import Floats, Pairs, assign

COST = st.one_of(
    st.just(np.inf),
    st.integers(-3, 6).map(float),
    st.floats(-5, 9, allow_nan=False).map(lambda v: round(v, 3)),
)


def table(costs: Floats) -> Pairs:
    rows, columns = np.nonzero(np.isfinite(costs))
    return Pairs(rows, columns, costs[rows, columns])


def price(costs: Floats, columns: tuple[int, ...], alone: float) -> float:
    return sum(alone if column < 0 else float(costs[row, column]) for row, column in enumerate(columns))


def cheapest(costs: Floats, alone: float) -> float:
    """By trying everything."""
    every = product(range(-1, costs.shape[1]), repeat=costs.shape[0])
    return min(
        price(costs, columns, alone)
        for columns in every
        if len({c for c in columns if c >= 0}) == sum(c >= 0 for c in columns)
    )


@st.composite
def costs_of(draw: st.DrawFn) -> Floats:
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    values = draw(st.lists(COST, min_size=rows * columns, max_size=rows * columns))
    return np.asarray(values, np.float64).reshape(rows, columns)


@given(costs=costs_of(), alone=st.floats(-1, 7).map(lambda v: round(v, 2)))
def test_no_assignment_is_cheaper(costs: Floats, alone: float) -> None:
    found = assign(table(costs), len(costs), alone)
    taken = found[found >= 0]
    assert len(set(taken.tolist())) == len(taken)
    assert np.isclose(price(costs, tuple(found.tolist()), alone), cheapest(costs, alone))


def test_a_row_gives_way_where_all_are_better_off() -> None:
    costs = np.array([[1.0, 2.0], [1.5, np.inf]])
    assert assign(table(costs), 2, 10.0).tolist() == [1, 0]


def test_a_row_stays_alone_for_the_sake_of_a_better_one() -> None:
    costs = np.array([[1.0], [0.5]])
    assert assign(table(costs), 2, 3.0).tolist() == [-1, 0]


def test_what_costs_as_much_as_being_alone_is_not_made() -> None:
    assert assign(table(np.array([[3.0]])), 1, 3.0).tolist() == [-1]


def test_nothing_possible_leaves_every_row_alone() -> None:
    assert assign(table(np.full((3, 2), np.inf)), 3, 1.0).tolist() == [-1, -1, -1]
    assert assign(table(np.zeros((0, 2))), 0, 1.0).tolist() == []
