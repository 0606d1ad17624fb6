"""Thresholds by hour of the day."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.vision.analytics.hours import by_hour


def test_ranges_run_over_midnight_and_end_before_their_last_hour() -> None:
    found = by_hour({"22-2": 4, "7-9": 40})
    assert found == {22: 4, 23: 4, 0: 4, 1: 4, 7: 40, 8: 40}


@given(st.integers(0, 23), st.integers(1, 23))
def test_a_range_has_the_hours_between_its_ends(start: int, length: int) -> None:
    found = by_hour({f"{start}-{(start + length) % 24}": 3})
    assert sorted(found) == sorted((start + i) % 24 for i in range(length))


def test_the_whole_day() -> None:
    assert sorted(by_hour({"0-24": 3})) == list(range(24))
    assert sorted(by_hour({"22-24": 3})) == [22, 23]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"22-6": 4, "5-7": 9}, "'22-6' and '5-7' overlap: both say what holds at 5:00"),
        ({"7": 4}, "'7' is no range of hours"),
        ({"7-25": 4}, "a day has the hours 0 to 24"),
        ({"8-8": 4}, "'8-8' holds no hour"),
        ({"7:30-9": 4}, "expected from-to in whole hours"),
        ({"-1-4": 4}, "is no range of hours"),
    ],
)
def test_what_is_no_range_is_refused(values: dict[str, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        by_hour(values)
