"""`patrol eval`: what Patrol finds, held against the truth. One file `_eval_<name>.py` a command."""

from __future__ import annotations

import importlib
import pkgutil

import typer

import patrol.cli

PREFIX = "_eval_"


def register(app: typer.Typer) -> None:
    """Add `patrol eval` with the command of every file `_eval_*.py` beside this one."""
    evaluate = typer.Typer(help="Hold what Patrol finds against the truth.", no_args_is_help=True)
    evaluate.callback()(_several)
    for name in sorted(info.name for info in pkgutil.iter_modules(patrol.cli.__path__)):
        if name.startswith(PREFIX):
            importlib.import_module(f"{patrol.cli.__name__}.{name}").register(evaluate)
    app.add_typer(evaluate, name="eval")


def _several() -> None:
    """Keep `eval` a group of commands while there is only one."""
