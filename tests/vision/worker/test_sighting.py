"""Faults of a camera become incidents of their own kind, through the same engine as everything else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest

from patrol.config.faults import FaultName, FaultsConfig
from patrol.config.models import CameraConfig
from patrol.config.views import ViewConfig
from patrol.core.camera import CameraHealth, CameraState
from patrol.core.candidate import Candidate, Evidence, EvidenceStatus, Phase
from patrol.core.detections import Look
from patrol.core.errors import ConfigError
from patrol.core.media import ClipPart, Grey, Pixels
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place
from patrol.core.protocols import Analytic
from patrol.core.sight import Reason, Sight
from patrol.core.zone import WHOLE_PICTURE, Zone
from patrol.vision.analytics import gathering
from patrol.vision.candidates.debounce import Timing
from patrol.vision.candidates.engine import CandidateEngine, Rule, Watched
from patrol.vision.sight.camera import PICTURE_FAULTS
from patrol.vision.sight.placed import Placed
from patrol.vision.worker.sighting import FaultWatch, build_sighting, fault_rules, seeing
from tests.fakes import pictures
from tests.fakes.clock import ManualClock
from tests.fakes.looks import at

PLACE = pictures.place()
QUAY = Zone("quay", "quay", "ground", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))


def camera(faults: FaultsConfig | None = None, views: Sequence[ViewConfig] = ()) -> CameraConfig:
    return CameraConfig(
        id="cam-1", name="One", url="rtsp://192.0.2.1/x", faults=faults or FaultsConfig(), views=tuple(views)
    )


class Sink:
    """Keeps the newest revision of each candidate."""

    def __init__(self) -> None:
        self.newest: dict[str, Candidate] = {}

    def put(self, candidate: Candidate) -> None:
        self.newest[candidate.id] = candidate


class Maker:
    """Counts the stills that were asked for."""

    def __init__(self) -> None:
        self.stills: list[str] = []

    def begin(
        self, candidate: Candidate, pixels: Pixels, look: Look, observation: Observation, zone: Zone
    ) -> tuple[Evidence, ...]:
        self.stills.append(candidate.kind)
        return ()

    def finish(self, candidate_id: str, parts: list[ClipPart]) -> None:
        return None


class Ring:
    """Holds nothing."""

    def cut(self, start: float, end: float) -> list[ClipPart]:
        return []


class Says:
    """An analytic whose answer a test sets."""

    def __init__(self) -> None:
        self.answer = Observation(Presence.ABSENT, 0.0, "persons", 0.0)

    def observe(self, look: Look) -> Observation:
        return self.answer


@dataclass
class Room:
    """One camera with its sight, its faults and one rule, on a clock that the test moves."""

    config: CameraConfig = field(default_factory=camera)
    clock: ManualClock = field(default_factory=lambda: ManualClock(at(0.0), 0.0))
    sink: Sink = field(default_factory=Sink)
    maker: Maker = field(default_factory=Maker)
    says: Says = field(default_factory=Says)
    engine: CandidateEngine = field(init=False)

    def __post_init__(self) -> None:
        self.sight = build_sighting(self.config)
        self.start()

    def start(self) -> None:
        rule = Rule("crowd", "gathering", "gathering", QUAY, Timing(20, 30, 0.6), Placed(self.says))
        watched = Watched("cam-1", (rule,), Ring(), 10, 10, fault_rules(self.config))
        self.engine = CandidateEngine("w1", [watched], self.sink, self.maker, self.clock)
        self.watch = FaultWatch(self.engine)

    def look(self, seconds: float, change: Callable[[Grey], Grey] = lambda grey: grey) -> None:
        """A look every two seconds, and what a worker does once a second."""
        for _ in range(round(seconds / 2)):
            now = self.clock.monotonic()
            look = pictures.look(now, change(pictures.live(PLACE, now)))
            if self.sight is not None:
                look = self.sight.examine(look)
            self.engine.observe(look, lambda: np.zeros((4, 4, 3), np.uint8))
            self.live(2)

    def live(self, seconds: int, state: CameraState = CameraState.LIVE) -> None:
        for _ in range(seconds):
            detail = "" if state is CameraState.LIVE else "no packet; check the cable"
            health = CameraHealth("cam-1", state, self.clock.now(), detail, 0.0, 2.0, 1)
            self.watch.step(health)
            self.engine.tick()
            self.clock.advance(1.0)

    def kinds(self) -> list[str]:
        return [c.kind for c in self.sink.newest.values()]


CHANGES: dict[str, Callable[[Grey], Grey]] = {
    "frozen": lambda grey: pictures.live(PLACE, 0.0),
    "black": lambda grey: np.full_like(grey, 5),
    "overexposed": lambda grey: np.full_like(grey, 250),
    "blurred": pictures.blurred,
    "covered": pictures.half_covered,
    "moved": lambda grey: pictures.shifted(grey, 0.05, 0.0),
}


@pytest.mark.parametrize("code", PICTURE_FAULTS)
def test_each_fault_is_a_candidate_within_30_s_and_ends_when_it_has_gone(code: str) -> None:
    room = Room()
    room.look(60)
    assert room.kinds() == []
    room.look(30, CHANGES[code])
    (found,) = room.sink.newest.values()
    assert (found.kind, found.rule_id, found.analytic) == (f"camera-{code}", f"camera.{code}", "camera")
    assert (found.raised - at(60)).total_seconds() <= 30
    assert room.maker.stills == [f"camera-{code}"], "it has its picture"
    room.look(60)
    assert [c.phase for c in room.sink.newest.values()] == [Phase.ENDED]


def test_a_fault_makes_the_rules_blind_with_its_code() -> None:
    room = Room()
    room.look(60)
    room.look(40, CHANGES["covered"])
    (task,) = room.engine.sights("cam-1")
    assert (task.rule_id, task.sight) == ("crowd", Sight.BLIND)
    assert task.reason is not None
    assert task.reason.code == "covered"
    assert room.engine.values("cam-1") == {}, "what nobody sees is not counted as none"


def test_faults_are_no_counts() -> None:
    room = Room()
    assert room.engine.values("cam-1") == {}, "nothing was counted yet"
    room.look(60)
    assert room.engine.values("cam-1") == {"crowd": 0.0}


def test_a_fault_that_is_ignored_is_no_incident_and_still_blinds() -> None:
    room = Room(camera(FaultsConfig(ignore=("black",))))
    room.look(60)
    room.look(60, CHANGES["black"])
    assert room.kinds() == []
    assert room.engine.sights("cam-1")[0].sight is Sight.BLIND


def test_switched_off_nothing_is_judged() -> None:
    off = camera(FaultsConfig(enabled=False))
    assert build_sighting(off) is None
    assert fault_rules(off) == ()


def test_offline_is_an_incident_without_a_picture() -> None:
    room = Room()
    room.look(20)
    room.live(59, CameraState.STALLED)
    assert room.kinds() == []
    room.live(5, CameraState.STALLED)
    (found,) = room.sink.newest.values()
    assert found.kind == "camera-offline"
    assert found.parts["state"] == "stalled"
    missing = [e for e in found.evidence if e.status is EvidenceStatus.MISSING]
    assert len(missing) == 2
    assert room.maker.stills == []
    room.live(40)
    assert [c.phase for c in room.sink.newest.values()] == [Phase.ENDED]


def test_a_look_that_hangs_does_not_hold_up_who_tells_of_faults() -> None:
    room = Room()
    entered, release = threading.Event(), threading.Event()

    def hang() -> Pixels:
        entered.set()
        assert release.wait(20)
        return np.zeros((4, 4, 3), np.uint8)

    def look_on() -> None:
        room.says.answer = replace(room.says.answer, presence=Presence.PRESENT, value=9.0)
        for second in range(0, 24, 2):
            room.engine.observe(pictures.look(float(second), PLACE), hang)

    looking = threading.Thread(target=look_on)
    health = CameraHealth("cam-1", CameraState.LIVE, room.clock.now(), "", 0.0, 2.0, 1)
    told: list[bool] = []
    telling = threading.Thread(target=lambda: told.append(room.watch.step(health)))
    looking.start()
    try:
        assert entered.wait(20)
        telling.start()
        telling.join(10)
        assert told == [False]
    finally:
        release.set()
        looking.join(20)
        telling.join(20)
    assert room.watch.step(health)


def test_a_short_silence_is_none() -> None:
    room = Room()
    for _ in range(3):
        room.live(40, CameraState.STALLED)
        room.live(60)
    assert room.kinds() == []


def test_an_open_fault_goes_on_under_its_id_over_a_restart() -> None:
    room = Room()
    room.live(70, CameraState.AUTH_FAILED)
    (before,) = room.sink.newest.values()
    room.start()
    room.engine.resume([before])
    room.live(70, CameraState.AUTH_FAILED)
    assert list(room.sink.newest) == [before.id]
    room.live(40)
    assert room.sink.newest[before.id].phase is Phase.ENDED


def test_a_rule_that_is_blind_for_long_is_an_incident_unless_a_fault_says_why() -> None:
    room = Room(camera(FaultsConfig(blind_s=120)))
    room.look(60)
    unseen = Reason("motion-unseen", {"unseen": 9})
    room.says.answer = replace(room.says.answer, presence=Presence.CANNOT_TELL, reason=unseen)
    room.look(180)
    (found,) = room.sink.newest.values()
    assert found.kind == "camera-blind"
    assert found.parts["why"] == "motion-unseen"
    assert found.parts["rules"] == "crowd"


@pytest.mark.parametrize("code", ["no-class", "other-view", "covered"])
def test_blindness_that_has_words_of_its_own_is_not_told_twice(code: str) -> None:
    room = Room(camera(FaultsConfig(blind_s=60)))
    room.says.answer = replace(room.says.answer, presence=Presence.CANNOT_TELL, reason=Reason(code))
    room.look(160)
    assert room.kinds() == []


def test_a_rule_away_from_its_view_is_paused_at_once_and_not_blind() -> None:
    room = Room()
    room.says.answer = replace(
        room.says.answer, presence=Presence.CANNOT_TELL, reason=Reason("other-view", {"view": "river"})
    )
    room.look(2)
    assert room.engine.sights("cam-1")[0].sight is Sight.PAUSED


def test_a_moved_camera_pauses_zones_and_not_the_rule_on_the_whole_picture() -> None:
    inner: Analytic = Says()
    whole = seeing(inner, gathering, Place(WHOLE_PICTURE), None)
    zoned = seeing(inner, gathering, Place(QUAY), None)
    assert not isinstance(whole, Placed)
    assert isinstance(zoned, Placed)


def test_a_reference_picture_is_read_and_one_that_is_none_is_refused(tmp_path: Path) -> None:
    picture = tmp_path / "river.png"
    cv2.imwrite(str(picture), cv2.resize(PLACE, (1280, 720)))
    sight = build_sighting(camera(views=[ViewConfig(id="river", reference=str(picture))]))
    assert sight is not None
    seen = sight.examine(pictures.look(0.0, pictures.live(PLACE, 0.0))).seeing
    assert seen is not None
    assert seen.view == "river"
    picture.write_bytes(b"no picture")
    with pytest.raises(ConfigError, match=r"view 'river'.*cannot be read"):
        build_sighting(camera(views=[ViewConfig(id="river", reference=str(picture))]))


def test_every_fault_that_can_be_ignored_has_a_rule_and_the_other_way_round() -> None:
    names = {rule.id.removeprefix("camera.") for rule in fault_rules(camera())}
    assert names == set(get_args(FaultName))
