"""Fishing: people, or small boats with people in them, who stay where the law of the place forbids to fish.

A ladder: who is there; how long, in shares of looks, at one place; gear, by second looks at a crop; the hour;
the law. Never a single picture: published detectors of anglers miss more than half of them in one
(docs/design/fishing.md). The rule's own `for_s` comes after the dwell, and is short.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from patrol.core.detections import Look
from patrol.core.errors import ConfigError
from patrol.core.feasibility import Needs
from patrol.core.law import Clause, Ruling
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place, Uses
from patrol.core.protocols import Analytic
from patrol.core.sight import Light, Reason
from patrol.core.spots import FEW, STILL, Spot, Spots
from patrol.vision.analytics.counting import unknown_classes
from patrol.vision.analytics.fishing_gear import Member, Party, SecondLooks, dark, parties
from patrol.vision.analytics.fishing_ladder import BUILDING, Rung, climb, may_be_forbidden
from patrol.vision.analytics.fishing_scene import Scenes
from patrol.vision.analytics.fishing_subjects import subjects
from patrol.vision.analytics.fishing_workers import Workers
from patrol.vision.analytics.needs import PERSON

KIND = "fishing"
CLASSES = ("person", "boat")
UNIT = "persons"
TIMING = {"for_s": 10.0, "clear_s": 60.0, "share": 0.6}
"""Chosen: the dwell is measured here, so `for_s` only keeps a single look from raising anything; with it an
angler is raised `stay_s` + 10 s after the first sighting. Who packs up and comes back within two minutes or
so is the same incident."""
LIGHT = Light(mean=25.0, over_noise=12.0)
"""As for `gathering`, by the part `people` of benchmarks/night.py: the clip of the angler has too few looks
for a level of its own. Rods go at 16 to 22, long before the man: by night none is looked for
(`rods-by-night`)."""
GAP_S = 120.0
"""Seconds over which nobody at a place means that he has gone. Chosen: with every second look seen, and half
of the looks missing, there are 30 of them; see `patrol.core.spots.FEW`."""
GAP_SHARE = 0.4
"""Of the dwell, where that is shorter. Chosen: as 120 s are of the default."""
GAP_LOOKS = 10
"""Looks that are to fit into `GAP_S`, where the dwell is long enough for them. Chosen: with a look each 60 s
three would, and with a detector that finds every second all three miss in one of eight cases."""
FOUND_S = 60.0
"""Somebody who is seen so soon after the rule began to watch may have stayed for long: it began anew, or the
dome came back. Chosen: `clear_s`; later an incident that was open has ended anyway."""
LOOK_FROM = 1 / 3
"""Part of the dwell after which second looks begin. Chosen: twenty looks by default before it is over."""
REMEMBERED = 1.0
"""Part of the dwell that second looks are remembered for. Chosen: thirty by default; rods are put elsewhere
now and then."""
LEAST_CLOSER = 6.0
"""Second looks that must fit into a dwell: four after `LOOK_FROM`, and three say something."""
NEAR, DRIFT_PER_S, FAR = 0.3, 0.15, 3.0
"""How far a boat is followed, in its own lengths: 0.3 as boxes jitter, 0.15 for each second (a boat of 5 m
with 0.75 m/s: wind and a slow stream; a kayak makes 1.5 m/s and more), at most 3. Chosen."""
RANK = (Presence.PRESENT, Presence.CANNOT_TELL, Presence.BETWEEN, Presence.ABSENT)


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of the rule.

    Attributes:
        stay_s: seconds that people have to stay at one place.
        share: of the looks in this time that have to show somebody there. 0.3: a detector that finds an
            angler in every second look finds him, of 75 looks (300 s, a look every 2 s, half of them
            missing), in 38 on average, and in fewer than 23 with a probability of 0.0003 (binomial).
        reach: how far about somebody is at the same place, in heights of the own box.
        drift_s: seconds that a small boat with people in it has to stay in the zone, drifting or not.
        second_look: how gear is looked for: one of `second_looks`; none: it is not.
        closer_every_s: seconds between second looks at the same people.
        workers: when people at work are expected here, who count only with gear: `{"mon-fri": "7-18"}`.
        score: needed to be raised; see docs/design/fishing.md.
    """

    stay_s: float = 300.0
    share: float = 0.3
    reach: float = 1.0
    drift_s: float = 900.0
    second_look: str | None = "lines"
    closer_every_s: float = 10.0
    workers: Mapping[str, str] = field(default_factory=dict)
    score: float = 0.5

    def __post_init__(self) -> None:
        for name, value in (("stay_s", self.stay_s), ("drift_s", self.drift_s)):
            if not 10 <= value <= 7200:
                raise ValueError(f"{name} must lie between 10 and 7200 seconds, is {value:g}")
        if not 0.05 <= self.share <= 1:
            raise ValueError(f"share must lie between 0.05 and 1, is {self.share:g}")
        if not 0.2 <= self.reach <= 3:
            raise ValueError(f"reach must lie between 0.2 and 3 heights of a person, is {self.reach:g}")
        if not 0.1 <= self.score <= 1:
            raise ValueError(f"score must lie between 0.1 and 1, is {self.score:g}")
        most = min(self.stay_s, self.drift_s) / LEAST_CLOSER
        if self.second_look and not 0 < self.closer_every_s <= most:
            raise ValueError(
                f"closer_every_s must lie above 0 and be at most {most:g}, a sixth of the dwell, is "
                f"{self.closer_every_s:g}: gear has to be looked for several times before the dwell is over"
            )
        Workers(self.workers)


