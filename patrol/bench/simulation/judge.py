"""Holds what an analytic and a rule's timing said against the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from patrol.bench.simulation.truth import GRADES, MINUTE_S, Spell

UNTOLD = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Said:
    """What was said at one look.

    Attributes:
        second: of the simulation.
        grade: one of `GRADES`, or `UNTOLD`.
    """

    second: float
    grade: str


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident that the rule raised: seconds of the simulation; `cleared` None: still open at the end."""

    raised: float
    cleared: float | None


def by_minute(said: Sequence[Said], start: int, minutes: int) -> list[str]:
    """The most frequent grade of each minute; the worse one of two as frequent; `UNTOLD` without a look."""
    counts = [Counter[str]() for _ in range(minutes)]
    for one in said:
        minute = int((one.second - start) // MINUTE_S)
        if 0 <= minute < minutes:
            counts[minute][one.grade] += 1
    order = (UNTOLD, *GRADES)
    return [max(order, key=lambda g: (count[g], order.index(g))) if count else UNTOLD for count in counts]


def confusion(truth: Sequence[str], said: Sequence[str]) -> dict[str, dict[str, int]]:
    """Minutes by true grade, then by what was said; only what occurs."""
    table: dict[str, dict[str, int]] = {}
    for true, heard in zip(truth, said, strict=True):
        row = table.setdefault(true, {})
        row[heard] = row.get(heard, 0) + 1
    return table


def agreement(table: dict[str, dict[str, int]]) -> float:
    """Share of minutes on the diagonal; 0 for an empty table."""
    total = sum(sum(row.values()) for row in table.values())
    return sum(row.get(true, 0) for true, row in table.items()) / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the spells of congestion.

    Attributes:
        delays: seconds from each spell's due moment to its incident; below 0: raised before it was due, at
            the least as it began. None: missed.
        false: incidents that were raised at no time of a spell: with no congestion, or too early for it.
    """

    delays: tuple[float | None, ...]
    false: int


def verdict(due: Sequence[Spell], incidents: Sequence[Incident], for_s: float) -> Verdict:
    """Match incidents with spells: one belongs to a spell when it is open at some time of it.

    A spell counts from when the congestion began, which is `for_s` before it was due.
    """
    delays: list[float | None] = []
    for spell in due:
        began = spell.due - for_s
        mine = [
            incident.raised
            for incident in incidents
            if incident.raised < spell.ends and (incident.cleared is None or incident.cleared > began)
        ]
        delays.append(max(mine[0], began) - spell.due if mine else None)
    right = [any(s.due - for_s <= i.raised < s.ends for s in due) for i in incidents]
    return Verdict(tuple(delays), right.count(False))
