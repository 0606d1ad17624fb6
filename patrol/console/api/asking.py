"""What the routes ask of a request: the desk, and who is signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, HTTPException, Request

from patrol.console.live.feed import Feed
from patrol.console.live.looks import Looks
from patrol.console.problems import Problem
from patrol.desk.service import Desk
from patrol.desk.store.rows import SignedIn


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _looks(request: Request) -> Looks:
    looks: Looks = request.app.state.looks
    return looks


def _feed(request: Request) -> Feed:
    feed: Feed = request.app.state.feed
    return feed


def _session(request: Request) -> SignedIn:
    session = getattr(request.state, "session", None)
    if not isinstance(session, SignedIn):  # the guard lets nobody else through; this is the second lock
        raise HTTPException(401, "not signed in")
    return session


DeskOf = Annotated[Desk, Depends(_desk)]
LooksOf = Annotated[Looks, Depends(_looks)]
FeedOf = Annotated[Feed, Depends(_feed)]
Who = Annotated[SignedIn, Depends(_session)]

NOT_FOUND: dict[int | str, dict[str, object]] = {404: {"model": Problem}}
ALWAYS: dict[int | str, dict[str, object]] = {
    401: {"model": Problem},
    403: {"model": Problem},
    503: {"model": Problem},
}
"""What any route may answer: not signed in, refused, database or worker not reachable."""
