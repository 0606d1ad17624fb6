"""`patrol eval scenes`: labelled clips and stills against one rule."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from patrol.cli._output import emit, progress

if TYPE_CHECKING:
    from patrol.bench.evaluation.scenes_rule import Question


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(scenes)


def scenes(  # noqa: PLR0917  typer gives each by its name
    labels: Annotated[Path, typer.Option(metavar="CSV", help="file,label,...; files beside it.")],
    rule: Annotated[str, typer.Option(metavar="NAME", help="An analytic, as `use:` of streams.yaml.")],
    model: Annotated[str, typer.Option(metavar="ID|FILE.onnx", help="Detector model.")] = "auto",
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="min_count=30, for_s=10, tiles=2x2, ..."),
    ] = None,
    zone_kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="Kind of the zone; `lane`: where vehicles ever are in the clip."),
    ] = None,
    loop_for: Annotated[
        float | None,
        typer.Option(metavar="S", min=0.1, help="Loop each clip for S seconds. Default: the rule's + 120."),
    ] = None,
    positive: Annotated[
        str, typer.Option(metavar="LABEL,...", help="Labels of which a candidate is expected.")
    ] = "",
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a report for people: index.html and pictures.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")] = False,
) -> None:
    """Which of the labelled files raise a candidate of one rule, and where the rule is blind."""
    from patrol.bench.evaluation import scenes_table as table
    from patrol.bench.evaluation.labels import read_labels
    from patrol.bench.evaluation.scenes import Scenes
    from patrol.cli._exact import quiet_log

    cache_dir = quiet_log()
    files = read_labels(labels)
    wanted = _positive(positive, {file.label for file in files})
    question = _question(rule, model, setting or [], zone_kind, loop_for)
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
    }
    if as_json:
        emit(result)
    else:
        _show(result)


def _positive(text: str, known: set[str]) -> frozenset[str]:
    from patrol.core.errors import ConfigError

    wanted = frozenset(part.strip() for part in text.split(",") if part.strip())
    if unknown := wanted - known:
        raise ConfigError(
            f"--positive names {', '.join(sorted(unknown))}, which no file has; labels are: "
            f"{', '.join(sorted(known))}"
        )
    return wanted


def _question(
    rule: str, model: str, settings: list[str], zone_kind: str | None, loop_for: float | None
) -> Question:
    from patrol.bench.evaluation.scenes import LANE
    from patrol.bench.evaluation.scenes_rule import Question, settings_of

    if zone_kind is None and rule == "congestion":
        zone_kind = LANE
    return Question(rule, model, settings_of(settings), zone_kind, loop_for)


def _show(result: dict[str, Any]) -> None:
    for item in result["items"]:
        raised = {True: "raised", False: "quiet", None: "still"}[item["raised"]]
        blind = f"  blind {item['blind_s']:.0f} s: {item['blind']}" if item["blind"] else ""
        print(f"{item['file']:<36} {item['label']:<16} {raised:<7} {item['grade'] or '':<10}{blind}")
    for name, value in result["confusion"].items():
        print(f"{name}: {value}")
