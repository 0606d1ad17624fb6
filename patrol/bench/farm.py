"""A loopback farm of RTSP cameras: one process plays clips as any number of cameras, for ever.

It stands for real cameras in the demo, the tests and the benchmarks: RTSP 1.0 over TCP, interleaved, H.264 or
H.265, with logins and scheduled faults. It listens on 127.0.0.1 and nowhere else.
"""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import structlog

from patrol.bench.clip import Clip
from patrol.bench.conversation import Conversation
from patrol.bench.faults import Fault, FaultKind
from patrol.bench.login import Login
from patrol.bench.playing import CameraSpec, Counts, Stage
from patrol.bench.rtsp import BadRequest, answer
from patrol.core.clock import SystemClock
from patrol.core.errors import ConfigError
from patrol.core.protocols import Clock

log = structlog.get_logger(__name__)

HOST = "127.0.0.1"
_BACKLOG = 256
"""Connections that may wait: a worker opens all its cameras at once."""
_REQUEST_LIMIT = 65_536


class Farm:
    """Cameras on one port. Create it, then `await serve()`, or `with running(...)` in a thread of its own."""

    def __init__(self, cameras: Sequence[CameraSpec], *, port: int = 0, clock: Clock | None = None) -> None:
        """`port` 0 takes a free one, known once it serves.

        Raises:
            ConfigError: no camera, or two of one name.
        """
        names = [spec.name for spec in cameras]
        if not names or len(set(names)) != len(names):
            raise ConfigError(f"a farm needs cameras with different names; got {names}")
        self.port = port
        self.stage = Stage(cameras, clock or SystemClock())
        self._handlers: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()

    def url(self, name: str) -> str:
        """Address of one camera, without its login."""
        return f"rtsp://{HOST}:{self.port}/{name}"

    def counts(self, name: str) -> Counts:
        """What one camera has done so far."""
        return self.stage.cameras[name].counts

    def inject(self, name: str, fault: FaultKind | None) -> None:
        """Make a camera misbehave from now on; None: back to its schedule. May be called from any thread."""
        self.stage.cameras[name].injected = fault

    def stop(self) -> None:
        """End `serve`. May be called from any thread, and before it serves."""
        if self._loop is None:
            self._stopping.set()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def serve(self, ready: Callable[[], None] | None = None) -> None:
        """Serve until `stop`; `ready` is called once the port is open.

        Raises:
            ConfigError: the port cannot be had.
        """
        self._loop = asyncio.get_running_loop()
        server = await self._listen()
        self.port = server.sockets[0].getsockname()[1]
        log.info("farm.ready", port=self.port, cameras=len(self.stage.cameras))
        playing = asyncio.create_task(self.stage.run())
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            if ready is not None:
                ready()
            await asyncio.wait((playing, stopped), return_when=asyncio.FIRST_COMPLETED)
            if playing.done():
                playing.result()
        finally:
            self._stopping.set()
            server.close()
            tasks = [playing, stopped, *self._handlers]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> asyncio.Server:
        try:
            return await asyncio.start_server(
                self._accept, HOST, self.port, limit=_REQUEST_LIMIT, backlog=_BACKLOG
            )
        except OSError as error:
            reason = error.strerror or "no reason given"
            raise ConfigError(f"port {self.port} of {HOST} cannot be had: {reason}; name another") from None

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._stopping.is_set():
            writer.transport.abort()
            return
        task = asyncio.create_task(self._converse(reader, writer))
        self._handlers.add(task)
        task.add_done_callback(partial(self._ended, writer))

    def _ended(self, writer: asyncio.StreamWriter, task: asyncio.Task[None]) -> None:
        """A conversation is over. One that was cut off may not have begun, or its client may be behind."""
        self._handlers.discard(task)
        if task.cancelled():
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conversation = Conversation(self.stage, reader, writer)
        try:
            await conversation.run()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # clients come and go
        except BadRequest:
            writer.write(answer(None, 400))
        finally:
            conversation.stop()
            writer.close()


def cameras_of(
    clips: Sequence[Clip],
    names: Sequence[str],
    login: Login | None = None,
    faults: Mapping[str, tuple[Fault, ...]] | None = None,
) -> list[CameraSpec]:
    """Cameras of these names that show the clips in turn; all ask for the same login."""
    return [
        CameraSpec(name, clips[index % len(clips)], login, (faults or {}).get(name, ()))
        for index, name in enumerate(names)
    ]


@contextmanager
def running(cameras: Sequence[CameraSpec], *, port: int = 0, clock: Clock | None = None) -> Iterator[Farm]:
    """A farm in a thread of its own, serving when the block begins and gone when it ends.

    Raises:
        ConfigError: as `Farm` and `Farm.serve` do.
    """
    farm = Farm(cameras, port=port, clock=clock)
    started: queue.SimpleQueue[ConfigError | None] = queue.SimpleQueue()

    def body() -> None:
        try:
            asyncio.run(farm.serve(lambda: started.put(None)))
        except ConfigError as error:
            started.put(error)
        finally:
            started.put(None)  # whatever happened, nobody waits for ever

    thread = threading.Thread(target=body, name="farm", daemon=True)
    thread.start()
    failure = started.get()
    if failure is not None:
        raise failure
    try:
        yield farm
    finally:
        farm.stop()
        thread.join(10)
