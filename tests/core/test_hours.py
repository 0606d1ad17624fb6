from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.hours import hours_of

BOUNDS = st.integers(0, 24)


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("22-6", (22, 23, 0, 1, 2, 3, 4, 5)),
        ("20-24", (20, 21, 22, 23)),
        ("0-5", (0, 1, 2, 3, 4)),
        ("24-2", (0, 1)),
        ("20-0", (20, 21, 22, 23)),
        (" 08-09 ", (8,)),
        ("0-24", tuple(range(24))),
    ],
)
def test_the_hours_of_a_range(words: str, hours: tuple[int, ...]) -> None:
    assert hours_of(words) == hours


@given(BOUNDS, BOUNDS)
def test_an_hour_is_in_a_range_or_in_what_is_left_of_the_day(start: int, end: int) -> None:
    if start % 24 != end % 24:
        hours, others = hours_of(f"{start}-{end}"), hours_of(f"{end}-{start}")
        assert sorted((*hours, *others)) == list(range(24))


@pytest.mark.parametrize(
    "words", ["", "6", "22 bis 6", "22:00-6:00", "-1-6", "6-", "２２-６", "1-2-3", "100-2"]
)
def test_what_is_no_range_is_refused_with_an_example(words: str) -> None:
    with pytest.raises(
        ValueError, match="is no range of hours; expected from-to in whole hours, like '22-6'"
    ):
        hours_of(words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("25-3", "a day has the hours 0 to 24"),
        ("3-30", "0 to 24"),
        ("6-6", "holds no hour"),
        ("24-0", "no hour"),
    ],
)
def test_a_range_that_no_day_has(words: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        hours_of(words)
