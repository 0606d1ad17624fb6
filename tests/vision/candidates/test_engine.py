"""The engine: looks in, candidates out, over restarts and full disks."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np

from patrol.core.candidate import Candidate, Evidence, EvidenceKind, EvidenceStatus, Phase
from patrol.core.detections import Look
from patrol.core.errors import CorruptPicture, StoreError
from patrol.core.media import ClipPart, Pixels
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place
from patrol.core.sight import Reason, Sight
from patrol.core.zone import WHOLE_PICTURE, Zone
from patrol.vision.analytics import gathering
from patrol.vision.candidates.debounce import LOST_SIGHT_S, Timing
from patrol.vision.candidates.engine import UPDATE_EVERY_S, CandidateEngine, Rule, Watched
from tests.fakes.clock import ManualClock
from tests.fakes.looks import at, look

PENDING = (
    Evidence(EvidenceKind.PREVIEW, EvidenceStatus.PENDING),
    Evidence(EvidenceKind.ORIGINAL, EvidenceStatus.PENDING),
)
READY = tuple(Evidence(e.kind, EvidenceStatus.READY, sha256="a" * 64, size=1) for e in PENDING)


@dataclass
class Sink:
    """Keeps every revision; refuses while `full`."""

    puts: list[Candidate] = field(default_factory=list)
    full: bool = False
    refused: int = 0
    never: str = ""

    def put(self, candidate: Candidate) -> None:
        if self.full or candidate.rule_id == self.never:
            self.refused += 1
            raise StoreError("disk full")
        self.puts.append(candidate)

    def newest(self) -> dict[str, Candidate]:
        return {candidate.id: candidate for candidate in self.puts}


@dataclass
class Maker:
    """Remembers what was asked for."""

    finished: list[tuple[str, list[ClipPart]]] = field(default_factory=list)

    def begin(
        self, candidate: Candidate, pixels: Pixels, look: Look, observation: Observation, zone: Zone
    ) -> tuple[Evidence, ...]:
        return (Evidence(EvidenceKind.STILL, EvidenceStatus.READY, "b" * 64, 9, "image/jpeg"), *PENDING)

    def finish(self, candidate_id: str, parts: list[ClipPart]) -> None:
        self.finished.append((candidate_id, parts))


@dataclass
class Ring:
    """Remembers the cuts."""

    cuts: list[tuple[float, float]] = field(default_factory=list)

    def cut(self, start: float, end: float) -> list[ClipPart]:
        self.cuts.append((start, end))
        return []


@dataclass
class Bench:
    """An engine with its surroundings."""

    clock: ManualClock = field(default_factory=ManualClock)
    sink: Sink = field(default_factory=Sink)
    maker: Maker = field(default_factory=Maker)
    ring: Ring = field(default_factory=Ring)
    engine: CandidateEngine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = self.restarted()

    def restarted(self, rules: tuple[str, ...] = ("crowd",)) -> CandidateEngine:
        timing = Timing(for_s=10, clear_s=20, share=0.6)
        analytic = gathering.build(gathering.Params(min_count=3), Place(WHOLE_PICTURE))
        built = tuple(Rule(r, "gathering", "gathering", WHOLE_PICTURE, timing, analytic) for r in rules)
        watched = Watched("cam-1", built, self.ring, pre_s=10, post_s=10)
        return CandidateEngine("w1", [watched], self.sink, self.maker, self.clock)

    def play(self, counts: list[int], every: float = 2.0) -> None:
        for count in counts:
            now = self.clock.monotonic()
            self.engine.observe(look(now, count), lambda: np.zeros((4, 4, 3), np.uint8))
            self.engine.tick()
            self.clock.sleep(every)


def test_a_gathering_begins_is_updated_and_ends() -> None:
    bench = Bench()
    start = bench.clock.monotonic()
    bench.play([4] * 12 + [0] * 12)
    (candidate,) = bench.sink.newest().values()
    first = bench.sink.puts[0]
    assert (first.revision, first.phase, first.begin) == (1, Phase.OPEN, at(start))
    assert first.raised == at(start + 10)
    assert candidate.phase is Phase.ENDED
    assert candidate.end == candidate.last_seen == at(start + 22)
    assert candidate.end_reason == "cleared"
    assert candidate.peak == 4
    revisions = [put.revision for put in bench.sink.puts]
    assert revisions == sorted(set(revisions))


def test_open_candidates_are_written_slowly() -> None:
    bench = Bench()
    bench.play([4] * 60)
    lived = 120 - 10
    assert len(bench.sink.puts) <= 1 + lived / UPDATE_EVERY_S + 1


def test_the_peak_keeps_its_parts() -> None:
    bench = Bench()
    bench.play([4] * 6 + [7, 4, 4, 4, 4, 4, 4])
    (candidate,) = bench.sink.newest().values()
    assert candidate.peak == 7
    assert candidate.parts["count"] == 7
    assert candidate.value == 4


@dataclass
class Surer:
    """As many in each look, and each time surer."""

    asked: int = 0

    def observe(self, look: Look) -> Observation:
        self.asked += 1
        score = min(1.0, self.asked / 20)
        return Observation(Presence.PRESENT, 1, "persons", score, parts={"score_gear": score})


def test_the_parts_are_those_of_the_score_that_is_shown() -> None:
    bench = Bench()
    timing = Timing(for_s=10, clear_s=20, share=0.6)
    rule = Rule("bank", "fishing", "fishing", WHOLE_PICTURE, timing, Surer())
    watched = [Watched("cam-1", (rule,), bench.ring, pre_s=10, post_s=10)]
    bench.engine = CandidateEngine("w1", watched, bench.sink, bench.maker, bench.clock)
    bench.play([1] * 40)
    (candidate,) = bench.sink.newest().values()
    assert candidate.score == candidate.parts["score_gear"] == 1.0


def test_the_clip_is_cut_when_its_end_has_come() -> None:
    bench = Bench()
    raised = bench.clock.monotonic() + 10
    bench.play([4] * 10)
    assert bench.maker.finished == []
    bench.play([4] * 3)
    assert bench.ring.cuts == [(raised - 10, raised + 10)]
    (done, _) = bench.maker.finished[0]
    bench.engine.evidence_done(done, READY)
    assert {e.status for e in bench.sink.newest()[done].evidence} == {EvidenceStatus.READY}


def test_evidence_that_comes_after_the_end_is_still_written() -> None:
    bench = Bench()
    bench.play([4] * 6 + [0] * 14)
    (candidate,) = bench.sink.newest().values()
    assert candidate.phase is Phase.ENDED
    bench.engine.evidence_done(candidate.id, READY)
    after = bench.sink.newest()[candidate.id]
    assert after.phase is Phase.ENDED
    assert after.revision == candidate.revision + 1
    assert all(e.status is EvidenceStatus.READY for e in after.evidence)


def test_a_restart_goes_on_under_the_same_id() -> None:
    bench = Bench()
    bench.play([4] * 8)
    (before,) = bench.sink.newest().values()
    bench.engine = bench.restarted()
    bench.engine.resume([before])
    resumed = bench.sink.newest()[before.id]
    missing = [e for e in resumed.evidence if e.status is EvidenceStatus.MISSING]
    assert {e.kind for e in missing} == {EvidenceKind.PREVIEW, EvidenceKind.ORIGINAL}
    assert all("restarted" in e.reason for e in missing)
    bench.play([4] * 8 + [0] * 12)
    assert set(bench.sink.newest()) == {before.id}
    assert bench.sink.newest()[before.id].phase is Phase.ENDED


def test_what_ended_before_its_evidence_came_is_not_left_waiting() -> None:
    bench = Bench()
    bench.play([4] * 6 + [0] * 14)
    (ended,) = bench.sink.newest().values()
    bench.engine = bench.restarted()
    bench.engine.resume([ended])
    after = bench.sink.newest()[ended.id]
    assert after.phase is Phase.ENDED
    assert not any(e.status is EvidenceStatus.PENDING for e in after.evidence)


def test_a_rule_that_is_gone_ends_its_candidate() -> None:
    bench = Bench()
    bench.play([4] * 8)
    (before,) = bench.sink.newest().values()
    bench.engine = bench.restarted(rules=("other",))
    bench.engine.resume([before])
    after = bench.sink.newest()[before.id]
    assert (after.phase, after.end_reason) == (Phase.ENDED, "rule-removed")


def test_a_full_disk_costs_time_and_no_candidate() -> None:
    bench = Bench()
    bench.sink.full = True
    bench.play([4] * 8 + [0] * 14)
    assert bench.sink.puts == []
    assert bench.engine.unsaved() == 1
    bench.sink.full = False
    bench.engine.tick()
    (candidate,) = bench.sink.newest().values()
    assert candidate.phase is Phase.ENDED
    assert bench.engine.unsaved() == 0


def test_a_locked_outbox_is_asked_once_a_tick_however_much_waits() -> None:
    # Each refusal of a locked file takes its busy timeout, and looks wait for the engine meanwhile.
    bench = Bench()
    bench.engine = bench.restarted(rules=tuple(f"crowd-{n}" for n in range(8)))
    bench.play([4] * 8)
    bench.sink.full = True
    bench.play([0] * 14)
    assert bench.engine.unsaved() == 8
    before = bench.sink.refused
    bench.engine.tick()
    assert bench.sink.refused == before + 1
    bench.sink.full = False
    bench.engine.tick()
    assert bench.engine.unsaved() == 0
    assert {c.phase for c in bench.sink.newest().values()} == {Phase.ENDED}


def test_updates_do_not_ask_a_locked_outbox_one_after_the_other() -> None:
    bench = Bench()
    bench.engine = bench.restarted(rules=tuple(f"crowd-{n}" for n in range(8)))
    bench.play([4] * 8)
    bench.sink.full = True
    bench.clock.sleep(UPDATE_EVERY_S)
    bench.engine.observe(look(bench.clock.monotonic(), 4), lambda: np.zeros((4, 4, 3), np.uint8))
    bench.engine.tick()
    assert bench.sink.refused == 1


def test_one_that_can_never_be_written_does_not_hold_up_the_others() -> None:
    bench = Bench()
    bench.engine = bench.restarted(rules=("bad", "good-1", "good-2"))
    bench.sink.full, bench.sink.never = True, "bad"
    bench.play([4] * 8)
    bench.sink.full = False
    for _ in range(3):
        bench.engine.tick()
    assert {c.rule_id for c in bench.sink.newest().values()} == {"good-1", "good-2"}
    assert bench.engine.unsaved() == 1


def test_nobody_could_see_closes_as_lost_sight() -> None:
    bench = Bench()
    bench.play([4] * 8)
    bench.clock.sleep(LOST_SIGHT_S)
    bench.engine.tick()
    (candidate,) = bench.sink.newest().values()
    assert (candidate.phase, candidate.end_reason) == (Phase.ENDED, "lost-sight")


def test_a_picture_that_cannot_be_decoded_in_full_costs_the_stills_only() -> None:
    bench = Bench()

    def holes() -> Pixels:
        raise CorruptPicture("holes")

    for _ in range(8):
        now = bench.clock.monotonic()
        bench.engine.observe(look(now, 5), holes)
        bench.clock.sleep(2)
    (candidate,) = bench.sink.newest().values()
    statuses = {e.kind: e.status for e in candidate.evidence}
    assert statuses[EvidenceKind.STILL] is EvidenceStatus.MISSING
    assert statuses[EvidenceKind.ORIGINAL] is EvidenceStatus.PENDING


class Stumbles:
    """An analytic that raises while `broken`."""

    def __init__(self) -> None:
        self.broken = True

    def observe(self, look: Look) -> Observation:
        if self.broken:
            raise ValueError("zero-size array")
        return Observation(Presence.ABSENT, 0.0, "persons", 1.0)


def test_a_rule_that_raises_is_blind_and_the_others_go_on() -> None:
    bench, stumbles = Bench(), Stumbles()
    timing = Timing(for_s=10, clear_s=20, share=0.6)
    crowd = gathering.build(gathering.Params(min_count=3), Place(WHOLE_PICTURE))
    rules = (
        Rule("bad", "gathering", "gathering", WHOLE_PICTURE, timing, stumbles),
        Rule("crowd", "gathering", "gathering", WHOLE_PICTURE, timing, crowd),
    )
    watched = Watched("cam-1", rules, bench.ring, pre_s=10, post_s=10)
    bench.engine = CandidateEngine("w1", [watched], bench.sink, bench.maker, bench.clock)
    bench.play([4] * 15)
    assert {c.rule_id for c in bench.sink.newest().values()} == {"crowd"}
    bad, good = bench.engine.sights("cam-1")
    assert (bad.sight, bad.reason) == (Sight.BLIND, Reason("rule-failed", {"error": "ValueError"}))
    assert good.sight is Sight.LIVE
    assert set(bench.engine.values("cam-1")) == {"crowd"}
    stumbles.broken = False
    bench.play([4])
    assert bench.engine.sights("cam-1")[0].sight is Sight.LIVE


def test_the_same_input_gives_the_same_id() -> None:
    one, two = Bench(), Bench()
    for bench in (one, two):
        bench.play([4] * 8)
    assert one.sink.newest().keys() == two.sink.newest().keys()


def test_a_look_that_hangs_does_not_hold_up_who_watches_over_it() -> None:
    bench = Bench()
    bench.play([4] * 5)
    entered, release = threading.Event(), threading.Event()

    def hang() -> Pixels:
        entered.set()
        assert release.wait(90)
        return np.zeros((4, 4, 3), np.uint8)

    now = bench.clock.monotonic()
    looking = threading.Thread(target=bench.engine.observe, args=(look(now, 4), hang))
    looking.start()
    watching = threading.Thread(target=bench.engine.tick)
    try:
        assert entered.wait(30)
        watching.start()
        watching.join(30)
        assert not watching.is_alive()
    finally:
        release.set()
        looking.join(30)
        watching.join(30)
    assert len(bench.sink.newest()) == 1
