"""The processes of one machine: queue, desk and worker, as `patrol run` and `patrol demo` start them."""

from __future__ import annotations

import http.client
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from patrol.cli._folder import media_token
from patrol.cli._process import Argv, Child
from patrol.config.settings import Settings
from patrol.core.clock import SystemClock
from patrol.core.errors import ConfigError, DeliveryError
from patrol.core.protocols import Clock
from patrol.queue import names
from patrol.queue.client import Link
from patrol.queue.embedded import mend, prepare
from patrol.queue.launch import Launch
from patrol.queue.wire import parse_status

HOST = "127.0.0.1"
SIGN_IN = "Sign in once: "
"""How the desk's line with the link begins; it is the one line that belongs on stdout."""
_DESK_READY_S = 60.0
_WORKER_READY_S = 180.0
"""A first start may fetch a model and tries several precisions on a slow machine."""
_FRESH = timedelta(seconds=6)
"""A worker reports every two seconds; what is older is from a life before."""
_PROBE_S = 1.0


@dataclass(frozen=True, slots=True)
class Machine:
    """What one machine runs, and where.

    Attributes:
        folder: of all its data: queue/, desk/ and worker/ are made in it.
        port: of the page; not 0.
        on_sign_in: told each sign-in link that the desk prints.
        desk: whether there is one; a benchmark has none.
        core: processor that the worker stays on.
        env: for desk and worker, beside what they need.
    """

    config: Path
    folder: Path
    port: int
    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    on_sign_in: Callable[[str], None] | None = None
    desk: bool = True
    core: int | None = None
    env: Mapping[str, str] = field(default_factory=dict)


def children(machine: Machine) -> list[Child]:
    """Queue (unless PATROL_REDIS_URL names one), desk and worker, in the order of their start.

    Raises:
        DeliveryError: the embedded queue does not run here.
        ConfigError: the folder cannot be used.
    """
    token = machine.settings.media_token or media_token(machine.folder)
    shared = {**machine.env, "PATROL_MEDIA_TOKEN": token.reveal()}
    found: list[Child] = []
    if machine.settings.redis_url is None:
        queue = EmbeddedServer(machine.folder / "queue", machine.clock)
        found.append(queue.child())
        url = queue.url
    else:
        url = machine.settings.redis_url.reveal()
    shared["PATROL_REDIS_URL"] = url
    if machine.desk:
        found.append(_desk(machine, shared))
    found.append(_worker(machine, shared, url))
    return found


def patrol(*words: str) -> Argv:
    """The command line of a subcommand of this very installation."""
    return (sys.executable, "-m", "patrol.cli", *words)


def free_port(wanted: int = 0) -> int:
    """`wanted`, or for 0 a port of the loopback that nobody has now.

    Raises:
        ConfigError: somebody has it; another desk there would answer in place of ours.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError as error:
            raise ConfigError(
                f"the page cannot have port {wanted} of {HOST}: {error.strerror}; stop what uses it, "
                f"or name another with --port (0: any free one)"
            ) from None
        port: int = probe.getsockname()[1]
        return port


class EmbeddedServer:
    """The embedded queue as a child: made ready before each start, mended where it does not come up."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder, self._clock = folder, clock
        self._launch: Launch = prepare(folder, clock=clock)
        self.url = self._launch.url

    def child(self) -> Child:
        """See the class."""
        return Child("queue", self._argv, ready=self._answers, ready_timeout_s=30.0, mend=self._mend)

    def _argv(self) -> Argv:
        # The server of before, never another one: that may not read what this one has written.
        self._launch = prepare(self._folder, self._launch.server, clock=self._clock)
        return self._launch.argv

    def _mend(self) -> str:
        try:
            return mend(self._launch, self._clock)
        except DeliveryError as error:
            return f"cannot be mended: {error}"

    def _answers(self) -> bool:
        with Link(self.url) as link:
            try:
                link.call("PING")
            except DeliveryError:
                return False
            return True


def _desk(machine: Machine, shared: dict[str, str]) -> Child:
    folder = machine.folder / "desk"

    def on_line(line: str) -> bool:
        if not line.startswith(SIGN_IN):
            return False
        if machine.on_sign_in is not None:
            machine.on_sign_in(line.removeprefix(SIGN_IN))
        return True

    return Child(
        "desk",
        patrol("desk", "--data-dir", str(folder), "--port", str(machine.port)),
        shared,
        ready=lambda: healthy(machine.port),
        ready_timeout_s=_DESK_READY_S,
        on_line=on_line,
    )


def healthy(port: int) -> bool:
    """Whether a desk answers on this port."""
    connection = http.client.HTTPConnection(HOST, port, timeout=_PROBE_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.NO_CONTENT
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _worker(machine: Machine, shared: dict[str, str], url: str) -> Child:
    folder = machine.folder / "worker"
    return Child(
        "worker",
        patrol("worker", "--config", str(machine.config), "--data-dir", str(folder)),
        shared,
        ready=lambda: reports(url, folder, machine.clock),
        ready_timeout_s=_WORKER_READY_S,
        core=machine.core,
    )


def reports(url: str, folder: Path, clock: Clock) -> bool:
    """Whether the worker of this folder has said something about itself just now."""
    try:
        worker_id = (folder / "worker_id").read_text().strip()
    except OSError:
        return False
    try:
        with Link(url) as link:
            body = link.call("HGET", names.WORKERS, worker_id)
        return bool(body) and clock.now() - parse_status(body).at < _FRESH
    except (DeliveryError, ConfigError):
        return False
