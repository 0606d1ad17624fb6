"""Compiled networks, kept in the cache folder.

Reading and compiling the TensorFlow graph takes 8 s, loading what was compiled 0.6 s.

A file is its own SHA-256 followed by the runtime's bytes. One that is damaged is ignored and made anew.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import structlog

from patrol.vision.detection import cache

log = structlog.get_logger(__name__)

KEEP = 4
"""Files of 77 MB: two detectors before and after an update of the runtime."""
_DIGEST = 32


def load(folder: Path, key: str) -> bytes | None:
    """What was compiled under that key, None where it is not there or damaged."""
    path = folder / f"{key}.blob"
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, body = content[:_DIGEST], content[_DIGEST:]
    if hashlib.sha256(body).digest() != digest:
        log.warning("compiled_model_damaged", path=str(path), remedy="compiled again")
        return None
    return body


def keep(folder: Path, key: str, body: bytes) -> None:
    """Store; drops the oldest beyond KEEP. A cache that cannot be written costs a slow start: logged."""
    path = folder / f"{key}.blob"
    try:
        with cache.put_in_place(path) as file:
            file.write(hashlib.sha256(body).digest())
            file.write(body)
    except OSError as error:
        log.warning("compiled_model_not_kept", path=str(path), reason=error.strerror)
        return
    # Never this one, though others be of the same tick of the file system's clock; and another process may
    # remove one of them meanwhile.
    with suppress(OSError):
        others = (other for other in folder.glob("*.blob") if other != path)
        for old in sorted(others, key=lambda p: p.stat().st_mtime, reverse=True)[KEEP - 1 :]:
            old.unlink(missing_ok=True)
