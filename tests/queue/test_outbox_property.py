"""Whatever order things come in, the outbox forgets nothing that nobody has acknowledged."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from patrol.core.candidate import Phase
from patrol.queue.outbox import Outbox
from tests.fakes.clock import ManualClock
from tests.queue.support import ack, candidate

numbers = st.integers(1, 2)
steps = st.integers(1, 4)


class OutboxMachine(RuleBasedStateMachine):
    """A model of two dicts beside the real file."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock()
        self.stored: dict[str, int] = {}
        self.ended: set[str] = set()
        self.acked: dict[str, int] = {}
        self.kept: set[str] = set()
        self.sent: set[tuple[str, int]] = set()
        self.ever = 0
        self.outbox = self.reopened()

    def reopened(self) -> Outbox:
        opened = Outbox(Path(self.folder.name) / "o.db", self.clock)
        opened._file.read("PRAGMA synchronous = OFF")  # a busy disk is slow, and the power stays on here
        return opened

    @rule(number=numbers, revision=steps, ended=st.booleans())
    def put(self, number: int, revision: int, ended: bool) -> None:
        phase = Phase.ENDED if ended else Phase.OPEN
        made = candidate(number, revision, phase)
        self.outbox.put(made)
        self.ever += made.id not in self.stored
        if revision > self.stored.get(made.id, 0):
            self.stored[made.id] = revision
            (self.ended.add if ended else self.ended.discard)(made.id)

    @rule(number=numbers, revision=steps, keep=st.booleans(), times=st.integers(1, 2))
    def ack(self, number: int, revision: int, keep: bool, times: int) -> None:
        for _ in range(times):
            self.outbox.acked(ack(candidate(number), revision, keep=keep))
        id_ = candidate(number).id
        if id_ in self.stored:
            self.acked[id_] = max(self.acked.get(id_, 0), min(revision, self.stored[id_]))
            if keep:
                self.kept.add(id_)

    @rule(limit=st.integers(1, 3))
    def send(self, limit: int) -> None:
        due = [(c.id, c.revision) for c in self.outbox.pending(limit)]
        assert len(due) == min(limit, len(self.unacked() - self.sent))
        self.outbox.sent(due)
        self.sent |= set(due)

    @rule()
    def reconnect(self) -> None:
        self.outbox.forget_sent()
        self.sent.clear()

    @rule()
    def a_minute_passes(self) -> None:
        self.clock.advance(60)
        self.sent.clear()

    @rule()
    def restart(self) -> None:
        self.outbox.close()
        self.outbox = self.reopened()
        self.sent.clear()

    @precondition(lambda self: self.stored)
    @rule()
    def purge(self) -> None:
        self.clock.advance(31 * 86_400)
        self.sent.clear()
        self.outbox.purge(self.clock.now())
        waiting = {id_ for id_, _ in self.unacked()}
        for gone in self.stored.keys() - waiting - (self.stored.keys() - self.ended):
            for known in (self.stored, self.acked):
                known.pop(gone, None)
            self.kept.discard(gone)
            self.ended.discard(gone)

    def unacked(self) -> set[tuple[str, int]]:
        return {(id_, r) for id_, r in self.stored.items() if r > self.acked.get(id_, 0)}

    @invariant()
    def nothing_unacknowledged_is_forgotten_and_no_revision_goes_back(self) -> None:
        everything = self.outbox.pending(100, resend_after_s=-1)
        assert {(c.id, c.revision) for c in everything} == self.unacked()
        assert {(c.id, c.revision) for c in self.outbox.pending()} == self.unacked() - self.sent
        assert self.outbox.depth() == len(self.unacked())

    @invariant()
    def the_rest_agrees(self) -> None:
        assert self.outbox.ids() == set(self.stored)
        assert {c.id for c in self.outbox.unfinished()} == self.stored.keys() - self.ended
        assert {id_ for id_ in self.stored if self.outbox.evidence_flags(id_)[1]} == self.kept
        assert self.outbox.ever() == self.ever

    def teardown(self) -> None:
        self.outbox.close()
        self.folder.cleanup()


TestOutboxMachine = OutboxMachine.TestCase
TestOutboxMachine.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