class Fishing:
    """An analytic: who stays in one zone, and whether that is forbidden fishing."""

    def __init__(self, params: Params, place: Place) -> None:
        self._params = params
        self._place = place
        self._time_zone = ZoneInfo(place.time_zone)
        self._workers = Workers(params.workers)
        self._scenes = Scenes()
        self._people = Spots(params.stay_s, params.share, params.reach, _gap(params.stay_s, place))
        self._boats = Spots(params.drift_s, params.share, _drifted, _gap(params.drift_s, place))
        closer = place.means.second_looks.get(params.second_look) if params.second_look else None
        window = REMEMBERED * params.stay_s
        self._gear: dict[tuple[bool, int], float] = {}
        self._closer = SecondLooks(closer, params.closer_every_s, window, place.ground)

    def observe(self, look: Look) -> Observation:
        """Judge one look.

        Cannot tell without a class for people, in a blind look, and where somebody stays, the law lets it
        depend on gear, and gear cannot be seen.
        """
        found = subjects(look, self._place, self._followed())
        if found is None:
            return unknown_classes(("person",), UNIT)
        here = self._scenes.place(look) if look.blind is None else None
        if here is None:
            reason = look.blind or Reason("flat")
            return Observation(Presence.CANNOT_TELL, 0.0, UNIT, 0.0, reason=reason)
        aspect = look.width / max(1, look.height)
        self._people.note(look.arrived, found.people, aspect, here)
        self._boats.note(look.arrived, found.boats, aspect, here)
        groups = parties(self._members(), look)
        self._closer.step(look, groups)
        rungs = [(self._rung(look, party), party) for party in groups]
        rungs.sort(key=lambda pair: (RANK.index(pair[0].presence), -pair[0].score))
        return self._said(rungs, holds=self._holds(look.at.astimezone(self._time_zone)))

    def _followed(self) -> list[tuple[float, float, float, float]]:
        return [spot.box for spot in self._boats.spots() if spot.aboard > 0]

    def _members(self) -> list[Member]:
        """Spots that have stayed long enough to be looked at closer."""
        p = self._params
        people = [Member(s, False, s.dwell_s / p.stay_s) for s in self._people.spots() if s.still >= STILL]
        boats = [Member(s, True, s.dwell_s / p.drift_s) for s in self._boats.spots() if s.aboard >= p.share]
        return [one for one in (*people, *boats) if one.ratio >= LOOK_FROM and one.spot.share >= p.share]

    def _holds(self, local: datetime) -> bool:
        """Whether somebody is there for whom nothing is raised, and who keeps open what is.

        That is who stays and is seen too seldom now, and who may have stayed since before this rule began.
        """
        p = self._params
        for spots, dwell_s, boat in ((self._people, p.stay_s, False), (self._boats, p.drift_s, True)):
            for one in spots.spots():
                stays = min(one.share, one.aboard if boat else 1.0) >= FEW * p.share and one.still >= STILL
                since_s = one.dwell_s + one.unseen_s
                early = spots.watched_s - since_s <= FOUND_S and one.dwell_s < BUILDING * dwell_s
                seldom = one.dwell_s >= dwell_s and one.share < p.share
                if stays and (early or seldom) and may_be_forbidden(self._place, local, boat=boat):
                    return True
        return False

    def _rung(self, look: Look, party: Party) -> Rung:
        local = look.at.astimezone(self._time_zone)
        rung = climb(
            party,
            self._closer.known(party),
            self._place,
            local,
            dark=dark(look),
            working=self._workers.expected(local),
            needed=self._params.score,
        )
        return self._lasting(rung, party, look.arrived)

    def _lasting(self, rung: Rung, party: Party, now: float) -> Rung:
        """A second rod that is seen, lost and seen again is one incident: it lasts as long as the dwell."""
        self._gear = {key: at for key, at in self._gear.items() if 0 <= now - at < self._params.stay_s}
        if rung.presence is Presence.PRESENT and rung.judgement.clause in (Clause.RODS, Clause.NETS):
            self._gear |= {member.key: now for member in party}
        elif rung.presence is Presence.ABSENT and any(member.key in self._gear for member in party):
            return replace(rung, presence=Presence.BETWEEN)
        return rung

    def _said(self, rungs: list[tuple[Rung, Party]], *, holds: bool) -> Observation:
        if not rungs or (holds and rungs[0][0].presence is Presence.ABSENT):
            presence = Presence.BETWEEN if holds else Presence.ABSENT
            return Observation(presence, 0.0, UNIT, 0.0, parts=_nobody(self._people.spots()))
        rung, party = rungs[0]
        told = [one for r, one in rungs if r.presence is rung.presence]
        people = sum(member.spot.people for one in told for member in one)
        boxes = np.asarray([member.spot.box for one in told for member in one], np.float32)
        return Observation(
            rung.presence,
            float(people),
            UNIT,
            rung.score,
            np.clip(boxes, 0.0, 1.0).astype(np.float32),
            _parts(rung, party),
            rung.reason,
        )


