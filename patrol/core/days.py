"""Ranges of days: between two dates, or of each year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

_LEAP_YEAR = (date(2024, 1, 1), date(2024, 12, 31))
_ROUND_DAYS = 8 * 366
"""Within eight years there is a 29th of February, even where a year like 2100 skips one."""


@dataclass(frozen=True, slots=True)
class Days:
    """A range of whole local days, both ends included: from 0:00 of the first to 24:00 of the last.

    Chinese notices write it so (`3月1日0时至6月30日24时`). A range of each year ends where it says: with
    `(2, 28)` a 29th of February is outside; `(2, 29)` ends with February, whatever the year.

    Attributes:
        first: (month, day) of a range that comes back each year, or a date.
        last: in the same form; a yearly range may run over New Year, `(11, 1)` to `(2, 29)`.

    Raises:
        ValueError: a date at one end and a day of each year at the other.
    """

    first: date | tuple[int, int]
    last: date | tuple[int, int]

    def __post_init__(self) -> None:
        if isinstance(self.first, date) is not isinstance(self.last, date):
            raise ValueError("a range of days has two dates, or two days of each year")

    def hold(self, day: date) -> bool:
        """Whether a local day lies in the range."""
        if isinstance(self.first, date) and isinstance(self.last, date):
            return self.first <= day <= self.last
        first, last, today = _month_day(self.first), _month_day(self.last), (day.month, day.day)
        return first <= today <= last if first <= last else today >= first or today <= last

    def meet(self, other: Days) -> bool:
        """Whether there is a day that lies in both ranges."""
        both = (self, other)
        first = max((each.first for each in both if isinstance(each.first, date)), default=_LEAP_YEAR[0])
        last = min((each.last for each in both if isinstance(each.last, date)), default=_LEAP_YEAR[1])
        days = range(min((last - first).days + 1, _ROUND_DAYS))
        return any(self.hold(day) and other.hold(day) for day in (first + timedelta(n) for n in days))


def _month_day(end: date | tuple[int, int]) -> tuple[int, int]:
    return (end.month, end.day) if isinstance(end, date) else end
