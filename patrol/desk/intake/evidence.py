"""Pulling evidence from the workers: whole, checked, within the limits, and again until it is there."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import httpx
import structlog

from patrol.core.candidate import EvidenceKind
from patrol.core.errors import DeliveryError, EvidenceError, PatrolError
from patrol.core.protocols import Clock
from patrol.core.redact import Secret
from patrol.desk.intake.fetch import EvidenceGone, fetch, media_address
from patrol.desk.intake.files import EvidenceFiles
from patrol.desk.intake.room import Room
from patrol.desk.store import Store, evidence
from patrol.desk.store.rows import StoredFile, Wanted

log = structlog.get_logger(__name__)

POLL_S = 2.0
"""How often the table is asked, besides each time that something new arrives: a worker may come back."""
_FIRST_RETRY_S, _SOON_S, _LATE_S = 1.0, 60.0, 600.0
"""Back-off doubles from the first to at most a minute where the line or the worker fails, and to ten minutes
where the worker says no or sends wrong bytes."""


@dataclass(slots=True)
class Trouble:
    """What went wrong with one worker or one piece, and when it is tried again (monotonic seconds)."""

    words: str = ""
    attempts: int = 0
    again_at: float = 0.0


@dataclass(slots=True)
class PullCounts:
    """Since the start of this process."""

    pulled: int = 0
    bytes: int = 0
    failed: int = 0
    mismatched: int = 0


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a puller asks of the desk.

    Attributes:
        address_of: a worker's media address, None while it is silent.
        changed: these candidates' evidence has changed: acknowledge and show it.
    """

    address_of: Callable[[str], str | None]
    changed: Callable[[Iterable[str]], Awaitable[None]]


@dataclass(slots=True)
class _State:
    by_worker: dict[str, Trouble] = field(default_factory=dict)
    by_piece: dict[str, Trouble] = field(default_factory=dict)
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict)


