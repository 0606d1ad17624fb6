"""Errors as RFC 9457 problem details: what, why, what to do; never what was sent, never a secret."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from patrol.core.errors import DeliveryError, PatrolError, StoreError
from patrol.core.redact import redact

log = structlog.get_logger(__name__)


class Problem(BaseModel):
    """RFC 9457. `detail` is one or two sentences for people."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """A problem as a response."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=redact(detail))
    return JSONResponse(
        body.model_dump(),
        status_code=status,
        # The guard adds the other headers; what fails outside of it needs this one, too.
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})},
        media_type="application/problem+json",
    )


def install(app: FastAPI) -> None:
    """Answer every error of the application with a problem."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(PatrolError, _patrol)
    app.add_exception_handler(Exception, _unexpected)


async def _http(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise TypeError(f"not an HTTPException: {type(error).__name__}")
    return problem(error.status_code, str(error.detail), dict(error.headers or {}))


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise TypeError(f"not a RequestValidationError: {type(error).__name__}")
    # Only where and what was expected: the input may hold a token.
    found = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()[:5]]
    return problem(422, "; ".join(found))


async def _patrol(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, StoreError | DeliveryError):
        return problem(503, str(error), {"Retry-After": "2"})
    return await _unexpected(_request, error)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("request_failed", path=request.url.path, fault=type(error).__name__)
    return problem(500, "a fault in Patrol; it is in the desk's log")
