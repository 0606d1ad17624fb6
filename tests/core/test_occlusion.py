"""How many stand there, by how many are found."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.occlusion import (
    CRUSH_AT,
    CRUSH_FOUND,
    DENSEST_PER_M2,
    MODEL_SPREAD,
    MOST_GAIN,
    gain,
    load,
    most_found_per_m2,
    most_per_m2,
    persons_estimate,
    recall,
)

DEGREES = st.floats(5, 85)
PARTS = st.floats(0, 1)


@given(degrees=DEGREES, part=PARTS)
def test_never_less_than_what_is_found(degrees: float, part: float) -> None:
    found = part * most_found_per_m2(degrees)
    told = persons_estimate(found, degrees)
    assert told is not None
    assert told[0] >= found


@given(degrees=DEGREES, one=PARTS, other=PARTS)
def test_more_found_is_more_people_and_less_sure(degrees: float, one: float, other: float) -> None:
    low, high = (part * most_found_per_m2(degrees) for part in sorted((one, other)))
    less, more = persons_estimate(low, degrees), persons_estimate(high, degrees)
    assert less is not None
    assert more is not None
    assert less[0] <= more[0]
    assert less[1] <= more[1] + 1e-12


@given(one=DEGREES, other=DEGREES, found=st.floats(0, 6))
def test_from_a_flatter_angle_as_many_found_are_more_people(one: float, other: float, found: float) -> None:
    flat, steep = (persons_estimate(found, degrees) for degrees in sorted((one, other)))
    if flat is None:
        return
    assert steep is not None
    assert steep[0] <= flat[0] + 1e-9


@given(degrees=DEGREES, part=PARTS)
def test_it_is_the_inverse_of_what_is_found(degrees: float, part: float) -> None:
    persons = part * most_per_m2(degrees)
    found = persons * recall(persons, degrees) * (1 - 1e-9)
    told = persons_estimate(found, degrees)
    assert told is not None
    assert told[0] == pytest.approx(persons, rel=1e-6, abs=1e-9)


@given(degrees=DEGREES)
def test_its_limit_is_within_what_was_simulated_and_within_the_gain(degrees: float) -> None:
    limit = most_per_m2(degrees)
    assert 0 < limit <= DENSEST_PER_M2 + 1e-9
    assert gain(limit, degrees) <= MOST_GAIN + 1e-9
    assert persons_estimate(most_found_per_m2(degrees) * 1.001, degrees) is None


@pytest.mark.parametrize(("degrees", "found"), list(zip(CRUSH_AT, CRUSH_FOUND, strict=True))[1:-1])
def test_a_crush_is_never_told_as_few_people(degrees: float, found: float) -> None:
    for part in (1.0, 0.9, 1.2):
        assert persons_estimate(part * found, degrees) is None


def test_beyond_the_top_of_the_curve_nothing_can_be_told_by_counting() -> None:
    assert gain(6.0, 15.0) == math.inf
    assert recall(6.0, 15.0) * 6.0 < recall(2.0, 15.0) * 2.0


@pytest.mark.parametrize("degrees", [0.0, -5.0, 90.0, 120.0, float("nan")])
def test_an_angle_from_which_no_ground_is_seen_tells_nothing(degrees: float) -> None:
    assert most_found_per_m2(degrees) == 0.0
    assert most_per_m2(degrees) == 0.0
    assert persons_estimate(0.0, degrees) is None


def test_nobody_found_is_nobody_as_far_as_this_goes() -> None:
    told = persons_estimate(0.0, 30.0)
    assert told is not None
    assert told[0] == 0.0


def test_few_found_are_a_less_certain_count() -> None:
    many, few = persons_estimate(0.3, 40.0, 400.0), persons_estimate(0.3, 40.0, 4.0)
    assert many is not None
    assert few is not None
    assert few[0] == many[0]
    assert few[1] > 0.5 > 2 * MODEL_SPREAD > many[1]


def test_a_shadow_is_long_at_a_flat_angle() -> None:
    assert load(1.0, 45.0) == pytest.approx(0.85 / 1.5)
    assert load(2.0, 10.0) > 3 * load(2.0, 30.0)
