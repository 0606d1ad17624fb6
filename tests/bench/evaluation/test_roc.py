from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.bench.evaluation.roc import area, interval, measured

SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.7, 1.0]), min_size=1, max_size=12)
FINE = st.lists(st.integers(-50, 50).map(float), min_size=1, max_size=12)


@given(SCORES, SCORES)
def test_it_is_the_share_of_pairs_in_which_the_positive_one_wins(high: list[float], low: list[float]) -> None:
    pairs = [(a > b) + (a == b) / 2 for a in high for b in low]
    assert area(high, low) == pytest.approx(sum(pairs) / len(pairs))


@given(SCORES, SCORES)
def test_the_groups_turned_round_give_the_rest(high: list[float], low: list[float]) -> None:
    assert area(high, low) + area(low, high) == pytest.approx(1)


@given(st.floats(-1e6, 1e6), st.integers(1, 9), st.integers(1, 9))
def test_equal_scores_say_nothing(score: float, positive: int, negative: int) -> None:
    assert area([score] * positive, [score] * negative) == 0.5


@given(FINE, FINE)
def test_a_rising_map_changes_nothing(high: list[float], low: list[float]) -> None:
    def bent(scores: list[float]) -> list[float]:
        return [math.atan(score / 10) ** 3 for score in scores]

    assert area(bent(high), bent(low)) == area(high, low)


@given(SCORES, SCORES)
def test_the_interval_holds_the_area_and_lies_between_0_and_1(high: list[float], low: list[float]) -> None:
    found = measured(high, low)
    assert found is not None
    assert 0 <= found.low <= found.area + 1e-9 <= found.high + 2e-9 <= 1 + 3e-9


@given(st.floats(0, 1), st.integers(2, 100), st.integers(2, 100))
def test_the_interval_mirrors_and_narrows(found: float, positive: int, negative: int) -> None:
    low, high = interval(found, positive, negative)
    mirrored = interval(1 - found, negative, positive)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-9)
    finer = interval(found, 4 * positive, 4 * negative)
    assert finer[1] - finer[0] < high - low


def test_nine_against_nine_is_never_certain() -> None:
    found = measured([0.9] * 9, [0.1] * 9)
    assert found is not None
    assert (found.area, found.high, found.few) == (1.0, 1.0, True)
    assert 0.6 < found.low < 0.95


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    random.seed(7)
    true = 0.8  # of two normal groups that are 1.19 deviations apart: Phi(1.19 / sqrt 2)
    held = 0
    for _ in range(400):
        found = measured([random.gauss(1.1902, 1) for _ in range(9)], [random.gauss(0, 1) for _ in range(9)])
        assert found is not None
        held += found.low <= true <= found.high
    assert 0.91 <= held / 400 <= 0.99


def test_an_empty_group_has_no_area() -> None:
    assert measured([], [0.1]) is None
    assert measured([0.1], []) is None
    with pytest.raises(ValueError, match="there are 0 and 1"):
        area([], [0.1])
    with pytest.raises(ValueError, match="no number"):
        area([math.nan], [0.1])
