"""From the worker's outbox to the candidate stream."""

from __future__ import annotations

from collections import OrderedDict

from patrol.core.candidate import Candidate
from patrol.core.clock import iso
from patrol.core.errors import StoreError
from patrol.core.protocols import Clock
from patrol.core.redact import Secret
from patrol.queue import names, wire
from patrol.queue.client import Link
from patrol.queue.loop import QueueLoop
from patrol.queue.outbox import Outbox

BATCH = 100
_REST_S = 0.5
"""How often the outbox is looked at when nobody kicks."""
_REMEMBERED = 10_000
"""Stream entries remembered; one that is forgotten costs a duplicate, nothing else."""


class Publisher:
    """A thread that sends what is pending in the outbox, and sends it again until it is acknowledged.

    Before it sends something again it looks whether the entry still waits in the stream: only what is gone
    is repeated, so that a desk which is down for days does not fill the queue with duplicates.

    Raises:
        ConfigError: the URL cannot be read.
    """

    def __init__(self, outbox: Outbox, url: Secret | str, worker_id: str, clock: Clock) -> None:
        self._outbox, self._clock = outbox, clock
        self._entries: OrderedDict[str, tuple[int, str]] = OrderedDict()
        self._loop = QueueLoop(f"publish-{worker_id}", url, clock, self._step, self._connected)

    def start(self) -> None:
        """Start sending."""
        self._loop.start()

    def stop(self) -> None:
        """Stop; what is pending stays in the outbox."""
        self._loop.stop()

    def kick(self) -> None:
        """Look at the outbox now: call it after a put."""
        self._loop.kick()

    def problem(self) -> str:
        """Empty, or one sentence: since when the queue is down, why, and how much waits."""
        problem = self._loop.problem()
        if problem is None:
            return ""
        since, reason = problem
        try:
            waits = f"{self._outbox.depth()} candidates wait in the outbox"
        except StoreError as error:
            waits = f"the outbox cannot be read either: {error}"
        return f"nothing reaches the queue since {iso(since)}: {reason}; {waits}"

    def _connected(self, _link: Link) -> None:
        self._outbox.forget_sent()

    def _step(self, link: Link) -> None:
        due = self._outbox.pending(BATCH)
        if not due:
            self._loop.rest(_REST_S)
            return
        waiting = self._still_waiting(link, due)
        self._send(link, [candidate for candidate in due if candidate.id not in waiting])
        self._outbox.sent((candidate.id, candidate.revision) for candidate in due)

    def _still_waiting(self, link: Link, due: list[Candidate]) -> set[str]:
        """Ids of those whose newest revision was sent before and lies in the stream, not yet taken."""
        sent = {c.id: self._entries[c.id][1] for c in due if self._sent_revision(c) == c.revision}
        if not sent:
            return set()
        replies = link.transaction([("XRANGE", names.CANDIDATES, entry, entry) for entry in sent.values()])
        return {candidate_id for candidate_id, found in zip(sent, replies, strict=True) if found}

    def _sent_revision(self, candidate: Candidate) -> int:
        return self._entries.get(candidate.id, (0, ""))[0]

    def _send(self, link: Link, candidates: list[Candidate]) -> None:
        if not candidates:
            return
        now = self._clock.now()
        bodies = [wire.dump(wire.candidate_event(candidate, now)) for candidate in candidates]
        replies = link.transaction([("XADD", names.CANDIDATES, "*", "event", body) for body in bodies])
        for candidate, entry in zip(candidates, replies, strict=True):
            self._entries[candidate.id] = (candidate.revision, entry.decode())
            self._entries.move_to_end(candidate.id)
        while len(self._entries) > _REMEMBERED:
            self._entries.popitem(last=False)
