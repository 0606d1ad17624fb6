"""A count over time: without its outliers, and how fast it grows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.vision.analytics.trend import Trend


def test_the_count_is_the_median_of_the_last_seconds() -> None:
    trend = Trend(smooth_s=3)
    assert [trend.step(t, count) for t, count in enumerate([8, 8, 2, 8, 9, 9])] == [8, 8, 8, 8, 8, 9]


def test_without_smoothing_it_is_the_count() -> None:
    trend = Trend(smooth_s=0)
    assert [trend.step(t, count) for t, count in enumerate([8, 2, 8])] == [8, 2, 8]


@given(st.integers(-6, 6), st.sampled_from([0.5, 1.0, 2.0, 4.0]), st.integers(0, 3))
def test_growth_is_people_a_minute_whatever_the_look_rate(per_min: int, every_s: float, wrong: int) -> None:
    trend = Trend(smooth_s=0)
    for i in range(int(100 / every_s) + 1):
        miscounted = 9 if i % 4 == wrong and i % 3 == 0 else 0  # one in twelve
        trend.step(i * every_s, 100 + round(per_min * i * every_s / 60) + miscounted)
    growth = trend.growth_per_min()
    assert growth is not None
    assert growth == pytest.approx(per_min, abs=1.0)


def test_nothing_is_said_of_growth_over_a_few_seconds_or_after_a_jump() -> None:
    trend = Trend(smooth_s=0)
    for t in range(20):
        trend.step(float(t), t)
    assert trend.growth_per_min() is None
    for t in range(20, 60):
        trend.step(float(t), t)
    assert trend.growth_per_min() == pytest.approx(60)
    trend.clear()
    trend.step(60.0, 4)
    assert trend.growth_per_min() is None


def test_a_count_is_of_whole_persons() -> None:
    trend = Trend(2.0)
    assert [trend.step(at, count) for at, count in ((0.0, 7), (1.0, 8), (2.0, 5), (3.0, 6))] == [7, 8, 8, 6]
