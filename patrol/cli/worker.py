"""`patrol worker`: the vision room by itself, near the cameras."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

FAILED = 3
"""Exit code of a worker that had to end by itself; its supervisor starts it again."""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def worker(
        config: Annotated[Path, typer.Option(help="streams.yaml")],
        data_dir: Annotated[
            Path | None, typer.Option(help="The worker's own folder; default: PATROL_DATA_DIR/worker.")
        ] = None,
    ) -> None:
        """Watch the cameras of a streams.yaml.

        Needs PATROL_REDIS_URL and PATROL_MEDIA_TOKEN; `patrol run` sets them for one machine.
        """
        _run(config, data_dir)


def _run(config: Path, data_dir: Path | None) -> None:
    import os
    import signal
    import threading

    from patrol.config.load import load
    from patrol.config.logging import configure_logging
    from patrol.config.settings import settings, warn_unknown
    from patrol.core.clock import SystemClock
    from patrol.vision.worker.worker import Worker

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    values = settings(os.environ)
    configure_logging(values)
    loaded = load(config, os.environ)
    warn_unknown(os.environ, [loaded.streams])
    folder = data_dir or values.data_dir / "worker"
    failure = Worker(loaded, values, folder, os.environ, SystemClock()).run(stop)
    if failure:
        typer.echo(f"patrol worker: {failure}", err=True)
        raise typer.Exit(FAILED)
