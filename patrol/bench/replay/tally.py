"""What one rule said over a replay, summed up as it comes."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from patrol.bench.replay.nouns import Measured
from patrol.core.observation import Observation, Presence


@dataclass(slots=True)
class Tally:
    """What one rule said, counted."""

    unit: str = ""
    told: int = 0
    present: int = 0
    total: float = 0.0
    least: float = math.inf
    most: float = -math.inf
    reasons: Counter[str] = field(default_factory=Counter)

    def count(self, said: Observation) -> None:
        """Take one look's observation into account."""
        if said.presence is Presence.CANNOT_TELL:
            self.reasons[said.reason.code if said.reason else "cannot-tell"] += 1
            return
        self.told, self.unit = self.told + 1, said.unit
        self.present += said.presence is Presence.PRESENT
        self.total += said.value
        self.least, self.most = min(self.least, said.value), max(self.most, said.value)

    def measured(self, rule_id: str) -> Measured:
        """The summary."""
        reasons = dict(sorted(self.reasons.items()))
        if not self.told:
            return Measured(rule_id, "", 0, 0, None, None, None, reasons)
        mean = self.total / self.told
        return Measured(rule_id, self.unit, self.told, self.present, self.least, mean, self.most, reasons)
