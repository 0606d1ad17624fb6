"""From the desk's values to the API's shapes."""

from __future__ import annotations

from urllib.parse import quote

from patrol.console.api.shapes import (
    CameraOut,
    CamerasOut,
    CandidateOut,
    EvidenceOut,
    TaskOut,
    WorkerOut,
    ZoneOut,
)
from patrol.core.candidate import EvidenceKind, EvidenceStatus
from patrol.core.redact import redact
from patrol.desk.intake.workers import Seen
from patrol.desk.service import Desk
from patrol.desk.store.rows import HeldEvidence, IntakeRow
from patrol.queue.wire import CameraReport, TaskReport

_SAME = (
    "id", "camera_id", "rule_id", "analytic", "kind", "zone_id", "begin", "raised", "last_seen", "end",
    "end_reason", "received_at", "value", "peak", "unit", "score", "verdict", "verdict_at", "verdict_by",
    "revision",
)  # fmt: skip
_WORKER_FIELDS = ("name", "last_look_at", "look_every_s", "look_id", "platform", "site_class", "grid")
_PLACE_FIELDS = ("latitude", "longitude", "playback_url", "keyframe_gap_s")


def candidate_out(desk: Desk, row: IntakeRow) -> CandidateOut:
    """A candidate. Names that were not known when it arrived are taken from the worker's last report."""
    now = desk.roster.place_of(row.worker_id, row.camera_id, row.zone_id)
    return CandidateOut(
        **{name: getattr(row, name) for name in _SAME},
        camera_name=row.camera_name or now.camera_name or row.camera_id,
        zone_name=row.zone_name or now.zone_name,
        zone_polygon=list(row.zone_polygon or now.zone_polygon) or None,
        phase=row.phase.value,
        parts=dict(row.parts),
        evidence={piece.kind.value: evidence_out(desk, row, piece) for piece in row.evidence},
    )


def evidence_out(desk: Desk, row: IntakeRow, piece: HeldEvidence) -> EvidenceOut:
    """One piece of evidence, as far as the desk has it."""
    shown = {"media_type": piece.media_type, "size": piece.size}
    if piece.held:
        return EvidenceOut(status="ready", url=_evidence_url(row.id, piece), reason="", **shown)
    if piece.removed:
        return EvidenceOut(status="missing", url=None, reason="removed to make room", **shown)
    if piece.status is EvidenceStatus.READY:
        words = desk.evidence_words(row.worker_id, piece.sha256)
        return EvidenceOut(status="fetching", url=None, reason=words, **shown)
    return EvidenceOut(status=piece.status.value, url=None, reason=redact(piece.reason), **shown)


def _evidence_url(candidate_id: str, piece: HeldEvidence) -> str | None:
    if piece.kind is EvidenceKind.ORIGINAL:
        return None
    # The hash makes the address change with the file, so that browsers may keep what they have for ever.
    return f"/api/candidates/{quote(candidate_id, safe='')}/evidence/{piece.kind.value}?v={piece.sha256[:16]}"


def cameras_out(desk: Desk) -> CamerasOut:
    """All cameras as their workers see them; those of a silent worker are in state `unknown`."""
    seen = desk.roster.all()
    cameras = [_camera(desk, one, camera) for one in seen for camera in one.status.cameras]
    return CamerasOut(server_time=desk.clock.now(), workers=[_worker(one) for one in seen], cameras=cameras)


def _worker(seen: Seen) -> WorkerOut:
    status = seen.status
    return WorkerOut(
        id=status.worker_id,
        at=status.at,
        stale=seen.stale,
        detector=redact(status.detector),
        problems=[redact(text) for text in status.problems],
        outbox_depth=status.outbox_depth,
        disk=redact(status.disk),
    )


def _camera(desk: Desk, seen: Seen, camera: CameraReport) -> CameraOut:
    silent = f"its worker {seen.status.worker_id} has been silent for {seen.silent_s:.0f} s"
    return CameraOut(
        **{name: getattr(camera, name) for name in (*_WORKER_FIELDS, *_PLACE_FIELDS)},
        id=camera.id,
        worker_id=seen.status.worker_id,
        state="unknown" if seen.stale else camera.state.value,
        since=None if seen.stale else camera.since,
        detail=silent if seen.stale else redact(camera.detail),
        look_url=f"/api/cameras/{quote(camera.id, safe='')}/look.jpg?look={quote(camera.look_id, safe='')}",
        zones=[ZoneOut(id=z.id, name=z.name, kind=z.kind, polygon=list(z.polygon)) for z in camera.zones],
        counts=dict(camera.counts),
        open_candidates=desk.open_by_camera.get(camera.id, 0),
        tasks=[_task(task) for task in camera.tasks],
    )


def _task(task: TaskReport) -> TaskOut:
    return TaskOut(
        rule_id=task.rule_id,
        kind=task.kind,
        sight=task.sight.value,
        reason=task.reason,
        values=dict(task.values),
    )
