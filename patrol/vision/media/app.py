"""The routes of the media endpoint."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from fastapi import FastAPI, Header, Response
from fastapi.responses import FileResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.types import ASGIApp

from patrol.core.clock import iso
from patrol.core.redact import Secret
from patrol.vision.media.guard import TokenGuard
from patrol.vision.media.providers import EvidenceProvider, LookProvider

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Pictures of people are kept by those who are meant to keep them, not by caches on the way."""

IfNoneMatch = Annotated[str, Header()]


def build_app(
    token: Secret, looks: LookProvider, evidence: EvidenceProvider, metrics: Callable[[], bytes]
) -> ASGIApp:
    """The whole endpoint, guarded.

    Raises:
        ConfigError: the token is too short.
    """
    return TokenGuard(build_routes(looks, evidence, metrics), token)


def build_routes(looks: LookProvider, evidence: EvidenceProvider, metrics: Callable[[], bytes]) -> FastAPI:
    """The routes alone, without the guard. Handlers are plain functions: they run in a pool of threads."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/looks/{camera_id}.jpg")
    def look(camera_id: str, if_none_match: IfNoneMatch = "") -> Response:
        """A camera's last look; 304 where the caller has it, 404 where there is none."""
        look_id = looks.current(camera_id)
        if look_id and _etag(look_id) in if_none_match:
            return Response(status_code=304, headers={**_NO_STORE, "ETag": _etag(look_id)})
        image = looks.look(camera_id) if look_id else None
        if image is None:
            return Response("no look of this camera can be shown\n", 404, media_type="text/plain")
        headers = {"ETag": _etag(image.look_id), "X-Look-Id": image.look_id, "X-Look-At": iso(image.at)}
        return Response(image.jpeg, media_type="image/jpeg", headers={**_NO_STORE, **headers})

    @app.get("/evidence/{sha256}")
    def piece(sha256: str) -> Response:
        """A file of evidence, or a range of it."""
        found = evidence.find(sha256) if _SHA256.fullmatch(sha256) else None
        if found is None or not found.path.is_file():
            return Response("no such evidence is kept here\n", 404, media_type="text/plain")
        headers = {**_NO_STORE, "ETag": _etag(sha256)}
        return FileResponse(found.path, media_type=found.media_type, headers=headers)

    @app.get("/metrics")
    def prometheus() -> Response:
        """Figures for Prometheus."""
        return Response(metrics(), headers={**_NO_STORE, "Content-Type": CONTENT_TYPE_LATEST})

    @app.get("/healthz")
    def health() -> Response:
        """Answers while the worker serves."""
        return Response("ok\n", media_type="text/plain", headers=_NO_STORE)

    return app


def _etag(name: str) -> str:
    return f'"{name}"'
