"""Gathers what the worker says about itself from its running parts."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta

import patrol
from patrol.config.models import SiteConfig
from patrol.core.errors import StoreError
from patrol.core.protocols import Clock
from patrol.queue.outbox import Outbox
from patrol.queue.wire import WorkerStatus
from patrol.vision.sources.watchdog import Watchdog
from patrol.vision.worker.cameras import CameraUnit
from patrol.vision.worker.status import CameraFacts, WorkerFacts, camera_report, metrics
from patrol.vision.worker.vision import Vision


class Reporter:
    """Status and metrics of one worker. Thread-safe: it only reads.

    Args:
        worker_id: who reports.
        site: of streams.yaml.
        vision: what looks.
        outbox: what waits.
        watchdog: what hangs.
        clock: the time.
    """

    def __init__(
        self,
        worker_id: str,
        site: SiteConfig,
        vision: Vision,
        outbox: Outbox,
        watchdog: Watchdog,
        clock: Clock,
    ) -> None:
        self._worker_id = worker_id
        self._site = site
        self._vision = vision
        self._outbox = outbox
        self._watchdog = watchdog
        self._clock = clock
        self._started = clock.now()
        self._waiting = 0

    def status(self, media_url: str, problems: tuple[str, ...]) -> WorkerStatus:
        """The status now; `problems` are those of the parts that talk to the queue."""
        unsaved = self._vision.engine.unsaved()
        kept = f"{unsaved} candidates cannot be written to the outbox; they are kept in memory"
        unreadable = self._count_waiting()
        return WorkerStatus(
            worker_id=self._worker_id,
            at=self._clock.now(),
            started=self._started,
            version=patrol.__version__,
            site_name=self._site.name,
            language=self._site.language,
            time_zone=self._site.time_zone,
            media_url=media_url,
            detector="; ".join(d.words() for d in self._vision.detectors.values()),
            outbox_depth=self._waiting,
            disk=self._vision.recorder.problem(),
            problems=tuple(p for p in (unreadable, *problems, kept if unsaved else "") if p),
            cameras=tuple(camera_report(facts) for facts in self._cameras()),
        )

    def metrics(self) -> bytes:
        """Everything countable, in Prometheus' text format."""
        worker = WorkerFacts(
            outbox_depth=_or_nan(self._outbox.depth),
            unsaved=self._vision.engine.unsaved(),
            candidates_ever=_or_nan(self._outbox.ever),
            evidence_bytes=self._vision.vault.used_bytes,
            abandoned_threads=self._watchdog.alive_abandoned,
        )
        return metrics(self._cameras(), worker)

    def _count_waiting(self) -> str:
        """Why the outbox cannot be read, or nothing.

        The number of before stays: what the cameras see is worth saying all the same, and a worker that says
        nothing counts as one that does not look.
        """
        try:
            self._waiting = self._outbox.depth()
        except StoreError as error:
            return str(error)
        return ""

    def _cameras(self) -> list[CameraFacts]:
        return [self._facts(unit) for unit in self._vision.units.values()]

    def _facts(self, unit: CameraUnit) -> CameraFacts:
        camera, health, counters = unit.config.id, unit.reader.health(), unit.reader.counters()
        last = self._vision.last.get(camera)
        return CameraFacts(
            config=unit.config,
            health=health,
            last_packet_at=_ago(self._clock.now(), health.packet_age_s),
            last_look_at=last.look.at if last else None,
            look_id=last.look.look_id if last else "",
            looks=self._vision.loop.looks(camera),
            skipped={"replaced": counters["replaced"], **self._vision.loop.missed(camera)},
            values=self._vision.engine.values(camera),
            counters=counters,
            tasks=(*self._vision.engine.sights(camera), *unit.refused),
        )


def _or_nan(count: Callable[[], int]) -> float:
    """What Prometheus is told of a figure that cannot be read now."""
    try:
        return count()
    except StoreError:
        return math.nan


def _ago(now: datetime, seconds: float | None) -> datetime | None:
    return None if seconds is None else now - timedelta(seconds=seconds)
