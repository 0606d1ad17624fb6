"""What a worker says about itself: to the desk every two seconds, and to Prometheus when asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from patrol.config.models import CameraConfig
from patrol.core.camera import CameraHealth, CameraState
from patrol.core.sight import Reason, Sight, TaskSight
from patrol.queue.wire import CameraReport, TaskReport, ZoneReport


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """One camera at one moment, gathered from its reader, the loop and the engine.

    Attributes:
        last_packet_at: wall-clock time of the last packet, UTC.
        last_look_at: arrival of the last picture that was judged, UTC.
        skipped: looks that did not happen, by cause.
        counters: the reader's own counters.
        tasks: its rules as their looks show them, and those that were refused.
    """

    config: CameraConfig
    health: CameraHealth
    last_packet_at: datetime | None
    last_look_at: datetime | None
    look_id: str
    looks: int
    skipped: Mapping[str, int]
    values: Mapping[str, float] = field(default_factory=dict)
    counters: Mapping[str, int] = field(default_factory=dict)
    tasks: tuple[TaskSight, ...] = ()


def camera_report(facts: CameraFacts) -> CameraReport:
    """The report of one camera on the wire."""
    config, health = facts.config, facts.health
    return CameraReport(
        id=config.id,
        name=config.name,
        state=health.state,
        since=health.since,
        detail=health.detail,
        last_packet_at=facts.last_packet_at,
        last_look_at=facts.last_look_at,
        look_id=facts.look_id,
        look_every_s=config.look_every_s,
        keyframe_gap_s=health.keyframe_gap_s,
        counts=dict(facts.values),
        looks=facts.looks,
        skipped=dict(facts.skipped),
        platform=config.platform,
        site_class=config.site_class,
        grid=config.grid,
        latitude=config.latitude,
        longitude=config.longitude,
        playback_url=config.playback_url,
        zones=tuple(
            ZoneReport(id=z.id, name=z.name or z.id, kind=z.kind, polygon=z.polygon) for z in config.zones
        ),
        tasks=tuple(_task(task, health) for task in facts.tasks),
    )


def _task(task: TaskSight, health: CameraHealth) -> TaskReport:
    """A rule on the wire: no rule of a camera that is not live sees anything, whatever its last look said."""
    reason, sight = task.reason, task.sight
    if health.state is not CameraState.LIVE and sight is not Sight.REFUSED:
        reason, sight = Reason("camera", {"state": health.state.value}), Sight.STALLED
    return TaskReport(
        rule_id=task.rule_id,
        kind=task.kind,
        sight=sight,
        reason=reason.code if reason else "",
        values=dict(reason.values) if reason else {},
    )


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """Figures of the whole worker; those of an outbox that cannot be read now are NaN."""

    outbox_depth: float
    unsaved: int
    candidates_ever: float
    evidence_bytes: int
    abandoned_threads: int


def metrics(cameras: list[CameraFacts], worker: WorkerFacts) -> bytes:
    """All figures in Prometheus' text format. Labels are ids, states and causes: bounded by the config."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures([*_camera_metrics(cameras), *_worker_metrics(worker)]))
    return generate_latest(registry)


class _Figures:
    """Ready metrics, in the shape that prometheus_client collects from."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families


def _camera_metrics(cameras: list[CameraFacts]) -> list[Metric]:
    looks = CounterMetricFamily("patrol_looks", "Pictures that were judged.", labels=["camera"])
    missed = CounterMetricFamily(
        "patrol_looks_missed", "Looks that did not happen.", labels=["camera", "cause"]
    )
    reader = CounterMetricFamily(
        "patrol_reader", "What a camera's reader counted.", labels=["camera", "what"]
    )
    state = GaugeMetricFamily("patrol_camera_state", "1 for the state it is in.", labels=["camera", "state"])
    sight = GaugeMetricFamily(
        "patrol_rule_sight", "1 for what a rule can do now.", labels=["camera", "rule", "sight"]
    )
    age = GaugeMetricFamily("patrol_packet_age_seconds", "Since the last packet.", labels=["camera"])
    for facts in cameras:
        camera = facts.config.id
        looks.add_metric([camera], facts.looks)
        for cause, count in sorted(facts.skipped.items()):
            missed.add_metric([camera, cause], count)
        for what, count in sorted(facts.counters.items()):
            reader.add_metric([camera, what], count)
        for one in CameraState:
            state.add_metric([camera, one.value], float(facts.health.state is one))
        for task in (_task(t, facts.health) for t in facts.tasks):
            for each in Sight:
                sight.add_metric([camera, task.rule_id, each.value], float(task.sight is each))
        if facts.health.packet_age_s is not None:
            age.add_metric([camera], facts.health.packet_age_s)
    return [looks, missed, reader, state, sight, age]


def _worker_metrics(worker: WorkerFacts) -> list[Metric]:
    gauges = {
        "patrol_outbox_depth": (
            "Candidates whose newest revision the desk has not acknowledged.",
            worker.outbox_depth,
        ),
        "patrol_candidates_unsaved": ("Candidates that the outbox has not taken yet.", worker.unsaved),
        "patrol_evidence_bytes": ("Bytes of evidence on disk.", worker.evidence_bytes),
        "patrol_reader_threads_abandoned": (
            "Readers that hang inside the library.",
            worker.abandoned_threads,
        ),
    }
    families: list[Metric] = [GaugeMetricFamily(n, h, value=v) for n, (h, v) in gauges.items()]
    ever = "Candidates that ever began here."
    return [*families, CounterMetricFamily("patrol_candidates", ever, value=worker.candidates_ever)]
