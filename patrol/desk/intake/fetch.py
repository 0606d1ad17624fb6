"""One transfer of one file from a worker's media endpoint, resumed where the last one was cut."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import httpx

from patrol.core.errors import DeliveryError, EvidenceError
from patrol.core.redact import Secret, redact

TIMEOUT = httpx.Timeout(connect=5.0, read=10.0, write=5.0, pool=5.0)
"""Seconds. A worker answers from its local disk; what takes longer is a worker in trouble."""
SLOWEST = 64_000
"""Bytes a second. A transfer that stays below is cut, so that one bad line does not hold up a worker's queue;
the part that came is kept, and the next try goes on from it."""
_GRACE_S = 30.0
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class EvidenceGone(DeliveryError):  # noqa: N818  named after what happened, as the rest of the tree
    """The worker answers, and will not give this file: asking again soon is useless."""


def media_client() -> httpx.AsyncClient:
    """A client for workers' media endpoints: no redirects, no proxies, no credentials of the environment."""
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=8)
    return httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False, limits=limits)


def media_address(base: str, path: str) -> str:
    """The address of one thing on a media endpoint.

    Raises:
        DeliveryError: the base is no plain http or https address.
    """
    try:
        parts = urlsplit(base)
        fits = parts.scheme in {"http", "https"} and bool(httpx.URL(base).host) and parts.port != 0
    except (ValueError, httpx.InvalidURL):
        fits, parts = False, urlsplit("")
    if not fits or "@" in parts.netloc or parts.query or parts.fragment:
        raise DeliveryError(f"the media address {redact(base)!r} is no plain http:// or https:// address")
    return f"{base.rstrip('/')}/{path}"


def bearer(token: Secret) -> dict[str, str]:
    """The header that media endpoints ask for."""
    return {"Authorization": f"Bearer {token.reveal()}", "Accept-Encoding": "identity"}


async def fetch(client: httpx.AsyncClient, url: str, token: Secret, partial: Path, size: int) -> None:
    """Bring `partial` to its full size, from where it stands.

    Args:
        client: from `media_client`.
        url: of the file.
        token: the shared media token.
        partial: grows; kept when the transfer is cut.
        size: bytes that the worker announced; one more is refused.

    Raises:
        DeliveryError: cut, slow or not reachable; the next call goes on from here.
        EvidenceGone: refused for good: unknown there, a redirect, a wrong token.
        EvidenceError: more bytes than announced; the partial file is deleted.
        OSError: the disk refused.
    """
    start = _standing(partial, size)
    if start == size and size > 0:
        return
    headers = bearer(token) | ({"Range": f"bytes={start}-"} if start else {})
    try:
        async with (
            asyncio.timeout(_GRACE_S + (size - start) / SLOWEST),
            client.stream("GET", url, headers=headers) as response,
        ):
            await _write(response, partial, start, size)
    except TimeoutError:
        raise DeliveryError(f"slower than {SLOWEST} bytes a second; goes on from where it was cut") from None
    except httpx.HTTPError as error:
        raise DeliveryError(f"{_in_words(error)}; goes on from where it was cut") from None


async def _write(response: httpx.Response, partial: Path, start: int, size: int) -> None:
    append = _continues(response, partial, start)
    written = start if append else 0
    with _opened(partial, append=append) as file:
        async for chunk in response.aiter_raw():
            written += len(chunk)
            if written > size:
                break
            file.write(chunk)
    if written > size:
        _discard(partial)
        raise EvidenceError(f"the worker sent more than the {size} bytes that it announced")
    if written < size:
        raise DeliveryError(f"cut after {written} of {size} bytes; goes on from there")


def _continues(response: httpx.Response, partial: Path, start: int) -> bool:
    """Whether the answer goes on at `start`; False where it begins at the beginning."""
    status = response.status_code
    if status == httpx.codes.PARTIAL_CONTENT:
        match = _CONTENT_RANGE.match(response.headers.get("content-range", ""))
        if match is None or int(match[1]) != start:
            raise EvidenceGone("the worker sent another part than the one asked for")
        return True
    if status == httpx.codes.OK:
        return False
    if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        _discard(partial)
        raise DeliveryError("the worker's file is shorter than announced; starts again")
    raise _refused(status)


def _refused(status: int) -> DeliveryError:
    if status in {404, 410}:
        return EvidenceGone("the worker no longer has it")
    if status in {401, 403}:
        return EvidenceGone("the worker refuses the media token; PATROL_MEDIA_TOKEN must be the same on both")
    if 300 <= status < 400:
        return EvidenceGone("the worker redirects elsewhere; redirects are not followed")
    return DeliveryError(f"the worker answers with status {status}")


def _standing(partial: Path, size: int) -> int:
    """Bytes that are there already; more than there can be are thrown away."""
    start = partial.stat().st_size if partial.exists() else 0
    if start <= size:
        return start
    partial.unlink()
    return 0


def _discard(partial: Path) -> None:
    partial.unlink(missing_ok=True)


def _opened(partial: Path, *, append: bool) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else os.O_TRUNC)
    return os.fdopen(os.open(partial, flags, 0o600), "ab" if append else "wb")


def _in_words(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return "the worker's media endpoint is not reachable"
    if isinstance(error, httpx.TimeoutException):
        return "the worker stopped sending"
    return f"the connection broke ({type(error).__name__})"
