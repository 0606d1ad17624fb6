"""The mean speed of traffic, from looks between which vehicles have passed each other's places."""

from __future__ import annotations

import numpy as np
import pytest

from patrol.vision.analytics.speeds import Speeds
from tests.fakes.lane import LENGTH_M, platoon


def said(kmh: float, gap_m: float, every_s: float, *, both_ways: bool = False, sign: int = 1) -> float | None:
    rng = np.random.default_rng(5)
    speeds, row, mean = Speeds(LENGTH_M, 60, both_ways=both_ways), platoon(gap_m), None
    for i in range(int(80 / every_s)):
        along = row + kmh / 3.6 * i * every_s
        along = along[(along > 0) & (along < LENGTH_M) & (rng.random(len(along)) > 0.1)]
        jitter = rng.normal(0, 0.3, len(along))
        points = np.stack([sign * (along + jitter), np.zeros(len(along))], axis=1).astype(np.float32)
        mean = speeds.step(i * every_s, 0, points)
    return mean


@pytest.mark.parametrize("every_s", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(("kmh", "gap_m"), [(0, 7.5), (6, 8.5), (15, 12), (25, 15), (45, 27), (80, 45)])
def test_it_is_right_at_the_look_rates_it_speaks_at(kmh: float, gap_m: float, every_s: float) -> None:
    assert said(kmh, gap_m, every_s) == pytest.approx(kmh, abs=max(1.2, 0.06 * kmh))


@pytest.mark.parametrize("sign", [1, -1])
def test_without_a_direction_it_finds_the_way_at_one_look_a_second(sign: int) -> None:
    assert said(25, 15, 1.0, both_ways=True, sign=sign) == pytest.approx(25, abs=1.5)


@pytest.mark.parametrize(("every_s", "both_ways"), [(4.0, False), (2.0, True)])
def test_it_says_nothing_where_it_would_be_wrong(every_s: float, both_ways: bool) -> None:
    assert said(45, 27, every_s, both_ways=both_ways) is None


def test_nothing_is_compared_across_a_splice() -> None:
    speeds = Speeds(LENGTH_M, 60, both_ways=False)
    row = np.stack([np.arange(0, 90, 8.0), np.zeros(12)], axis=1).astype(np.float32)
    assert [speeds.step(2.0 * i, i, row) for i in range(10)] == [None] * 10
