"""Events to all pages that listen: numbered, kept for a while, bounded for each of them."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass
from weakref import WeakSet

KEPT = 1000
"""Candidate events kept for pages that come back: at a flood of 10 a minute, an hour and a half."""
BUFFERED = 256
"""Candidate events that may wait for one page; one that is slower is told to fetch anew."""
CLIENTS_MOST = 64
"""Pages that listen at once; a control room has a few seats, each with a few windows."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `id` is empty for those that need not be resumed from."""

    name: str
    data: str
    id: str = ""


class TooManyPages(Exception):  # noqa: N818  named after what happened
    """CLIENTS_MOST pages listen already."""


class Subscription:
    """One page's events. Candidates in order; of all else only the newest counts."""

    def __init__(self) -> None:
        self._queue: deque[Event] = deque()
        self._latest: dict[str, Event] = {}
        self._wake = asyncio.Event()
        self._closed = False

    @property
    def closed(self) -> bool:
        """Nothing comes any more."""
        return self._closed

    async def next(self, timeout_s: float) -> Event | None:
        """The next event, None after `timeout_s` or when closed."""
        if not (self._queue or self._latest or self._closed):
            try:
                async with asyncio.timeout(timeout_s):
                    await self._wake.wait()
            except TimeoutError:
                return None
        self._wake.clear()
        if self._queue:
            return self._queue.popleft()
        return self._latest.pop(next(iter(self._latest))) if self._latest else None

    def push(self, event: Event) -> None:
        """In order; too many, and all are replaced by `resync`."""
        if len(self._queue) >= BUFFERED:
            self._queue.clear()
            event = Event("resync", "{}", event.id)
        self._queue.append(event)
        self._wake.set()

    def replace(self, event: Event) -> None:
        """Instead of an older one of this name that has not been sent."""
        self._latest[event.name] = event
        self._wake.set()

    def close(self) -> None:
        """Send nothing more."""
        self._queue.clear()
        self._latest.clear()
        self._closed = True
        self._wake.set()


class Feed:
    """Where events come together. For one event loop."""

    def __init__(self) -> None:
        self._boot = secrets.token_hex(4)
        self._number = 0
        self._kept: deque[Event] = deque(maxlen=KEPT)
        self._pages: WeakSet[Subscription] = WeakSet()
        self._cameras: Event | None = None
        self._closed = False

    @property
    def pages(self) -> int:
        """How many listen."""
        return len(self._pages)

    def candidate(self, data: str) -> None:
        """A candidate changed; `data` is its JSON."""
        self._number += 1
        event = Event("candidate", data, f"{self._boot}-{self._number}")
        self._kept.append(event)
        for page in list(self._pages):
            page.push(event)

    def cameras(self, data: str) -> None:
        """How all cameras are now, as JSON."""
        self._cameras = Event("cameras", data)
        for page in list(self._pages):
            page.replace(self._cameras)

    def subscribe(self, last_id: str) -> Subscription:
        """Listen from now on, or from behind `last_id` where that is still kept.

        Raises:
            TooManyPages: see there.
        """
        if len(self._pages) >= CLIENTS_MOST:
            raise TooManyPages
        page = Subscription()
        for event in self._since(last_id):
            page.push(event)
        if self._cameras is not None:
            page.replace(self._cameras)
        if self._closed:
            page.close()
        self._pages.add(page)
        return page

    def leave(self, page: Subscription) -> None:
        """The page is gone."""
        self._pages.discard(page)

    def close(self) -> None:
        """End every stream: the desk stops."""
        self._closed = True
        for page in list(self._pages):
            page.close()

    def _since(self, last_id: str) -> list[Event]:
        if not last_id:
            return []
        resync = [Event("resync", "{}", f"{self._boot}-{self._number}")]
        boot, _, number = last_id.partition("-")
        if boot != self._boot or not number.isdecimal() or int(number) > self._number:
            return resync
        missed = self._number - int(number)
        if missed > min(len(self._kept), BUFFERED):
            return resync
        return list(self._kept)[len(self._kept) - missed :]
