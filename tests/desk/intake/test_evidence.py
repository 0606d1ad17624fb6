from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from patrol.core.candidate import EvidenceKind
from patrol.core.redact import Secret
from patrol.desk.intake.candidates import take_in
from patrol.desk.intake.evidence import Hooks, Puller
from patrol.desk.intake.fetch import media_client
from patrol.desk.intake.files import EvidenceFiles
from patrol.desk.intake.room import Limits, Room
from patrol.desk.store import Store, candidates, evidence
from patrol.desk.store.rows import Decision, HeldEvidence, Place, StoredFile
from patrol.desk.triage.verdicts import decide
from tests.fakes.clock import ManualClock
from tests.fakes.desk import BEGIN, TOKEN, event, piece, sha
from tests.fakes.media_server import MediaServer, Served

PICTURE, CLIP = b"picture" * 1000, b"clip" * 50_000
ROOMY = Limits(10**9, 0)


@dataclass
class Bench:
    """A puller in its surroundings."""

    store: Store
    clock: ManualClock
    root: Path
    media: MediaServer
    limits: Limits = ROOMY
    free: int = 10**12
    silent: set[str] = field(default_factory=set)
    changed: list[str] = field(default_factory=list)

    @property
    def files(self) -> EvidenceFiles:
        return EvidenceFiles(self.root / "evidence", lambda: self.free)

    @asynccontextmanager
    async def puller(self) -> AsyncIterator[Puller]:
        async def changed(ids: Iterable[str]) -> None:
            self.changed.extend(ids)

        room = Room(self.store, self.files, self.limits, self.clock)
        hooks = Hooks(lambda worker: None if worker in self.silent else self.media.url, changed)
        async with media_client() as client:
            puller = Puller(self.store, self.files, room, client, Secret(TOKEN), hooks, self.clock)
            await puller.audit()
            task = asyncio.create_task(puller.run())
            yield puller
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def take(self, candidate_id: str, *pieces: tuple[str, bytes], minute: int = 0) -> None:
        raised = BEGIN + timedelta(minutes=minute)
        named = [piece(content, kind) for kind, content in pieces]
        take_in(self.store, event(candidate_id, evidence=named, raised=raised), lambda *_: Place(), BEGIN)
        for _, content in pieces:
            self.media.files.setdefault(f"/evidence/{sha(content)}", Served(content))

    def held(self, candidate_id: str, kind: str = "still") -> HeldEvidence:
        with self.store.read() as tx:
            row = candidates.get(tx, candidate_id)
        found = row.piece(EvidenceKind(kind)) if row else None
        assert found is not None
        return found


@pytest.fixture
def bench(store: Store, clock: ManualClock, tmp_path: Path) -> Iterator[Bench]:
    with MediaServer(TOKEN) as media:
        yield Bench(store, clock, tmp_path, media)


async def until(bench: Bench, puller: Puller, condition: Callable[[], bool], advance: float = 0.0) -> None:
    """Let the puller work; `advance` moves the clock on each round, past its back-offs."""
    async with asyncio.timeout(60):
        while not condition():
            puller.wake()
            bench.clock.advance(advance)
            await asyncio.sleep(0.02)


def run(bench: Bench, condition: Callable[[Puller], bool], advance: float = 0.0) -> Puller:
    async def go() -> Puller:
        async with bench.puller() as puller:
            await until(bench, puller, lambda: condition(puller), advance)
            return puller

    return asyncio.run(go())


def test_what_is_ready_is_pulled_checked_and_said(bench: Bench) -> None:
    bench.take("c-1", ("still", PICTURE), ("original", CLIP))
    puller = run(bench, lambda p: p.counts.pulled == 2 and len(bench.changed) == 2)
    assert bench.changed == ["c-1", "c-1"]
    assert bench.files.path(sha(PICTURE), original=False).read_bytes() == PICTURE
    original = bench.files.path(sha(CLIP), original=True)
    assert original.read_bytes() == CLIP
    assert original.parent.parent.name == "originals"
    assert not list((bench.root / "evidence" / "partial").iterdir())
    assert (puller.counts.bytes, puller.counts.failed) == (len(PICTURE) + len(CLIP), 0)
    assert [path for path, _ in bench.media.requests] == [f"/evidence/{sha(c)}" for c in (PICTURE, CLIP)]


def test_cut_connections_are_resumed(bench: Bench) -> None:
    bench.take("c-1", ("still", PICTURE))
    bench.media.files[f"/evidence/{sha(PICTURE)}"].faults = ["cut:2000", "cut:2000"]
    run(bench, lambda p: p.counts.pulled == 1, advance=1.0)
    assert [asked for _, asked in bench.media.requests] == ["", "bytes=2000-", "bytes=4000-"]
    assert bench.held("c-1").held


