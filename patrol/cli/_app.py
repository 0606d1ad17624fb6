"""The application: every subcommand of this package, and how an error leaves it."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

import patrol
import patrol.cli
from patrol.core.errors import ConfigError, PatrolError
from patrol.core.redact import redact


def build() -> typer.Typer:
    """The application, with every module of `patrol.cli` that defines `register`, by name."""
    app = typer.Typer(
        name="patrol",
        help="Watches a county's cameras and turns what it sees into incidents that somebody answers.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,  # rich wraps messages, which tears paths and addresses apart
        pretty_exceptions_enable=False,  # they show local variables, and passwords are among them
    )
    app.callback()(_root)
    for name in sorted(info.name for info in pkgutil.iter_modules(patrol.cli.__path__)):
        if not name.startswith("_"):
            _register(app, f"{patrol.cli.__name__}.{name}")
    return app


def invoke(app: typer.Typer, arguments: Sequence[str]) -> NoReturn:
    """Run an application and end the process.

    A `PatrolError` becomes its message on stderr, with exit code 2 where the configuration is wrong, else 1.
    Any other exception is a defect: it ends as a traceback, with exit code 1. Neither shows credentials.
    """
    from patrol.config import hooks

    hooks.install()
    # Not app(): that puts typer's own excepthook in front, which shows tracebacks unredacted.
    command = typer.main.get_command(app)
    try:
        sys.exit(command(args=list(arguments), prog_name="patrol"))
    except PatrolError as error:
        print(f"patrol: {redact(str(error))}", file=sys.stderr)
        sys.exit(2 if isinstance(error, ConfigError) else 1)


def _register(app: typer.Typer, module_name: str) -> None:
    register = getattr(importlib.import_module(module_name), "register", None)
    if callable(register):
        register(app)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"patrol {patrol.__version__}")
        raise typer.Exit


def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass
