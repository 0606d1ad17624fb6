"""Repair of the append-only file after a power cut.

Journalling file systems leave zero bytes at the end of a file that was being written. Valkey and Redis
forgive an end that is cut, and refuse to start over one that is padded. Whatever a repair drops is sent again
by the workers, since nobody has acknowledged it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import structlog

from patrol.core.errors import DeliveryError
from patrol.core.protocols import Clock
from patrol.queue.server import ServerBinary

log = structlog.get_logger(__name__)

AOF_DIR = "appendonlydir"
DAMAGED_DIR = "damaged"
COPIES_KEPT = 5
_TIMEOUT_S = 300
_PART = re.compile(r"\.(\d+)\.incr\.aof$")


def newest_part(data_dir: Path) -> Path | None:
    """The file that is being appended to; None before the first start."""
    parts = [(int(match[1]), path) for path in (data_dir / AOF_DIR).glob("*.incr.aof")
             if (match := _PART.search(path.name))]  # fmt: skip
    return max(parts)[1] if parts else None


def is_torn(data_dir: Path) -> bool:
    """Whether the newest part does not end as every whole command does."""
    part = newest_part(data_dir)
    if part is None or part.stat().st_size == 0:
        return False
    with part.open("rb") as file:
        file.seek(-min(2, part.stat().st_size), 2)
        return file.read() != b"\r\n"


def repair(data_dir: Path, server: ServerBinary, clock: Clock) -> str:
    """Cut the newest part after its last whole command, and say what was done; empty: nothing to do.

    A copy stays in `damaged/`. The server must not be running. Where the check tool cannot help, everything
    is set aside.

    Raises:
        DeliveryError: the folder cannot be read or written.
    """
    try:
        part = newest_part(data_dir)
        if part is None:
            return ""
        before = part.stat().st_size
        copy = _aside(data_dir, part.name, clock)
        shutil.copy2(part, copy)
        output = _fix(part, server)
        after = part.stat().st_size
    except OSError as error:
        raise DeliveryError(f"cannot repair the queue in {data_dir}: {error}") from error
    if output is None:
        return set_aside(data_dir, clock)
    if after == before:
        copy.unlink()
        return ""
    log.warning("aof_repaired", file=str(part), dropped_bytes=before - after, copy=str(copy))
    return f"dropped {before - after} damaged bytes at the end of {part.name}; the file as it was: {copy}"


def set_aside(data_dir: Path, clock: Clock) -> str:
    """Move all that the queue holds out of the way, so that it starts empty; say where it is.

    Raises:
        DeliveryError: the folder cannot be written.
    """
    source = data_dir / AOF_DIR
    try:
        if not source.exists():
            return ""
        target = _aside(data_dir, AOF_DIR, clock)
        source.rename(target)
    except OSError as error:
        raise DeliveryError(f"cannot move the damaged queue in {data_dir} aside: {error}") from error
    log.error("queue_set_aside", moved_to=str(target))
    return f"the queue's files were beyond repair and are now {target}; workers send again what is missing"


def _fix(part: Path, server: ServerBinary) -> str | None:
    """What the check tool says; None where it cannot help. The server is that tool, under another name."""
    try:
        done = subprocess.run(
            [f"{server.name}-check-aof", "--fix", part],
            executable=server.path, input="y\n", capture_output=True, text=True, check=False,
            errors="replace", timeout=_TIMEOUT_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        log.error("check_aof_hangs", file=str(part))  # noqa: TRY400
        return None
    if done.returncode != 0:
        log.error("check_aof_failed", file=str(part), output=(done.stdout + done.stderr)[-500:])
        return None
    return done.stdout


def _aside(data_dir: Path, stem: str, clock: Clock) -> Path:
    folder = data_dir / DAMAGED_DIR
    folder.mkdir(mode=0o700, exist_ok=True)
    copies = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for old in copies[: max(0, len(copies) - COPIES_KEPT + 1)]:
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink()
    stamp = f"{clock.now():%Y%m%dT%H%M%S.%f}"
    return folder / f"{stem}.{stamp}"
