"""What one rule of one camera is doing, and whether it sees."""

from __future__ import annotations

from dataclasses import dataclass

from patrol.core.observation import Observation, Presence
from patrol.core.sight import Reason, Sight, TaskSight
from patrol.vision.candidates.debounce import Debounce
from patrol.vision.candidates.watched import Rule

BLIND_AFTER_S = 20.0
"""Looks that do not tell for so long make a rule blind: ten looks at the default rate, so that a lorry that
passes close by the lens is none, and well under the 30 s in which a fault of the camera is to be named."""
PAUSING = frozenset(("other-view", "no-view"))
"""Reasons why a rule pauses: the dome looks elsewhere. Said at once, and no blindness: nothing is wrong."""
FAILED = "rule-failed"
"""Why a rule does not tell whose analytic raises; the log has the rest."""


@dataclass(slots=True)
class State:
    """What a rule is doing."""

    rule: Rule
    debounce: Debounce
    candidate_id: str = ""
    value: float | None = None
    """Measured in the last look; None where that could not tell, or there was none: no count is not 0."""
    told_at: float | None = None
    """Monotonic seconds of the last look that told something; None before the first look."""
    reason: Reason | None = None
    """Why the looks since do not tell."""

    @property
    def failing(self) -> bool:
        """Whether its analytic failed in the last look."""
        return self.reason is not None and self.reason.code == FAILED

    def note(self, arrived: float, observation: Observation) -> None:
        """Remember whether this look told something."""
        tells = observation.presence is not Presence.CANNOT_TELL
        self.value = observation.value if tells else None
        self.reason = None if tells else observation.reason or Reason("cannot-tell")
        if tells or self.told_at is None:
            self.told_at = arrived

    def sight(self, now: float) -> TaskSight:
        """Whether the rule sees, as far as looks say."""
        rule, reason = self.rule, self.reason
        if reason is not None and reason.code in PAUSING:
            return TaskSight(rule.id, rule.kind, Sight.PAUSED, reason)
        blind = self.told_at is not None and reason is not None and now - self.told_at >= BLIND_AFTER_S
        return TaskSight(rule.id, rule.kind, Sight.BLIND if blind else Sight.LIVE, reason if blind else None)
