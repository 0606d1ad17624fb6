"""`patrol bench`: measurements on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RESULTS = Path("benchmarks/results/cameras.jsonl")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(help="Measure this machine.", no_args_is_help=True, rich_markup_mode=None)
    group.callback()(_group)
    group.command()(cameras)
    app.add_typer(group, name="bench")


def _group() -> None:
    """Measure this machine."""


def cameras(
    *,
    count: Annotated[int, typer.Option("--cameras", min=1, max=1000, help="How many.")] = 24,
    clip: Annotated[Path | None, typer.Option(help="Footage; else OpenCV's sample.")] = None,
    stream: Annotated[
        str, typer.Option(help="1080p, 720p or 360p, made of the footage; or `as-is` for a clip as it is.")
    ] = "1080p",
    look_every: Annotated[float, typer.Option(min=0.2, max=60, help="Seconds between looks.")] = 2.0,
    model: Annotated[str, typer.Option(help="Id of a model, or its file.")] = "auto",
    gatherings: Annotated[int, typer.Option(min=0, help="Cameras whose rule can fire.")] = 1,
    seconds: Annotated[float, typer.Option(min=5, max=3600, help="Length of the measurement.")] = 60.0,
    core: Annotated[int, typer.Option(min=0, help="The worker's processor; all else runs on others.")] = 0,
    results: Annotated[
        Path | None, typer.Option(help=f"File that the row is added to; default: {RESULTS} of a checkout.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the row as one JSON object.")] = False,
) -> None:
    """Measure one real worker on one processor: RTSP cameras, looks, rules, evidence, outbox and queue.

    The cameras are played by a farm on another processor. Prints CPU milliseconds per camera and second of
    video, the looks done and missed, and memory; adds a row to benchmarks/results/cameras.jsonl.
    """
    import os

    from patrol.cli._bench_cameras import Scenario, measure
    from patrol.cli._output import emit, progress
    from patrol.config.logging import configure_logging
    from patrol.config.settings import settings

    values = settings(os.environ)
    configure_logging(values)
    kept = results or (RESULTS if RESULTS.parent.parent.is_dir() else None)
    scenario = Scenario(count, clip, stream, look_every, model, gatherings, seconds, core)
    row = measure(scenario, values, kept)
    progress("kept nowhere: not in a checkout; name --results" if kept is None else f"row added to {kept}")
    if as_json:
        emit(row)
