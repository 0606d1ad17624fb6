"""What stands before every request: right host, same origin, signed in. What no rule admits is refused."""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from patrol.console.problems import problem
from patrol.core.errors import StoreError
from patrol.desk.service import Desk
from patrol.desk.store.rows import SignedIn

COOKIE = "patrol_session"
MAX_BODY = 65_536
"""Bytes. The greatest body is a reason of some sentences."""
_SAFE = frozenset({"GET", "HEAD"})
_HOSTS = ("127.0.0.1", "localhost")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "media-src 'self' blob:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """ASGI middleware around the whole application.

    - The Host header must name this machine and this port: a page of another site whose name was made to
      point here (DNS rebinding) sends its own name.
    - Whatever is neither GET nor HEAD must come from the page itself, by Origin or Sec-Fetch-Site, and carry
      `X-Patrol: 1`, which no form and no link can send.
    - Everything below /api, and /metrics, needs a session; but for signing in itself. /metrics takes the
      media token, too.
    """

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app, self._desk = app, desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        secured = _with_headers(scope["path"], send)
        refusal = _host_refusal(scope, headers) or _origin_refusal(scope["method"], headers)
        if refusal:
            await problem(403, refusal)(scope, receive, secured)
        elif not _body_fits(headers):
            await problem(413, f"a body needs a Content-Length of at most {MAX_BODY}")(
                scope, receive, secured
            )
        else:
            await self._admit(scope, receive, secured, headers)

    async def _admit(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        if _needs_session(scope["method"], scope["path"]):
            try:
                session = await self._session(headers)
            except StoreError as error:
                await problem(503, str(error), {"Retry-After": "2"})(scope, receive, send)
                return
            if session is None and not (scope["path"] == "/metrics" and self._has_token(headers)):
                text = (
                    "not signed in, or signed in more than twelve hours ago; `patrol link` prints a new link"
                )
                await problem(401, text)(scope, receive, send)
                return
            scope.setdefault("state", {})["session"] = session
        await self._app(scope, receive, send)

    async def _session(self, headers: Headers) -> SignedIn | None:
        cookie = _cookie(headers)
        if not cookie:
            return None
        known = self._desk.sessions.remembered(cookie)
        return known or await self._desk.store.run(self._desk.sessions.find, cookie)

    def _has_token(self, headers: Headers) -> bool:
        given = headers.get("authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {self._desk.media_token.reveal()}".encode())


def _needs_session(method: str, path: str) -> bool:
    if (method, path) == ("POST", "/api/session"):
        return False
    return path == "/api" or path.startswith("/api/") or path == "/metrics"


def _host_refusal(scope: Scope, headers: Headers) -> str:
    port = (scope.get("server") or ("", None))[1]
    if headers.get("host", "") in {f"{host}:{port}" for host in _HOSTS}:
        return ""
    if port == 80 and headers.get("host", "") in _HOSTS:
        return ""
    return f"this desk answers to 127.0.0.1:{port} and localhost:{port} only"


def _origin_refusal(method: str, headers: Headers) -> str:
    if method in _SAFE:
        return ""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    same = origin in {None, f"http://{headers.get('host', '')}"} and site in {None, "same-origin"}
    if not same or (origin is None and site is None):
        return (
            "a change must come from the desk's own page: Origin or Sec-Fetch-Site says otherwise, or nothing"
        )
    return "" if headers.get("x-patrol") == "1" else "a change needs the header X-Patrol: 1"


def _body_fits(headers: Headers) -> bool:
    if "transfer-encoding" in headers:
        return False
    length = headers.get("content-length", "0")
    return length.isascii() and length.isdigit() and len(length) < 10 and int(length) <= MAX_BODY


def _cookie(headers: Headers) -> str:
    # Not http.cookies: over one that it cannot read it drops all, and each program on 127.0.0.1 has some.
    found = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    return found if len(found) <= 100 else ""


def _with_headers(path: str, send: Send) -> Send:
    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            if path.startswith("/api") or path == "/metrics":
                headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return secured
