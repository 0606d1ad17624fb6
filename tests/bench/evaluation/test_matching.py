from __future__ import annotations

from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from patrol.bench.evaluation.matching import holding, overlapping, pairs, unmatched
from patrol.core.geometry import Mask

MASKS = arrays.arrays(np.bool_, st.tuples(st.integers(0, 5), st.integers(0, 5)))


def most(possible: Mask) -> int:
    """By trying all orders."""
    n, m = possible.shape
    rows = possible if n <= m else possible.T
    orders = permutations(range(max(n, m)), min(n, m))
    return max(sum(bool(rows[i, j]) for i, j in enumerate(order)) for order in orders)


@given(MASKS)
def test_as_many_pairs_as_any_order_gives(possible: Mask) -> None:
    found = pairs(possible)
    assert len(found) == most(possible)
    assert all(possible[row, column] for row, column in found)
    assert len({row for row, _ in found}) == len({column for _, column in found}) == len(found)


@given(MASKS, st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(possible: Mask, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(possible))
    assert len(pairs(possible[order])) == len(pairs(possible))


def test_a_long_chain_of_moves_needs_no_depth() -> None:
    n = 2000
    chain = np.zeros((n, n), np.bool_)
    chain[np.arange(n), np.arange(n)] = True
    chain[np.arange(n - 1), np.arange(1, n)] = True
    reversed_rows = chain[::-1]
    assert len(pairs(reversed_rows)) == n


def test_boxes_match_from_half_their_union_on() -> None:
    true = np.array([[0.0, 0.0, 0.2, 0.4]], np.float32)
    found = np.array([[0.0, 0.0, 0.2, 0.21], [0.0, 0.0, 0.2, 0.19], [0.5, 0.5, 0.6, 0.6]], np.float32)
    assert overlapping(found, true)[:, 0].tolist() == [True, False, False]


def test_a_head_has_to_be_in_the_upper_half() -> None:
    standing = np.array([[0.4, 0.2, 0.5, 0.6]], np.float32)
    heads = np.array([[0.45, 0.21], [0.45, 0.39], [0.45, 0.45], [0.6, 0.25], [0.45, 0.1]], np.float32)
    assert holding(standing, heads, 16 / 9)[0].tolist() == [True, True, False, False, False]


def test_who_lies_may_have_the_head_anywhere() -> None:
    lying = np.array([[0.2, 0.5, 0.6, 0.6]], np.float32)
    low = np.array([[0.25, 0.59]], np.float32)
    assert holding(lying, low, 1.0)[0].tolist() == [True]
    # The same fractions in a tall, narrow picture are somebody who stands.
    assert holding(lying, low, 0.2)[0].tolist() == [False]


def test_one_box_over_two_heads_is_one_person() -> None:
    box = np.array([[0.0, 0.0, 0.5, 1.0]], np.float32)
    heads = np.array([[0.1, 0.1], [0.3, 0.1]], np.float32)
    assert len(pairs(holding(box, heads, 1.0))) == 1


def test_what_is_left_over() -> None:
    assert unmatched(4, [2, 0]).tolist() == [1, 3]
    assert unmatched(0, []).tolist() == []
