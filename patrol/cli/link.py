"""`patrol link`: another sign-in link for a desk on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def link(
        data_dir: Annotated[
            Path | None, typer.Option(help="The desk's own folder; default: PATROL_DATA_DIR/desk.")
        ] = None,
        seat: Annotated[str, typer.Option(help="Who signs in with it, as decisions will say.")] = "seat 1",
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    ) -> None:
        """Print a link that signs one browser in, once, within twelve hours. The desk may be running."""
        _run(data_dir, seat, as_json)


def _run(data_dir: Path | None, seat: str, as_json: bool) -> None:
    import os

    from patrol.cli._output import emit
    from patrol.config.settings import settings
    from patrol.console.serve import HOST
    from patrol.core.clock import SystemClock
    from patrol.core.errors import ConfigError
    from patrol.desk.people.links import link_address, mint_link, noted_port
    from patrol.desk.service import open_store

    values = settings(os.environ)
    folder = data_dir or values.data_dir / "desk"
    port = noted_port(folder) or values.http_port
    if not port:
        raise ConfigError(
            f"no desk has run in {folder} yet, so its port is not known: start `patrol desk` first"
        )
    if not seat.strip() or len(seat) > 100 or not seat.isprintable():
        raise ConfigError("--seat: expected a name of 1 to 100 printable characters")
    store = open_store(values, folder)
    try:
        address = link_address(HOST, port, mint_link(store, SystemClock(), seat.strip()))
    finally:
        store.close()
    # Not redacted: the link is the answer, and this terminal is who asked.
    if as_json:
        emit({"url": address, "seat": seat.strip()})
    else:
        print(f"Sign in once: {address}", flush=True)
