"""`patrol check`: what is wrong with a streams.yaml, or what would run. Starts nothing and loads no model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli._output import emit, progress
from patrol.core.redact import redact

if TYPE_CHECKING:
    from patrol.config.load import Loaded
    from patrol.config.plugins import EffectiveRule
    from patrol.config.problems import Problem

ANALYTICS = "patrol.vision.analytics"
DETECTORS = "patrol.vision.detection"


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A streams.yaml.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")] = False,
) -> None:
    """Say what is wrong with FILE (exit code 2), or list what would run. Starts nothing."""
    from patrol.cli._plan import plan_of, text_of
    from patrol.config.problems import ConfigFileError
    from patrol.vision.worker.rules import refused_rules

    try:
        loaded, rules = examine(file)
    except ConfigFileError as error:
        if as_json:
            problems = [
                {"file": p.file, "line": p.line, "key": p.key, "message": p.message} for p in error.problems
            ]
            emit({"ok": False, "file": str(file), "problems": problems})
        progress(str(error))
        progress(f"{len(error.problems)} problem(s) in {file}; nothing would start")
        raise typer.Exit(2) from None
    plan = plan_of(loaded, rules, refused_rules(loaded), os.environ)
    if as_json:
        emit(plan)
    else:
        print(redact("\n".join(text_of(plan))))


def examine(file: Path) -> tuple[Loaded, tuple[EffectiveRule, ...]]:
    """A streams.yaml and its rules, checked as far as it goes without starting anything.

    Raises:
        ConfigFileError: all that is wrong.
    """
    from patrol.config.load import load
    from patrol.config.plugins import detector_problems, effective_rules
    from patrol.config.problems import ConfigFileError
    from patrol.vision.worker.means import missing_means, unknown_means, wrong_means
    from patrol.vision.worker.rules import uses_of

    loaded = load(file, os.environ)
    problems = [*detector_problems(loaded, DETECTORS), *_unknown_models(loaded)]
    problems += (unknown := unknown_means(loaded))
    rules: tuple[EffectiveRule, ...] = ()
    try:
        rules = effective_rules(loaded, ANALYTICS)
    except ConfigFileError as error:
        problems += error.problems
    uses = [(rule, uses_of(rule)) for rule in rules]
    problems += (missing := missing_means(loaded, uses))
    if not (unknown or missing):
        problems += wrong_means(loaded, (asked for _, asked in uses))
    if problems:
        raise ConfigFileError(problems)
    return loaded, rules


def _unknown_models(loaded: Loaded) -> list[Problem]:
    """Detectors whose model is neither known by its id nor a file."""
    from patrol.vision.detection.manifests import catalogue

    known = ["auto", *sorted(catalogue())]
    return [
        loaded.problem(
            ("detectors", name, "model"),
            f"is {detector.model!r}, which is unknown; expected one of: {', '.join(known)}, or a model file",
        )
        for name, detector in loaded.streams.detectors.items()
        if detector.model not in known and not Path(detector.model).is_file()
    ]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)
