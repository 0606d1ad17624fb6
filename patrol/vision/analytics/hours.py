"""Thresholds by hour of the day: `{"22-6": 4, "7-9": 40}`. No plug-in."""

from __future__ import annotations

import re
from collections.abc import Mapping

_RANGE = re.compile(r"(\d{1,2})-(\d{1,2})")


def by_hour(values: Mapping[str, int]) -> dict[int, int]:
    """The value of each hour of the day (0 to 23) that a range of hours names.

    Args:
        values: `from-to`, whole hours from 0 to 24, `to` not included; `22-6` runs over midnight.

    Raises:
        ValueError: something else than such a range, one without hours, or two that overlap.
    """
    found: dict[int, int] = {}
    named: dict[int, str] = {}
    for words, value in values.items():
        for hour in _hours(words):
            if hour in named:
                raise ValueError(
                    f"hours {named[hour]!r} and {words!r} overlap: both say what holds at {hour}:00"
                )
            named[hour], found[hour] = words, value
    return found


def _hours(words: str) -> list[int]:
    matched = _RANGE.fullmatch(words.strip())
    if matched is None:
        raise ValueError(f"{words!r} is no range of hours; expected from-to in whole hours, like '22-6'")
    start, end = int(matched[1]), int(matched[2])
    if start > 24 or end > 24:
        raise ValueError(f"{words!r} is no range of hours; a day has the hours 0 to 24")
    if start % 24 == end % 24 and (start, end) != (0, 24):
        raise ValueError(f"{words!r} holds no hour; the whole day is '0-24'")
    return [hour % 24 for hour in range(start, end if end > start else end + 24)]
