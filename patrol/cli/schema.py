"""`patrol schema`: the JSON Schema of streams.yaml, for editors."""

from __future__ import annotations

import json

import typer


def schema() -> None:
    """Print the JSON Schema of streams.yaml."""
    from patrol.config.schema import streams_schema

    print(json.dumps(streams_schema(), indent=2, ensure_ascii=False))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(schema)
