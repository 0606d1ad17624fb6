"""Holds what a density analytic said, look by look, against the true persons per square metre."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from patrol.core.observation import Presence

CRUSH_PER_M2 = 5.55
"""Fruin: potentially dangerous forces begin."""
BANDS = (0.0, 0.5, 1.0, 2.0, 3.57, 5.55, 20.0)
"""Edges of the true density by which instants are told apart, persons per square metre: Fruin's, and finer
below 2. Apart from the analytic's own table on purpose."""
WITHIN = 0.15
"""Relative error that an estimate may have: the issue's."""
FLOOR_PER_M2 = 0.05
"""Errors are relative to this at least: 13 people on 256 square metres. Chosen."""
FOR_GOOD_S = 20.0
"""A band is reached for good where the truth stays in it for so long. Chosen."""


@dataclass(frozen=True, slots=True)
class Said:
    """One look.

    Attributes:
        second: of the simulation.
        truth: persons per square metre of the zone.
        densest: persons per square metre of its densest cell, the truth.
        estimate: said of the zone; None: cannot tell.
        presence: said.
        raised: the rule raised an incident at this look.
        companion: "cannot tell while people are there" did.
    """

    second: float
    truth: float
    densest: float
    estimate: float | None
    presence: Presence
    raised: bool = False
    companion: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """What was said while the truth lay in one band.

    Attributes:
        low: persons per square metre.
        high: same.
        instants: looks.
        told: share of them with an estimate.
        within: share of the estimates within `WITHIN`; None: there are none.
        median: of the relative errors, absolute; None as above.
        p90: 90th percentile of the same.
        bias: mean relative error, signed.
    """

    low: float
    high: float
    instants: int
    told: float
    within: float | None = None
    median: float | None = None
    p90: float | None = None
    bias: float | None = None


def band(said: Sequence[Said], low: float, high: float) -> Band | None:
    """The looks whose truth lies from `low` to below `high`; None: there are none."""
    here = [one for one in said if low <= one.truth < high]
    if not here:
        return None
    told = [one for one in here if one.estimate is not None]
    share = len(told) / len(here)
    if not told:
        return Band(low, high, len(here), 0.0)
    errors = np.array([relative_error(one) for one in told])
    return Band(
        low, high, len(here), round(share, 4), *(
            round(float(value), 4)
            for value in (
                (np.abs(errors) <= WITHIN).mean(),
                np.median(np.abs(errors)),
                np.percentile(np.abs(errors), 90),
                errors.mean(),
            )
        ),
    )  # fmt: skip


def relative_error(one: Said) -> float:
    """Of an estimate, signed; NaN without one."""
    if one.estimate is None:
        return float("nan")
    return (one.estimate - one.truth) / max(one.truth, FLOOR_PER_M2)


def bands(said: Sequence[Said]) -> list[Band]:
    """All bands that occur."""
    rows = (band(said, low, high) for low, high in itertools.pairwise(BANDS))
    return [row for row in rows if row is not None]


def averaged(said: Sequence[Said], seconds: float) -> list[Said]:
    """The same with the mean truth of the last so many seconds for the truth."""
    means = []
    for row, one in enumerate(said):
        back = [old.truth for old in said[: row + 1] if one.second - old.second < seconds]
        means.append(replace(one, truth=float(np.mean(back))))
    return means


def reached(said: Sequence[Said], level: float = CRUSH_PER_M2) -> float | None:
    """Second from which the densest cell holds `level` or more for `FOR_GOOD_S`; None: never."""
    since: float | None = None
    for one in said:
        if one.densest < level:
            since = None
        else:
            since = one.second if since is None else since
            if one.second - since >= FOR_GOOD_S:
                return since
    return None


@dataclass(frozen=True, slots=True)
class Crush:
    """A dangerous density that was reached, and who noticed. Seconds from `due` on; None: never.

    Attributes:
        due: second at which it was reached for good.
        present: to the first look that says PRESENT; below 0: before.
        densest_at_present: true density of the densest cell at that look.
        raised: to the incident.
        untold: to the first look from then on without an estimate.
        companion: to the incident "cannot tell while people are there"; below 0: before.
    """

    due: float
    present: float | None
    densest_at_present: float | None
    raised: float | None
    untold: float | None
    companion: float | None


def crush(said: Sequence[Said], level: float = CRUSH_PER_M2) -> Crush | None:
    """What became of the moment at which `level` was reached; None: it never was."""
    due = reached(said, level)
    if due is None:
        return None
    present = next((one for one in said if one.presence is Presence.PRESENT), None)
    raised = next((one.second for one in said if one.raised), None)
    untold = next((one.second for one in said if one.second >= due and one.estimate is None), None)
    companion = next((one.second for one in said if one.companion), None)

    def after(second: float | None) -> float | None:
        return None if second is None else second - due

    return Crush(
        due,
        after(None if present is None else present.second),
        None if present is None else round(present.densest, 3),
        after(raised),
        after(untold),
        after(companion),
    )


def false_presence(said: Sequence[Said], level: float = CRUSH_PER_M2) -> int:
    """Looks that said PRESENT while no cell was within `WITHIN` of `level` or above."""
    return sum(one.presence is Presence.PRESENT and one.densest < level * (1 - WITHIN) for one in said)
