"""Faults of a camera as analytics, so that they become incidents the same way as everything else."""

from __future__ import annotations

from patrol.core.detections import Look
from patrol.core.observation import Observation, Presence
from patrol.core.sight import Reason

UNIT = "fault"


class PictureFault:
    """An Analytic: whether one fault of the picture is there.

    Args:
        code: of `patrol.vision.sight.camera.PICTURE_FAULTS`.
    """

    def __init__(self, code: str) -> None:
        self._code = code

    def observe(self, look: Look) -> Observation:
        """Present or absent, or CANNOT_TELL where another fault hides it or nothing is known yet."""
        known = look.seeing.faults if look.seeing else {}
        if self._code not in known:
            return Observation(Presence.CANNOT_TELL, 0.0, "", 0.0, reason=Reason("cannot-tell"))
        return fault(known[self._code])


def fault(reason: Reason | None) -> Observation:
    """A fault that is there, with its figures, or is not."""
    if reason is None:
        return Observation(Presence.ABSENT, 0.0, UNIT, 1.0)
    parts = {"why": reason.code, **reason.values}
    return Observation(Presence.PRESENT, 1.0, UNIT, 1.0, parts=parts, reason=reason)
