"""A rule's zone lies where it was drawn only while the camera looks that way."""

from __future__ import annotations

from patrol.core.detections import Look
from patrol.core.observation import Observation, Presence
from patrol.core.protocols import Analytic
from patrol.core.sight import Reason


class Placed:
    """An Analytic around another one: it pauses while its zone is out of view, or lies elsewhere.

    Args:
        analytic: of the rule.
        view: the dome's view that the zone belongs to; None: the camera looks one way.
    """

    def __init__(self, analytic: Analytic, view: str | None = None) -> None:
        self._analytic = analytic
        self._view = view

    def observe(self, look: Look) -> Observation:
        """Judge one look, or say why the zone is not in it. The analytic is not asked then."""
        reason = self._away(look)
        if reason is None:
            return self._analytic.observe(look)
        return Observation(Presence.CANNOT_TELL, 0.0, "", 0.0, reason=reason)

    def _away(self, look: Look) -> Reason | None:
        seeing = look.seeing
        if seeing is None:
            return None
        if seeing.astray is not None:
            return seeing.astray
        if self._view is not None and seeing.view != self._view:
            return Reason("other-view", {"view": self._view})
        return None
