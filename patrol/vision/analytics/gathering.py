"""Gathering: a number of people in a zone, or more; by hour of the day, how fast they come, and for how long.

Right for tens of people, useless for hundreds (docs/guide/tune-a-rule.md): density is another analytic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from patrol.core.detections import Look
from patrol.core.feasibility import Needs
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place
from patrol.core.protocols import Analytic
from patrol.core.sight import Light
from patrol.vision.analytics.counting import Level, in_zone, mean_score, unknown_classes
from patrol.vision.analytics.hours import by_hour
from patrol.vision.analytics.needs import PERSON
from patrol.vision.analytics.trend import Trend

KIND = "gathering"
CLASSES = ("person",)
UNIT = "persons"
LIGHT = Light(mean=25.0, over_noise=12.0)
"""Above both, YOLOX-nano finds nine tenths of the people that it finds by day, on PETS09-S2L1 and TUD-Campus,
whether the amplifier makes up for the light or not, and under an infrared lamp; at 11 TUD has lost a third
(`people` of benchmarks/night.py; docs/design/night.md). A model of the night, no footage of one."""
SMOOTH_S = 2.0
"""On PETS09-S2L1 with YOLOX-nano at 384 x 640, threshold 0.35, 3.5 looks a second: mean absolute error of
the count 0.70 in single looks, 0.65 by the median of 2 s (7 looks), 0.83 of 4 s and 1.17 of 10 s, because
people come and go (`pets-yolox-0.35-*` of benchmarks/counting.py; one scene). At a look every 2 s this is the
look itself."""
UNSEEN_S = 60.0
"""A gathering that nobody looked at for so long has lasted since it was seen again: about the longest that a
camera takes to reconnect."""


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of the rule.

    Attributes:
        min_count: people at or above which it is a gathering.
        release_count: people below which it is none any more; default: a fifth less than `min_count`.
        by_hour: another `min_count` for hours of the day, in the site's time zone: `{"22-6": 4}`; people
            below which it ends are then a fifth less.
        smooth_s: the count is the median of the looks of so many seconds.
    """

    min_count: int = 5
    release_count: int | None = None
    by_hour: Mapping[str, int] = field(default_factory=dict)
    smooth_s: float = SMOOTH_S

    def __post_init__(self) -> None:
        _levels(self)
        if not 0 <= self.smooth_s <= 600:
            raise ValueError(f"smooth_s must lie between 0 and 600 seconds, is {self.smooth_s:g}")


class Gathering:
    """An analytic: how many people stand in the zone."""

    def __init__(self, params: Params, place: Place) -> None:
        self._place = place
        self._level, self._by_hour = _levels(params)
        self._time_zone = ZoneInfo(place.time_zone)
        self._trend = Trend(params.smooth_s)
        self._scene: int | None = None
        self._since: float | None = None
        self._looked_at = 0.0

    def observe(self, look: Look) -> Observation:
        """Count one look. A detector that knows no persons cannot tell."""
        people = in_zone(look, CLASSES, self._place)
        if people is None:
            return unknown_classes(CLASSES, UNIT)
        if look.scene != self._scene:
            self._trend.clear()
            self._scene, self._since = look.scene, None
        count = self._trend.step(look.arrived, len(people))
        level = self._level_at(look.at)
        presence = level.presence(count)
        parts: dict[str, float | int | str] = {
            "count": _plain(count),
            "raw": len(people),
            "begins_at": level.begin,
            "ends_below": level.release,
            "lasted_s": round(self._lasted(look.arrived, presence), 1),
            "mean_score": round(mean_score(people), 3),
        }
        growth = self._trend.growth_per_min()
        if growth is not None:
            parts["growth_per_min"] = round(growth, 2)
        return Observation(presence, count, UNIT, mean_score(people), people.boxes, parts)

    def _level_at(self, at: datetime) -> Level:
        return self._by_hour.get(at.astimezone(self._time_zone).hour, self._level)

    def _lasted(self, arrived: float, presence: Presence) -> float:
        """Seconds since which it has been present, or between."""
        unseen = arrived - self._looked_at > UNSEEN_S
        self._looked_at = arrived
        if presence is Presence.ABSENT or unseen:
            self._since = None
        if presence is Presence.PRESENT and self._since is None:
            self._since = arrived
        return 0.0 if self._since is None else arrived - self._since


def build(params: Params, place: Place) -> Analytic:
    """The analytic for one zone of one camera."""
    return Gathering(params, place)


def needs(params: Params) -> Needs:
    """What the camera has to show of the zone."""
    del params
    return PERSON


def _levels(params: Params) -> tuple[Level, dict[int, Level]]:
    """The level that holds, and those of hours that have their own.

    Raises:
        ValueError: counts that contradict each other, hours that are none, or that overlap.
    """
    hours = {hour: Level.of(count, None) for hour, count in by_hour(params.by_hour).items()}
    return Level.of(params.min_count, params.release_count), hours


def _plain(count: float) -> float | int:
    return int(count) if count == int(count) else round(count, 1)
