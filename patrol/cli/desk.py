"""`patrol desk`: the control room by itself, with its page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def desk(
        data_dir: Annotated[
            Path | None, typer.Option(help="The desk's own folder; default: PATROL_DATA_DIR/desk.")
        ] = None,
        port: Annotated[
            int | None,
            typer.Option(min=0, max=65535, help="Of the page; default: PATROL_HTTP_PORT."),
        ] = None,
    ) -> None:
        """Take in candidates and serve the page, on this machine only.

        Needs PATROL_REDIS_URL and PATROL_MEDIA_TOKEN; `patrol run` sets them for one machine. Prints a link
        that signs one browser in; `patrol link` prints another.
        """
        _run(data_dir, port)


def _run(data_dir: Path | None, port: int | None) -> None:
    import os

    from patrol.config.logging import configure_logging
    from patrol.config.settings import settings, warn_unknown
    from patrol.console.app import build_app
    from patrol.console.serve import HOST, bind, serve
    from patrol.core.clock import SystemClock
    from patrol.desk.people.links import link_address, mint_link, note_port
    from patrol.desk.service import build_desk

    values, clock = settings(os.environ), SystemClock()
    configure_logging(values)
    warn_unknown(os.environ)
    folder = data_dir or values.data_dir / "desk"
    desk = build_desk(values, folder, clock)
    with bind(values.http_port if port is None else port) as listener:
        actual = listener.getsockname()[1]
        link = link_address(HOST, actual, mint_link(desk.store, clock))
        note_port(folder, actual)
        serve(build_app(desk), listener, lambda: print(f"Sign in once: {link}", flush=True))
