"""Sign-in links: made on the machine, used once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from patrol.core.errors import ConfigError
from patrol.core.protocols import Clock
from patrol.desk.people.tokens import hash_of, new_token
from patrol.desk.store import Store, people

LINK_LASTS = timedelta(hours=12)
"""One shift: a link that is still unused after it was not meant for anybody."""
DEFAULT_SEAT = "seat 1"
_PORT_FILE = "port"


def mint_link(store: Store, clock: Clock, seat: str = DEFAULT_SEAT) -> str:
    """A new token; only its hash is stored. `seat` is who signs in with it, as decisions will say.

    Raises:
        StoreError: the database cannot be written now.
    """
    token, now = new_token(), clock.now()
    with store.write() as tx:
        people.forget_expired(tx, now)
        people.add_link(tx, hash_of(token), seat, now, now + LINK_LASTS)
    return token


def link_address(host: str, port: int, token: str) -> str:
    """The address to open. The token stands behind `#`: browsers send that part to nobody."""
    return f"http://{host}:{port}/#/signin/{token}"


def note_port(folder: Path, port: int) -> None:
    """Remember where the desk of this folder listens, for `patrol link`.

    Raises:
        ConfigError: the folder cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / _PORT_FILE).write_text(f"{port}\n")
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be written: {error.strerror}") from None


def noted_port(folder: Path) -> int | None:
    """Where the desk of this folder listened last, None where none has."""
    try:
        text = (folder / _PORT_FILE).read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() and int(text) <= 65535 else None
