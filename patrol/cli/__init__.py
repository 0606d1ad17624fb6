"""The command `patrol`: one file a subcommand.

A subcommand is a module here that defines `register(app: typer.Typer) -> None`; it is found by itself. Its
top level imports nothing but the standard library, typer, `patrol.core.errors`, `patrol.core.redact` and
`patrol.cli._output`. Whatever else it needs (pydantic, numpy, av, fastapi...) it imports inside its function,
so that `patrol --help` answers at once; a test sees to it.

With `--json` a command prints one JSON object on the last line of stdout (`_output.emit`); progress goes to
stderr. A `PatrolError` that leaves a command becomes its message and an exit code: 2 for a ConfigError, 1 for
any other.

Nothing but `main` is defined here: a subcommand's file puts its name into this package.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process.

    Args:
        arguments: without the program's name; None: those of this process.
    """
    from patrol.cli import _app

    _app.invoke(_app.build(), sys.argv[1:] if arguments is None else arguments)
