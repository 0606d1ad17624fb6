"""The published format of what passes the door, version 1: CloudEvents 1.0, JSON, small, never pictures.

Every candidate event is a whole snapshot of its candidate, so that only the newest revision matters and any
may be lost, doubled or reordered on the way. The JSON Schema of all this is generated into docs/reference.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from patrol.core import candidate as core
from patrol.core.camera import CameraState
from patrol.core.errors import DeliveryError
from patrol.core.sight import Sight

_Message = TypeVar("_Message", bound="Wire")
Identifier = Annotated[str, Field(min_length=1, max_length=200)]
Revision = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""Fits the integer of every database."""


def _has_utc(moment: datetime) -> datetime:
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time so near the end of the calendar has no UTC") from None
    return moment


Instant = Annotated[AwareDatetime, AfterValidator(_has_utc)]
"""A time with an offset that can be said in UTC, as every database and every reader does."""


class Wire(BaseModel):
    """Base of the wire models: frozen; unknown keys are ignored, so that old desks read new workers.

    Numbers are finite: JSON has no others, and what was written as null could not be read back.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class EvidenceData(Wire):
    """One piece of evidence; see `patrol.core.candidate.Evidence`."""

    kind: core.EvidenceKind
    status: core.EvidenceStatus
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    size: Annotated[int, Field(ge=0, le=2**53 - 1)] = 0
    media_type: str = ""
    reason: str = ""


class CandidateData(Wire):
    """One candidate; see `patrol.core.candidate.Candidate`. Times are RFC 3339."""

    id: Identifier
    revision: Revision
    worker_id: Identifier
    camera_id: Identifier
    rule_id: Identifier
    analytic: Identifier
    kind: Identifier
    zone_id: Identifier
    phase: core.Phase
    begin: Instant
    raised: Instant
    last_seen: Instant
    end: Instant | None = None
    end_reason: str = ""
    value: float
    peak: float
    unit: str
    score: float
    parts: dict[str, float | int | str] = {}
    evidence: tuple[EvidenceData, ...] = ()


class CandidateEvent(Wire):
    """CloudEvents 1.0 envelope around a candidate. `id` is unique per candidate and revision."""

    specversion: Literal["1.0"] = "1.0"
    id: Identifier
    source: Identifier
    type: Literal["org.patrol.candidate.v1"] = "org.patrol.candidate.v1"
    subject: Identifier
    time: Instant
    datacontenttype: Literal["application/json"] = "application/json"
    data: CandidateData


class Ack(Wire):
    """The desk's database holds this revision of this candidate."""

    candidate_id: Identifier
    revision: Revision
    evidence_held: tuple[str, ...] = ()
    """SHA-256 of the pieces of evidence that the desk has pulled, checked and stored."""
    keep: bool = False
    """A person has confirmed it: the worker must not delete its evidence to make room."""


class Command(Wire):
    """Something the desk asks of a worker."""

    name: Literal["look-now", "reload", "probe"]
    camera_id: str = ""
    reply_to: str = ""
    """Key of a list that takes one JSON reply, expiring; empty: none is wanted."""


class ZoneReport(Wire):
    """A zone as the page draws it; polygon in picture fractions."""

    id: str
    name: str
    kind: str
    polygon: tuple[tuple[float, float], ...]


class TaskReport(Wire):
    """One rule of one camera: whether it sees, and if not, why; see `patrol.core.sight`."""

    rule_id: Identifier
    kind: str
    sight: Sight
    reason: str = ""
    """Code of why it does not see; readers put it into words. Empty: it sees."""
    values: dict[str, float | int | str] = {}
    """What the words of the reason need."""


