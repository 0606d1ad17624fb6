"""When people at work are expected in a zone: `{"mon-fri": "7-18"}`. No plug-in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from patrol.core.hours import hours_of

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Workers:
    """A schedule by weekday and hour, in the site's time zone.

    Args:
        schedule: weekdays, `mon` or `sat-sun`, with hours as of `patrol.core.hours`. Hours past midnight
            belong to the day on whose morning they lie.

    Raises:
        ValueError: what is no weekday, or no hours.
    """

    def __init__(self, schedule: Mapping[str, str]) -> None:
        self._expected = {
            (day, hour)
            for days, hours in schedule.items()
            for day in days_of(days)
            for hour in hours_of(hours)
        }

    def expected(self, local: datetime) -> bool:
        """Whether people at work are expected at a moment."""
        return (local.weekday(), local.hour) in self._expected


def days_of(words: str) -> tuple[int, ...]:
    """Weekdays of `mon` or `sat-mon`, Monday is 0, both ends included.

    Raises:
        ValueError: something else.
    """
    ends = words.strip().lower().split("-")
    if len(ends) > 2 or any(end not in DAYS for end in ends):
        raise ValueError(f"{words!r} is no weekday or range of them; expected such as 'mon' or 'mon-fri'")
    first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
    return tuple(day % 7 for day in range(first, last + 1 if last >= first else last + 8))
