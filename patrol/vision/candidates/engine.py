"""Turns looks into candidates: applies the rules of each camera, keeps what is open, asks for evidence.

It loses nothing while the process lives: what the outbox does not take now (disk full, file locked) is kept
and offered again. Over restarts, open candidates come back from the outbox and go on under their ids.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from patrol.core.candidate import Candidate, Evidence, EvidenceKind, EvidenceStatus, Phase, candidate_id
from patrol.core.detections import Look
from patrol.core.errors import DecodeError, StoreError
from patrol.core.media import Pixels
from patrol.core.observation import Observation, Presence
from patrol.core.protocols import CandidateSink, Clock
from patrol.core.sight import Reason, TaskSight
from patrol.core.zone import Zone
from patrol.vision.candidates.debounce import Change, Debounce
from patrol.vision.candidates.state import BLIND_AFTER_S, FAILED, State
from patrol.vision.candidates.watched import EvidenceMaker, Ring, Rule, Watched

log = structlog.get_logger(__name__)

TICK_WAIT_S = 1.0
"""How long a tick waits for a look under way: one that hangs must not hold its caller, who has to notice."""
UPDATE_EVERY_S = 10.0
"""How often an open candidate that changed is written: one fsync each, and nobody reads a count faster."""


@dataclass(frozen=True, slots=True)
class _ClipDue:
    watched: Watched
    start: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class _Moment:
    """When something is judged, and the picture by which; none for what is known without one.

    Attributes:
        arrived: monotonic seconds.
        at: wall-clock time, UTC.
        look: the judged picture.
        pixels: decodes it in full.
    """

    arrived: float
    at: datetime
    look: Look | None = None
    pixels: Callable[[], Pixels] | None = None

    @staticmethod
    def of(look: Look, pixels: Callable[[], Pixels]) -> _Moment:
        return _Moment(look.arrived, look.at, look, pixels)


class CandidateEngine:
    """All rules of all cameras of one worker. Thread-safe.

    Args:
        worker_id: part of every candidate's id.
        cameras: what is watched.
        sink: takes each revision durably.
        evidence: see `EvidenceMaker`.
        clock: the time.
    """

    def __init__(
        self,
        worker_id: str,
        cameras: Iterable[Watched],
        sink: CandidateSink,
        evidence: EvidenceMaker,
        clock: Clock,
    ) -> None:
        self._worker_id = worker_id
        self._cameras = {camera.camera_id: camera for camera in cameras}
        self._sink = sink
        self._evidence = evidence
        self._clock = clock
        self._lock = threading.RLock()
        self._states: dict[tuple[str, str], State] = {
            (camera.camera_id, rule.id): State(rule, Debounce(rule.timing))
            for camera in self._cameras.values()
            for rule in (*camera.rules, *camera.faults)
        }
        self._known: dict[str, Candidate] = {}
        self._unsaved: dict[str, None] = {}
        self._changed: set[str] = set()
        self._written_at: dict[str, float] = {}
        self._clips: dict[str, _ClipDue] = {}

    def resume(self, candidates: Sequence[Candidate]) -> None:
        """Take up what was open, or still waited for evidence, when the process before this one stopped."""
        with self._lock:
            for candidate in candidates:
                self._resume(candidate)

    def observe(self, look: Look, pixels: Callable[[], Pixels]) -> None:
        """Apply the rules of the look's camera.

        Args:
            look: one judged picture.
            pixels: decodes the same picture in full, RGB; called only when a candidate begins.
        """
        camera = self._cameras[look.camera_id]
        with self._lock:
            for rule in camera.rules:
                self._step(camera, rule, _Moment.of(look, pixels), self._asked(rule, look, look.blind))
            for rule in camera.faults:
                self._step(camera, rule, _Moment.of(look, pixels), self._asked(rule, look))

    def tell(self, camera_id: str, rule_id: str, observation: Observation) -> None:
        """Take what is known of a camera without a look, now: that it is offline, that a rule is blind.

        Args:
            camera_id: of the camera.
            rule_id: one of its `Watched.faults`; unknown ones are passed over.
            observation: what is the matter.
        """
        camera = self._cameras[camera_id]
        moment = _Moment(self._clock.monotonic(), self._clock.now())
        with self._lock:
            for rule in camera.faults:
                if rule.id == rule_id:
                    self._step(camera, rule, moment, observation)

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Keep looks off while in it, for who must not wait: it watches over looks that hang.

        False, and nothing is held, where a look has held the engine for `TICK_WAIT_S`.
        """
        got = self._lock.acquire(timeout=TICK_WAIT_S)
        try:
            yield got
        finally:
            if got:
                self._lock.release()

    def _asked(self, rule: Rule, look: Look, blind: Reason | None = None) -> Observation:
        """What the rule's analytic says; it cannot tell where the picture is `blind`, or where it fails.

        A plug-in that stumbles over one camera's look makes its own rule blind, and no other one.
        """
        if blind is not None:
            return _unknown(blind)
        try:
            return rule.analytic.observe(look)
        except Exception as error:  # supervisor of plug-ins: one that fails must not end all looking
            if not self._states[look.camera_id, rule.id].failing:  # not at each look
                log.exception("rule_failed", camera=look.camera_id, rule=rule.id)
            return _unknown(Reason(FAILED, {"error": type(error).__name__}))

    def _step(self, camera: Watched, rule: Rule, moment: _Moment, observation: Observation) -> None:
        state = self._states[camera.camera_id, rule.id]
        state.note(moment.arrived, observation)
        change = state.debounce.step(moment.arrived, moment.at, observation.presence)
        if change is Change.BEGAN:
            self._begin(camera, state, moment, observation)
        elif change is Change.SEEN:
            self._seen(state, moment.at, observation)
        elif change is Change.CLEARED:
            self._end(state, "cleared")

    def tick(self) -> None:
        """Do what time alone brings: clips, slow updates, lost sight, writes that failed. Once a second.

        Nothing, this time, where a look has held the engine for `TICK_WAIT_S`.
        """
        with self.held() as held:
            if not held:
                return
            now = self._clock.monotonic()
            for state in self._states.values():
                if state.candidate_id and state.debounce.lost_sight(now):
                    self._end(state, "lost-sight")
            for due in [c for c, clip in self._clips.items() if clip.end <= now]:
                clip = self._clips.pop(due)
                self._evidence.finish(due, clip.watched.ring.cut(clip.start, clip.end))
            self._save_what_waits(now)

    def evidence_done(self, candidate: str, pieces: tuple[Evidence, ...]) -> None:
        """Take finished evidence; called from the recorder's thread."""
        with self._lock:
            known = self._known.get(candidate)
            if known is None:
                log.warning("evidence_for_unknown_candidate", candidate=candidate)
                return
            self._write(known.with_evidence(*pieces), already_revised=True)

    def cut_clips_now(self) -> None:
        """Cut every clip that is waited for, with what the rings hold; for an orderly stop."""
        with self._lock:
            for due, clip in self._clips.items():
                self._evidence.finish(due, clip.watched.ring.cut(clip.start, clip.end))
            self._clips.clear()

    def values(self, camera_id: str) -> Mapping[str, float]:
        """Measured value of the last look by rule id; without the rules whose last look could not tell."""
        with self._lock:
            told = ((state.rule.id, state.value) for state in self._of(camera_id))
            return {rule: value for rule, value in told if value is not None}

    def sights(self, camera_id: str) -> tuple[TaskSight, ...]:
        """Whether each rule of a camera sees, as far as its looks say; in the order of the configuration."""
        now = self._clock.monotonic()
        with self._lock:
            return tuple(state.sight(now) for state in self._of(camera_id))

    def _of(self, camera_id: str) -> list[State]:
        """A camera's tasks, in the order of the configuration."""
        camera = self._cameras.get(camera_id)
        return [] if camera is None else [self._states[camera_id, rule.id] for rule in camera.rules]

    def unsaved(self) -> int:
        """Candidates whose newest revision the outbox has not taken yet."""
        with self._lock:
            return len(self._unsaved)

    def _begin(self, camera: Watched, state: State, moment: _Moment, observation: Observation) -> None:
        rule, began = state.rule, state.debounce.began
        candidate = Candidate(
            id=candidate_id(self._worker_id, camera.camera_id, rule.id, began),
            worker_id=self._worker_id,
            camera_id=camera.camera_id,
            rule_id=rule.id,
            analytic=rule.use,
            kind=rule.kind,
            zone_id=rule.zone.id,
            begin=began,
            raised=moment.at,
            last_seen=moment.at,
            value=observation.value,
            peak=observation.value,
            unit=observation.unit,
            score=observation.score,
            parts=dict(observation.parts),
        )
        state.candidate_id = candidate.id
        stills = self._stills(candidate, moment, observation, rule.zone)
        self._clips[candidate.id] = _ClipDue(
            camera, moment.arrived - camera.pre_s, moment.arrived + camera.post_s
        )
        log.info("candidate_began", candidate=candidate.id, camera=camera.camera_id, rule=rule.id)
        self._write(replace(candidate, evidence=stills), already_revised=True)

    def _stills(
        self, candidate: Candidate, moment: _Moment, observation: Observation, zone: Zone
    ) -> tuple[Evidence, ...]:
        if moment.look is None or moment.pixels is None:
            return _without_stills("nothing was looked at: this is about the camera, not about a picture")
        try:
            full = moment.pixels()
        except DecodeError as error:
            return _without_stills(f"the picture could not be decoded in full: {error}")
        return self._evidence.begin(candidate, full, moment.look, observation, zone)

    def _seen(self, state: State, at: datetime, observation: Observation) -> None:
        known = self._known[state.candidate_id]
        # As many and surer counts too: else the parts say less than the score that stands above them.
        higher = (observation.value, observation.score) > (known.peak, known.score)
        self._known[known.id] = replace(
            known,
            last_seen=at,
            value=observation.value,
            peak=max(known.peak, observation.value),
            score=max(known.score, observation.score),
            parts=dict(observation.parts) if higher else known.parts,
        )
        self._changed.add(known.id)

    def _end(self, state: State, reason: str) -> None:
        known = self._known[state.candidate_id]
        state.candidate_id = ""
        log.info("candidate_ended", candidate=known.id, camera=known.camera_id, reason=reason)
        self._write(replace(known, phase=Phase.ENDED, end=known.last_seen, end_reason=reason))

    def _resume(self, candidate: Candidate) -> None:
        lost = tuple(
            Evidence(e.kind, EvidenceStatus.MISSING, reason="the worker restarted before the clip was cut")
            for e in candidate.evidence
            if e.status is EvidenceStatus.PENDING
        )
        candidate = candidate.with_evidence(*lost) if lost else candidate
        state = self._states.get((candidate.camera_id, candidate.rule_id))
        if candidate.phase is Phase.OPEN and (state is None or state.candidate_id):
            end = candidate.last_seen
            self._write(replace(candidate, phase=Phase.ENDED, end=end, end_reason="rule-removed"))
            return
        if candidate.phase is Phase.OPEN and state is not None:
            state.candidate_id = candidate.id
            state.debounce = Debounce(state.rule.timing, resumed_at=self._clock.monotonic())
            self._known[candidate.id] = candidate
            log.info("candidate_resumed", candidate=candidate.id, camera=candidate.camera_id)
        if lost:
            self._write(candidate, already_revised=True)

    def _write(self, candidate: Candidate, *, already_revised: bool = False) -> None:
        """Make this the newest revision and save it."""
        if not already_revised:
            candidate = replace(candidate, revision=candidate.revision + 1)
        self._known[candidate.id] = candidate
        self._changed.discard(candidate.id)
        self._save(candidate)

    def _save_what_waits(self, now: float) -> None:
        """Up to the first refusal: a locked file takes its busy timeout each time, and looks wait for us."""
        due = [c for c in self._changed if now - self._written_at.get(c, 0.0) >= UPDATE_EVERY_S]
        for changed in [c for c in due if c not in self._unsaved]:
            self._write(self._known[changed])
            if changed in self._unsaved:
                return
        for unsaved in list(self._unsaved):
            self._save(self._known[unsaved])
            if unsaved in self._unsaved:
                return

    def _save(self, candidate: Candidate) -> None:
        try:
            self._sink.put(candidate)
        except StoreError as error:
            if candidate.id not in self._unsaved:
                log.warning("candidate_not_saved_yet", candidate=candidate.id, why=str(error))
            # Behind the others: one that can never be written must not hold them up.
            self._unsaved.pop(candidate.id, None)
            self._unsaved[candidate.id] = None
            return
        self._unsaved.pop(candidate.id, None)
        self._written_at[candidate.id] = self._clock.monotonic()
        if candidate.phase is Phase.ENDED and not _waits_for_evidence(candidate):
            del self._known[candidate.id]
            self._written_at.pop(candidate.id, None)


def _unknown(reason: Reason) -> Observation:
    return Observation(Presence.CANNOT_TELL, 0.0, "", 0.0, reason=reason)


_STILLS = (EvidenceKind.STILL, EvidenceKind.STILL_BOXES)
_CLIPS = (EvidenceKind.PREVIEW, EvidenceKind.ORIGINAL)


def _without_stills(reason: str) -> tuple[Evidence, ...]:
    return (
        *(Evidence(k, EvidenceStatus.MISSING, reason=reason) for k in _STILLS),
        *(Evidence(k, EvidenceStatus.PENDING) for k in _CLIPS),
    )


def _waits_for_evidence(candidate: Candidate) -> bool:
    return any(e.status is EvidenceStatus.PENDING for e in candidate.evidence)


__all__ = ["BLIND_AFTER_S", "CandidateEngine", "EvidenceMaker", "Ring", "Rule", "Watched"]
