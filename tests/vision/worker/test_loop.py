"""The look loop: what is judged, what is missed and why, and what stops it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from patrol.core.detections import Detections, Look
from patrol.core.errors import CorruptPicture, DecodeError, ModelContractError
from patrol.core.geometry import Boxes
from patrol.core.media import Grey, Keyframe, Picture, Pixels
from patrol.core.protocols import DetectorInfo, Prepared
from patrol.vision.worker.detecting import SharedDetector
from patrol.vision.worker.eye import Eye
from patrol.vision.worker.loop import LookedAt, LookLoop
from patrol.vision.worker.policy import WholePicture
from tests.fakes.clock import ManualClock
from tests.fakes.looks import LABELS
from tests.fakes.sources import keyframe


@dataclass
class Post:
    """Hands out what it was given."""

    waiting: list[Keyframe]

    def take(self, max_items: int, timeout: float) -> list[Keyframe]:
        taken, self.waiting = self.waiting[:max_items], self.waiting[max_items:]
        return taken


class Blank:
    """A picture of one colour."""

    width, height = 64, 48

    def pixels(self, width: int, height: int, order: str = "rgb") -> Pixels:
        return np.zeros((height, width, 3), np.uint8)

    def grey(self, width: int, height: int) -> Grey:
        return np.zeros((height, width), np.uint8)


@dataclass
class Decoder:
    """Decodes, except the cameras that it fails."""

    fails: dict[str, DecodeError] = field(default_factory=dict)
    odd: set[str] = field(default_factory=set)

    def decode(self, keyframe: Keyframe) -> Picture:
        if keyframe.camera_id in self.odd:
            return Odd()
        if keyframe.camera_id in self.fails:
            raise self.fails[keyframe.camera_id]
        return Blank()


@dataclass
class Scores:
    """One person for each score in every picture; remembers the batches."""

    scores: tuple[float, ...] = (0.9, 0.2)
    broken: bool = False
    box: Boxes = field(default_factory=lambda: np.asarray([[0.1, 0.1, 0.2, 0.4]], np.float32))
    batches: list[int] = field(default_factory=list)
    info = DetectorInfo("fixed", "none", "f32", 32, 24, LABELS, "")

    def prepare(self, picture: Picture) -> Prepared:
        return Prepared(picture.pixels(32, 24), (32.0, 24.0), (0.0, 0.0))

    def detect(self, batch: Sequence[Prepared]) -> list[Detections]:
        if self.broken:
            raise ModelContractError("outputs are not finite")
        self.batches.append(len(batch))
        n = len(self.scores)
        boxes = np.tile(self.box, (n, 1))
        found = Detections(boxes, np.asarray(self.scores, np.float32), np.zeros(n, np.int32), LABELS)
        return [found for _ in batch]


@dataclass
class Room:
    """A loop with everything around it remembered."""

    post: Post
    decoder: Decoder = field(default_factory=Decoder)
    detector: Scores = field(default_factory=Scores)
    observed: list[Look] = field(default_factory=list)
    seen: list[LookedAt] = field(default_factory=list)
    told: list[tuple[str, bool, str]] = field(default_factory=list)

    def observe(self, look: Look, pixels: Callable[[], Pixels]) -> None:
        self.observed.append(look)
        assert pixels().shape == (48, 64, 3)

    def loop(self, eye: Eye | None = None, clock: ManualClock | None = None) -> LookLoop:
        shared = SharedDetector(self.detector, threshold=0.35)
        cameras = {k.camera_id for k in self.post.waiting}
        return LookLoop(
            keyframes=self.post,
            decoder=self.decoder,
            eyes=dict.fromkeys(cameras, eye or Eye(shared, WholePicture(shared))),
            engine=self,
            looked=lambda *told: self.told.append(told),
            seen=self.seen.append,
            full=lambda _: np.zeros((48, 64, 3), np.uint8),
            clock=clock,
        )


def waiting(*cameras: str) -> Post:
    return Post([keyframe(b"", camera_id=camera) for camera in cameras])


def test_a_batch_is_judged_together_and_each_camera_is_told() -> None:
    room = Room(waiting("a", "b", "c"))
    loop = room.loop()
    assert loop.step(0) == 3
    assert room.detector.batches == [3]
    assert [look.camera_id for look in room.observed] == ["a", "b", "c"]
    assert room.told == [("a", True, ""), ("b", True, ""), ("c", True, "")]
    assert [loop.looks(c) for c in "abc"] == [1, 1, 1]


def test_rules_count_from_the_threshold_and_blurring_from_below() -> None:
    room = Room(waiting("a"))
    room.loop().step(0)
    assert len(room.observed[0].detections) == 1
    assert len(room.seen[0].look.detections) == 2


@pytest.mark.parametrize(
    ("error", "cause"), [(CorruptPicture("holes"), "corrupt"), (DecodeError("no"), "undecodable")]
)
def test_a_picture_that_cannot_be_decoded_is_missed_not_empty(error: DecodeError, cause: str) -> None:
    room = Room(waiting("a", "b"), Decoder({"a": error}))
    loop = room.loop()
    assert loop.step(0) == 1
    assert loop.missed("a") == {cause: 1}
    assert loop.missed("b") == {}
    assert [look.camera_id for look in room.observed] == ["b"]
    assert room.told[0] == ("a", False, str(error))


class Stumbles:
    """A Sighting that fails over the pictures of one camera, while there is anything to `fail` over."""

    def __init__(self, fail: set[str]) -> None:
        self.fail = fail

    def examine(self, look: Look) -> Look:
        if look.camera_id in self.fail:
            raise ValueError("cannot convert float NaN to integer")
        return look


class Odd:
    """A picture that cannot be scaled, for no reason that anybody foresaw."""

    width, height = 64, 48

    def pixels(self, width: int, height: int, order: str = "rgb") -> Pixels:
        raise ValueError("odd")

    def grey(self, width: int, height: int) -> Grey:
        raise ValueError("odd")


def test_a_camera_whose_look_fails_is_told_so_and_the_others_are_looked_at() -> None:
    room, fail = Room(waiting("a", "b")), {"a"}
    shared = SharedDetector(room.detector, threshold=0.35)
    eye = Eye(shared, WholePicture(shared), Stumbles(fail))
    loop = room.loop(eye)
    assert loop.step(0) == 2
    assert [look.camera_id for look in room.observed] == ["b"]
    assert (loop.looks("a"), loop.missed("a"), loop.missed("b")) == (0, {"failed": 1}, {})
    assert [(camera, ok) for camera, ok, _ in room.told] == [("a", False), ("b", True)]
    fail.clear()
    room.post.waiting = waiting("a").waiting
    loop.step(0)
    assert room.told[-1] == ("a", True, "")


def test_a_picture_that_fails_in_an_unforeseen_way_is_missed_by_its_camera_alone() -> None:
    room = Room(waiting("a", "b"), Decoder(odd={"a"}))
    loop = room.loop()
    assert loop.step(0) == 1
    assert loop.missed("a") == {"failed": 1}
    assert [look.camera_id for look in room.observed] == ["b"]
    assert room.told[0][:2] == ("a", False)


def test_a_model_that_fails_ends_the_loop_with_a_reason() -> None:
    room = Room(waiting("a"), detector=Scores(broken=True))
    loop = room.loop()
    loop.run()
    assert "outputs are not finite" in loop.failure
    assert room.observed == []


def test_people_for_blurring_come_from_low_scores_on() -> None:
    shared = SharedDetector(Scores(scores=(0.9, 0.2, 0.05)), threshold=0.35)
    found = shared.people([np.zeros((48, 64, 3), np.uint8)] * 6)
    assert len(found) == 6
    assert {len(people) for people in found} == {2}


@pytest.mark.parametrize("box", [(0.0, 0.0, 1.0, 1.0), (0.1, 0.4, 0.9, 0.7), (0.3, 0.0, 0.75, 0.99)])
@pytest.mark.parametrize(("score", "kept"), [(0.3, 0), (0.59, 0), (0.61, 1), (0.95, 1)])
def test_a_person_as_large_as_the_picture_has_to_be_a_sure_one(
    score: float, kept: int, box: tuple[float, float, float, float]
) -> None:
    huge = np.asarray([box], np.float32)
    shared = SharedDetector(Scores(scores=(score,), box=huge), threshold=0.1)
    (found,) = shared.detect([shared.prepare(Blank())])
    assert len(found) == kept


class Hanging(Scores):
    """A detector that does not come back until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.release = threading.Event(), threading.Event()

    def detect(self, batch: Sequence[Prepared]) -> list[Detections]:
        self.entered.set()
        assert self.release.wait(20)
        return super().detect(batch)


def test_a_detector_that_hangs_is_noticed_and_waiting_for_keyframes_is_no_hanging() -> None:
    detector, clock = Hanging(), ManualClock()
    loop = Room(waiting("a"), detector=detector).loop(clock=clock)
    clock.advance(500)
    assert loop.stuck_for(clock.monotonic()) == 0
    thread = threading.Thread(target=loop.step, args=(0,))
    thread.start()
    try:
        assert detector.entered.wait(20)
        clock.advance(70)
        assert loop.stuck_for(clock.monotonic()) == 70
    finally:
        detector.release.set()
        thread.join(20)
    clock.advance(500)
    assert loop.stuck_for(clock.monotonic()) == 0