def test_a_transfer_goes_on_after_a_restart_of_the_desk(bench: Bench) -> None:
    bench.take("c-1", ("still", PICTURE))
    bench.media.files[f"/evidence/{sha(PICTURE)}"].faults = ["cut:3000"]
    run(bench, lambda p: p.counts.failed == 1)
    run(bench, lambda p: p.counts.pulled == 1)
    assert bench.media.requests[-1][1] == "bytes=3000-"


def test_wrong_bytes_are_dropped_counted_named_and_tried_again(bench: Bench) -> None:
    bench.take("c-1", ("still", PICTURE))
    bench.media.files[f"/evidence/{sha(PICTURE)}"].faults = ["wrong"]
    puller = run(bench, lambda p: p.counts.mismatched == 1 and bool(p.words("w1", sha(PICTURE))))
    assert "do not match" in puller.words("w1", sha(PICTURE))
    assert not bench.held("c-1").held
    assert not bench.files.path(sha(PICTURE), original=False).exists()
    puller = run(bench, lambda p: p.counts.pulled == 1, advance=1.0)
    assert puller.words("w1", sha(PICTURE)) == ""
    assert bench.held("c-1").held


@pytest.mark.parametrize(("fault", "words"), [("redirect", "not followed"), ("status:404", "no longer")])
def test_one_piece_that_cannot_come_holds_up_no_other(bench: Bench, fault: str, words: str) -> None:
    bench.take("c-1", ("still", PICTURE))
    bench.take("c-2", ("still", b"other"))
    bench.media.files[f"/evidence/{sha(b'other')}"].faults = [fault]
    puller = run(bench, lambda p: p.counts.pulled == 1 and p.counts.failed == 1)
    assert words in puller.words("w1", sha(b"other"))
    assert bench.held("c-1").held
    assert not bench.held("c-2").held


def test_it_waits_longer_each_time(bench: Bench) -> None:
    bench.take("c-1", ("still", PICTURE))
    bench.media.files[f"/evidence/{sha(PICTURE)}"].faults = ["status:404"] * 100
    start = bench.clock.passed()
    run(bench, lambda p: p.counts.failed == 6, advance=0.5)
    assert bench.clock.passed() - start >= (1 + 2 + 4 + 8 + 16) / 2


def test_a_silent_worker_is_waited_for_and_named(bench: Bench) -> None:
    bench.silent.add("w1")
    bench.take("c-1", ("still", PICTURE))

    async def go() -> None:
        async with bench.puller() as puller:
            assert "silent" in puller.words("w1", sha(PICTURE))
            await until(bench, puller, lambda: bench.clock.passed() > 100, advance=10.0)
            assert bench.media.requests == []
            bench.silent.clear()
            await until(bench, puller, lambda: puller.counts.pulled == 1)

    asyncio.run(go())


def test_a_slow_worker_does_not_hold_up_another(bench: Bench) -> None:
    bench.take("c-1", ("still", PICTURE))
    bench.media.files[f"/evidence/{sha(PICTURE)}"].faults = ["slow"]
    other = event("c-2", worker_id="w2", evidence=[piece(b"other")])
    take_in(bench.store, other, lambda *_: Place(), BEGIN)
    bench.media.files[f"/evidence/{sha(b'other')}"] = Served(b"other")

    async def go() -> None:
        async with bench.puller() as puller:
            await until(bench, puller, lambda: bench.held("c-2").held)
            assert not bench.held("c-1").held
            bench.media.slow.set()
            await until(bench, puller, lambda: bench.held("c-1").held, advance=1.0)

    asyncio.run(go())


def test_an_address_that_is_none_is_named(bench: Bench, store: Store, tmp_path: Path) -> None:
    bench.take("c-1", ("still", PICTURE))

    async def go() -> None:
        async def nothing(_ids: Iterable[str]) -> None:
            """Nobody listens."""

        room = Room(store, bench.files, ROOMY, bench.clock)
        async with media_client() as client:
            hooks = Hooks(lambda _: "file:///etc", nothing)
            puller = Puller(store, bench.files, room, client, Secret(TOKEN), hooks, bench.clock)
            task = asyncio.create_task(puller.run())
            await until(bench, puller, lambda: puller.counts.failed == 1)
            assert "no plain http" in puller.problems()[0]
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(go())


