"""What the desk reads of its workers and asks of them, beside the candidates."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

import structlog

from patrol.core.errors import DeliveryError
from patrol.core.protocols import Clock
from patrol.core.redact import Secret
from patrol.queue import names, wire
from patrol.queue.client import AsyncLink, name
from patrol.queue.consume import ACKS_KEPT

log = structlog.get_logger(__name__)

COMMANDS_KEPT = 1_000
COMMANDS_LAST_S = 86_400
"""A worker that is gone for a day leaves no commands behind."""
_BLPOP_S = 2
"""One blocking read for a reply; less than half the socket's timeout."""
_SHORTEST_S = 0.01
"""Zero would mean: for ever."""


class Workers:
    """The desk's hand on its workers. For one event loop; close it at the end.

    Raises:
        ConfigError: the URL cannot be read.
    """

    def __init__(self, url: Secret | str, clock: Clock) -> None:
        self._link = AsyncLink(url)
        self._clock = clock
        self._malformed = 0
        self._unreadable: dict[str, str] = {}

    @property
    def malformed(self) -> int:
        """Statuses that could not be read, so far."""
        return self._malformed

    @property
    def unreadable(self) -> Mapping[str, str]:
        """Workers whose last status could not be read, and why: they are there, and not understood."""
        return self._unreadable

    async def status_of_workers(self) -> list[wire.WorkerStatus]:
        """The last status of every worker, by id. `at` says how old it is; malformed ones are `unreadable`.

        Raises:
            DeliveryError: the queue cannot be reached.
        """
        flat = await self._link.call("HGETALL", names.WORKERS)
        statuses, unreadable = [], dict[str, str]()
        for worker_id, body in zip(flat[::2], flat[1::2], strict=True):
            try:
                statuses.append(wire.parse_status(body))
            except DeliveryError as error:
                self._malformed += 1
                unreadable[name(worker_id)] = str(error)
                if name(worker_id) not in self._unreadable:
                    log.warning("status_malformed", worker=name(worker_id), reason=str(error))
        self._unreadable = unreadable
        return sorted(statuses, key=lambda status: status.worker_id)

    async def forget(self, worker_id: str) -> None:
        """Drop the status of a worker that will not come back.

        Raises:
            DeliveryError: the queue cannot be reached.
        """
        await self._link.call("HDEL", names.WORKERS, worker_id)

    async def send_command(self, worker_id: str, command: wire.Command) -> None:
        """Ask a worker for something. It need not arrive: a worker that starts later does not see it.

        Raises:
            DeliveryError: the queue cannot be reached.
        """
        key = names.commands(worker_id)
        await self._link.transaction(
            [
                ("XADD", key, "MAXLEN", "~", COMMANDS_KEPT, "*", "command", wire.dump(command)),
                ("EXPIRE", key, COMMANDS_LAST_S),
            ]
        )

    async def ask(
        self, worker_id: str, command: wire.Command, timeout_s: float = 10.0
    ) -> dict[str, Any] | None:
        """Send a command and wait for its reply; None when none came in time.

        Raises:
            DeliveryError: the queue cannot be reached, or the reply is no JSON object.
        """
        reply_to = names.reply(uuid.uuid4().hex)
        await self.send_command(worker_id, command.model_copy(update={"reply_to": reply_to}))
        deadline = self._clock.monotonic() + timeout_s
        while (left := deadline - self._clock.monotonic()) > 0:
            found = await self._link.call("BLPOP", reply_to, f"{min(max(left, _SHORTEST_S), _BLPOP_S):.3f}")
            if found:
                return _reply(found[1], worker_id)
        return None

    async def send_ack(self, worker_id: str, ack: wire.Ack) -> None:
        """Tell a worker of evidence that is held now, or of a candidate that was confirmed.

        Raises:
            DeliveryError: the queue cannot be reached; say it again later.
        """
        key = names.acks(worker_id)
        await self._link.call("XADD", key, "MAXLEN", "~", ACKS_KEPT, "*", "ack", wire.dump(ack))

    async def close(self) -> None:
        """Release the connections."""
        await self._link.close()


def _reply(body: bytes, worker_id: str) -> dict[str, Any]:
    try:
        reply = json.loads(body)
    except ValueError:
        reply = None
    if not isinstance(reply, dict):
        raise DeliveryError(f"worker {worker_id} answered a command with something that is no JSON object")
    return reply
