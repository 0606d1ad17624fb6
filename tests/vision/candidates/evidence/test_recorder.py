from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from queue import Queue

import av
import numpy as np
import pytest

from patrol.core.candidate import Candidate, Evidence, EvidenceKind, EvidenceStatus
from patrol.core.detections import Detections, Look
from patrol.core.errors import ModelError
from patrol.core.media import Pixels
from patrol.core.observation import Observation, Presence
from patrol.core.zone import WHOLE_PICTURE
from patrol.vision.candidates.evidence import recorder
from patrol.vision.candidates.evidence.recorder import EvidenceRecorder
from patrol.vision.candidates.evidence.vault import Vault
from tests.fakes.clips import EPOCH, clip_part, damaged, nobody, person_at
from tests.media import ClipSpec

PICTURE = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
PERSON = person_at((0.4, 0.2, 0.6, 0.9))
LOOK = Look("cam-1", "cam-1-1", EPOCH, 100.0, 320, 240, PERSON)
SEEN = Observation(Presence.PRESENT, 1.0, "persons", 0.8, PERSON.boxes)
CANDIDATE = Candidate(
    "c-1",
    "w",
    "cam-1",
    "r",
    "gathering",
    "gathering",
    "z",
    EPOCH,
    EPOCH + timedelta(seconds=9),
    EPOCH,
    1,
    1,
    "persons",
    1,
)

Finished = Queue[tuple[str, tuple[Evidence, ...]]]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "evidence", 10**8, 0)


@pytest.fixture
def make(vault: Vault) -> Iterator[Callable[..., tuple[EvidenceRecorder, Finished]]]:
    """Recorders that are stopped after the test."""
    made: list[EvidenceRecorder] = []

    def build(
        detect: Callable[[Sequence[Pixels]], list[Detections]] = nobody,
        *,
        start: bool = True,
        into: Vault = vault,
    ) -> tuple[EvidenceRecorder, Finished]:
        finished: Finished = Queue()
        made.append(EvidenceRecorder(into, detect, lambda c, pieces: finished.put((c, pieces))))
        if start:
            made[-1].start()
        return made[-1], finished

    yield build
    for one in made:
        one.stop(timeout_s=0)


Make = Callable[..., tuple[EvidenceRecorder, Finished]]


def begin(one: EvidenceRecorder) -> dict[EvidenceKind, Evidence]:
    pieces = one.begin(CANDIDATE, PICTURE, LOOK, SEEN, WHOLE_PICTURE)
    assert len({p.kind for p in pieces}) == len(pieces)
    return {piece.kind: piece for piece in pieces}


def get(finished: Finished) -> tuple[str, dict[EvidenceKind, Evidence]]:
    candidate, pieces = finished.get(timeout=100)  # made at low priority: beside busy processes it takes long
    return candidate, {piece.kind: piece for piece in pieces}


def test_stills_are_there_when_begin_returns_and_clips_are_promised(vault: Vault, make: Make) -> None:
    one, _ = make()
    pieces = begin(one)
    assert set(pieces) == set(EvidenceKind)
    for kind in (EvidenceKind.STILL, EvidenceKind.STILL_BOXES):
        assert (pieces[kind].status, pieces[kind].media_type) == (EvidenceStatus.READY, "image/jpeg")
        assert vault.verify(pieces[kind].sha256)
    for kind in (EvidenceKind.PREVIEW, EvidenceKind.ORIGINAL):
        assert pieces[kind].status is EvidenceStatus.PENDING
    assert pieces[EvidenceKind.STILL].sha256 != pieces[EvidenceKind.STILL_BOXES].sha256


def test_stills_are_blurred_by_the_looks_own_persons_and_by_a_second_detection(
    vault: Vault, make: Make
) -> None:
    faint = person_at((0.0, 0.2, 0.2, 0.9), score=0.13)
    plain, _ = make()
    both, _ = make(lambda pictures: [faint for _ in pictures])
    assert begin(both)[EvidenceKind.STILL].sha256 != begin(plain)[EvidenceKind.STILL].sha256


def test_original_and_preview_come_together_later(vault: Vault, make: Make) -> None:
    one, finished = make()
    one.finish("c-1", [clip_part(ClipSpec(frames=100))])
    candidate, pieces = get(finished)
    assert candidate == "c-1"
    assert set(pieces) == {EvidenceKind.PREVIEW, EvidenceKind.ORIGINAL}
    for kind, piece in pieces.items():
        assert (piece.status, piece.media_type, piece.reason) == (EvidenceStatus.READY, "video/mp4", "")
        stored = vault.find(piece.sha256)
        assert stored is not None
        assert stored.original is (kind is EvidenceKind.ORIGINAL)
        with av.open(str(stored.path)) as clip:
            assert (clip.duration or 0) / av.time_base == pytest.approx(4.0, abs=0.3)
    assert one.problem() == ""


def test_what_is_not_as_it_was_sent_is_said(make: Make) -> None:
    one, finished = make()
    one.finish("c-1", [clip_part(), clip_part(start=110.0)])
    one.finish("c-2", [damaged(clip_part(), 10)])
    assert "8.0 s" in get(finished)[1][EvidenceKind.ORIGINAL].reason
    preview = get(finished)[1][EvidenceKind.PREVIEW]
    assert preview.status is EvidenceStatus.READY
    assert "damaged" in preview.reason


def test_a_clip_without_packets_is_missing_and_says_why(make: Make) -> None:
    one, finished = make()
    one.finish("c-1", [])
    for piece in get(finished)[1].values():
        assert piece.status is EvidenceStatus.MISSING
        assert "not one keyframe" in piece.reason


