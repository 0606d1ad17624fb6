"""An angler who sits on the bank, and what the rule makes of looks at him, with its own timing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np

from patrol.core.detections import Look
from patrol.core.observation import Observation
from patrol.core.place import Place
from patrol.vision.analytics.fishing import TIMING, Params, build
from patrol.vision.candidates.debounce import Change, Debounce, Timing
from tests.fakes.bank import (
    PICTURE,
    look,
    person,
)

STAY_S = 300
ANGLER = person(0.4)
NIGHT = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
"""22:00 in China."""


def last(where: Place, looks: Iterable[Look], params: Params | None = None) -> Observation:
    analytic = build(params or Params(), where)
    *_, said = (analytic.observe(one) for one in looks)
    return said


def raised(where: Place, looks: Iterable[Look], params: Params | None = None) -> list[float]:
    """Seconds at which candidates are raised, with the rule's own timing."""
    analytic, debounce = build(params or Params(), where), Debounce(Timing(**TIMING))
    changes = (
        (debounce.step(one.arrived, one.at, analytic.observe(one).presence), one.arrived) for one in looks
    )
    return [arrived for change, arrived in changes if change is Change.BEGAN]


def sits(seconds: float = 320, every_s: float = 2.0, **more: object) -> Iterable[Look]:
    """An angler who stays from second 0 on."""
    more = {"shown": PICTURE} | more
    return (look(float(t), [ANGLER], **more) for t in np.arange(0, seconds, every_s))  # type: ignore[arg-type]


def changes(
    looks: Iterable[Look], where: Place, resumed_at: float | None = None
) -> list[tuple[Change, float]]:
    """When an incident begins and ends, with the rule's own timing; open from `resumed_at` on."""
    analytic, debounce = build(Params(), where), Debounce(Timing(**TIMING), resumed_at)
    told = ((debounce.step(o.arrived, o.at, analytic.observe(o).presence), o.arrived) for o in looks)
    return [(change, at) for change, at in told if change in (Change.BEGAN, Change.CLEARED)]
