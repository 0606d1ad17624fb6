"""Notices, and the law of a zone that rests on one."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from patrol.config.section import Id, Section
from patrol.core.days import Days
from patrol.core.hours import hours_of
from patrol.core.law import Law, Notice

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR_DAY = re.compile(r"([0-9]{2})-([0-9]{2})")
_LEAP_YEAR = 2024
Day = Annotated[str, Field(json_schema_extra={"pattern": r"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$"})]
"""A date, or a day of each year; what it says is read by `end_of`, whose words are for people."""


class NoticeConfig(Section):
    """A published notice; laws of any camera's zones may rest on it."""

    id: Id
    """What laws name."""
    words: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    """As published: what an operator, and a unit that is alerted, reads. What no camera sees (lines, hooks,
    bait, the sale of the catch) stands here and nowhere else."""
    source: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
    """Who published it, under which number, and when."""


class DaysConfig(Section):
    """A range of whole days, both ends included."""

    first: Day
    """`2021-01-01`, or `11-01` for each year. From 0:00 on."""
    last: Day
    """In the same form; until 24:00. A range of each year may run over New Year; `02-29` is the end of
    February in any year."""


class LawConfig(Section):
    """What is allowed in a zone. Several may be in force at once; what one forbids is forbidden."""

    notice: Id
    """One of `notices`."""
    fishing: Literal["forbidden", "leisure"]
    """`forbidden`: nobody may fish; `leisure`: with so many rods each, without nets."""
    rods: Annotated[int, Field(ge=1, le=10)] | None = None
    """Rods that a person may have; only with `leisure`. None: 1."""
    boats: Literal["forbidden", "allowed"] | None = None
    """Whether fishing from boats and rafts is allowed; only with `leisure`. None: forbidden."""
    night: str | None = None
    """Whole hours in the site's time zone in which nobody may fish, such as `20-6`; only with `leisure`."""
    days: tuple[DaysConfig, ...] = ()
    """When it is in force. None: always."""


def end_of(words: str) -> date | tuple[int, int]:
    """One end of a range of days.

    Args:
        words: `2021-01-01`, or `11-01`: month and day of each year.

    Raises:
        ValueError: something else, or a day that does not exist.
    """
    yearly = _YEAR_DAY.fullmatch(words)
    if yearly is None and not _DATE.fullmatch(words):
        raise ValueError(
            f"is the text {words[:40]!r}, no day; expected a date as 2021-01-01, or 11-01 for each year"
        )
    try:
        return date.fromisoformat(words) if yearly is None else _year_day(int(yearly[1]), int(yearly[2]))
    except ValueError:
        raise ValueError(
            f"is the text {words!r}, a day that does not exist; expected one that does"
        ) from None


def days_of(config: DaysConfig) -> Days:
    """A range of days.

    Raises:
        ValueError: its ends are no days, of two forms, or dates of which the last lies before the first.
    """
    first, last = end_of(config.first), end_of(config.last)
    if isinstance(first, date) is not isinstance(last, date):
        raise ValueError(
            f"is {config.last}, and `first` is {config.first}: one is a date and one a day of each year; "
            f"expected two of one form"
        )
    if isinstance(first, date) and isinstance(last, date) and last < first:
        raise ValueError(
            f"is {config.last}, before `first`, {config.first}; expected a later day (only a range of each "
            f"year, as 11-01 to 02-29, runs over New Year)"
        )
    return Days(first, last)


def law_of(config: LawConfig, notice: Notice) -> Law:
    """A law with its defaults.

    Args:
        config: as loading has let it pass.
        notice: the one that it names.

    Raises:
        ValueError: its days or hours are none.
    """
    return Law(
        notice,
        config.fishing,
        rods=1 if config.rods is None else config.rods,
        boats=config.boats or "forbidden",
        night=frozenset(hours_of(config.night)) if config.night is not None else frozenset(),
        days=tuple(days_of(each) for each in config.days),
    )


def _year_day(month: int, day: int) -> tuple[int, int]:
    found = date(_LEAP_YEAR, month, day)
    return found.month, found.day
