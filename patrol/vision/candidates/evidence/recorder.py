"""Makes the evidence of candidates: stills at once, clips on one thread of low priority."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from patrol.core.candidate import Candidate, Evidence, EvidenceKind, EvidenceStatus
from patrol.core.detections import Detections, Look
from patrol.core.errors import DiskFull, PatrolError
from patrol.core.media import ClipPart, Pixels
from patrol.core.observation import Observation
from patrol.core.zone import Zone
from patrol.vision.candidates.evidence.blur import persons, union
from patrol.vision.candidates.evidence.clip import write_clip
from patrol.vision.candidates.evidence.people import Detect, find_people
from patrol.vision.candidates.evidence.preview import make_preview
from patrol.vision.candidates.evidence.still import make_stills
from patrol.vision.candidates.evidence.vault import MEDIA_TYPES, Vault

log = structlog.get_logger(__name__)

MAX_JOBS = 64
"""Clips that may wait: at 3 s of work each, three minutes' worth. The site that raises more at once is in a
flood, and its stills are there all the same."""
MAX_WAITING_BYTES = 256 << 20
"""Packets that waiting clips may hold in memory: 64 clips of 20 s at 1.6 Mb/s, or 25 at 4 Mb/s."""
GIVE_UP_S = 10.0
"""After that a clip that was to be given up hangs in the detector or on the disk: it is left to itself."""
NICENESS = 10
"""Of the thread: under load it gets about a tenth of what a thread of normal priority gets."""
STILL_BYTES = 1 << 20
"""Room made for one still before its size is known."""
PREVIEW_BYTES = 4 << 20
"""Room made for a preview before its size is known: 20 s of a busy scene take 1 to 2 MB."""

Done = Callable[[str, tuple[Evidence, ...]], None]
"""Takes a candidate's id and its finished pieces."""


@dataclass(frozen=True, slots=True)
class _Job:
    candidate_id: str
    parts: tuple[ClipPart, ...]
    refused: str = ""

    @property
    def size(self) -> int:
        return sum(len(packet.data) for part in self.parts for packet in part.packets)


