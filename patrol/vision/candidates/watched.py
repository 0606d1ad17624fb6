"""What the engine is given: cameras with their rules, and what it asks of evidence and ring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from patrol.core.candidate import Candidate, Evidence
from patrol.core.detections import Look
from patrol.core.media import ClipPart, Pixels
from patrol.core.observation import Observation
from patrol.core.protocols import Analytic
from patrol.core.zone import Zone
from patrol.vision.candidates.debounce import Timing


class EvidenceMaker(Protocol):
    """Makes evidence; `patrol.vision.candidates.evidence.recorder.EvidenceRecorder` in production."""

    def begin(
        self, candidate: Candidate, pixels: Pixels, look: Look, observation: Observation, zone: Zone
    ) -> tuple[Evidence, ...]:
        """Write the stills now; name what is still to come as PENDING. Never raises."""
        ...

    def finish(self, candidate_id: str, parts: list[ClipPart]) -> None:
        """Make original and preview in the background; answers through `CandidateEngine.evidence_done`."""
        ...


class Ring(Protocol):
    """The packet ring of one camera."""

    def cut(self, start: float, end: float) -> list[ClipPart]:
        """Packets that arrived between two monotonic times, from the keyframe at or before `start`."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one camera, built."""

    id: str
    use: str
    kind: str
    zone: Zone
    timing: Timing
    analytic: Analytic


@dataclass(frozen=True, slots=True)
class Watched:
    """One camera as the engine needs it; clips last from `pre_s` before the raising to `post_s` after it.

    `faults` are rules about the camera itself: asked in every look, also where the picture is blind; they are
    no tasks, so that neither their values nor their sight are told.
    """

    camera_id: str
    rules: tuple[Rule, ...]
    ring: Ring
    pre_s: float
    post_s: float
    faults: tuple[Rule, ...] = ()
