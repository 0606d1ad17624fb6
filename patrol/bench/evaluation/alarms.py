"""Candidates per camera-day on quiet footage, and how little or much that figure rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from patrol.bench.evaluation.scenes_album import Album
from patrol.bench.replay.nouns import Replayed
from patrol.core.errors import ConfigError

DAY_S = 86400.0
BUDGET_PER_DAY = 0.58
"""Candidates per camera-day that two seats bear well round the clock with 500 cameras, the true ones among
them: 6 an hour and seat (EEMUA 191, ISA-18.2: about 6 is good, 12 is the most, which would be 1.15)."""
CONFIDENCE = 0.95
"""Of the interval: the usual one, chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class Quiet:
    """One quiet clip, replayed."""

    path: Path
    replayed: Replayed
    album: Album

    @property
    def distinct_s(self) -> float:
        """Seconds of footage that are not repeats of each other."""
        return min(self.replayed.seconds, self.replayed.clip.seconds)

    def unseen_s(self, rules: Sequence[str]) -> float:
        """Seconds in which at least one of these rules could not tell: its share of the looks."""
        told = [self.album.series(rule, rule).y for rule in rules]
        looks = list(zip(*told, strict=True))
        lost = sum(None in look for look in looks)
        return self.replayed.seconds * lost / len(looks) if looks else 0.0


@dataclass(frozen=True, slots=True)
class Rate:
    """How often one rule raises a candidate where nothing is to be raised.

    Attributes:
        rule_id: the rule; `camera`: faults of the camera itself; `all`: all together.
        candidates: raised, over all clips and loops.
        blind_s: seconds in which the rule could not tell, of `all` in which one of them could not: no time in
            which it was quiet.
        camera_days: in which it saw, loops included.
        distinct_minutes: of footage that the figure rests on; loops add none, blind time none.
        per_camera_day: candidates over camera-days; None where it never saw.
        low, high: of the 95 % interval of it, see `interval`; None as well.
    """

    rule_id: str
    candidates: int
    blind_s: float
    camera_days: float
    distinct_minutes: float
    per_camera_day: float | None
    low: float | None
    high: float | None


def rates(clips: Sequence[Quiet]) -> tuple[Rate, ...]:
    """Each rule of the camera, in order, then its faults, then all; a clip that is there twice counts once.

    Raises:
        ConfigError: the camera has no rule that runs: it would be quiet in any footage.
    """
    rules = [measured.rule_id for measured in clips[0].replayed.values]
    if not clips[0].replayed.zones:
        raise ConfigError(
            f"camera {clips[0].replayed.camera_id!r} has no rule that runs, and would be quiet whatever it "
            "sees; `patrol check` says which rules it has, and `patrol replay` why they are refused"
        )
    seconds = sum(clip.replayed.seconds for clip in clips)
    distinct_s = sum({clip.replayed.clip.sha256: clip.distinct_s for clip in clips}.values())
    found = [c.rule_id for clip in clips for c in clip.replayed.candidates]
    rows = [(rule, found.count(rule), sum(clip.unseen_s([rule]) for clip in clips)) for rule in rules]
    rows.append(("camera", sum(rule not in rules for rule in found), 0.0))
    rows.append(("all", len(found), sum(clip.unseen_s(rules) for clip in clips)))
    return tuple(_rate(rule, count, lost, (seconds, distinct_s)) for rule, count, lost in rows)


def _rate(rule: str, count: int, blind_s: float, footage: tuple[float, float]) -> Rate:
    seconds = footage[0] - blind_s
    distinct_s = footage[1] * seconds / footage[0]
    if seconds < 1e-6:
        return Rate(rule, count, blind_s, 0.0, 0.0, None, None, None)
    low, high = interval(count, seconds, distinct_s)
    per_day = count * DAY_S / seconds
    return Rate(rule, count, blind_s, seconds / DAY_S, distinct_s / 60, per_day, low * DAY_S, high * DAY_S)


def interval(count: int, seconds: float, distinct_s: float) -> tuple[float, float]:
    """Exact two-sided 95 % interval of a Poisson rate per second.

    Garwood's (F. Garwood, Fiducial limits for the Poisson distribution, Biometrika 28, 1936, pp. 437-442): of
    n events, the quantiles 0.025 of Gamma(n) and 0.975 of Gamma(n + 1), over the time. A loop shows the same
    footage again and proves nothing more: n events in `seconds` of replay count as n * distinct_s / seconds
    events in `distinct_s` (a Poisson law with that dispersion: McCullagh and Nelder, Generalized Linear
    Models, 2nd ed. 1989, section 6.2), so that the rate stays and the interval is as wide as the footage
    makes it.

    Args:
        count: of events.
        seconds: replayed, more than 0.
        distinct_s: of them not repeats, more than 0, at most `seconds`.
    """
    events = count * distinct_s / seconds
    tail = (1 - CONFIDENCE) / 2
    low = gamma_quantile(tail, events) if events > 0 else 0.0
    return low / distinct_s, gamma_quantile(1 - tail, events + 1) / distinct_s


def gamma_quantile(share: float, shape: float) -> float:
    """The x below which Gamma(shape, scale 1) lies with probability `share`, by bisection to 1e-12 of it."""
    low, high = 0.0, max(1.0, shape)
    while gamma_below(high, shape) < share:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if high - low <= 1e-12 * high:
            break
        low, high = (middle, high) if gamma_below(middle, shape) < share else (low, middle)
    return (low + high) / 2


def gamma_below(x: float, shape: float) -> float:
    """Probability that Gamma(shape, scale 1) lies below x: the regularised lower incomplete gamma function.

    By its power series (Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, 6.5.29), which
    converges for every x and is quick for the counts that are met here.
    """
    if x <= 0:
        return 0.0
    term = total = 1.0
    scaled, n = 0.0, 0
    while term > 1e-17 * total:
        n += 1
        term *= x / (shape + n)
        total += term
        if total > 1e200:
            term, total, scaled = term / total, 1.0, scaled + math.log(total)
    return min(1.0, math.exp(shape * math.log(x) - x - math.lgamma(shape + 1) + math.log(total) + scaled))
