"""A law's section as a law: days, hours, defaults."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from patrol.config.law import DaysConfig, LawConfig, NoticeConfig, days_of, end_of, law_of
from patrol.core.days import Days
from patrol.core.law import Law, Notice

NOTICE = Notice("county", "一人一竿", "示范县")


def law(**values: object) -> LawConfig:
    return LawConfig.model_validate({"notice": "county", "fishing": "leisure", **values})


@given(st.dates())
def test_a_date_is_read_as_it_is_written(day: date) -> None:
    assert end_of(day.isoformat()) == day


@given(st.dates(date(2024, 1, 1), date(2024, 12, 31)))
def test_a_day_of_each_year_is_read_as_it_is_written(day: date) -> None:
    assert end_of(f"{day:%m-%d}") == (day.month, day.day)


@pytest.mark.parametrize("words", ["02-30", "04-31", "13-01", "00-10", "01-00", "2023-02-29", "0000-01-01"])
def test_a_day_that_does_not_exist(words: str) -> None:
    with pytest.raises(ValueError, match=f"is the text '{words}', a day that does not exist"):
        end_of(words)


@pytest.mark.parametrize(
    "words", ["", "3-1", "2026/03/01", "2026-3-1", "０３-０１", "20260301", "03-01 ", "March"]
)
def test_what_is_no_day(words: str) -> None:
    with pytest.raises(ValueError, match="no day; expected a date as 2021-01-01, or 11-01 for each year"):
        end_of(words)


def test_ranges() -> None:
    assert days_of(DaysConfig(first="11-01", last="02-29")) == Days((11, 1), (2, 29))
    once = days_of(DaysConfig(first="2026-03-01", last="2026-03-01"))
    assert once == Days(date(2026, 3, 1), date(2026, 3, 1))


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (
            "2026-03-01",
            "06-30",
            "is 06-30, and `first` is 2026-03-01: one is a date and one a day of each year",
        ),
        ("03-01", "2026-06-30", "is 2026-06-30, and `first` is 03-01"),
        ("2026-03-02", "2026-03-01", "is 2026-03-01, before `first`, 2026-03-02"),
    ],
)
def test_ranges_that_are_none(first: str, last: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        days_of(DaysConfig(first=first, last=last))


def test_what_a_law_leaves_out_is_one_rod_from_the_bank_by_day_and_night_all_year() -> None:
    assert law_of(law(), NOTICE) == Law(NOTICE, "leisure", 1, "forbidden", frozenset(), ())


def test_a_law_with_everything() -> None:
    config = law(rods=2, boats="allowed", night="22-2", days=[{"first": "03-01", "last": "06-30"}])
    days = (Days((3, 1), (6, 30)),)
    assert law_of(config, NOTICE) == Law(NOTICE, "leisure", 2, "allowed", frozenset({22, 23, 0, 1}), days)


def test_a_notice_has_words_and_a_source() -> None:
    assert NoticeConfig(id="a", words=" 禁止垂钓\n", source=" 县 ").words == "禁止垂钓"
    for blank in ({"words": " \n", "source": "x"}, {"words": "x", "source": ""}):
        with pytest.raises(ValidationError):
            NoticeConfig.model_validate({"id": "a", **blank})
