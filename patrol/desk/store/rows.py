"""What the rest of the house sees of the tables: frozen values, free of the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from patrol.core.candidate import EvidenceKind, EvidenceStatus, Phase

Verdict = Literal["real", "false", "unsure"]
VERDICTS: tuple[Verdict, ...] = ("real", "false", "unsure")


def as_verdict(text: str | None) -> Verdict | None:
    """A verdict as the tables hold it; their checks admit no other words."""
    return next((verdict for verdict in VERDICTS if verdict == text), None)


Polygon = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class HeldEvidence:
    """One piece of evidence. `held`: the desk has the file; `removed`: it had, and made room."""

    kind: EvidenceKind
    status: EvidenceStatus
    sha256: str
    size: int
    media_type: str
    reason: str
    held: bool
    removed: bool


@dataclass(frozen=True, slots=True)
class IntakeRow:
    """One candidate as the desk holds it; see `patrol.core.candidate.Candidate` for the shared names.

    Attributes:
        seq: order of first arrival; pages are cut by it.
        received_at: when the desk first held it, UTC.
        verdict: what a person said last, None while open or undone.
    """

    id: str
    seq: int
    worker_id: str
    camera_id: str
    camera_name: str
    rule_id: str
    analytic: str
    kind: str
    zone_id: str
    zone_name: str
    zone_polygon: Polygon
    phase: Phase
    begin: datetime
    raised: datetime
    last_seen: datetime
    end: datetime | None
    end_reason: str
    value: float
    peak: float
    unit: str
    score: float
    parts: Mapping[str, float | int | str]
    revision: int
    received_at: datetime
    verdict: Verdict | None
    verdict_at: datetime | None
    verdict_by: str | None
    evidence: tuple[HeldEvidence, ...]

    def piece(self, kind: EvidenceKind) -> HeldEvidence | None:
        """The piece of this kind, None where the worker has named none."""
        return next((e for e in self.evidence if e.kind is kind), None)


@dataclass(frozen=True, slots=True)
class Place:
    """How camera and zone were called and drawn when the candidate arrived; empty where not known."""

    camera_name: str = ""
    zone_name: str = ""
    zone_polygon: Polygon = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A piece of evidence that a worker has ready and the desk does not hold."""

    candidate_id: str
    worker_id: str
    kind: EvidenceKind
    sha256: str
    size: int
    raised: datetime
    confirmed: bool


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on the desk's disk. Originals are kept apart, so the same bytes may be there as both."""

    sha256: str
    size: int
    original: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """One verdict, or with None the undoing of one."""

    verdict: Verdict | None
    reason: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening of an original."""

    who: str
    at: datetime
    purpose: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that holds. `hash` names it; the cookie's value is known to the browser alone."""

    hash: str
    label: str
    expires: datetime
