"""From the desk's acknowledgements to the worker's outbox."""

from __future__ import annotations

import structlog

from patrol.core.errors import DeliveryError
from patrol.core.protocols import Clock
from patrol.core.redact import Secret
from patrol.queue import names, wire
from patrol.queue.client import BLOCK_MS, Entry, Link, entries_of_one
from patrol.queue.loop import QueueLoop
from patrol.queue.outbox import Outbox

log = structlog.get_logger(__name__)

BATCH = 200


class AckReader:
    """A thread that applies acknowledgements to the outbox and deletes them from the stream.

    It always reads from the beginning: what is applied is gone, so there is no position that could be ahead
    of a stream which has lost its data. An acknowledgement that is applied twice changes nothing.

    Raises:
        ConfigError: the URL cannot be read.
    """

    def __init__(self, outbox: Outbox, url: Secret | str, worker_id: str, clock: Clock) -> None:
        self._outbox = outbox
        self._key = names.acks(worker_id)
        self._malformed = 0
        self._loop = QueueLoop(f"acks-{worker_id}", url, clock, self._step, self._connected)

    @property
    def malformed(self) -> int:
        """Acknowledgements that could not be read, so far."""
        return self._malformed

    def start(self) -> None:
        """Start reading."""
        self._loop.start()

    def stop(self) -> None:
        """Stop; what is not applied stays in the stream."""
        self._loop.stop()

    def problem(self) -> str:
        """Empty, or why acknowledgements do not arrive."""
        problem = self._loop.problem()
        return problem[1] if problem else ""

    def _connected(self, _link: Link) -> None:
        # This thread waits inside the server nearly all the time, so it is the first to notice a restart.
        self._outbox.forget_sent()

    def _step(self, link: Link) -> None:
        reply = link.call("XREAD", "COUNT", BATCH, "BLOCK", BLOCK_MS, "STREAMS", self._key, "0-0")
        found = entries_of_one(reply)
        for entry in found:
            self._apply(entry)
        if found:
            link.call("XDEL", self._key, *(entry.id for entry in found))

    def _apply(self, entry: Entry) -> None:
        try:
            ack = wire.parse_ack((entry.fields or {}).get(b"ack", b""))
        except DeliveryError as error:
            self._malformed += 1
            log.warning("ack_malformed", entry=entry.id, reason=str(error))
            return
        self._outbox.acked(ack)
