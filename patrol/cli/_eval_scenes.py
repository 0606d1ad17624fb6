"""`patrol eval scenes`: labelled clips and stills against one rule."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from patrol.cli._output import emit, progress

if TYPE_CHECKING:
    from patrol.bench.evaluation.scenes_rule import Question
    from patrol.bench.evaluation.scenes_stills import Judged

USUAL = {"fishing": ("fishing_rod,fishing_net", "ambiguous,fishing_boat")}
"""By rule, where nobody says it: labels of which something is expected, and labels that are listed alone."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(scenes)


def scenes(  # noqa: PLR0917  typer gives each by its name
    labels: Annotated[Path, typer.Option(metavar="CSV", help="file,label,...; files beside it.")],
    rule: Annotated[str, typer.Option(metavar="NAME", help="An analytic, as `use:` of streams.yaml.")],
    model: Annotated[str, typer.Option(metavar="ID|FILE.onnx", help="Detector model.")] = "auto",
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="min_count=30, for_s=10, tiles=2x2, law.rods=2 ..."),
    ] = None,
    zone_kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="Kind of the zone; `lane`: where vehicles ever are in the clip."),
    ] = None,
    loop_for: Annotated[
        float | None,
        typer.Option(
            metavar="S", min=0.1, help="Loop each clip for S seconds. Default: what the rule takes."
        ),
    ] = None,
    at: Annotated[
        str, typer.Option(metavar="TIME", help="Time of a clip's first frame, with its offset.")
    ] = ("2026-06-01T12:00+08:00"),
    second_look: Annotated[
        str | None,
        typer.Option(metavar="PLUGIN", help="Looks for fishing gear, also in stills. Default: the rule's."),
    ] = None,
    positive: Annotated[
        str | None, typer.Option(metavar="LABEL,...", help="Labels of which a candidate is expected.")
    ] = None,
    aside: Annotated[
        str | None, typer.Option(metavar="LABEL,...", help="Labels that are listed and not judged.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a report for people: index.html and pictures.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")] = False,
) -> None:
    """Which of the labelled files raise a candidate of one rule, and where the rule is blind.

    Rules that look closer (fishing) also put their second look to stills.
    """
    from patrol.bench.evaluation import scenes_table as table
    from patrol.bench.evaluation.labels import read_labels
    from patrol.bench.evaluation.scenes import Scenes
    from patrol.bench.evaluation.scenes_stills import separation
    from patrol.cli._exact import moment, quiet_log

    cache_dir = quiet_log()
    files = read_labels(labels)
    wanted = _judged(rule, positive, aside, {file.label for file in files})
    question = _question(rule, model, setting or [], zone_kind, loop_for)
    question = dataclasses.replace(question, at=moment(at), second_look=second_look)
    run = Scenes(question, cache_dir, progress)
    items = list(run.judge(files))
    info = run.detector.info
    words = f"Rule {rule} with {dict(question.settings)}; {run.detector.words()}."
    if report:
        page = table.scenes_report(
            f"{rule} on {labels.parent.name}", items, wanted, run.detector.people, words
        )
        progress(f"report: {page.write(report)}")
    result: dict[str, Any] = {
        "rule": rule,
        "settings": dict(question.settings),
        "zone_kind": question.zone_kind,
        "model": {"id": info.model_id, "runtime": info.runtime, "precision": info.precision},
        "input": [info.height, info.width],
        "items": [table.item_json(item) for item in items],
        "confusion": table.confusion(items, wanted),
        "stills": separation(items, wanted),
    }
    if as_json:
        emit(result)
    else:
        _show(result)


def _judged(rule: str, positive: str | None, aside: str | None, known: set[str]) -> Judged:
    """What labels mean: as said, else as `USUAL` has it for this rule, as far as files have them."""
    from patrol.bench.evaluation.scenes_stills import Judged

    usual = USUAL.get(rule, ("", "")) if positive is None and aside is None else ("", "")
    if usual != ("", ""):
        return Judged(*(frozenset(labels.split(",")) & known for labels in usual))
    return Judged(_labels("--positive", positive, known), _labels("--aside", aside, known))


def _labels(option: str, text: str | None, known: set[str]) -> frozenset[str]:
    from patrol.core.errors import ConfigError

    wanted = frozenset(part.strip() for part in (text or "").split(",") if part.strip())
    if unknown := wanted - known:
        raise ConfigError(
            f"{option} names {', '.join(sorted(unknown))}, which no file has; labels are: "
            f"{', '.join(sorted(known))}"
        )
    return wanted


def _question(
    rule: str, model: str, settings: list[str], zone_kind: str | None, loop_for: float | None
) -> Question:
    from patrol.bench.evaluation.scenes import LANE
    from patrol.bench.evaluation.scenes_rule import Question, settings_of

    zone_kind = zone_kind or {"congestion": LANE, "fishing": "shore"}.get(rule)
    return Question(rule, model, settings_of(settings), zone_kind, loop_for)


def _show(result: dict[str, Any]) -> None:
    from patrol.bench.evaluation.scenes_stills import words

    for item in result["items"]:
        raised = {True: "raised", False: "quiet", None: "still"}[item["raised"]]
        blind = f"  blind {item['blind_s']:.0f} s: {item['blind']}" if item["blind"] else ""
        score = f"  score {item['score']:.2f}" if "second_look" in item else ""
        print(f"{item['file']:<36} {item['label']:<16} {raised:<7} {item['grade'] or '':<10}{score}{blind}")
    for name, value in result["confusion"].items():
        print(f"{name}: {value}")
    if result["stills"]:
        print(words(result["stills"]))
