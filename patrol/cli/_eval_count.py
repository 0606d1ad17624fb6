"""`patrol eval count`: persons counted in pictures or a clip, held against the truth."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli._pairs import size_of
from patrol.core.errors import ConfigError

if TYPE_CHECKING:
    from patrol.bench.evaluation.count import Counted, CountTruth, Size
    from patrol.bench.evaluation.count_frames import Footage
    from patrol.config.models import DetectorConfig
    from patrol.config.policy import LookingConfig

SEQUENCE_LOOKS = 3
"""Looks of the median where the frames follow each other: as the rule `gathering`, which takes a median over
seconds. Measured by benchmarks/counting.py against single looks: on PETS09-S2L1 (3.5 pictures a second) 0.50
becomes 0.44 with yolo26n_int8 and 0.52 becomes 0.54 with YOLOX-nano, on TUD-Campus 0.66 becomes 0.63 with
YOLOX-nano; 5 looks give 0.49 on the first: people come and go, and a median is late by half its looks."""
_NAMED = 5
"""Names of frames that are listed in words; the rest is a number."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(count)


def count(
    *,
    frames: Annotated[
        Path | None,
        typer.Option(help="Folder of pictures; a frame's number is in its file's name."),
    ] = None,
    clip: Annotated[Path | None, typer.Option(help="A clip instead; its frames are numbered from 1.")] = None,
    mot_gt: Annotated[Path | None, typer.Option(help="Truth: boxes in MOT15's form.")] = None,
    heads: Annotated[Path | None, typer.Option(help="Truth: points on heads, `file,x,y`.")] = None,
    truth_size: Annotated[
        str | None,
        typer.Option(metavar="WxH", help="Pixels that the truth was drawn on; default: the pictures' own."),
    ] = None,
    model: Annotated[str, typer.Option(help="Id of a model, or its file.")] = "auto",
    input_size: Annotated[
        str | None, typer.Option("--input", metavar="HxW", help="Of the model; default: the manifest's.")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Least score that counts; default: the model's best, see the guide."),
    ] = None,
    precision: Annotated[str, typer.Option(help="f32, bf16 or auto.")] = "f32",
    tiles: Annotated[
        str | None, typer.Option(metavar="CxR", help="Columns and rows searched besides the whole picture.")
    ] = None,
    smooth: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=99,
            help=f"Looks of the median that counts; default: {SEQUENCE_LOOKS} with boxes, 1 with heads.",
        ),
    ] = None,
    report: Annotated[Path | None, typer.Option(metavar="DIR", help="Write a page with pictures.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Hold the number of persons that Patrol counts against the true one.

    Each picture goes the worker's way: tiles, detector, merging, thresholds. `mae`, `bias` and
    `relative_error` are those of the count that is smoothed over looks; `single_look` has those of single
    pictures. Recall and precision are of single pictures: boxes by IoU of at least 0.5, heads by lying in a
    box's upper half.
    """
    from patrol.bench.evaluation import count as counting
    from patrol.bench.evaluation.count_looking import looking, running
    from patrol.bench.evaluation.count_report import Samples, written
    from patrol.cli._exact import quiet_log
    from patrol.cli._output import emit

    cache_dir = quiet_log()
    footage = _footage(frames, clip)
    truth = _truth(mot_gt, heads, size_of(truth_size, "--truth-size", "WxH"))
    if truth.kind == "heads" and footage.kind == "clip":
        raise ConfigError("--heads names files, and a clip has none: give --frames with it")
    detector = running(
        _detector(model, input_size, threshold, precision), cache_dir, tiny=truth.kind == "heads"
    )
    looks = smooth or (SEQUENCE_LOOKS if truth.kind == "boxes" else 1)
    samples = Samples()
    counted = counting.held_against(
        footage,
        truth,
        looking(detector.detector, _looking(tiles)),
        samples.watch if report else None,
    )
    _say(counted, truth)
    result: dict[str, object] = {
        **counting.figures(counted.frames, looks),
        "tiles": list(size_of(tiles, "--tiles", "CxR") or (1, 1)),
        "detector": detector.words(),
        "truth": _truth_words(counted, truth),
    }
    if report:
        name = (frames or clip or Path()).name
        result["report"] = str(written(report, f"Persons counted: {name}", result, counted, samples))
    if as_json:
        emit(result)
    else:
        _print(result)


def _footage(frames: Path | None, clip: Path | None) -> Footage:
    from patrol.bench.evaluation import count_frames

    if (frames is None) == (clip is None):
        raise ConfigError("give either --frames DIR or --clip FILE: what is to be counted in")
    return count_frames.clip(clip) if clip else count_frames.folder(frames or Path())


def _truth(mot_gt: Path | None, heads: Path | None, size: Size | None) -> CountTruth:
    from patrol.bench.evaluation import count as counting
    from patrol.bench.evaluation.truth import read_heads, read_mot
    from patrol.cli._output import progress

    if mot_gt is not None and heads is None:
        return counting.boxes_truth(mot_gt, read_mot(mot_gt), size)
    if heads is not None and mot_gt is None:
        points, doubles = read_heads(heads)
        if doubles:
            progress(f"{heads}: {doubles} points stand twice; each was taken once")
        return counting.heads_truth(heads, points, size)
    raise ConfigError("give either --mot-gt FILE or --heads CSV: the truth that the count is held against")


def _detector(model: str, input_size: str | None, threshold: float | None, precision: str) -> DetectorConfig:
    from pydantic import ValidationError

    from patrol.config.models import DetectorConfig

    values: dict[str, object] = {"model": model, "precision": precision}
    if threshold is not None:
        values["threshold"] = threshold
    if size := size_of(input_size, "--input", "HxW"):
        values["input"] = size
    try:
        return DetectorConfig.model_validate(values)
    except ValidationError as error:
        raise _refused(error) from None


def _looking(tiles: str | None) -> LookingConfig:
    from pydantic import ValidationError

    from patrol.config.policy import LookingConfig

    size = size_of(tiles, "--tiles", "CxR")
    try:
        return LookingConfig.model_validate({"tiles": size, "tile_zones": False} if size else {})
    except ValidationError as error:
        raise _refused(error) from None


def _refused(error: object) -> ConfigError:
    from pydantic import ValidationError

    problems = error.errors() if isinstance(error, ValidationError) else []
    return ConfigError("; ".join(f"--{_option(problem['loc'])}: {problem['msg']}" for problem in problems))


def _option(place: tuple[int | str, ...]) -> str:
    return str(place[0]) if place else "tiles"


def _say(counted: Counted, truth: CountTruth) -> None:
    """What does not match, in words: none of it is silent."""
    from patrol.cli._output import progress

    def names(some: tuple[str, ...]) -> str:
        more = f" and {len(some) - _NAMED} more" if len(some) > _NAMED else ""
        return ", ".join(some[:_NAMED]) + more

    if counted.without_truth:
        progress(f"left out, as the truth does not speak of them: {names(counted.without_truth)}")
    if counted.unreadable:
        progress(f"left out, as they cannot be decoded: {names(counted.unreadable)}")
    if counted.without_picture:
        progress(f"{counted.without_picture} frames of the truth have no picture; they count for nothing")
    if counted.truth_size != counted.picture_size:
        progress(
            f"the truth of {_by(counted.truth_size)} is scaled to pictures of {_by(counted.picture_size)}"
        )
    elif truth.size is None:
        progress(f"the truth is taken to be drawn on pictures of {_by(counted.picture_size)}")
    ignored = sum(frame.ignored for frame in counted.frames)
    if ignored:
        progress(f"{ignored} detections are of persons whom the truth ignores (confidence 0): not counted")


def _by(size: Size) -> str:
    return f"{size[0]}x{size[1]}"


def _truth_words(counted: Counted, truth: CountTruth) -> dict[str, object]:
    return {
        "kind": truth.kind,
        "drawn_on": list(counted.truth_size),
        "pictures": list(counted.picture_size),
        "frames_without_truth": len(counted.without_truth),
        "truth_without_frame": counted.without_picture,
        "unreadable": list(counted.unreadable),
        "ignored_detections": sum(frame.ignored for frame in counted.frames),
    }


def _print(result: dict[str, object]) -> None:
    for name, value in result.items():
        print(f"{name:<16} {os.path.relpath(str(value)) if name == 'report' else value}")
