"""`patrol demo`: the whole way on real footage, from cameras to an incident on the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli._output import emit

if TYPE_CHECKING:
    pass

_FARM_READY_S = 30.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    *,
    footage: Annotated[Path | None, typer.Option(help="A video of your own; else OpenCV's sample.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Of the page; default: PATROL_HTTP_PORT.")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Default: PATROL_DATA_DIR/demo.")] = None,
    keep: Annotated[bool, typer.Option(help="Go on with what the last demo left behind.")] = False,
    until_candidate: Annotated[
        bool, typer.Option("--until-candidate", help="End with the first gathering; exit code 1 without.")
    ] = False,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds for --until-candidate.")] = 240.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Show Patrol on real footage: four RTSP cameras, one of which falls silent at times, and the page.

    Fetches its footage at the first start. What an earlier demo left behind is removed, but never from a
    folder named with --data-dir.
    """
    import os

    from patrol.cli._demo import Demo, wipe
    from patrol.cli._folder import to_ourselves
    from patrol.config.logging import configure_logging
    from patrol.config.settings import settings

    values = settings(os.environ)
    configure_logging(values)
    folder = (data_dir or values.data_dir / "demo").absolute()
    with to_ourselves(folder):
        if data_dir is None and not keep:
            wipe(folder)
        found = Demo(values, folder, port).run(footage, timeout if until_candidate else None)
    if as_json:
        emit(found)
    if until_candidate and "id" not in found:
        raise typer.Exit(1)
