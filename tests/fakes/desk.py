"""A desk's surroundings: events, workers, a queue in memory."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from patrol.core.candidate import EvidenceKind, EvidenceStatus
from patrol.core.errors import DeliveryError
from patrol.desk.intake.door import Door, Handle
from patrol.queue.wire import (
    Ack,
    CandidateData,
    CandidateEvent,
    Command,
    EvidenceData,
    WorkerStatus,
)

BEGIN = datetime(2026, 1, 5, 7, 30, tzinfo=UTC)
TOKEN = "a-media-token-for-tests"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def piece(
    content: bytes = b"", kind: str = "still", status: str = "ready", media_type: str = "image/jpeg"
) -> EvidenceData:
    ready = status == "ready"
    return EvidenceData(
        kind=EvidenceKind(kind),
        status=EvidenceStatus(status),
        sha256=sha(content) if ready else "",
        size=len(content) if ready else 0,
        media_type=media_type if ready else "",
        reason="" if ready or status == "pending" else "the disk was full",
    )


def event(candidate_id: str = "c-1", revision: int = 1, **changes: Any) -> CandidateEvent:
    values: dict[str, Any] = {
        "id": candidate_id,
        "revision": revision,
        "worker_id": "w1",
        "camera_id": "gate",
        "rule_id": "crowd",
        "analytic": "gathering",
        "kind": "gathering",
        "zone_id": "square",
        "phase": "open",
        "begin": BEGIN,
        "raised": BEGIN + timedelta(seconds=20),
        "last_seen": BEGIN + timedelta(seconds=30),
        "value": 12.0,
        "peak": 14.0,
        "unit": "people",
        "score": 0.75,
        "parts": {"people": 14, "share": 0.8},
    }
    data = CandidateData.model_validate(values | changes)
    return CandidateEvent(
        id=f"{candidate_id}:{revision}",
        source="/workers/w1/cameras/gate",
        subject=candidate_id,
        time=BEGIN,
        data=data,
    )


def status(
    at: datetime, worker_id: str = "w1", media_url: str = "http://127.0.0.1:1", **changes: Any
) -> WorkerStatus:
    camera = {
        "id": "gate",
        "name": "North gate",
        "state": "live",
        "since": BEGIN,
        "look_every_s": 2.0,
        "look_id": "look-7",
        "last_look_at": at,
        "counts": {"crowd": 12.0},
        "zones": [
            {"id": "square", "name": "The square", "kind": "ground", "polygon": [[0, 0], [1, 0], [1, 1]]}
        ],
        "tasks": [
            {"rule_id": "crowd", "kind": "gathering", "sight": "live"},
            {
                "rule_id": "far",
                "kind": "gathering",
                "sight": "refused",
                "reason": "too-few-pixels",
                "values": {"needed": 25, "have": 8.5},
            },
        ],
    }
    values: dict[str, Any] = {
        "worker_id": worker_id,
        "at": at,
        "started": BEGIN,
        "version": "0.1.0",
        "site_name": "County",
        "language": "en",
        "media_url": media_url,
        "detector": "yolox_nano, openvino, f32",
        "outbox_depth": 0,
        "cameras": [camera],
    }
    return WorkerStatus.model_validate(values | changes)


class FakeQueue:
    """A `CandidateQueue` that delivers nothing by itself."""

    def __init__(self, handle: Handle) -> None:
        self.handle = handle
        self.taken = 0
        self.dead_letters = 0
        self.trouble = ""

    def problem(self) -> str:
        return self.trouble

    async def run(self) -> None:
        await asyncio.Event().wait()


class FakeWorkers:
    """A `WorkerLink` that remembers what it was told; `down` makes it fail."""

    def __init__(self) -> None:
        self.statuses: list[WorkerStatus] = []
        self.acks: list[tuple[str, Ack]] = []
        self.commands: list[tuple[str, Command]] = []
        self.unreadable: dict[str, str] = {}
        self.down = False
        self.closed = False

    async def status_of_workers(self) -> list[WorkerStatus]:
        self._check()
        return self.statuses

    async def send_command(self, worker_id: str, command: Command) -> None:
        self._check()
        self.commands.append((worker_id, command))

    async def send_ack(self, worker_id: str, ack: Ack) -> None:
        self._check()
        self.acks.append((worker_id, ack))

    async def close(self) -> None:
        self.closed = True

    def _check(self) -> None:
        if self.down:
            raise DeliveryError("the queue cannot be reached")


class FakeDoor:
    """What `Desk` gets as its side of the queue."""

    def __init__(self) -> None:
        self.workers = FakeWorkers()
        self.queue: FakeQueue | None = None

    def connect(self, handle: Handle) -> Door:
        self.queue = FakeQueue(handle)
        return Door(self.queue, self.workers)
