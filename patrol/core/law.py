"""What the law of a place says of a finding at a moment: forbidden, allowed, or cannot say.

A person with a rod is not always an offender: the same angler is forbidden in a reserve, allowed on a bank
where one rod is, and forbidden there after dark. So a zone carries its law as data, and each answer names
the clause and the notice that it rests on. Whether somebody fishes at all is not asked here: a law judges
what is taken for fishing, the ladder (`patrol.vision.analytics.fishing`) says how sure that is.

Only what a camera can see is judged: people, rods, nets, boats, hours and days. Lines and hooks (`one rod,
one line, one hook`), bait, fish-finders and the sale of a catch are seen by none; they stand in the notice's
words, which go with every answer to whoever decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, get_args

from patrol.core.days import Days
from patrol.core.sight import Reason

FishingKind = Literal["shore", "water", "channel", "mooring"]
"""Kinds of zones where people fish: they may have laws."""
FISHING_KINDS: tuple[str, ...] = get_args(FishingKind)
WATER_KINDS = ("water", "channel", "mooring")
"""Kinds of zones that lie on water; a shore band needs one beside it."""


class Ruling(StrEnum):
    """What the law says."""

    FORBIDDEN = "forbidden"
    ALLOWED = "allowed"
    """Nothing that is forbidden has been seen, and what can be seen was looked for; or no law is in force."""
    CANNOT_SAY = "cannot-say"
    """It depends on what could not be seen."""


class Clause(StrEnum):
    """Which part of a law a ruling rests on."""

    FISHING = "fishing"
    """No fishing at all: the only one that has no exception."""
    NIGHT = "night"
    """No fishing at this hour."""
    RODS = "rods"
    """More rods than people may have."""
    NETS = "nets"
    """A net; none is leisure angling."""
    BOATS = "boats"
    """Fishing from a boat or raft."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A published notice that laws rest on.

    Attributes:
        id: what laws name.
        words: those of the notice that an operator and a unit are to read, as published.
        source: who published it, under which number and date.
    """

    id: str
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class Law:
    """What is allowed in a zone.

    Attributes:
        notice: what it rests on.
        fishing: `forbidden`: nobody may fish at all; `leisure`: with so many rods a person, and no net.
        rods: a person may have, where leisure angling is allowed.
        boats: whether fishing from boats and rafts is.
        night: hours of the day (0 to 23, local) in which nobody may fish; empty: no ban at night.
        days: when it is in force; empty: always. The small hours belong to the day on whose morning they lie,
            not to the evening before.
    """

    notice: Notice
    fishing: Literal["forbidden", "leisure"]
    rods: int = 1
    boats: Literal["forbidden", "allowed"] = "forbidden"
    night: frozenset[int] = frozenset()
    days: tuple[Days, ...] = ()

    def in_force(self, day: date) -> bool:
        """Whether it holds on a day."""
        return not self.days or any(each.hold(day) for each in self.days)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is seen, taken for fishing.

    Attributes:
        people: who stay on the bank or in boats; 0 where only gear or an empty boat is seen: its gear counts
            as one person's.
        rods: seen; None: rods cannot be seen here. A count is a lower bound: hidden ones are not in it.
        nets: seen; None: cannot be seen.
        from_boat: whether it is done from a boat or raft.
        unseeable: why rods or nets cannot be seen.
    """

    people: int
    rods: int | None = None
    nets: int | None = None
    from_boat: bool = False
    unseeable: Reason | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer, and what it rests on.

    Attributes:
        ruling: see `Ruling`.
        clause: that it rests on; None: nothing is forbidden.
        notice: the words that it rests on; None: no law is in force.
        why: what could not be seen, where the ruling is CANNOT_SAY.
    """

    ruling: Ruling
    clause: Clause | None = None
    notice: Notice | None = None
    why: Reason | None = None


def judge(laws: Sequence[Law], finding: Finding, local: datetime) -> Judgement:
    """What the laws of a zone say of a finding.

    Several may be in force at once, a leisure rule and a closed season: what one forbids is forbidden, and
    cannot be said where one cannot say and none forbids. Named is the law that says so; of several, one
    without exception first, then in the order given. More rods, a net or one more law never make it milder.

    Args:
        laws: of the zone.
        finding: what is seen.
        local: the moment, in the site's time zone. Its own date and hour count: at 2:00 on a law's first day
            the law is in force, at 2:00 on the day after its last one it is not.
    """
    said = [_one(law, finding, local.hour) for law in laws if law.in_force(local.date())]
    return min(said, key=_mildness, default=Judgement(Ruling.ALLOWED))


def _mildness(judgement: Judgement) -> tuple[int, bool]:
    order = (Ruling.FORBIDDEN, Ruling.CANNOT_SAY, Ruling.ALLOWED)
    return order.index(judgement.ruling), judgement.clause is not Clause.FISHING


def _one(law: Law, finding: Finding, hour: int) -> Judgement:
    clause = _broken(law, finding, hour)
    if clause is not None:
        return Judgement(Ruling.FORBIDDEN, clause, law.notice)
    if finding.rods is None:
        why = finding.unseeable or Reason("rods-unseen")
        return Judgement(Ruling.CANNOT_SAY, Clause.RODS, law.notice, why)
    if finding.nets is None:
        why = finding.unseeable or Reason("nets-unseen")
        return Judgement(Ruling.CANNOT_SAY, Clause.NETS, law.notice, why)
    return Judgement(Ruling.ALLOWED, None, law.notice)


def _broken(law: Law, finding: Finding, hour: int) -> Clause | None:
    """The first clause that is broken, by what has been seen."""
    if law.fishing == "forbidden":
        return Clause.FISHING
    if hour in law.night:
        return Clause.NIGHT
    if finding.from_boat and law.boats == "forbidden":
        return Clause.BOATS
    if finding.nets:
        return Clause.NETS
    if finding.rods is not None and finding.rods > law.rods * max(1, finding.people):
        return Clause.RODS
    return None
