"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from patrol import __version__
from patrol.console.api.asking import DeskOf, Who
from patrol.console.api.attempts import Attempts
from patrol.console.api.shapes import SessionOut, SignIn
from patrol.console.guard import COOKIE
from patrol.console.problems import Problem
from patrol.desk.people.sessions import SESSION_LASTS

router = APIRouter(prefix="/api/session", tags=["session"])


@router.post("", status_code=204, responses={401: {"model": Problem}, 429: {"model": Problem}})
async def sign_in(body: SignIn, request: Request, desk: DeskOf) -> Response:
    """Use a sign-in link up. The cookie lasts twelve hours."""
    attempts: Attempts = request.app.state.attempts
    if wait := attempts.wait_s():
        text = "too many sign-ins have failed within a minute; wait, then try again"
        raise HTTPException(429, text, {"Retry-After": str(wait)})
    found = await desk.store.run(desk.sessions.sign_in, body.token)
    if found is None:
        attempts.failed()
        raise HTTPException(
            401, "this link is not known, or was used before, or has expired; `patrol link` prints a new one"
        )
    response = Response(status_code=204)
    # Not `secure`: the desk speaks plain HTTP, and to this machine only.
    response.set_cookie(
        COOKIE,
        found[0],
        max_age=int(SESSION_LASTS.total_seconds()),
        path="/",
        httponly=True,
        samesite="strict",
    )
    return response


@router.get("")
async def session(desk: DeskOf, who: Who) -> SessionOut:
    """Who sits here. Site and language are those that the workers' configuration names."""
    statuses = [seen.status for seen in desk.roster.all()]
    return SessionOut(
        seat=who.label,
        site=statuses[0].site_name if statuses else "",
        language=statuses[0].language if statuses else "zh-CN",
        time_zone=statuses[0].time_zone if statuses else "Asia/Shanghai",
        version=__version__,
        server_time=desk.clock.now(),
    )


@router.delete("", status_code=204)
async def sign_out(desk: DeskOf, who: Who) -> Response:
    """End this session."""
    await desk.store.run(desk.sessions.sign_out, who)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response
