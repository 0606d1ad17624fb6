"""Evidence that nobody names any more makes room for what comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from patrol.core.candidate import Candidate, Evidence, EvidenceKind, EvidenceStatus, Phase
from patrol.queue.outbox import KEEP_DAYS, Outbox
from patrol.queue.wire import Ack
from patrol.vision.candidates.evidence.vault import Vault
from patrol.vision.worker.history import purge, removable
from tests.fakes.clock import START, ManualClock

QUOTA = 100
OLD = timedelta(days=KEEP_DAYS + 1)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "outbox.db", ManualClock())
    yield box
    box.close()


def vault(folder: Path) -> Vault:
    return Vault(folder / "evidence", QUOTA, 0)


def ended(name: str, *sha256: str) -> Candidate:
    kinds = (EvidenceKind.STILL, EvidenceKind.STILL_BOXES)
    pieces = tuple(
        Evidence(kind, EvidenceStatus.READY, sha, 60, "image/jpeg")
        for kind, sha in zip(kinds, sha256, strict=False)
    )
    plain = Candidate(
        name, "w", "cam", "r", "gathering", "gathering", "z", START, START, START, 1, 1, "persons", 1
    )
    return replace(plain, phase=Phase.ENDED, end=START, evidence=pieces)


def test_evidence_goes_with_the_history_that_named_it(tmp_path: Path, outbox: Outbox) -> None:
    held = vault(tmp_path)
    old, _ = held.store_bytes(b"o" * 40, "jpg")
    shared, _ = held.store_bytes(b"s" * 20, "jpg")
    outbox.put(ended("old", old, shared))
    outbox.put(ended("new", shared))
    outbox.acked(Ack(candidate_id="old", revision=1))
    purge(outbox, held, START + OLD)
    assert outbox.ids() == {"new"}
    assert held.find(old) is None
    assert held.find(shared) is not None


def test_a_file_whose_process_was_killed_before_its_row_makes_room(tmp_path: Path, outbox: Outbox) -> None:
    lost, _ = vault(tmp_path).store_bytes(b"x" * 60, "jpg")
    after = vault(tmp_path)
    fresh, _ = after.store_bytes(b"y" * 30, "jpg")
    assert after.make_room(70, removable(outbox, after)) == (lost,)
    assert fresh not in removable(outbox, after), "it may be on its way to its row"


def test_what_the_desk_holds_goes_before_what_nobody_names(tmp_path: Path, outbox: Outbox) -> None:
    before = vault(tmp_path)
    lost, held, rest = (before.store_bytes(data, "jpg")[0] for data in (b"1", b"2", b"3"))
    after = vault(tmp_path)
    outbox.put(ended("a", held, rest))
    outbox.acked(Ack(candidate_id="a", revision=1, evidence_held=(held,)))
    assert list(removable(outbox, after)) == [held, lost, rest]
