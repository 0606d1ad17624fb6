"""Connections to Valkey or Redis: the only file that knows the redis library.

Links do not retry: whoever holds one decides when to try again. Replies are the server's own (RESP2), so that
neither the version of the library nor that of the server changes their shape.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import redis
import redis.asyncio as aredis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from patrol.core.errors import ConfigError, DeliveryError
from patrol.core.redact import Secret, redact, redact_url

SOCKET_TIMEOUT_S = 5.0
"""An answer that takes longer counts as a dead connection; blocking reads ask for less than half of it."""
BLOCK_MS = 500
"""How long one blocking read waits: also how long a thread may take to notice that it is to stop."""
HEALTH_CHECK_S = 15
"""A connection idle for longer is pinged before it is used."""

_RAW = ("XADD", "XREAD", "XREADGROUP", "XAUTOCLAIM", "XRANGE", "XINFO STREAM", "XPENDING", "HGETALL", "BLPOP")
_URL_OPTIONS = {
    "redis": {"db"},
    "unix": {"db"},
    "rediss": {"db", "ssl_ca_certs", "ssl_cert_reqs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname"},
}
"""What may stand behind `?` in the address. Timeouts and retries are Patrol's own."""

Word = bytes | str | int
"""One word of a command."""


class GroupMissing(DeliveryError):  # noqa: N818  named after what happened, as the rest of the tree
    """The stream or its consumer group does not exist: the server has lost its data, or is new."""


class KeyMissing(DeliveryError):  # noqa: N818
    """The key does not exist."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a stream; `fields` is None where it was deleted while it was pending."""

    id: str
    fields: dict[bytes, bytes] | None


def id_order(entry_id: str) -> tuple[int, int]:
    """An entry id as numbers: ids sort by these, not as text."""
    milliseconds, _, sequence = entry_id.partition("-")
    return int(milliseconds), int(sequence or 0)


class Link:
    """One synchronous connection pool. Safe to use from several threads.

    Args:
        url: `redis://`, `rediss://` or `unix:///path`; special characters in a password percent-encoded.

    Raises:
        ConfigError: the URL cannot be read.
    """

    def __init__(self, url: Secret | str) -> None:
        self._client: Any = _open(redis.Redis, url, Retry(NoBackoff(), 0))
        self.address = _address(url)

    def call(self, *words: Word) -> Any:
        """Send one command and return the server's reply.

        Raises:
            GroupMissing, KeyMissing: see there.
            DeliveryError: not reachable, or it refused.
        """
        with _translating(words[0], self.address):
            return self._client.execute_command(*words)

    def transaction(self, commands: Sequence[tuple[Word, ...]]) -> list[Any]:
        """Send commands as one MULTI/EXEC; all take effect, or none.

        Raises:
            DeliveryError: not reachable, or one of them was refused.
        """
        with (
            _translating(commands[0][0], self.address),
            self._client.pipeline(transaction=True) as pipe,
        ):
            for words in commands:
                pipe.execute_command(*words)
            return list(pipe.execute())

    def close(self) -> None:
        """Release every connection. Does not fail."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncLink:
    """The same for one event loop."""

    def __init__(self, url: Secret | str) -> None:
        self._client: Any = _open(aredis.Redis, url, AsyncRetry(NoBackoff(), 0))
        self.address = _address(url)

    async def call(self, *words: Word) -> Any:
        """See `Link.call`."""
        with _translating(words[0], self.address), _cancellable():
            return await self._client.execute_command(*words)

    async def transaction(self, commands: Sequence[tuple[Word, ...]]) -> list[Any]:
        """See `Link.transaction`."""
        with _translating(commands[0][0], self.address), _cancellable():
            async with self._client.pipeline(transaction=True) as pipe:
                for words in commands:
                    pipe.execute_command(*words)
                return list(await pipe.execute())

    async def close(self) -> None:
        """Release every connection. Does not fail."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def entries(reply: Any) -> list[Entry]:
    """The entries in a reply to XRANGE, or in one stream's part of a reply to XREAD."""
    return [Entry(name(id_), None if flat is None else pairs(flat)) for id_, flat in reply or ()]


def entries_of_one(reply: Any) -> list[Entry]:
    """The entries in a reply to XREAD or XREADGROUP over a single stream; none after a timeout."""
    return entries(reply[0][1]) if reply else []


def pairs(flat: Sequence[Any]) -> dict[bytes, Any]:
    """A flat list of keys and values as a dict."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def name(raw: bytes | str) -> str:
    """A key or an id as text; bytes that are not UTF-8 are replaced, since they are only shown."""
    return raw.decode(errors="replace") if isinstance(raw, bytes) else raw


def _open(kind: Any, url: Secret | str, retry: Any) -> Any:
    text = url.reveal() if isinstance(url, Secret) else url
    _remember_password(text)
    try:
        _check_options(text)
        client = kind.from_url(
            text,
            protocol=2,
            retry=retry,
            socket_timeout=SOCKET_TIMEOUT_S,
            socket_connect_timeout=SOCKET_TIMEOUT_S,
            health_check_interval=HEALTH_CHECK_S,
        )
    except (ValueError, TypeError, redis.RedisError):
        raise ConfigError(
            f"the queue's address {redact_url(text)!r} cannot be read; expected "
            f"redis://[user:password@]host:port/db, rediss://... or unix:///path, with special characters "
            f"of user and password percent-encoded"
        ) from None
    for command in _RAW:
        client.set_response_callback(command, _as_it_came)
    return client


def _check_options(url: str) -> None:
    parts = urlsplit(url)
    if parse_qs(parts.query).keys() - _URL_OPTIONS.get(parts.scheme, set()) or parts.fragment:
        raise ValueError("unknown option")


def _as_it_came(reply: Any, **_options: Any) -> Any:
    return reply


def _remember_password(url: str) -> None:
    try:
        password = urlsplit(url).password
    except ValueError:
        return
    if password:
        Secret(password)
        Secret(unquote(password))


def _address(url: Secret | str) -> str:
    """What may be shown of a queue's address: no user, no password, no query."""
    parts = urlsplit(url.reveal() if isinstance(url, Secret) else url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


@contextmanager
def _translating(command: Word, address: str) -> Iterator[None]:
    try:
        yield
    except (redis.RedisError, OSError) as error:
        raise _translate(error, command, address) from None


@contextmanager
def _cancellable() -> Iterator[None]:
    """Raise a cancellation that got lost inside.

    `asyncio.wait_for` of Python 3.11, which the library sends with, swallows a cancellation that arrives just
    as the sending is done (fixed in 3.12). The task would go on as if nobody had asked it to end.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        yield
    finally:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError


def _translate(error: Exception, command: Word, address: str) -> DeliveryError:
    text = redact(str(error)).strip() or type(error).__name__
    if isinstance(error, redis.ResponseError):
        if "NOGROUP" in text or "UNBLOCKED" in text:
            return GroupMissing(f"the queue at {address} has lost its consumer group: {text}")
        if "no such key" in text:
            return KeyMissing(f"the queue at {address} has no such key: {text}")
    what = command.decode() if isinstance(command, bytes) else command
    if isinstance(error, redis.AuthenticationError):
        return DeliveryError(f"the queue at {address} refused the login: {text}")
    if isinstance(error, (redis.ConnectionError, redis.TimeoutError, OSError)):
        return DeliveryError(f"the queue at {address} cannot be reached ({what}): {text}")
    return DeliveryError(f"the queue at {address} refused {what}: {text}")
