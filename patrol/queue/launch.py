"""How the embedded server of one data folder is started: config, socket, lock, repair of a torn end."""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from patrol.core.clock import SystemClock
from patrol.core.errors import DeliveryError
from patrol.core.protocols import Clock
from patrol.queue import aof, exec_server
from patrol.queue.server import ServerBinary, find_server

LONGEST_SOCKET_PATH = 107
"""Bytes: sun_path of Linux holds 108 with the final NUL."""
LOCK_NAME = "patrol.lock"
LOG_NAME = "server.log"
LOG_BYTES = 5_000_000

_CONFIG = """\
# Written by Patrol at each start; changes are lost.
port 0
unixsocket {socket}
unixsocketperm 700
dir {dir}
logfile {log}
daemonize no
databases 1
# Every command is on disk before it is answered: about 370 a second, a county makes less than one.
appendonly yes
appendfsync always
no-appendfsync-on-rewrite no
aof-load-truncated yes
auto-aof-rewrite-percentage 100
auto-aof-rewrite-min-size 16mb
save ""
# Never drop what is not acknowledged to make room.
maxmemory-policy noeviction
"""


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start the server of one data folder.

    Attributes:
        argv: to be started as it is; becomes the server, and ends with the thread that started it.
        url: `unix:///...`, for `patrol.queue.client` and PATROL_REDIS_URL.
        note: empty, or what had to be repaired before it can start.
    """

    argv: tuple[str, ...]
    socket_path: Path
    url: str
    data_dir: Path
    server: ServerBinary
    note: str = ""


def prepare(data_dir: Path, server: ServerBinary | None = None, clock: Clock | None = None) -> Launch:
    """Make a folder ready: config, socket, lock, repair of an end that a power cut has torn.

    Raises:
        DeliveryError: no server runs here, another one has the folder, or it cannot be written.
    """
    server, clock = server or find_server(), clock or SystemClock()
    folder = data_dir.resolve()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        with _folder_to_ourselves(folder):
            socket_path = _socket_path(folder)
            _remove_stale(socket_path, folder)
            _trim_log(folder / LOG_NAME)
            config = folder / "server.conf"
            config.write_text(_config(folder, socket_path), encoding="utf-8")
            note = aof.repair(folder, server, clock) if aof.is_torn(folder) else ""
    except OSError as error:
        raise DeliveryError(f"cannot prepare the queue's folder {folder}: {error}") from error
    starter = (sys.executable, "-S", "-E", exec_server.__file__, str(folder / LOCK_NAME))
    return Launch(
        argv=(*starter, str(server.path), str(config)),
        socket_path=socket_path,
        url=f"unix://{quote(str(socket_path))}",
        data_dir=folder,
        server=server,
        note=note,
    )


@contextmanager
def _folder_to_ourselves(folder: Path) -> Iterator[None]:
    lock = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _locked(lock):
            raise DeliveryError(
                f"another server uses the queue's folder {folder}: stop that one (does Patrol run already?), "
                f"or use another data folder"
            )
        yield
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _socket_path(folder: Path) -> Path:
    """In the folder itself; in a short private one where its path is too long for a socket."""
    path = folder / "queue.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    base = Path(runtime) if runtime and Path(runtime).is_dir() else Path(tempfile.gettempdir())
    short = base / f"patrol-{os.getuid()}-{digest}"
    short.mkdir(mode=0o700, exist_ok=True)
    status = short.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise DeliveryError(
            f"{short} is not a private folder of ours: remove it; the queue's socket goes there"
        )
    path = short / "queue.sock"
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        raise DeliveryError(
            f"{path} is too long for a socket: set XDG_RUNTIME_DIR or TMPDIR to a short folder"
        )
    return path


def _remove_stale(path: Path, folder: Path) -> None:
    """Nobody holds the lock, so the socket is a leftover, unless a server was started past Patrol."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise DeliveryError(f"another server answers at {path}: stop it, or use another folder than {folder}")


def _trim_log(path: Path) -> None:
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.old"))


def _config(folder: Path, socket_path: Path) -> str:
    return _CONFIG.format(socket=_quoted(socket_path), dir=_quoted(folder), log=_quoted(folder / LOG_NAME))


def _quoted(path: Path) -> str:
    """A path as a value in the server's config."""
    text = str(path)
    if not text.isprintable():
        raise DeliveryError(f"the queue cannot live in {text!r}: use a folder without control characters")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
