"""`patrol replay`: a clip through the vision room, on a virtual clock."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli._output import emit, progress

if TYPE_CHECKING:
    from patrol.bench.replay.nouns import Replayed, Seen

LoopOption = Annotated[
    float | None,
    typer.Option(metavar="S", min=0.1, help="Begin the clip anew until S seconds are over."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(  # noqa: PLR0917  typer gives each by its name
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A video file.", show_default=False)],
    config: Annotated[Path, typer.Option(metavar="FILE", help="A streams.yaml.")],
    camera: Annotated[str, typer.Option(metavar="ID", help="The camera that CLIP is shown to.")],
    loop_for: LoopOption = None,
    at: Annotated[
        str, typer.Option(metavar="TIME", help="Time of the first frame, with its offset.")
    ] = "2026-06-01T12:00+08:00",
    observations: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what each rule said of each look: JSON lines.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a report for people: index.html and pictures.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")] = False,
) -> None:
    """Show a clip to a camera's rules and say what they make of it. Exact: twice the same gives the same."""
    from patrol.bench.evaluation.scenes_album import Album, replay_report
    from patrol.bench.replay import replaying, written
    from patrol.bench.replay.nouns import Options
    from patrol.cli._exact import moment, prepared

    loaded, cache_dir = prepared(config)
    options = Options(loop_for_s=loop_for, at=moment(at))
    detector = replaying.exact_detector(loaded, camera, cache_dir)
    with contextlib.ExitStack() as open_files:
        album = Album()
        log = open_files.enter_context(written.ObservationLog(observations)) if observations else None

        def on_look(seen: Seen) -> None:
            if report:
                album(seen)
            if log:
                log(seen)

        replayed = replaying.replay(clip, loaded, camera, detector, options, on_look)
    _say_refused(replayed)
    if report:
        progress(f"report: {replay_report(replayed, album, detector.people).write(report)}")
    if as_json:
        emit(written.as_json(replayed))
    else:
        print("\n".join(_lines(replayed)))


def _say_refused(replayed: Replayed) -> None:
    from patrol.core.feasibility import words
    from patrol.core.sight import Sight

    for change in replayed.sights:
        task = change.task
        if task.sight is Sight.REFUSED and task.reason is not None:
            progress(f"rule {task.rule_id} is refused: {words(task.reason)}")


def _lines(replayed: Replayed) -> Iterator[str]:
    """The replay in words."""
    clip = replayed.clip
    yield f"{clip.path.name}: {clip.frames} frames, {clip.seconds:.1f} s, sha256 {clip.sha256}"
    yield (
        f"  {replayed.seconds:.1f} s replayed from {replayed.at.isoformat()}, {replayed.looks} looks, "
        f"{len(replayed.splices)} splices"
    )
    if not clip.complete:
        yield f"  not complete: {clip.shortfall}"
    for rule in replayed.values:
        unknown = sum(rule.reasons.values())
        if rule.mean is None:
            yield f"  {rule.rule_id}: could not tell in any of {unknown} looks"
            continue
        yield (
            f"  {rule.rule_id}: {rule.least:g} to {rule.most:g} {rule.unit}, mean {rule.mean:.2f}; present "
            f"in {rule.present} of {rule.told} looks, could not tell in {unknown}"
        )
    for change in replayed.sights:
        why = f" ({change.task.reason.code})" if change.task.reason else ""
        yield f"  {change.second:8.1f} s  {change.task.rule_id}: {change.task.sight.value}{why}"
    for one in replayed.candidates:
        yield (
            f"  {replayed.second_of(one.raised):8.1f} s  {one.rule_id}: {one.kind}, peak {one.peak:g} "
            f"{one.unit}, since {replayed.second_of(one.begin):.1f} s, {one.end_reason or 'open at the end'}"
        )