class EvidenceRecorder:
    """Writes evidence into a vault. `begin` and `finish` are for any thread; `done` is called on its own.

    Whatever fails becomes a piece that is MISSING, with the reason in words: a candidate never waits for its
    evidence, and never fails for lack of it.

    Args:
        vault: where files go.
        detect_people: finds persons for blurring, down to a score of `blur.SHOWN_THRESHOLD`. Called by one
            thread at a time: this one, or the one that calls `begin`.
        done: takes the finished pieces of a candidate, once for each `finish`.
        removable: hashes that may go when room is needed, oldest first; see `Vault.make_room`.
        removed: is told which of them went.
    """

    def __init__(
        self,
        vault: Vault,
        detect_people: Detect,
        done: Done,
        *,
        removable: Callable[[], Iterable[str]] = tuple,
        removed: Callable[[tuple[str, ...]], None] = lambda _: None,
    ) -> None:
        self._vault = vault
        self._detect_people = detect_people
        self._detector = threading.Lock()
        self._done = done
        self._removable = removable
        self._removed = removed
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._cancelled = threading.Event()
        self._problem = ""
        self._thread = threading.Thread(target=self._run, name="evidence", daemon=True)

    def start(self) -> None:
        """Begin to work off clips."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Work off what waits for at most `timeout_s`, then give the rest up as MISSING. Returns when done.

        The clip in hand is given up within one batch of pictures; one that hangs is left after `GIVE_UP_S`.
        """
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
            self._cancelled.set()
            self._thread.join(GIVE_UP_S)

    def begin(
        self, candidate: Candidate, pixels: Pixels, look: Look, observation: Observation, zone: Zone
    ) -> tuple[Evidence, ...]:
        """Write both stills now, durably, and name the clips as PENDING. Never raises.

        Takes the time of five detections and two JPEGs, or of ten while a preview is being made.

        Args:
            candidate: whose evidence it is.
            pixels: the look's picture in full, RGB.
            look: its persons are blurred even where the second detection does not find them.
            observation: what the candidate rests on, drawn into one of the stills.
            zone: drawn, too.
        """
        try:
            found = union([persons(look.detections), find_people(pixels, self._people)])
            stills = make_stills(pixels, found, observation, zone)
        except Exception as error:  # noqa: BLE001  a candidate is worth more than its pictures
            reason = self._reason(error, "stills_not_made", candidate.id)
            made = [_missing(kind, reason) for kind in (EvidenceKind.STILL, EvidenceKind.STILL_BOXES)]
        else:
            made = [
                self._keep_still(candidate.id, EvidenceKind.STILL, stills.plain),
                self._keep_still(candidate.id, EvidenceKind.STILL_BOXES, stills.boxes),
            ]
        clips = (EvidenceKind.PREVIEW, EvidenceKind.ORIGINAL)
        return (*made, *(Evidence(kind, EvidenceStatus.PENDING) for kind in clips))

    def finish(self, candidate_id: str, parts: list[ClipPart]) -> None:
        """Make original and preview of these packets, later; `done` gets both pieces in one call.

        When too many wait, the oldest clip is given up, and says so.
        """
        with self._changed:
            self._jobs.append(_Job(candidate_id, tuple(parts)))
            while self._too_many():
                self._drop_oldest()
            self._changed.notify_all()

    def problem(self) -> str:
        """Empty, or what is wrong with the evidence disk, in words."""
        return self._vault.shortage() or self._problem

    def waiting(self) -> int:
        """Clips that are still to be made."""
        with self._changed:
            return len(self._jobs)

    def _too_many(self) -> bool:
        live = [job for job in self._jobs if not job.refused]
        return len(live) > MAX_JOBS or (len(live) > 1 and sum(job.size for job in live) > MAX_WAITING_BYTES)

    def _drop_oldest(self) -> None:
        index = next(i for i, job in enumerate(self._jobs) if not job.refused)
        why = "too many incidents at once: this clip was given up so that newer ones could be made"
        self._jobs[index] = replace(self._jobs[index], parts=(), refused=why)
        log.warning("clip_given_up", candidate=self._jobs[index].candidate_id, waiting=len(self._jobs))

    def _run(self) -> None:
        with suppress(OSError):  # where it may not, it works at normal priority
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while (job := self._next()) is not None:
            try:
                self._done(job.candidate_id, self._clips(job))
            except Exception:
                # Supervisor of the thread: one candidate's failure must not end evidence for all others.
                log.exception("evidence_failed", candidate=job.candidate_id)

    def _next(self) -> _Job | None:
        """The next job; None when stopped and none is left."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._stopping)
            return self._jobs.popleft() if self._jobs else None

    def _clips(self, job: _Job) -> tuple[Evidence, ...]:
        original = self._attempt(job, EvidenceKind.ORIGINAL, self._original)
        preview = self._attempt(job, EvidenceKind.PREVIEW, self._preview)
        return preview, original

    def _attempt(
        self, job: _Job, kind: EvidenceKind, make: Callable[[Sequence[ClipPart]], Evidence]
    ) -> Evidence:
        if job.refused:
            return _missing(kind, job.refused)
        if self._cancelled.is_set():
            return _missing(kind, "the worker was stopped before the clip was made")
        try:
            return make(job.parts)
        except Exception as error:  # noqa: BLE001  supervisor: nothing may stay PENDING for ever
            return _missing(kind, self._reason(error, "clip_not_made", job.candidate_id))

    def _original(self, parts: Sequence[ClipPart]) -> Evidence:
        self._make_room(sum(len(packet.data) for part in parts for packet in part.packets))

        def write(path: Path) -> str:
            return "; ".join(write_clip(parts, path).notes)

        return self._keep_file(EvidenceKind.ORIGINAL, write, original=True)

    def _preview(self, parts: Sequence[ClipPart]) -> Evidence:
        self._make_room(PREVIEW_BYTES)

        def write(path: Path) -> str:
            info = make_preview(parts, self._people, path, cancelled=self._cancelled.is_set)
            return f"{info.corrupt} damaged pictures are left out" if info.corrupt else ""

        return self._keep_file(EvidenceKind.PREVIEW, write, original=False)

    def _keep_file(self, kind: EvidenceKind, write: Callable[[Path], str], *, original: bool) -> Evidence:
        """Have a file written, and keep it. What is not as it was sent is said in `reason`."""
        path = self._vault.new_temp()
        try:
            note = write(path)
            sha256, size = self._vault.store_file(path, "mp4", original=original)
        finally:
            path.unlink(missing_ok=True)
        self._problem = ""
        return Evidence(kind, EvidenceStatus.READY, sha256, size, MEDIA_TYPES["mp4"], note)

    def _keep_still(self, candidate_id: str, kind: EvidenceKind, data: bytes) -> Evidence:
        try:
            self._make_room(max(len(data), STILL_BYTES))
            sha256, size = self._vault.store_bytes(data, "jpg")
        except Exception as error:  # noqa: BLE001  as in `begin`
            return _missing(kind, self._reason(error, "still_not_kept", candidate_id))
        self._problem = ""
        return Evidence(kind, EvidenceStatus.READY, sha256, size, MEDIA_TYPES["jpg"])

    def _make_room(self, needed: int) -> None:
        if gone := self._vault.make_room(needed, self._removable()):
            self._removed(gone)

    def _people(self, pictures: Sequence[Pixels]) -> list[Detections]:
        # One picture at a time: who begins a candidate waits for one detection of this thread, not for four.
        found: list[Detections] = []
        for picture in pictures:
            with self._detector:
                found += self._detect_people([picture])
        return found

    def _reason(self, error: Exception, event: str, candidate_id: str) -> str:
        """Why a piece is missing, for people; remembers a full disk, and logs."""
        if isinstance(error, DiskFull):
            self._problem = str(error)
        if isinstance(error, PatrolError):
            log.warning(event, candidate=candidate_id, why=str(error))
            return str(error)
        log.error(event, candidate=candidate_id, exc_info=error)
        return f"a defect in Patrol ({type(error).__name__}); the worker's log says more"


def _missing(kind: EvidenceKind, reason: str) -> Evidence:
    return Evidence(kind, EvidenceStatus.MISSING, reason=reason)
