"""Grades of traffic and their thresholds. No plug-in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


class Grade(IntEnum):
    """How traffic runs, in four grades."""

    FREE = 0
    SLOW = 1
    CONGESTED = 2
    SEVERE = 3

    @property
    def word(self) -> str:
        """As rules and observations say it: `free`, `slow`, `congested`, `severe`."""
        return self.name.lower()


SPEED_BANDS: Mapping[str, tuple[float, float, float]] = {
    "expressway": (50.0, 35.0, 20.0),
    "arterial": (30.0, 20.0, 15.0),
    "secondary": (25.0, 15.0, 10.0),
}
"""km/h at or below which traffic is slow, congested, severe, by class of road. The five bands that are in use
in published grading of urban traffic (free, basically free, light, moderate, severe), the first two taken as
free. GA/T 115-2020 is the standard in force; its figures could not be read, so no conformity is claimed."""

EASING = 0.1
"""How far beyond its threshold a measure has to be before the grade eases: hysteresis, so that a grade does
not flutter. A tenth is chosen, a guess: other values were not measured."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Thresholds of the grades where nothing is known in metres.

    Attributes:
        cover: covered share of the lane from which it is slow, congested, severe.
        stays: share of the lane covered by what stays put, from which it is slow, congested, severe.
    """

    cover: tuple[float, float, float]
    stays: tuple[float, float, float]

    def grade(self, cover: float, stays: float, before: Grade) -> Grade:
        """The grade of a covered share, and of the share that stays put, after the grade `before`."""
        found = Grade.FREE
        for grade, covered, staying in zip(list(Grade)[1:], self.cover, self.stays, strict=True):
            ease = 1 - EASING if before >= grade else 1.0
            if cover < covered * ease or stays < staying * ease:
                break
            found = grade
        return found


def by_speed(kmh: float, road: str, before: Grade) -> Grade:
    """The grade of a mean speed on a class of road, after the grade `before`."""
    bands = zip(list(Grade)[1:], SPEED_BANDS[road], strict=True)
    reached = [kmh <= bound * (1 + EASING if before >= grade else 1.0) for grade, bound in bands]
    return Grade(sum(reached))
