"""A whole console on a real port: uvicorn, SQLite, a queue in memory."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from patrol.console.app import build_app
from patrol.console.serve import ConsoleServer, bind
from patrol.core.redact import Secret
from patrol.desk.intake.room import Limits
from patrol.desk.people.links import mint_link
from patrol.desk.service import Desk, DeskSetup
from patrol.desk.store import Store
from patrol.desk.store.engine import default_address
from tests.fakes.clock import ManualClock
from tests.fakes.desk import TOKEN, FakeDoor

_T = TypeVar("_T")


@dataclass
class Console:
    """A console that runs in a thread of its own."""

    folder: Path
    desk: Desk
    door: FakeDoor
    clock: ManualClock
    port: int
    loop: asyncio.AbstractEventLoop
    server: ConsoleServer
    thread: threading.Thread

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run something in the desk's event loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def client(self, *, page: bool = True) -> httpx.Client:
        """Not signed in. `page`: with the headers that the page sends."""
        headers = {"Origin": self.origin, "X-Patrol": "1"} if page else {}
        return httpx.Client(base_url=self.origin, headers=headers, trust_env=False, timeout=60)

    @contextmanager
    def seat(self, name: str = "seat 1") -> Iterator[httpx.Client]:
        """Signed in."""
        with self.client() as client:
            token = mint_link(self.desk.store, self.clock, name)
            answer = client.post("/api/session", json={"token": token})
            assert answer.status_code == 204, answer.text
            yield client

    def until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for something that happens in the server's thread."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.01)

    def stop(self) -> float:
        """Stop the server; how long that took, in seconds."""
        begin = time.monotonic()
        self.server.should_exit = True
        self.thread.join(60)
        assert not self.thread.is_alive()
        return time.monotonic() - begin


@contextmanager
def running_console(folder: Path, dist: Path | None = None) -> Iterator[Console]:
    """Start one, and stop it in the end."""
    clock, door = ManualClock(), FakeDoor()
    store = Store(default_address(folder))
    desk = Desk(store, DeskSetup(folder, Secret(TOKEN), Limits(10**9, 0)), door.connect, clock)
    app = build_app(desk, dist or folder / "no-page")
    ready, loops = threading.Event(), list[asyncio.AbstractEventLoop]()

    def on_ready() -> None:
        loops.append(asyncio.get_running_loop())
        ready.set()

    with bind(0) as listener:
        server = ConsoleServer(app, on_ready)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
        thread.start()
        assert ready.wait(60), "the console did not start"
        console = Console(folder, desk, door, clock, listener.getsockname()[1], loops[0], server, thread)
        try:
            yield console
        finally:
            console.stop()
