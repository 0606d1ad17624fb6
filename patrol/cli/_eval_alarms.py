"""`patrol eval alarms`: candidates per camera-day on quiet footage."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from patrol.cli._output import emit, progress


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(alarms)


def alarms(
    clips: Annotated[list[Path], typer.Argument(metavar="CLIP...", help="Clips in which nothing happens.")],
    config: Annotated[Path, typer.Option(metavar="FILE", help="A streams.yaml.")],
    camera: Annotated[str, typer.Option(metavar="ID", help="The camera whose rules are asked.")],
    loop_for: Annotated[
        float | None, typer.Option(metavar="S", min=0.1, help="Loop each clip for S seconds. Default: once.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a report for people: index.html and pictures.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")] = False,
) -> None:
    """How many candidates a camera-day of quiet footage gives, with what that figure rests on."""
    from patrol.bench.evaluation import alarms as figures
    from patrol.bench.evaluation import alarms_table as table
    from patrol.bench.evaluation.scenes_album import Album
    from patrol.bench.replay.nouns import Options
    from patrol.bench.replay.replaying import exact_detector, replay
    from patrol.cli._exact import prepared

    loaded, cache_dir = prepared(config)
    detector = exact_detector(loaded, camera, cache_dir)
    quiet: list[figures.Quiet] = []
    for number, clip in enumerate(clips, 1):
        album = Album()
        replayed = replay(clip, loaded, camera, detector, Options(loop_for_s=loop_for), album)
        progress(f"{number} of {len(clips)}: {clip.name}: {len(replayed.candidates)} candidates")
        quiet.append(figures.Quiet(clip, replayed, album))
    rates = figures.rates(quiet)
    if report:
        progress(f"report: {table.alarms_report(quiet, rates, detector.people).write(report)}")
    result = table.alarms_json(quiet, rates)
    if as_json:
        emit(result)
    else:
        _show(result)


def _show(result: dict[str, Any]) -> None:
    print(f"{result['distinct_minutes']:.1f} distinct minutes, {result['replayed_s'] / 60:.1f} replayed")
    for row in result["rules"]:
        if row["per_camera_day"] is None:
            print(f"{row['rule']:<20} was blind all the time: nothing is known")
            continue
        low, high = row["interval_95"]
        print(
            f"{row['rule']:<20} {row['candidates']:>5} candidates, {row['per_camera_day']:.2f} a camera-day "
            f"(95 %: {low:.2f} to {high:.2f}); blind for {row['blind_s']:.0f} s"
        )
    for rule, code in result["refused"].items():
        print(f"{rule:<20} refused ({code}): nothing is known")