class CameraReport(Wire):
    """One camera as its worker sees it now, with what the page needs to know about it."""

    id: str
    name: str
    state: CameraState
    since: Instant
    detail: str = ""
    last_packet_at: Instant | None = None
    last_look_at: Instant | None = None
    look_id: str = ""
    """Changes with each look; part of the address of its picture."""
    look_every_s: float
    keyframe_gap_s: float | None = None
    counts: dict[str, float] = {}
    """Latest measured value by rule id."""
    looks: int = 0
    skipped: dict[str, int] = {}
    """Looks that did not happen, by cause."""
    platform: str = ""
    site_class: str = ""
    grid: str = ""
    latitude: float | None = None
    longitude: float | None = None
    playback_url: str = ""
    zones: tuple[ZoneReport, ...] = ()
    tasks: tuple[TaskReport, ...] = ()
    """Every rule, also those that were refused at start because this camera cannot see what they ask for."""


class WorkerStatus(Wire):
    """What a worker says about itself every two seconds."""

    worker_id: Identifier
    at: Instant
    started: Instant
    version: str
    site_name: str
    language: str
    time_zone: str = "Asia/Shanghai"
    """IANA name: what operators read is in this zone."""
    media_url: str
    """Base address of its media endpoint; the desk adds the shared token."""
    detector: str
    """Model, runtime, precision and why, one sentence."""
    outbox_depth: int
    disk: str = ""
    """Empty, or what is wrong with the evidence disk."""
    problems: tuple[str, ...] = ()
    cameras: tuple[CameraReport, ...] = ()


def candidate_event(candidate: core.Candidate, now: datetime) -> CandidateEvent:
    """The event that carries this revision of a candidate."""
    c = candidate
    plain = CandidateData.model_fields.keys() - {"parts", "evidence"}
    data = CandidateData.model_validate(
        {
            **{name: getattr(c, name) for name in plain},
            "parts": dict(c.parts),
            "evidence": [{name: getattr(e, name) for name in EvidenceData.model_fields} for e in c.evidence],
        }
    )
    return CandidateEvent(
        id=f"{c.id}:{c.revision}",
        source=f"/workers/{c.worker_id}/cameras/{c.camera_id}",
        subject=c.id,
        time=now,
        data=data,
    )


def to_candidate(data: CandidateData) -> core.Candidate:
    """The candidate that an event carries."""
    values: dict[str, Any] = {name: getattr(data, name) for name in CandidateData.model_fields}
    values["evidence"] = tuple(
        core.Evidence(**{name: getattr(e, name) for name in EvidenceData.model_fields}) for e in data.evidence
    )
    return core.Candidate(**values)


def dump(message: Wire) -> bytes:
    """A wire message as UTF-8 JSON."""
    return message.model_dump_json(exclude_none=True).encode()


def parse_event(body: bytes) -> CandidateEvent:
    """Read a candidate event.

    Raises:
        DeliveryError: the body is no event of this version; the message names what is wrong, not the content.
    """
    return _parse(CandidateEvent, body, "a candidate event")


def parse_ack(body: bytes) -> Ack:
    """Read an acknowledgement.

    Raises:
        DeliveryError: as `parse_event`.
    """
    return _parse(Ack, body, "an acknowledgement")


def parse_command(body: bytes) -> Command:
    """Read a command.

    Raises:
        DeliveryError: as `parse_event`.
    """
    return _parse(Command, body, "a command")


def parse_status(body: bytes) -> WorkerStatus:
    """Read what a worker says about itself.

    Raises:
        DeliveryError: as `parse_event`.
    """
    return _parse(WorkerStatus, body, "a worker's status")


def _parse(model: type[_Message], body: bytes, what: str) -> _Message:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise DeliveryError(f"not {what} of version 1: {where}: {first['msg']}") from None


__all__ = [
    "Ack",
    "CameraReport",
    "CandidateData",
    "CandidateEvent",
    "Command",
    "EvidenceData",
    "TaskReport",
    "Wire",
    "WorkerStatus",
    "ZoneReport",
    "candidate_event",
    "dump",
    "parse_ack",
    "parse_command",
    "parse_event",
    "parse_status",
    "to_candidate",
]