def test_the_oldest_unconfirmed_goes_first_and_what_is_real_never(bench: Bench) -> None:
    bench.limits = Limits(3000, 0)
    for minute, name in enumerate(["old-real", "old", "newer"]):
        bench.take(name, ("still", name.encode().ljust(1000)), minute=minute)
    decide(bench.store, "old-real", Decision("real", "", "seat 1", BEGIN))
    run(bench, lambda p: p.counts.pulled == 3)
    bench.take("newest", ("still", b"n" * 1000), minute=9)
    run(bench, lambda p: p.counts.pulled == 1)
    assert [bench.held(name).held for name in ("old-real", "old", "newer", "newest")] == [
        True,
        False,
        True,
        True,
    ]
    assert bench.held("old").removed
    assert not bench.files.path(sha(b"old".ljust(1000)), original=False).exists()
    assert "old" in bench.changed
    pulled_again = run(bench, lambda p: len(bench.media.requests) >= 4)
    assert pulled_again.counts.pulled == 0


def test_what_is_newer_is_not_removed_for_what_is_older(bench: Bench) -> None:
    bench.limits = Limits(1000, 0)
    bench.take("new", ("still", b"n" * 1000), minute=9)
    run(bench, lambda p: p.counts.pulled == 1)
    bench.take("old", ("still", b"o" * 1000), minute=1)
    # The room says so in the store's thread, the puller a moment later in the loop.
    puller = run(bench, lambda p: bool(p.problems() and p.words("w1", sha(b"o" * 1000))))
    assert "no room for evidence" in puller.problems()[0]
    assert "no room" in puller.words("w1", sha(b"o" * 1000))
    assert bench.held("new").held
    decide(bench.store, "old", Decision("real", "", "seat 1", BEGIN))
    run(bench, lambda p: p.counts.pulled == 1)
    assert bench.held("new").removed


def test_a_disk_that_something_else_has_filled_costs_no_evidence(bench: Bench) -> None:
    bench.take("old", ("still", b"o" * 1000), minute=1)
    run(bench, lambda p: p.counts.pulled == 1)
    bench.limits, bench.free = Limits(10**9, 500_000), 1000
    bench.take("new", ("still", b"n" * 1000), minute=9)
    puller = run(bench, lambda p: bool(p.problems()))
    assert "no room for evidence" in puller.problems()[0]
    assert bench.held("old").held


def test_nothing_is_pulled_onto_a_disk_that_is_nearly_full(bench: Bench) -> None:
    bench.limits, bench.free = Limits(10**9, 500_000), 500_000
    bench.take("c-1", ("still", PICTURE))
    puller = run(bench, lambda p: bool(p.problems()))
    assert "no room for evidence" in puller.problems()[0]
    assert bench.media.requests == []
    bench.free = 10**9
    puller = run(bench, lambda p: p.counts.pulled == 1, advance=1.0)
    assert puller.problems() == []


def test_a_quota_that_was_lowered_is_swept(bench: Bench) -> None:
    for minute in range(4):
        bench.take(f"c-{minute}", ("still", str(minute).encode() * 1000), minute=minute)
    run(bench, lambda p: p.counts.pulled == 4)
    room = Room(bench.store, bench.files, Limits(2500, 0), bench.clock)
    assert room.sweep() == ["c-0", "c-1"]
    assert room.removed == 2
    for name in ("c-2", "c-3"):
        decide(bench.store, name, Decision("real", "", "seat 1", BEGIN))
    full = Room(bench.store, bench.files, Limits(100, 0), bench.clock)
    assert full.sweep() == []
    assert "no room" in full.problem


def test_a_start_finds_what_is_lost_and_what_is_strange(bench: Bench) -> None:
    bench.take("c-1", ("still", PICTURE))
    bench.take("c-2", ("still", b"other"))
    run(bench, lambda p: p.counts.pulled == 2)
    bench.files.remove(StoredFile(sha(PICTURE), len(PICTURE), original=False))
    stranger = bench.files.path(sha(b"stranger"), original=False)
    stranger.parent.mkdir(exist_ok=True)
    stranger.write_bytes(b"stranger")
    bench.files.partial(sha(b"gone")).write_bytes(b"half")
    run(bench, lambda p: p.counts.pulled == 1)
    assert not stranger.exists()
    assert not bench.files.partial(sha(b"gone")).exists()
    assert bench.files.path(sha(PICTURE), original=False).read_bytes() == PICTURE
    assert bench.files.path(sha(b"other"), original=False).read_bytes() == b"other"


def test_one_file_of_two_kinds_is_pulled_for_both(bench: Bench) -> None:
    bench.take("c-1", ("still", PICTURE), ("still_boxes", PICTURE))
    run(bench, lambda _: bench.held("c-1").held and bench.held("c-1", "still_boxes").held)
    with bench.store.read() as tx:
        assert evidence.held_shas(tx, "c-1") == (sha(PICTURE), sha(PICTURE))
