"""A candidate: an incident as observed, with a beginning and an end, before anybody has judged it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from patrol.core.clock import iso

CANDIDATE_NAMESPACE = uuid.UUID("6f0f2a3e-54a7-5d0b-9c1d-3a7f0e6b7c11")
"""Fixed for ever: candidate ids are derived from it."""


class Phase(StrEnum):
    """Where in its life a candidate is."""

    OPEN = "open"
    ENDED = "ended"


class EvidenceKind(StrEnum):
    """What a piece of evidence is. All but ORIGINAL have their heads blurred."""

    STILL = "still"
    STILL_BOXES = "still_boxes"
    PREVIEW = "preview"
    ORIGINAL = "original"
    """The clip as the camera sent it, remuxed, unblurred, kept apart, opened only explicitly."""


class EvidenceStatus(StrEnum):
    """Whether a piece of evidence exists."""

    PENDING = "pending"
    READY = "ready"
    MISSING = "missing"
    """It could not be made or kept; `reason` says why."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence. `sha256`, `size` and `media_type` are set where status is READY."""

    kind: EvidenceKind
    status: EvidenceStatus
    sha256: str = ""
    size: int = 0
    media_type: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """All that is known of one candidate; each change raises `revision` by one.

    Attributes:
        id: uuid5 of worker, camera, rule and beginning: the same input gives the same id.
        worker_id: who saw it.
        rule_id: the rule of streams.yaml, `analytic` the plug-in that it uses.
        kind: what it is, in the glossary's words: `gathering`, ...
        zone_id: where in the picture.
        begin: first look of the presence that led to it, UTC.
        raised: when it became a candidate, UTC.
        last_seen: last look in which it was present, UTC.
        end: set when ended, UTC.
        end_reason: `cleared`, or `lost-sight` when the camera stopped seeing while it was open.
        value: the latest measured value, `peak` the greatest, in `unit`.
        score: the greatest score so far, 0..1.
        parts: named figures behind the decision at its peak.
        evidence: at most one a kind.
    """

    id: str
    worker_id: str
    camera_id: str
    rule_id: str
    analytic: str
    kind: str
    zone_id: str
    begin: datetime
    raised: datetime
    last_seen: datetime
    value: float
    peak: float
    unit: str
    score: float
    phase: Phase = Phase.OPEN
    end: datetime | None = None
    end_reason: str = ""
    revision: int = 1
    parts: Mapping[str, float | int | str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    def with_evidence(self, *pieces: Evidence) -> Candidate:
        """The same candidate with these pieces put in place of those of their kind; revision + 1."""
        kinds = {piece.kind for piece in pieces}
        kept = tuple(e for e in self.evidence if e.kind not in kinds)
        return replace(self, evidence=(*kept, *pieces), revision=self.revision + 1)


def candidate_id(worker_id: str, camera_id: str, rule_id: str, begin: datetime) -> str:
    """The id that a candidate of this worker, camera, rule and beginning has. Deterministic."""
    return str(uuid.uuid5(CANDIDATE_NAMESPACE, "\n".join((worker_id, camera_id, rule_id, iso(begin)))))
