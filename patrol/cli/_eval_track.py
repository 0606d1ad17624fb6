"""`patrol eval track`: persons followed from look to look, held against the truth."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli._pairs import size_of
from patrol.core.errors import ConfigError

if TYPE_CHECKING:
    from patrol.bench.evaluation.track_running import Outcome, Wanted


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(track)


def track(
    *,
    mot_gt: Annotated[Path, typer.Option(help="Truth: boxes with ids in MOT15's form.")],
    frames: Annotated[
        Path | None,
        typer.Option(help="Folder of pictures; a frame's number is the number in its file's name."),
    ] = None,
    clip: Annotated[Path | None, typer.Option(help="A clip instead; its frames are numbered from 1.")] = None,
    every: Annotated[
        float | None, typer.Option(min=0.01, max=60, help="Seconds between looks; default: each frame.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=0.01, max=100, help="Looks a second, in place of --every.")
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(
            min=0.1, max=240, help="Frames a second as filmed; default: the clip's, or seqinfo.ini's."
        ),
    ] = None,
    phases: Annotated[
        int, typer.Option(min=1, max=100, help="Runs that begin at different frames, scored together.")
    ] = 1,
    truth_size: Annotated[
        str | None,
        typer.Option(metavar="WxH", help="Pixels that the truth was drawn on; default: the pictures' own."),
    ] = None,
    detections: Annotated[
        Path | None,
        typer.Option(help="Boxes in MOT15's form (pixels of the pictures) in place of a detector's."),
    ] = None,
    tracker: Annotated[
        str, typer.Option(help="`geometry`: Patrol's; `given`: the ids in --detections as they are.")
    ] = "geometry",
    model: Annotated[str, typer.Option(help="Id of a model, or its file.")] = "auto",
    input_size: Annotated[
        str | None, typer.Option("--input", metavar="HxW", help="Of the model; default: the manifest's.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(min=0, max=1, help="Least score that counts; default: the detector's.")
    ] = None,
    report: Annotated[Path | None, typer.Option(metavar="DIR", help="Write a page with pictures.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Hold the tracks that Patrol makes against the true ones.

    Figures by the package motmetrics (the extra `eval`), pairs from an IoU of 0.5: mota, idf1, idsw (changes
    of id), fp, fn, motp (mean IoU), fragments. Time is that of the frames: the tracker goes by seconds.
    """
    from patrol.bench.evaluation import track_running
    from patrol.cli._exact import quiet_log
    from patrol.cli._output import emit

    if every is not None and rate is not None:
        raise ConfigError("give --every S or --rate HZ, not both: they say the same")
    cache_dir = quiet_log()
    wanted = track_running.Wanted(
        path=_one(frames, clip),
        truth=mot_gt,
        every_s=1 / rate if rate is not None else every,
        fps=fps,
        phases=phases,
        truth_size=size_of(truth_size, "--truth-size", "WxH"),
        detections=detections,
        tracker=tracker,
        model=model,
        input=size_of(input_size, "--input", "HxW"),
        threshold=threshold,
        is_clip=clip is not None,
    )
    outcome = track_running.run(wanted, cache_dir, with_pictures=report is not None)
    _say(wanted, outcome)
    result = outcome.figures()
    if report:
        from patrol.bench.evaluation.track_report import written

        result["report"] = str(written(report, f"Persons followed: {wanted.path.name}", result, outcome))
    if as_json:
        emit(result)
    else:
        for name, value in result.items():
            print(f"{name:<16} {os.path.relpath(str(value)) if name == 'report' else value}")


def _one(frames: Path | None, clip: Path | None) -> Path:
    path = clip if frames is None else frames
    if path is None or (frames is not None and clip is not None):
        raise ConfigError("give either --frames DIR or --clip FILE: what is to be followed in")
    return path


def _say(wanted: Wanted, outcome: Outcome) -> None:
    """What does not match, in words: none of it is silent."""
    from patrol.cli._output import progress

    for sentence in outcome.remarks(wanted):
        progress(sentence)
