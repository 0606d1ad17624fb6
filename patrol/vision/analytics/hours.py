"""Thresholds by hour of the day: `{"22-6": 4, "7-9": 40}`. No plug-in."""

from __future__ import annotations

from collections.abc import Mapping

from patrol.core.hours import hours_of


def by_hour(values: Mapping[str, int]) -> dict[int, int]:
    """The value of each hour of the day (0 to 23) that a range of hours names.

    Args:
        values: ranges as of `patrol.core.hours`.

    Raises:
        ValueError: something else than such a range, one without hours, or two that overlap.
    """
    found: dict[int, int] = {}
    named: dict[int, str] = {}
    for words, value in values.items():
        for hour in hours_of(words):
            if hour in named:
                raise ValueError(
                    f"hours {named[hour]!r} and {words!r} overlap: both say what holds at {hour}:00"
                )
            named[hour], found[hour] = words, value
    return found
