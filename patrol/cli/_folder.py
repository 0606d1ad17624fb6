"""The data folder of one machine: one run at a time, and the secret that its parts share."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from patrol.core.errors import ConfigError
from patrol.core.redact import Secret

LOCK_NAME = "run.lock"
TOKEN_NAME = "media.token"  # noqa: S105  the name of a file


@contextmanager
def to_ourselves(folder: Path) -> Iterator[None]:
    """Hold a data folder, which is made where it is missing, readable by its owner only.

    Raises:
        ConfigError: another run has it, or it cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(
            f"the data folder {folder} cannot be used: {error.strerror}; name another with --data-dir"
        ) from None
    try:
        _take(lock, folder)
        yield
    finally:
        os.close(lock)


def _take(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
        raise ConfigError(
            f"Patrol already runs in {folder} (process {owner}): stop that one, or name another folder with "
            f"--data-dir"
        ) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)


def media_token(folder: Path) -> Secret:
    """The secret of this folder's worker and desk: made once, readable by its owner only.

    Raises:
        ConfigError: its file cannot be read or written, or holds nothing of use.
    """
    path = folder / TOKEN_NAME
    try:
        if not path.exists():
            _write(path, secrets.token_hex(32))
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be used: {error}; remove it, and it is made anew") from None
    if len(text) < 16:
        raise ConfigError(f"{path} holds no token; remove it, and it is made anew")
    return Secret(text)


def _write(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