class Puller:
    """Pulls what is ready and not held, one transfer a worker at a time, stills first."""

    def __init__(
        self,
        store: Store,
        files: EvidenceFiles,
        room: Room,
        client: httpx.AsyncClient,
        token: Secret,
        hooks: Hooks,
        clock: Clock,
    ) -> None:
        self._store, self._files, self._room = store, files, room
        self._client, self._token, self._hooks, self._clock = client, token, hooks, clock
        self._state = _State()
        self._wake = asyncio.Event()
        self.counts = PullCounts()

    def wake(self) -> None:
        """There may be something new."""
        self._wake.set()

    def words(self, worker_id: str, sha256: str) -> str:
        """Why a piece is not here yet, for people; empty while all goes well."""
        for trouble in (self._state.by_piece.get(sha256), self._state.by_worker.get(worker_id)):
            if trouble is not None:
                return trouble.words
        return "" if self._hooks.address_of(worker_id) else f"worker {worker_id} is silent; it still has this"

    def problems(self) -> list[str]:
        """What keeps evidence from coming, for people."""
        found = [f"evidence of worker {name}: {t.words}" for name, t in sorted(self._state.by_worker.items())]
        return [self._room.problem, *found] if self._room.problem else found

    async def run(self) -> None:
        """Until cancelled. A database that is locked is waited for."""
        try:
            while True:
                self._wake.clear()
                try:
                    await self.start_what_is_due()
                except PatrolError as error:
                    log.warning("evidence_table_not_readable", error=str(error))
                await self._wait()
        finally:
            await self._stop()

    async def audit(self) -> None:
        """Compare rows and files, before anything is pulled: what is lost is pulled again, strangers go."""
        lost, strangers = await self._store.run(self._compare)
        if lost or strangers:
            log.warning("evidence_on_disk_differed", lost=lost, strangers=strangers)

    async def start_what_is_due(self) -> None:
        """Start a task for each worker that has something to give and none running."""
        by_worker: dict[str, list[Wanted]] = defaultdict(list)
        # Those that are busy now may end while the table is read: what it says of them would be old.
        busy = set(self._state.running)
        for piece in await self._store.run(self._wanted):
            by_worker[piece.worker_id].append(piece)
        for trouble in (self._state.by_worker, self._state.by_piece):
            known = by_worker.keys() | {p.sha256 for pieces in by_worker.values() for p in pieces}
            for name in trouble.keys() - known:
                del trouble[name]
        for worker_id, pieces in by_worker.items():
            if worker_id not in busy:
                task = asyncio.create_task(self._pull_all(worker_id, pieces), name=f"pull {worker_id}")
                self._state.running[worker_id] = task

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _stop(self) -> None:
        tasks = list(self._state.running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _pull_all(self, worker_id: str, pieces: list[Wanted]) -> None:
        try:
            for piece in pieces:
                base = self._hooks.address_of(worker_id)
                if base is None or not self._is_due(self._state.by_worker.get(worker_id)):
                    return
                if self._is_due(self._state.by_piece.get(piece.sha256)):
                    await self._pull(base, piece)
        except (PatrolError, OSError) as error:
            self._note(self._state.by_worker, worker_id, f"{error}", _SOON_S)
        finally:
            del self._state.running[worker_id]

    async def _pull(self, base: str, piece: Wanted) -> None:
        fits, touched = await self._store.run(self._room.reserve, piece)
        if touched:
            await self._hooks.changed(touched)
        if not fits:
            self._note(self._state.by_piece, piece.sha256, "no room on the desk's disk", _SOON_S)
            return
        settled = False
        try:
            file = await self._transfer(base, piece)
            touched = await self._store.run(self._room.settle, piece, file)
            settled = True
            self._succeeded(piece)
            await self._hooks.changed(touched)
        except EvidenceError as error:
            self.counts.mismatched += 1
            self._note(self._state.by_piece, piece.sha256, str(error), _LATE_S)
        except EvidenceGone as error:
            self._note(self._state.by_piece, piece.sha256, str(error), _LATE_S)
        except DeliveryError as error:
            self._note(self._state.by_worker, piece.worker_id, str(error), _SOON_S)
        finally:
            if not settled:
                self._room.release(piece)

    async def _transfer(self, base: str, piece: Wanted) -> StoredFile:
        url = media_address(base, f"evidence/{piece.sha256}")
        await fetch(self._client, url, self._token, self._files.partial(piece.sha256), piece.size)
        file = StoredFile(piece.sha256, piece.size, piece.kind is EvidenceKind.ORIGINAL)
        await asyncio.to_thread(self._files.adopt, file)
        return file

    def _succeeded(self, piece: Wanted) -> None:
        self._state.by_worker.pop(piece.worker_id, None)
        self._state.by_piece.pop(piece.sha256, None)
        self.counts.pulled += 1
        self.counts.bytes += piece.size

    def _is_due(self, trouble: Trouble | None) -> bool:
        return trouble is None or self._clock.monotonic() >= trouble.again_at

    def _note(self, where: dict[str, Trouble], name: str, words: str, most_s: float) -> None:
        trouble = where.setdefault(name, Trouble())
        trouble.words = words
        wait = min(most_s, _FIRST_RETRY_S * 2.0**trouble.attempts)
        trouble.attempts = min(trouble.attempts + 1, 16)
        # Jitter, so that many pieces of one worker do not all come due in the same second.
        trouble.again_at = self._clock.monotonic() + wait * random.uniform(0.5, 1.0)  # noqa: S311
        self.counts.failed += 1
        log.warning("evidence_not_pulled", name=name, why=words, again_in_s=round(wait, 1))

    def _wanted(self) -> list[Wanted]:
        with self._store.read() as tx:
            return evidence.wanted(tx)

    def _compare(self) -> tuple[int, int]:
        with self._store.write() as tx:
            held = evidence.all_held(tx)
            lost = {file for file in held if not self._files.holds(file)}
            for file in lost:
                evidence.mark_lost(tx, file)
            wanted = {piece.sha256 for piece in evidence.wanted(tx)}
        return len(lost), self._files.remove_strangers(held - lost, wanted)
