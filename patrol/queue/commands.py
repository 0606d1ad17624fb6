"""Commands from the desk to a worker. They need not last: one from before the start is not carried out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from patrol.core.errors import DeliveryError, PatrolError
from patrol.core.protocols import Clock
from patrol.core.redact import Secret, redact
from patrol.queue import names, wire
from patrol.queue.client import BLOCK_MS, Entry, KeyMissing, Link, entries_of_one, id_order, name, pairs
from patrol.queue.loop import QueueLoop

log = structlog.get_logger(__name__)

BATCH = 20
REPLY_LASTS_S = 60
"""A reply that nobody fetched is dropped by the server after this."""

Handle = Callable[[wire.Command], Mapping[str, Any] | None]


class CommandReader:
    """A thread that carries out commands, one after the other.

    Args:
        handle: called in this thread; what it returns is the reply, as JSON. A PatrolError becomes the reply
            `{"error": text}`. A slow one holds up the next command.

    Raises:
        ConfigError: the URL cannot be read.
    """

    def __init__(self, url: Secret | str, worker_id: str, handle: Handle, clock: Clock) -> None:
        self._key, self._handle = names.commands(worker_id), handle
        self._position = ""
        self._malformed = 0
        self._loop = QueueLoop(f"commands-{worker_id}", url, clock, self._step, self._find_position)

    @property
    def malformed(self) -> int:
        """Commands that could not be read, so far."""
        return self._malformed

    def start(self) -> None:
        """Start reading."""
        self._loop.start()

    def stop(self) -> None:
        """Stop; waits for the command under way."""
        self._loop.stop()

    def _find_position(self, link: Link) -> None:
        """Begin behind what is there now; at the beginning of a stream that was lost and begun anew."""
        last = _last_id(link, self._key)
        if not self._position:
            self._position = last
        elif id_order(last) < id_order(self._position):
            self._position = "0-0"

    def _step(self, link: Link) -> None:
        reply = link.call("XREAD", "COUNT", BATCH, "BLOCK", BLOCK_MS, "STREAMS", self._key, self._position)
        if not reply:
            self._find_position(link)
        for entry in entries_of_one(reply):
            # First the position: a command that kills the worker is not to do so again.
            self._position = entry.id
            self._carry_out(link, entry)

    def _carry_out(self, link: Link, entry: Entry) -> None:
        try:
            command = wire.parse_command((entry.fields or {}).get(b"command", b""))
        except DeliveryError as error:
            self._malformed += 1
            log.warning("command_malformed", entry=entry.id, reason=str(error))
            return
        try:
            reply = self._handle(command)
        except PatrolError as error:
            log.warning("command_failed", command=command.name, reason=str(error))
            reply = {"error": redact(str(error))}
        if reply is not None and command.reply_to.startswith(names.REPLIES):
            body = json.dumps(reply, ensure_ascii=False, allow_nan=False).encode()
            link.transaction([("RPUSH", command.reply_to, body), ("EXPIRE", command.reply_to, REPLY_LASTS_S)])


def _last_id(link: Link, key: str) -> str:
    try:
        info = pairs(link.call("XINFO", "STREAM", key))
    except KeyMissing:
        return "0-0"
    return name(info[b"last-generated-id"])
