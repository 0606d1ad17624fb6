"""The vision room of one camera around a virtual clock: the worker's own Eye, rules and engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from patrol.bench.replay.clock import VirtualClock
from patrol.bench.replay.nouns import Seen, SightChange
from patrol.core.camera import CameraHealth, CameraState
from patrol.core.candidate import Candidate, Evidence
from patrol.core.detections import Look
from patrol.core.media import ClipPart, Keyframe, Packet, Picture, Pixels, VideoFormat
from patrol.core.observation import Observation, Presence
from patrol.core.protocols import Analytic
from patrol.core.sight import Reason
from patrol.core.zone import Zone
from patrol.vision.candidates.engine import UPDATE_EVERY_S, CandidateEngine, Rule, Watched
from patrol.vision.worker.eye import Eye
from patrol.vision.worker.sighting import FaultWatch

_NO_VIDEO = VideoFormat("replay", 0, 0, b"", Fraction(1, 1000), None)


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """A picture that is due a look.

    Attributes:
        second: since the replay began.
        frame: which of the clip.
        scene: how many splices lie before it.
        picture: as decoded, or as a transform has made it.
        pixels: the same in full size, RGB.
    """

    second: float
    frame: int
    scene: int
    picture: Picture
    pixels: Callable[[], Pixels]


class Room:
    """One camera's looks, in order.

    Args:
        camera_id: of the camera.
        worker_id: part of each candidate's id.
        eye: of the camera, new.
        rules: of the camera, new.
        clock: moved on by this room alone.
        faults: rules about the camera itself, new.
    """

    def __init__(
        self,
        camera_id: str,
        worker_id: str,
        eye: Eye,
        rules: Sequence[Rule],
        clock: VirtualClock,
        faults: Sequence[Rule] = (),
    ) -> None:
        self._camera_id = camera_id
        self._eye = eye
        self._clock = clock
        self._begins = clock.now()
        self._taps = {rule.id: _Tap(rule.analytic) for rule in rules}
        self._kept = _Kept()
        tapped = tuple(replace(rule, analytic=self._taps[rule.id]) for rule in rules)
        watched = Watched(camera_id, tapped, _NoRing(), 0.0, 0.0, tuple(faults))
        self._engine = CandidateEngine(worker_id, [watched], self._kept, _NoEvidence(), clock)
        self._watch = FaultWatch(self._engine)
        self._ticked = 0
        self.sights: list[SightChange] = []
        """See `Replayed.sights`."""

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """Newest revision of each, in order of beginning."""
        return tuple(sorted(self._kept.newest.values(), key=lambda c: (c.begin, c.rule_id)))

    def go_to(self, second: float) -> None:
        """Let time go on, with what a worker does once a second."""
        while self._ticked + 1 <= second:
            self._ticked += 1
            self._clock.go_to(float(self._ticked))
            self._engine.tick()
            self._watch.step(CameraHealth(self._camera_id, CameraState.LIVE, self._begins, "", 0.0, None, 1))
            self._note_sights()
        self._clock.go_to(second)

    def close(self) -> None:
        """Write down what open candidates have become since they were last written."""
        self._clock.go_to(self._clock.monotonic() + UPDATE_EVERY_S)
        self._engine.tick()

    def look(self, glance: Glance) -> Seen:
        """Judge one picture and apply the rules.

        Raises:
            DecodeError: it cannot be scaled.
            ModelError: the detector failed.
        """
        self.go_to(glance.second)
        glimpse = self._eye.glimpse(glance.picture)
        answers = self._eye.detector.detect(glimpse.prepared)
        judged = self._eye.judge(self._keyframe(glance), glimpse, answers, glance.scene)
        for tap in self._taps.values():
            tap.last = None
        before = set(self._kept.newest)
        self._engine.observe(judged.counted, glance.pixels)
        self._note_sights()
        began = tuple(c for key, c in self._kept.newest.items() if key not in before)
        said = self._observations(judged.counted)
        counted = replace(judged.counted, picture=None)  # what is told may be kept
        return Seen(glance.second, glance.frame, judged.shown, counted, said, began, glance.pixels)

    def _observations(self, look: Look) -> Mapping[str, Observation]:
        reason = look.blind or Reason("cannot-tell")
        unasked = Observation(Presence.CANNOT_TELL, 0.0, "", 0.0, reason=reason)
        return {rule: tap.last or unasked for rule, tap in self._taps.items()}

    def _note_sights(self) -> None:
        before = {change.task.rule_id: change.task for change in self.sights}
        for task in self._engine.sights(self._camera_id):
            known = before.get(task.rule_id)
            if known is None or (known.sight, _code(known.reason)) != (task.sight, _code(task.reason)):
                self.sights.append(SightChange(round(self._clock.monotonic(), 6), task))

    def _keyframe(self, glance: Glance) -> Keyframe:
        packet = Packet(b"", True, None, None, self._clock.monotonic(), self._clock.now())
        look_id = f"{self._camera_id}-{round(glance.second * 1000)}"
        return Keyframe(self._camera_id, look_id, packet, _NO_VIDEO)


class _Tap:
    """An Analytic that remembers what it said last."""

    def __init__(self, analytic: Analytic) -> None:
        self._analytic = analytic
        self.last: Observation | None = None

    def observe(self, look: Look) -> Observation:
        self.last = self._analytic.observe(look)
        return self.last


class _Kept:
    """A CandidateSink that keeps the newest revision of each, in order of arrival."""

    def __init__(self) -> None:
        self.newest: dict[str, Candidate] = {}

    def put(self, candidate: Candidate) -> None:
        self.newest[candidate.id] = candidate


class _NoEvidence:
    """An EvidenceMaker that makes none."""

    def begin(
        self, candidate: Candidate, pixels: Pixels, look: Look, observation: Observation, zone: Zone
    ) -> tuple[Evidence, ...]:
        del candidate, pixels, look, observation, zone
        return ()

    def finish(self, candidate_id: str, parts: list[ClipPart]) -> None:
        del candidate_id, parts


class _NoRing:
    """A Ring that holds nothing."""

    def cut(self, start: float, end: float) -> list[ClipPart]:
        del start, end
        return []


def _code(reason: Reason | None) -> str:
    return reason.code if reason else ""
