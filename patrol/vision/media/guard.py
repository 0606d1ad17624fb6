"""Nobody gets past here without the token: not to a picture, and not even to a "not found"."""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from patrol.core.errors import ConfigError
from patrol.core.redact import Secret

MIN_TOKEN = 16
"""Characters: a shorter token can be guessed over a network."""


class TokenGuard:
    """ASGI middleware around everything: denies each request that does not carry the bearer token.

    It stands outside the router, so a route that is added later is guarded, too.

    Raises:
        ConfigError: the token is too short to protect anything.
    """

    def __init__(self, app: ASGIApp, token: Secret) -> None:
        if len(token.reveal()) < MIN_TOKEN:
            raise ConfigError(f"the media token must have {MIN_TOKEN} characters or more; make a longer one")
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is allowed."""
        if scope["type"] == "http" and not self._allowed(Headers(scope=scope)):
            denied = PlainTextResponse("a token is needed\n", 401, {"WWW-Authenticate": "Bearer"})
            await denied(scope, receive, send)
            return
        if scope["type"] != "http":  # no websockets here, and lifespan is off
            return
        await self._app(scope, receive, send)

    def _allowed(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        wanted = self._token.reveal().encode()
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), wanted)
