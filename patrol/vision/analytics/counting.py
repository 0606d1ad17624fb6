"""Counting objects of some classes in a zone, with hysteresis. Shared by plug-ins; no plug-in itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from patrol.core.detections import Detections, Look
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place
from patrol.core.sight import Reason


@dataclass(frozen=True, slots=True)
class Level:
    """Counts at which a condition begins and below which it has gone.

    Attributes:
        begin: present at or above it.
        release: absent below it; in between, what was stays.
    """

    begin: int
    release: int

    @staticmethod
    def of(min_count: int, release_count: int | None) -> Level:
        """A level from a rule's parameters; without `release_count`, a fifth below, at least one.

        Chosen: a fifth, one at least, is more than the count error of the default detector on a handful of
        people (mean absolute error 0.7 of 3 to 8 on PETS09-S2L1, single looks: `pets-yolox-0.35` of
        benchmarks/counting.py), so that one missed person ends nothing.

        Raises:
            ValueError: the two contradict each other.
        """
        if min_count < 1:
            raise ValueError(f"min_count must be at least 1, is {min_count}")
        release = min_count - max(1, min_count // 5) if release_count is None else release_count
        if not 0 <= release <= min_count:
            raise ValueError(f"release_count must lie between 0 and min_count ({min_count}), is {release}")
        return Level(min_count, max(release, 1))

    def presence(self, count: float) -> Presence:
        """What a count says."""
        if count >= self.begin:
            return Presence.PRESENT
        return Presence.BETWEEN if count >= self.release else Presence.ABSENT


class CountInZone:
    """An analytic: how many objects of these classes stand in the zone."""

    def __init__(self, classes: tuple[str, ...], unit: str, level: Level, place: Place) -> None:
        self._classes = classes
        self._unit = unit
        self._level = level
        self._place = place

    def observe(self, look: Look) -> Observation:
        """Count one look. A detector that knows none of the classes cannot tell."""
        counted = in_zone(look, self._classes, self._place)
        if counted is None:
            return unknown_classes(self._classes, self._unit)
        count = len(counted)
        score = mean_score(counted)
        parts = {
            "count": count,
            "begins_at": self._level.begin,
            "ends_below": self._level.release,
            "mean_score": round(score, 3),
        }
        presence = self._level.presence(count)
        return Observation(presence, float(count), self._unit, score, counted.boxes, parts)


def in_zone(look: Look, classes: tuple[str, ...], place: Place) -> Detections | None:
    """Those of these classes that stand in the place; None where the detector knows none of the classes."""
    seen = look.detections
    if not set(classes) & set(seen.labels):
        return None
    found = seen.of(*classes)
    return found.where(place.holds(found.boxes))


def unknown_classes(classes: tuple[str, ...], unit: str) -> Observation:
    """What an analytic says where the detector knows none of its classes."""
    why = Reason("no-class", {"classes": ", ".join(classes)})
    return Observation(Presence.CANNOT_TELL, 0.0, unit, 0.0, reason=why)


def mean_score(found: Detections) -> float:
    """Mean of the scores; 0 where nothing was found."""
    return float(np.mean(found.scores)) if len(found) else 0.0
