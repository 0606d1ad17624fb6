"""A worker process: wired, started, watched and stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import structlog

from patrol.config.load import Loaded
from patrol.config.settings import Settings
from patrol.core.candidate import Candidate
from patrol.core.errors import ConfigError, DeliveryError
from patrol.core.protocols import Clock
from patrol.core.redact import Secret
from patrol.queue.acks import AckReader
from patrol.queue.commands import CommandReader
from patrol.queue.outbox import Outbox
from patrol.queue.publish import Publisher
from patrol.queue.status import StatusWriter
from patrol.queue.wire import Command, WorkerStatus
from patrol.vision.media.server import MediaServer
from patrol.vision.sources.camera import CameraReader
from patrol.vision.sources.watchdog import Watchdog
from patrol.vision.worker.history import purge, removable
from patrol.vision.worker.identity import worker_id
from patrol.vision.worker.report import Reporter
from patrol.vision.worker.sighting import FaultWatch
from patrol.vision.worker.vision import Surroundings, build_vision

log = structlog.get_logger(__name__)

TICK_S = 1.0
PURGE_EVERY_S = 3600.0
LOOK_HANG_S = 60.0
"""Without a step forward while it looks. The slowest one, a candidate with both stills on a busy machine,
takes a few seconds; a detector that hangs never comes back, and its cameras would go on being called live."""
READER_STOP_S = 2.0
EVIDENCE_STOP_S = 4.0
"""A stop gives clips that were just cut a few seconds; what is not made then is marked as missing."""


class Worker:
    """All cameras of one streams.yaml in one process.

    Args:
        loaded: the configuration.
        settings: the environment; `redis_url` and `media_token` must be set.
        data_dir: the worker's own folder: outbox, evidence, id.
        environ: where passwords of cameras are looked up.
        clock: the time.

    Raises:
        ConfigError, PluginError: the configuration cannot be run.
        ModelError: a detector cannot do what its manifest says.
        StoreError, EvidenceError: the data folder cannot be used.
    """

    def __init__(
        self, loaded: Loaded, settings: Settings, data_dir: Path, environ: Mapping[str, str], clock: Clock
    ) -> None:
        queue, token = _door(settings)
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._id, self._clock = worker_id(data_dir), clock
        self._outbox = Outbox(data_dir / "outbox.db", clock)
        around = Surroundings(self._id, self, self._removable, data_dir, clock)
        self._vision = build_vision(loaded, settings, environ, around)
        self._watchdog = Watchdog(self._readers, self._fail)
        self._reporter = Reporter(
            self._id, loaded.streams.site, self._vision, self._outbox, self._watchdog, clock
        )
        self._looking = threading.Thread(target=self._vision.loop.run, name="looks", daemon=True)
        self._media = MediaServer(
            settings.media_host,
            settings.media_port,
            token,
            self._vision.last.pictures,
            self._vision.vault,
            self._reporter.metrics,
        )
        self._media_url = ""
        self._publisher = Publisher(self._outbox, queue, self._id, clock)
        self._acks = AckReader(self._outbox, queue, self._id, clock)
        self._status = StatusWriter(self.status, queue, clock)
        self._commands = CommandReader(queue, self._id, self._command, clock)
        self._faults = FaultWatch(self._vision.engine)
        self._failure = ""
        self._hangs = 0

    def run(self, stop: threading.Event) -> str:
        """Work until `stop` is set, then stop in order. Empty, or why it had to end by itself.

        Where the looks hang there is no order to stop in: it returns at once, and the process has to end.
        """
        self._start()
        purged = self._clock.monotonic()
        while not stop.wait(TICK_S) and not self._failure:
            self._watchdog.check(self._clock.monotonic())
            self._vision.engine.tick()
            self._tell_of_faults()
            if not self._looking.is_alive():
                self._fail(self._vision.loop.failure or "the look loop has died; the log says more")
            if self._looks_hang():
                return self._failure
            if self._clock.monotonic() - purged > PURGE_EVERY_S:
                purge(self._outbox, self._vision.vault, self._clock.now())
                purged = self._clock.monotonic()
        self._stop()
        return self._failure

    def status(self) -> WorkerStatus:
        """What the worker says about itself now."""
        return self._reporter.status(self._media_url, (self._publisher.problem(), self._acks.problem()))

    def put(self, candidate: Candidate) -> None:
        """The engine's CandidateSink: the outbox, and a nudge to the publisher.

        Raises:
            StoreError: not stored.
        """
        self._outbox.put(candidate)
        self._publisher.kick()

    def _start(self) -> None:
        self._vision.engine.resume(self._outbox.unfinished())
        self._media_url = self._media.start()
        for part in (self._vision.recorder, self._publisher, self._acks, self._status, self._commands):
            part.start()
        self._looking.start()
        for reader in self._readers():
            reader.start()
        log.info("worker_started", worker=self._id, cameras=len(self._readers()), media=self._media_url)

    def _stop(self) -> None:
        """Sources first, then what they feed, the queue last: each part still has somewhere to put things."""
        log.info("worker_stopping", why=self._failure or "asked to")
        _together([lambda r=reader: r.stop(READER_STOP_S) for reader in self._readers()])  # type: ignore[misc]
        self._vision.loop.stop()
        self._looking.join(READER_STOP_S)
        self._vision.engine.cut_clips_now()
        self._vision.recorder.stop(EVIDENCE_STOP_S)
        self._vision.engine.tick()
        self._media.stop()
        _together([self._publisher.stop, self._acks.stop, self._status.stop, self._commands.stop])
        self._outbox.close()

    def _tell_of_faults(self) -> None:
        """Up to the first look that holds the engine: one that hangs is waited for once, not per camera."""
        for health in [reader.health() for reader in self._readers()]:
            if not self._faults.step(health):
                return

    def _fail(self, why: str) -> None:
        log.error("worker_failed", why=why)
        self._failure = self._failure or why

    def _looks_hang(self) -> bool:
        """Whether the looks have hung for too long.

        Seen twice: a process that was stopped for a while finds itself late at first.
        """
        stuck = self._vision.loop.stuck_for(self._clock.monotonic())
        self._hangs = self._hangs + 1 if stuck > LOOK_HANG_S else 0
        if self._hangs > 1:
            self._fail(f"looking has hung for {stuck:.0f} s inside decoder, detector or disk")
        return self._hangs > 1

    def _readers(self) -> list[CameraReader]:
        return [unit.reader for unit in self._vision.units.values()]

    def _command(self, command: Command) -> Mapping[str, object]:
        unit = self._vision.units.get(command.camera_id)
        if command.name != "look-now":
            raise DeliveryError(f"this worker does not know the command {command.name!r}")
        if unit is None:
            raise DeliveryError(f"this worker has no camera {command.camera_id!r}")
        unit.reader.look_now()
        return {"ok": True}

    def _removable(self) -> Iterable[str]:
        return removable(self._outbox, self._vision.vault)


def _door(settings: Settings) -> tuple[Secret, Secret]:
    """Address of the queue, and the token that the desk shows to the media endpoint."""
    if settings.redis_url is None or settings.media_token is None:
        raise ConfigError(
            "a worker by itself needs PATROL_REDIS_URL (the queue that it shares with the desk) and "
            "PATROL_MEDIA_TOKEN (16 characters or more, the same at the desk); "
            "`patrol run` sets both for one machine"
        )
    return settings.redis_url, settings.media_token


def _together(stops: list[Callable[[], object]]) -> None:
    """Stop several things at once; each of them waits for a thread of its own."""
    threads = [threading.Thread(target=stop) for stop in stops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
