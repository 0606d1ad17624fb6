"""Whole hours of the day: `22-6`."""

from __future__ import annotations

import re

_RANGE = re.compile(r"([0-9]{1,2})-([0-9]{1,2})")


def hours_of(words: str) -> tuple[int, ...]:
    """The hours of the day (0 to 23) of a range, in order.

    Args:
        words: `from-to`, whole hours from 0 to 24, `to` not included; `22-6` runs over midnight, `0-24` is
            the whole day.

    Raises:
        ValueError: something else than such a range, or one without hours.
    """
    matched = _RANGE.fullmatch(words.strip())
    if matched is None:
        raise ValueError(f"{words!r} is no range of hours; expected from-to in whole hours, like '22-6'")
    start, end = int(matched[1]), int(matched[2])
    if start > 24 or end > 24:
        raise ValueError(f"{words!r} is no range of hours; a day has the hours 0 to 24")
    if start % 24 == end % 24 and (start, end) != (0, 24):
        raise ValueError(f"{words!r} holds no hour; the whole day is '0-24'")
    return tuple(hour % 24 for hour in range(start, end if end > start else end + 24))
