"""Ranges of days: of each year over New Year, with a 29th of February, and between dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from patrol.core.days import Days

LEAP = [date(2024, 1, 1) + timedelta(n) for n in range(366)]
MONTH_DAYS = [(day.month, day.day) for day in LEAP]
dates = st.dates(date(2015, 1, 1), date(2035, 12, 31))
yearly = st.builds(Days, st.sampled_from(MONTH_DAYS), st.sampled_from(MONTH_DAYS))
dated = st.builds(lambda first, length: Days(first, first + timedelta(length)), dates, st.integers(0, 4000))
ranges = yearly | dated


def other_days(days: Days) -> Days:
    """The range of each year that holds all days which this one does not."""
    first, last = days.first, days.last
    assert isinstance(first, tuple)
    assert isinstance(last, tuple)
    after = MONTH_DAYS[(MONTH_DAYS.index(last) + 1) % 366]
    before = MONTH_DAYS[MONTH_DAYS.index(first) - 1]
    return Days(after, before)


def is_whole_year(days: Days) -> bool:
    return all(days.hold(day) for day in LEAP)


@given(yearly, dates)
@example(Days((11, 1), (2, 28)), date(2024, 2, 29))
@example(Days((11, 1), (2, 29)), date(2024, 2, 29))
@example(Days((11, 1), (2, 29)), date(2023, 2, 28))
def test_a_day_lies_in_a_range_of_each_year_or_in_what_is_left(days: Days, day: date) -> None:
    if not is_whole_year(days):
        assert days.hold(day) is not other_days(days).hold(day)


@given(yearly)
def test_what_is_left_of_what_is_left_is_the_range(days: Days) -> None:
    if not is_whole_year(days):
        assert other_days(other_days(days)) == days


@given(yearly, dates)
def test_a_range_of_each_year_is_the_same_each_year(days: Days, day: date) -> None:
    if (day.month, day.day) != (2, 29):
        assert days.hold(day) is days.hold(day.replace(year=2024))


@given(ranges)
def test_both_ends_are_in_the_range(days: Days) -> None:
    for end in (days.first, days.last):
        assert days.hold(end if isinstance(end, date) else date(2024, *end))


@pytest.mark.parametrize(
    ("day", "over_new_year"),
    [
        (date(2025, 10, 31), False),
        (date(2025, 11, 1), True),
        (date(2025, 12, 31), True),
        (date(2026, 1, 1), True),
        (date(2026, 2, 28), True),
        (date(2026, 3, 1), False),
        (date(2026, 7, 1), False),
    ],
)
def test_over_new_year(day: date, over_new_year: bool) -> None:
    assert Days((11, 1), (2, 28)).hold(day) is over_new_year
    assert Days((11, 1), (2, 29)).hold(day) is over_new_year


def test_the_29th_of_february_lies_where_the_words_say() -> None:
    leap_day = date(2024, 2, 29)
    assert not Days((11, 1), (2, 28)).hold(leap_day)
    assert Days((11, 1), (2, 29)).hold(leap_day)
    assert Days((2, 29), (3, 1)).hold(leap_day)
    assert not Days((2, 29), (3, 1)).hold(date(2023, 2, 28))
    assert Days((2, 29), (3, 1)).hold(date(2023, 3, 1))
    only = Days((2, 29), (2, 29))
    assert [day for day in LEAP if only.hold(day)] == [leap_day]
    assert not any(only.hold(date(2023, 1, 1) + timedelta(n)) for n in range(365))


def test_a_range_between_dates_comes_once() -> None:
    days = Days(date(2021, 1, 1), date(2030, 12, 31))
    held = (date(2020, 12, 31), date(2021, 1, 1), date(2030, 12, 31), date(2031, 1, 1))
    assert [days.hold(day) for day in held] == [False, True, True, False]


@pytest.mark.parametrize(("first", "last"), [(date(2021, 1, 1), (3, 1)), ((3, 1), date(2021, 1, 1))])
def test_two_forms_make_no_range(first: date | tuple[int, int], last: date | tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="two dates, or two days of each year"):
        Days(first, last)


@given(ranges, ranges)
def test_meeting_goes_both_ways(one: Days, other: Days) -> None:
    assert one.meet(other) is other.meet(one)


@given(ranges, ranges, dates)
def test_what_has_a_day_in_common_meets(one: Days, other: Days, day: date) -> None:
    if one.hold(day) and other.hold(day):
        assert one.meet(other)


@given(yearly)
def test_a_range_does_not_meet_what_is_left(days: Days) -> None:
    assert days.meet(days)
    if not is_whole_year(days):
        assert not days.meet(other_days(days))


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (Days(date(2021, 1, 1), date(2021, 12, 31)), Days(date(2022, 1, 1), date(2022, 2, 1)), False),
        (Days(date(2021, 1, 1), date(2022, 1, 1)), Days(date(2022, 1, 1), date(2022, 2, 1)), True),
        (Days(date(2000, 1, 1), date(2030, 1, 1)), Days(date(2029, 1, 1), date(2040, 1, 1)), True),
        (Days((2, 29), (2, 29)), Days(date(2025, 1, 1), date(2027, 12, 31)), False),
        (Days((2, 29), (2, 29)), Days(date(2097, 1, 1), date(2104, 3, 1)), True),
        (Days((11, 1), (2, 1)), Days(date(2026, 1, 1), date(2026, 1, 2)), True),
        (Days((11, 1), (2, 1)), Days(date(2026, 3, 1), date(2026, 10, 31)), False),
    ],
)
def test_ranges_that_meet(one: Days, other: Days, together: bool) -> None:
    assert one.meet(other) is together
