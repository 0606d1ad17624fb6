"""What the API says, field by field. The page's types are generated from these."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from patrol.core.clock import iso

Moment = Annotated[
    datetime,
    PlainSerializer(iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
"""RFC 3339, UTC, milliseconds, `Z`."""
VerdictWord = Literal["real", "false", "unsure"]
Corner = tuple[float, float]


class Shape(BaseModel):
    """Base of all answers. Every field is always there."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


class SessionOut(Shape):
    """Who sits here, and where."""

    seat: str
    site: str
    language: str
    time_zone: str
    version: str
    server_time: Moment


class SignIn(BaseModel):
    """The token of a sign-in link."""

    token: Annotated[str, Field(min_length=1, max_length=200)]


class WorkerOut(Shape):
    """One worker. `stale`: silent for more than ten seconds."""

    id: str
    at: Moment
    stale: bool
    detector: str
    problems: list[str]
    outbox_depth: int
    disk: str


class ZoneOut(Shape):
    """A zone, its polygon in 0..1 of the picture."""

    id: str
    name: str
    kind: str
    polygon: list[Corner]


class TaskOut(Shape):
    """One rule of a camera: whether it sees. `reason` is a code, `values` what its words need."""

    rule_id: str
    kind: str
    sight: Literal["live", "stalled", "blind", "paused", "refused"]
    reason: str
    values: dict[str, float | int | str]


class CameraOut(Shape):
    """One camera. `state` is `unknown` while its worker is silent: then nothing else is how things are."""

    id: str
    worker_id: str
    name: str
    state: Literal[
        "connecting",
        "live",
        "stalled",
        "auth-failed",
        "refused",
        "no-video",
        "no-keyframes",
        "blind",
        "unknown",
    ]
    since: Moment | None
    detail: str
    look_id: str
    last_look_at: Moment | None
    look_every_s: float
    look_url: str
    platform: str
    site_class: str
    grid: str
    latitude: float | None
    longitude: float | None
    playback_url: str
    zones: list[ZoneOut]
    counts: dict[str, float]
    open_candidates: int
    keyframe_gap_s: float | None
    tasks: list[TaskOut]


class CamerasOut(Shape):
    """All workers and cameras at one moment."""

    server_time: Moment
    workers: list[WorkerOut]
    cameras: list[CameraOut]


class EvidenceOut(Shape):
    """One piece. `fetching`: the worker has it and the desk not yet; `reason` says what is in the way.

    `url` is null until the desk has the file, and always for the original: that is opened by a request of its
    own.
    """

    status: Literal["pending", "fetching", "ready", "missing"]
    url: str | None
    media_type: str
    size: int
    reason: str


class CandidateOut(Shape):
    """One candidate. `verdict` null: nobody has judged it."""

    id: str
    camera_id: str
    camera_name: str
    rule_id: str
    analytic: str
    kind: str
    zone_id: str
    zone_name: str
    zone_polygon: list[Corner] | None
    phase: Literal["open", "ended"]
    begin: Moment
    raised: Moment
    last_seen: Moment
    end: Moment | None
    end_reason: str
    received_at: Moment
    value: float
    peak: float
    unit: str
    score: float
    parts: dict[str, float | int | str]
    verdict: VerdictWord | None
    verdict_at: Moment | None
    verdict_by: str | None
    revision: int
    evidence: dict[str, EvidenceOut]


class CandidatePage(Shape):
    """A page, newest first. `next`: the cursor of the next one; `open`: all candidates without a verdict."""

    items: list[CandidateOut]
    next: str | None
    open: int


class VerdictIn(BaseModel):
    """A verdict, or null to undo the one before."""

    verdict: VerdictWord | None
    reason: Annotated[str, Field(max_length=2000)] = ""


class DecisionOut(Shape):
    """One verdict, or with null the undoing of one."""

    verdict: VerdictWord | None
    reason: str
    who: str
    at: Moment


class OpeningOut(Shape):
    """One opening of the original."""

    who: str
    at: Moment
    purpose: str


class HistoryOut(Shape):
    """What people did with a candidate, oldest first."""

    decisions: list[DecisionOut]
    openings: list[OpeningOut]


class OpenIn(BaseModel):
    """Why the original is opened; it is recorded."""

    purpose: Annotated[str, Field(min_length=3, max_length=200)]


class OpenedOut(Shape):
    """Where the original can be read by this session until `expires`."""

    url: str
    expires: Moment


class PartHealth(Shape):
    """One part of the desk; `detail` is empty while it is well."""

    ok: bool
    detail: str


class WorkersHealth(Shape):
    """How many workers there are, and how many of them are silent."""

    ok: bool
    known: int
    silent: int


class HealthOut(Shape):
    """How the desk is. `ok`: nothing that people should know of."""

    ok: bool
    problems: list[str]
    queue: PartHealth
    database: PartHealth
    workers: WorkersHealth
