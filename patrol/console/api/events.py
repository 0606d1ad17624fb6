"""Server-sent events: candidates, cameras, a heartbeat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException
from sse_starlette import EventSourceResponse, ServerSentEvent

from patrol.console.api.asking import DeskOf, FeedOf, Who
from patrol.console.live.feed import Feed, Subscription, TooManyPages
from patrol.core.clock import iso
from patrol.desk.service import Desk
from patrol.desk.store.rows import SignedIn

router = APIRouter(prefix="/api/events", tags=["events"])
BEAT_S = 2.0
"""The page shows a lost line within five seconds; two beats may be late."""
_SEND_TIMEOUT_S = 10.0
"""A page that does not take anything for so long is dropped; it comes back and fetches anew."""


@router.get("", response_class=EventSourceResponse, responses={200: {"content": {"text/event-stream": {}}}})
async def events(
    desk: DeskOf, feed: FeedOf, who: Who, last_event_id: Annotated[str, Header(max_length=100)] = ""
) -> EventSourceResponse:
    """`candidate`, `cameras`, `beat` each two seconds, `resync` when something was missed: fetch anew.

    Candidate events carry ids; a page that comes back with Last-Event-ID gets what it missed, if it is kept.
    """
    try:
        page = feed.subscribe(last_event_id)
    except TooManyPages:
        raise HTTPException(503, "too many pages listen already; close some", {"Retry-After": "10"}) from None
    return EventSourceResponse(_stream(desk, feed, page, who), ping=0, send_timeout=_SEND_TIMEOUT_S)


async def _stream(
    desk: Desk, feed: Feed, page: Subscription, who: SignedIn
) -> AsyncIterator[ServerSentEvent]:
    """Until the desk stops, the page is gone, or the session ends."""
    loop = asyncio.get_running_loop()
    next_beat = loop.time()
    try:
        while not page.closed and desk.sessions.alive(who):
            if loop.time() >= next_beat:
                next_beat = loop.time() + BEAT_S
                yield ServerSentEvent(f'{{"server_time":"{iso(desk.clock.now())}"}}', event="beat")
            event = await page.next(max(0.0, next_beat - loop.time()))
            if event is not None:
                yield ServerSentEvent(event.data, event=event.name, id=event.id or None)
    finally:
        feed.leave(page)