def test_without_a_detector_nothing_is_shown_and_the_original_is_kept(make: Make) -> None:
    def broken(_: Sequence[Pixels]) -> list[Detections]:
        raise ModelError("the model is gone")

    one, finished = make(broken)
    pieces = begin(one)
    assert pieces[EvidenceKind.STILL] == Evidence(
        EvidenceKind.STILL, EvidenceStatus.MISSING, reason="the model is gone"
    )
    one.finish("c-1", [clip_part()])
    _, clips = get(finished)
    assert clips[EvidenceKind.PREVIEW].status is EvidenceStatus.MISSING
    assert clips[EvidenceKind.ORIGINAL].status is EvidenceStatus.READY


def test_a_defect_loses_one_piece_and_nothing_else(make: Make) -> None:
    def defect(_: Sequence[Pixels]) -> list[Detections]:
        raise ZeroDivisionError

    one, finished = make(defect)
    assert "ZeroDivisionError" in begin(one)[EvidenceKind.STILL].reason
    for name in ("c-1", "c-2"):
        one.finish(name, [clip_part()])
        candidate, pieces = get(finished)
        assert candidate == name
        assert "ZeroDivisionError" in pieces[EvidenceKind.PREVIEW].reason


def test_a_full_disk_is_said_and_does_not_stop_candidates(tmp_path: Path, make: Make) -> None:
    free = [10**9]
    full = Vault(tmp_path / "full", 10**8, 10**6, lambda _: free[0])
    one, finished = make(into=full)
    free[0] = 10
    pieces = begin(one)
    one.finish("c-1", [clip_part()])
    clips = get(finished)[1]
    for piece in (pieces[EvidenceKind.STILL], *clips.values()):
        assert piece.status is EvidenceStatus.MISSING
        assert "nearly full" in piece.reason
    assert "nearly full" in one.problem()
    free[0] = 10**9
    assert begin(one)[EvidenceKind.STILL].status is EvidenceStatus.READY
    assert one.problem() == ""


def test_old_evidence_goes_to_make_room_and_that_is_told(tmp_path: Path) -> None:
    small = Vault(tmp_path / "small", recorder.STILL_BYTES + 50_000, 0)
    old, _ = small.store_bytes(b"x" * 60_000, "jpg")
    gone: list[str] = []
    one = EvidenceRecorder(small, nobody, lambda *_: None, removable=lambda: [old], removed=gone.extend)
    assert begin(one)[EvidenceKind.STILL].status is EvidenceStatus.READY
    assert gone == [old]
    assert small.find(old) is None


def test_too_many_at_once_gives_up_the_oldest_and_says_so(make: Make) -> None:
    """Not started yet, so that all of them wait."""
    one, finished = make(start=False)
    for index in range(recorder.MAX_JOBS + 2):
        one.finish(f"c-{index}", [clip_part(ClipSpec(frames=5))])
    assert one.waiting() == recorder.MAX_JOBS + 2
    one.start()
    answers = dict(get(finished) for _ in range(recorder.MAX_JOBS + 2))
    assert len(answers) == recorder.MAX_JOBS + 2
    for name in ("c-0", "c-1"):
        assert {p.status for p in answers[name].values()} == {EvidenceStatus.MISSING}
        assert all("too many incidents at once" in p.reason for p in answers[name].values())
    assert answers["c-2"][EvidenceKind.ORIGINAL].status is EvidenceStatus.READY


def test_stopping_answers_for_everything_that_waits(make: Make) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def slow(pictures: Sequence[Pixels]) -> list[Detections]:
        reached.set()
        go_on.wait(100)
        return nobody(pictures)

    one, finished = make(slow)
    one.finish("c-1", [clip_part()])
    one.finish("c-2", [clip_part()])
    assert reached.wait(100)
    stopper = threading.Thread(target=one.stop, kwargs={"timeout_s": 0.0})
    stopper.start()
    while not one._cancelled.wait(0.01):
        assert stopper.is_alive()
    go_on.set()
    stopper.join(100)
    assert not stopper.is_alive()
    first, second = get(finished)[1], get(finished)[1]
    assert first[EvidenceKind.ORIGINAL].status is EvidenceStatus.READY
    assert "stopped" in first[EvidenceKind.PREVIEW].reason
    assert "stopped" in second[EvidenceKind.ORIGINAL].reason


def test_stopping_in_peace_works_off_what_waits(make: Make) -> None:
    one, finished = make(start=False)
    for index in range(3):
        one.finish(f"c-{index}", [clip_part(ClipSpec(frames=5))])
    one.start()
    one.stop(timeout_s=100)
    assert [get(finished)[1][EvidenceKind.PREVIEW].status for _ in range(3)] == [EvidenceStatus.READY] * 3


def test_clips_are_made_at_low_priority(make: Make) -> None:
    seen: list[int] = []

    def asked(pictures: Sequence[Pixels]) -> list[Detections]:
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return nobody(pictures)

    one, finished = make(asked)
    before = os.getpriority(os.PRIO_PROCESS, 0)
    one.finish("c-1", [clip_part()])
    get(finished)
    # Who is nicer already stays so, where a process may not raise its own priority.
    assert set(seen) in ({recorder.NICENESS}, {max(before, recorder.NICENESS)})
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


def test_an_answer_that_nobody_takes_does_not_end_evidence(vault: Vault) -> None:
    finished: Finished = Queue()

    def refuse_first(candidate: str, pieces: tuple[Evidence, ...]) -> None:
        if candidate == "c-1":
            raise RuntimeError("refused")
        finished.put((candidate, pieces))

    one = EvidenceRecorder(vault, nobody, refuse_first)
    one.start()
    one.finish("c-1", [])
    one.finish("c-2", [])
    assert get(finished)[0] == "c-2"
    one.stop()
