"""What a worker says about itself while its own disk is in trouble."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np

from patrol.config.models import SiteConfig
from patrol.queue.outbox import Outbox
from patrol.vision.candidates.engine import CandidateEngine
from patrol.vision.candidates.evidence.recorder import EvidenceRecorder
from patrol.vision.candidates.evidence.vault import Vault
from patrol.vision.decode.keyframes import KeyframeDecoder
from patrol.vision.sources.mailbox import Mailbox
from patrol.vision.sources.watchdog import Watchdog
from patrol.vision.worker.loop import LookLoop
from patrol.vision.worker.report import Reporter
from patrol.vision.worker.vision import Vision
from tests.fakes.clips import nobody
from tests.fakes.clock import ManualClock


def vision(folder: Path, outbox: Outbox, clock: ManualClock) -> Vision:
    """All parts of a worker without cameras, not started."""
    vault = Vault(folder / "evidence", 10**6, 0)
    recorder = EvidenceRecorder(vault, nobody, lambda *_: None)
    engine = CandidateEngine("w1", [], outbox, recorder, clock)
    loop = LookLoop(
        keyframes=Mailbox(),
        decoder=KeyframeDecoder(),
        eyes={},
        engine=engine,
        looked=lambda *_: None,
        seen=lambda _: None,
        full=lambda _: np.zeros((4, 4, 3), np.uint8),
    )
    return Vision({}, {}, vault, recorder, engine, loop)


def test_a_locked_outbox_is_said_and_does_not_make_the_worker_silent(tmp_path: Path) -> None:
    clock, path = ManualClock(), tmp_path / "outbox.db"
    outbox = Outbox(path, clock)
    parts = vision(tmp_path, outbox, clock)
    reporter = Reporter("w1", SiteConfig(name="County"), parts, outbox, Watchdog(list, print), clock)
    assert reporter.status("http://x", ()).problems == ()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        (problem,) = reporter.status("http://x", ()).problems
        assert "another process holds a lock on it" in problem
        assert b"patrol_evidence_bytes 0.0" in reporter.metrics()
    finally:
        other.close()
    outbox.close()