def build(params: Params, place: Place) -> Analytic:
    """The analytic for one zone of one camera.

    Raises:
        ConfigError: the zone has no law: whatever was raised would rest on nothing.
    """
    if not place.laws:
        raise ConfigError(
            f"a rule for fishing watches the zone {place.zone.id!r}, which has no `laws`: nothing says what "
            "is forbidden there; expected one at least, with the notice that it rests on"
        )
    return Fishing(params, place)


def needs(params: Params) -> Needs:
    """What the camera has to show of the zone: people. Where it shows no rods, that is said, not refused."""
    del params
    return PERSON


def uses(params: Params) -> Uses:
    """What it looks closer with."""
    return Uses(second_looks=(params.second_look,) if params.second_look else ())


def _gap(dwell_s: float, place: Place) -> float:
    return min(GAP_SHARE * dwell_s, max(GAP_S, GAP_LOOKS * place.look_every_s))


def _drifted(seconds: float) -> float:
    return min(FAR, NEAR + DRIFT_PER_S * seconds)


def _nobody(spots: tuple[Spot, ...]) -> dict[str, float | int | str]:
    """What is said before anybody has stayed long."""
    return {"people": 0, "longest_s": round(max((spot.dwell_s for spot in spots), default=0.0))}


def _parts(rung: Rung, party: Party) -> dict[str, float | int | str]:
    longest = max(party, key=lambda member: member.ratio).spot
    known, judgement, notice = rung.known, rung.judgement, rung.judgement.notice
    unseen = known.unknown.code if known.unknown else ""
    parts: dict[str, float | int | str] = {
        "people": sum(member.spot.people for member in party),
        "share": round(longest.share, 2),
        "dwell_s": round(longest.dwell_s),
        "rods": "cannot see" if known.rods is None else known.rods,
        **({"rods_unsure": known.maybe} if known.maybe else {}),
        "nets": "cannot see" if known.nets is None else known.nets,
        **({"cannot_see": unseen} if unseen else {}),
        "night": "yes" if rung.after_dark else "no",
        **({"workers": "expected"} if rung.working else {}),
        "law": judgement.ruling.value,
        **({"clause": judgement.clause.value} if judgement.clause else {}),
        "score_staying": round(rung.staying, 2),
        "score_gear": round(rung.gear, 2),
        "score_night": round(rung.night, 2),
        "score_law": rung.law,
    }
    if notice is not None and judgement.ruling is not Ruling.ALLOWED:
        parts |= {"notice": notice.id, "words": notice.words, "source": notice.source}
    return parts
