"""The rule for fishing, of whose looks every second one is missing at random."""

from __future__ import annotations

from random import Random

from patrol.core.detections import Look
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place
from patrol.core.protocols import Analytic
from patrol.core.sight import Reason
from patrol.vision.analytics import fishing
from patrol.vision.analytics.fishing import KIND, TIMING, Params, uses

__all__ = ["KIND", "TIMING", "Params", "build", "uses"]
SEED = 20261122


class HalfLooked:
    """Misses looks before the rule sees them."""

    def __init__(self, analytic: Analytic) -> None:
        self._analytic = analytic
        self._dice = Random(SEED)

    def observe(self, look: Look) -> Observation:
        if self._dice.random() < 0.5:
            missing = Reason("missing")
            return Observation(Presence.CANNOT_TELL, 0.0, "persons", 0.0, reason=missing)
        return self._analytic.observe(look)


def build(params: Params, place: Place) -> Analytic:
    """The rule behind it."""
    return HalfLooked(fishing.build(params, place))
