"""The desk, wired: the only file that knows all its parts. What the console calls is here."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import structlog

from patrol.config.settings import Settings
from patrol.core.candidate import EvidenceKind
from patrol.core.errors import ConfigError, DeliveryError, StoreError
from patrol.core.protocols import Clock
from patrol.core.redact import Secret
from patrol.desk.intake.candidates import take_in
from patrol.desk.intake.door import Connect, Door, Handle
from patrol.desk.intake.evidence import Hooks, Puller
from patrol.desk.intake.fetch import media_client
from patrol.desk.intake.files import EvidenceFiles
from patrol.desk.intake.news import Listener, News
from patrol.desk.intake.room import Limits, Room
from patrol.desk.intake.workers import Roster
from patrol.desk.people.sessions import Sessions
from patrol.desk.store import Store
from patrol.desk.store.candidates import Filter
from patrol.desk.store.engine import default_address
from patrol.desk.store.rows import Decision, HeldEvidence, IntakeRow, SignedIn, Verdict
from patrol.desk.triage.openings import Grant, Originals
from patrol.desk.triage.reading import count_all, read_one, read_page
from patrol.desk.triage.verdicts import History, decide, history
from patrol.queue.consume import Consumer
from patrol.queue.wire import Ack, CandidateEvent, Command
from patrol.queue.workers import Workers

log = structlog.get_logger(__name__)

_STATUS_EVERY_S = 1.0
_SWEEP_EVERY_S = 60.0
_RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class DeskSetup:
    """What a desk is told: its own folder, the token of the media endpoints, the evidence limits."""

    folder: Path
    media_token: Secret
    limits: Limits


def open_store(values: Settings, folder: Path) -> Store:
    """The database that the environment names, else SQLite in the desk's folder; migrated.

    Raises:
        ConfigError: the address is not usable.
        StoreError: locked, unreachable, or newer than this version.
    """
    return Store(values.database_url or default_address(folder))


def build_desk(values: Settings, folder: Path, clock: Clock) -> Desk:
    """A desk as the environment describes it, with the real queue. Not yet started.

    Raises:
        ConfigError: no queue or no media token is named, or something else there is wrong.
        StoreError: see `open_store`.
    """
    redis_url, token = values.redis_url, values.media_token
    if redis_url is None:
        raise ConfigError("PATROL_REDIS_URL is not set: a desk needs the queue that its workers write to")
    if token is None:
        raise ConfigError("PATROL_MEDIA_TOKEN is not set: it must be the same for the desk and its workers")
    limits = Limits.of_mb(values.evidence_max_mb, values.evidence_min_free_mb)

    def connect(handle: Handle) -> Door:
        name = f"desk-{socket.gethostname()}"
        return Door(Consumer(redis_url, name, handle, clock), Workers(redis_url, clock))

    return Desk(open_store(values, folder), DeskSetup(folder, token, limits), connect, clock)


class Desk:
    """One desk. Build it, `start` it in an event loop, `stop` it there.

    Args:
        store: open; `stop` closes it.
        setup: folders, token, limits.
        connect: makes the queue's side from the handler of candidate events.
        clock: the time.
    """

    def __init__(self, store: Store, setup: DeskSetup, connect: Connect, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.media_token = setup.media_token
        self.roster = Roster(clock)
        self.sessions = Sessions(store, clock)
        self._files = EvidenceFiles(setup.folder / "evidence")
        self._room = Room(store, self._files, setup.limits, clock)
        self._originals = Originals(store, clock)
        self._door = connect(self.handle)
        self.http: httpx.AsyncClient = media_client()
        """For workers' media endpoints: looks go through it, too."""
        hooks = Hooks(self.roster.address_of, self._evidence_changed)
        self._puller = Puller(store, self._files, self._room, self.http, setup.media_token, hooks, clock)
        self._news = News(store, self._door.workers)
        self._tasks: list[asyncio.Task[None]] = []
        self._workers_problem = ""
        self._faults = 0

    async def start(self) -> None:
        """Begin to take in, to pull and to listen to the workers.

        Raises:
            StoreError: the database cannot be read.
        """
        await self._puller.audit()
        await self._news.remember()
        loops = {
            "intake": self._door.candidates.run,
            "evidence": self._puller.run,
            "workers": self._watch_workers,
            "room": self._sweep,
            "news": self._news.run,
        }
        self._tasks = [
            asyncio.create_task(self._forever(name, run), name=name) for name, run in loops.items()
        ]

    async def stop(self) -> None:
        """End every task and close what is open. What was acknowledged is in the database."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._door.workers.close()
        await self.http.aclose()
        self.store.close()

    @property
    def open_by_camera(self) -> dict[str, int]:
        """Candidates without a verdict, by camera."""
        return self._news.open_by_camera

    def listen(self, listener: Listener) -> None:
        """Call `listener`, in the event loop, with each candidate that changed. It must not block."""
        self._news.listen(listener)

    # -- intake ---------------------------------------------------------------------------------------------

    async def handle(self, event: CandidateEvent) -> Ack:
        """Take in one event; see `patrol.desk.intake.candidates.take_in`."""
        ack = await self.store.run(take_in, self.store, event, self.roster.place_of, self.clock.now())
        self._news.row_changed(ack.candidate_id)
        self._puller.wake()
        return ack

    # -- candidates -----------------------------------------------------------------------------------------

    async def candidate(self, candidate_id: str) -> IntakeRow | None:
        """One candidate, None where there is none of this id."""
        return await self.store.run(read_one, self.store, candidate_id)

    async def page(self, wanted: Filter, before: int | None, limit: int) -> Sequence[IntakeRow]:
        """Newest first, all with a `seq` below `before`."""
        return await self.store.run(read_page, self.store, wanted, before, limit)

    async def history(self, candidate_id: str) -> History | None:
        """What people did with it."""
        return await self.store.run(history, self.store, candidate_id)

    async def decide(
        self, candidate_id: str, verdict: Verdict | None, reason: str, who: SignedIn, key: str | None
    ) -> IntakeRow | None:
        """Set or undo a verdict; the worker is told to keep what was confirmed."""
        decision = Decision(verdict, reason, who.label, self.clock.now())
        row = await self.store.run(decide, self.store, candidate_id, decision, key)
        if row is not None:
            self._news.answer_changed((candidate_id,))
        return row

    async def open_original(self, candidate_id: str, who: SignedIn, purpose: str) -> Grant | None:
        """Record that an original is opened, then allow it; None where the desk has no file of it."""
        if await self.evidence_file(candidate_id, EvidenceKind.ORIGINAL) is None:
            return None
        row = await self.store.run(self._originals.record, candidate_id, who, purpose)
        return None if row is None else self._originals.grant(candidate_id, who)

    def may_read_original(self, candidate_id: str, code: str, who: SignedIn) -> bool:
        """Whether a grant still holds for this session."""
        return self._originals.allows(code, candidate_id, who)

    async def evidence_file(self, candidate_id: str, kind: EvidenceKind) -> tuple[Path, HeldEvidence] | None:
        """The file of a piece that the desk holds."""
        row = await self.candidate(candidate_id)
        piece = None if row is None else row.piece(kind)
        if piece is None or not piece.held:
            return None
        return self._files.path(piece.sha256, original=kind is EvidenceKind.ORIGINAL), piece

    def evidence_words(self, worker_id: str, sha256: str) -> str:
        """Why a piece that the worker has ready is not here yet."""
        return self._puller.words(worker_id, sha256)

    # -- workers --------------------------------------------------------------------------------------------

    async def look_now(self, camera_id: str) -> bool:
        """Ask for a look at once; False where no worker has this camera.

        Raises:
            DeliveryError: the queue cannot be reached.
        """
        found = self.roster.find_camera(camera_id)
        if found is None:
            return False
        command = Command(name="look-now", camera_id=camera_id)
        await self._door.workers.send_command(found[0].status.worker_id, command)
        return True

    # -- how it is ------------------------------------------------------------------------------------------

    def queue_problem(self) -> str:
        """Empty, or what is wrong with the queue."""
        return self._door.candidates.problem() or self._workers_problem

    def problems(self) -> list[str]:
        """All that people should know, worst first."""
        dead = self._door.candidates.dead_letters
        found = [
            self.store.problem,
            self.queue_problem(),
            *self._puller.problems(),
            f"{dead} events could not be taken in and lie in the dead-letter stream" if dead else "",
        ]
        for name, why in sorted(self._door.workers.unreadable.items()):
            found.append(
                f"worker {name}: its report cannot be read here, so its cameras are not shown: {why}"
            )
        for seen in self.roster.all():
            name = seen.status.worker_id
            if seen.stale:
                found.append(
                    f"worker {name} has been silent for {seen.silent_s:.0f} s: its cameras are not seen"
                )
            else:
                found += [
                    f"worker {name}: {text}" for text in (seen.status.disk, *seen.status.problems) if text
                ]
        if not self.roster.all():
            found.append("no worker has reported yet: no camera is watched")
        return [text for text in found if text]

    def figures(self) -> dict[str, float]:
        """Counters and gauges by fixed names."""
        counts = self._puller.counts
        return {
            "intake_events_total": self._door.candidates.taken,
            "intake_dead_letters_total": self._door.candidates.dead_letters,
            "intake_open_candidates": sum(self.open_by_camera.values()),
            "evidence_pulled_total": counts.pulled,
            "evidence_pulled_bytes_total": counts.bytes,
            "evidence_failed_total": counts.failed,
            "evidence_mismatched_total": counts.mismatched,
            "evidence_removed_total": self._room.removed,
            "workers": len(self.roster.all()),
            "workers_silent": sum(seen.stale for seen in self.roster.all()),
            "database_ok": 0 if self.store.problem else 1,
            "queue_ok": 0 if self.queue_problem() else 1,
            "faults_total": self._faults,
        }

    async def count_rows(self) -> int:
        """Intake rows in the database."""
        return await self.store.run(count_all, self.store)

    # -- inside ---------------------------------------------------------------------------------------------

    async def _evidence_changed(self, ids: Iterable[str]) -> None:
        self._news.answer_changed(ids)

    async def _watch_workers(self) -> None:
        while True:
            try:
                statuses = await self._door.workers.status_of_workers()
                self.roster.update(statuses, self._door.workers.unreadable)
                self._workers_problem = ""
            except DeliveryError as error:
                self._workers_problem = str(error)
            await asyncio.sleep(_STATUS_EVERY_S)

    async def _sweep(self) -> None:
        while True:
            try:
                touched = await self.store.run(self._room.sweep)
                self._news.answer_changed(touched)
            except StoreError as error:
                log.warning("evidence_not_swept", reason=str(error))
            await asyncio.sleep(_SWEEP_EVERY_S)

    async def _forever(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run one of the desk's loops; a fault in it is counted, logged and survived."""
        while True:
            try:
                await run()
            except Exception:  # the supervisor of the desk's tasks: one fault must not end the intake
                self._faults += 1
                log.exception("desk_task_failed", task=name)
                await asyncio.sleep(_RETRY_S)
