"""The last steps of the ladder: what staying, gear, hour and law come to for one party. No plug-in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from patrol.core.law import Finding, Judgement, Ruling, judge
from patrol.core.observation import Presence
from patrol.core.place import Place
from patrol.core.sight import Reason
from patrol.vision.analytics.fishing_gear import UNLOOKED, Known, Party

TWICE = 2.0
"""Times the dwell after which staying alone makes the full score: people sit on banks without fishing, and
rods are missed by second looks. Chosen."""
GEAR = 0.5
"""Weight of gear where it could be seen; staying has the rest. Chosen, so that with a score of 0.5 needed,
sure gear (0.5 and more) raises after the dwell, and no gear at all after twice of it."""
NIGHT = 0.1
"""What the night adds: nobody strolls in the dark. Chosen: with no gear seen it saves a tenth of the wait."""
BUILDING = 1 / 3
"""Share of the dwell from which on it builds up, and keeps what was raised before. Chosen: who has moved
along the bank gets there before the incident that is open ends: his old place is over after 84 s or more (two
minutes, half of the sightings), then it takes `clear_s`, and 100 s are a third of the dwell."""
WEIGHT = {Ruling.FORBIDDEN: 1.0, Ruling.CANNOT_SAY: 0.5, Ruling.ALLOWED: 0.0}
"""What the law lets of the score: nothing of what is allowed, half where it cannot say. Chosen."""


@dataclass(frozen=True, slots=True)
class Rung:
    """How far up the ladder one party is.

    Attributes:
        presence: what it comes to.
        score: 0..1: (staying + gear + night) x law.
        staying, gear, night, law: its parts.
        judgement: what the law says.
        known: its gear.
        after_dark: whether it is night by the picture, or by the law's hours.
        working: whether people at work are expected now, and nothing says that these are none.
        reason: why it cannot tell.
    """

    presence: Presence
    score: float
    staying: float
    gear: float
    night: float
    law: float
    judgement: Judgement
    known: Known
    after_dark: bool
    working: bool
    reason: Reason | None


def climb(
    party: Party, known: Known, place: Place, local: datetime, *, dark: bool, working: bool, needed: float
) -> Rung:
    """Judge one party.

    Args:
        party: who.
        known: their gear.
        place: whose laws hold.
        local: the moment, in the site's time zone.
        dark: whether the picture is dark.
        working: whether people at work are expected at this hour.
        needed: least score.
    """
    people = sum(member.spot.people for member in party)
    judgement = _judged(people, known, place, local, boat=party[0].boat)
    after_dark = dark or any(local.hour in law.night for law in place.laws if law.in_force(local.date()))
    ratio = max(member.ratio for member in party)
    staying, gear = _parts(ratio, known)
    night = NIGHT if after_dark else 0.0
    law = WEIGHT[judgement.ruling]
    score = min(1.0, staying + gear + night) * law
    at_work = working and not known.rods and not known.nets
    presence, reason = _presence(ratio, judgement, known, enough=score >= needed, at_work=at_work)
    return Rung(presence, score, staying, gear, night, law, judgement, known, after_dark, at_work, reason)


def may_be_forbidden(place: Place, local: datetime, *, boat: bool) -> bool:
    """Whether the law forbids, or may forbid, that somebody fishes here of whose gear nothing is known."""
    return judge(place.laws, Finding(1, from_boat=boat), local).ruling is not Ruling.ALLOWED


def _judged(people: int, known: Known, place: Place, local: datetime, *, boat: bool) -> Judgement:
    """What the law says; it cannot where rods that may be some would break it."""
    said = judge(place.laws, Finding(people, known.rods, known.nets, boat, known.unknown), local)
    if said.ruling is Ruling.ALLOWED and known.rods is not None and known.maybe:
        most = judge(place.laws, Finding(people, known.rods + known.maybe, known.nets, boat), local)
        if most.ruling is Ruling.FORBIDDEN:
            why = Reason("rods-unsure", {"rods": known.rods, "maybe": known.maybe})
            return replace(most, ruling=Ruling.CANNOT_SAY, why=why)
    return said


def _parts(ratio: float, known: Known) -> tuple[float, float]:
    """What staying and gear give. Where gear cannot be seen at all, nothing more can be known by waiting."""
    stays = min(1.0, ratio / TWICE)
    if known.unknown is not None and known.unknown.code != UNLOOKED:
        return stays, 0.0
    return (1.0 - GEAR) * stays, GEAR * known.confidence


def _presence(
    ratio: float, judgement: Judgement, known: Known, *, enough: bool, at_work: bool
) -> tuple[Presence, Reason | None]:
    ruling = judgement.ruling
    if ruling is Ruling.ALLOWED or (at_work and known.unknown is None):
        return Presence.ABSENT, None
    if ratio < 1.0:
        return (Presence.BETWEEN if ratio >= BUILDING else Presence.ABSENT), None
    if ruling is Ruling.CANNOT_SAY or at_work:
        if known.unknown is not None and known.unknown.code == UNLOOKED and ratio < TWICE:
            return Presence.BETWEEN, None
        return Presence.CANNOT_TELL, judgement.why or known.unknown or Reason("rods-unseen")
    return (Presence.PRESENT if enough else Presence.BETWEEN), None
