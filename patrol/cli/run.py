"""`patrol run`: worker, queue, desk and page on one machine, in one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A streams.yaml; the same as --config FILE.")
    ] = None,
    *,
    config: Annotated[Path | None, typer.Option(help="A streams.yaml.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Default: PATROL_DATA_DIR.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Of the page; default: PATROL_HTTP_PORT.")
    ] = None,
) -> None:
    """Watch cameras and serve the page, on this machine, until stopped.

    Starts its own queue unless PATROL_REDIS_URL names one. Prints a link that signs one browser in.
    """
    import os

    from patrol.cli._folder import to_ourselves
    from patrol.cli._output import progress
    from patrol.cli._stack import HOST, Machine, children, free_port
    from patrol.cli._supervisor import Supervisor, stopped_by_signals
    from patrol.config.load import load
    from patrol.config.logging import configure_logging
    from patrol.config.settings import settings
    from patrol.core.errors import ConfigError

    if (named := config or file) is None or (config and file):
        raise ConfigError("name one streams.yaml: patrol run FILE, or patrol run --config FILE")
    values = settings(os.environ)
    configure_logging(values)
    load(named, os.environ)  # what is wrong with it is said here, before anything starts
    folder = (data_dir or values.data_dir).absolute()
    page = free_port(values.http_port if port is None else port)
    with to_ourselves(folder):
        supervisor = Supervisor(children(Machine(named.absolute(), folder, page, values)))
        with stopped_by_signals(supervisor):
            supervisor.run(on_up=lambda: progress(f"the page is at http://{HOST}:{page}/; Ctrl-C ends all"))
