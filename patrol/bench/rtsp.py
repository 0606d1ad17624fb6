"""The server's half of an RTSP 1.0 conversation (RFC 2326), for video interleaved in TCP only."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

METHODS = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "SET_PARAMETER", "TEARDOWN")

_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
    503: "Service Unavailable",
}
MAX_BODY = 65_536
"""Bytes: requests to a camera have no body, or a few lines."""


class BadRequest(Exception):  # noqa: N818  named as the status is
    """What came is no RTSP request."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names are in lower case."""

    method: str
    url: str
    headers: dict[str, str]

    @property
    def camera(self) -> str:
        """First part of the path: `rtsp://host/cam3/trackID=0` asks for `cam3`."""
        return urlsplit(self.url).path.strip("/").partition("/")[0]


async def read_request(reader: asyncio.StreamReader) -> Request:
    """The next request; interleaved packets of the client (receiver reports) are skipped.

    Raises:
        BadRequest: no request, or a body too long.
        asyncio.IncompleteReadError: the client has gone.
    """
    while (first := await reader.readexactly(1)) == b"$":
        size = int.from_bytes((await reader.readexactly(3))[1:], "big")
        await reader.readexactly(size)
    try:
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace")
    except asyncio.LimitOverrunError:
        raise BadRequest("header too long") from None
    request = _parse(head)
    length = request.headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length) > MAX_BODY:
        raise BadRequest("content length")
    await reader.readexactly(int(length))
    return request


def _parse(head: str) -> Request:
    start, *lines = head.strip("\r\n").split("\r\n")
    parts = start.split(" ")
    if len(parts) != 3 or parts[2] != "RTSP/1.0":
        raise BadRequest("request line")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise BadRequest("header line")
        headers[name.strip().lower()] = value.strip()
    try:
        urlsplit(parts[1])
    except ValueError:
        raise BadRequest("address") from None
    return Request(parts[0], parts[1], headers)


def answer(request: Request | None, status: int, *headers: str, body: str = "") -> bytes:
    """The bytes of an answer; CSeq is the request's."""
    lines = [f"RTSP/1.0 {status} {_REASONS[status]}"]
    if request is not None and "cseq" in request.headers:
        lines.append(f"CSeq: {request.headers['cseq']}")
    content = body.encode()
    lines += [*headers, f"Content-Length: {len(content)}", "", ""]
    return "\r\n".join(lines).encode() + content
