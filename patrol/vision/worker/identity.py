"""A worker's name: made once, kept in its data folder, part of every candidate's id."""

from __future__ import annotations

import os
import re
import secrets
import socket
from pathlib import Path

from patrol.core.errors import ConfigError

_VALID = re.compile(r"^[a-z0-9][a-z0-9-]{0,62}$")


def worker_id(data_dir: Path) -> str:
    """The id in `data_dir`/worker_id; made from the host's name and six random hex digits when there is none.

    Raises:
        ConfigError: the file holds something else.
    """
    path = data_dir / "worker_id"
    if path.exists():
        found = path.read_text().strip()
        if not _VALID.match(found):
            raise ConfigError(f"{path} holds no worker id (a-z, 0-9, -); remove it to have a new one made")
        return found
    host = re.sub(r"[^a-z0-9]+", "-", socket.gethostname().lower()).strip("-")[:40] or "worker"
    made = f"{host}-{secrets.token_hex(3)}"
    temporary = path.with_suffix(".new")
    with temporary.open("w") as out:
        out.write(made + "\n")
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)
    return made
