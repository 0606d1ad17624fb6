"""The JSON Schema of streams.yaml."""

from __future__ import annotations

from typing import Any

from patrol.config.models import StreamsConfig


def streams_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12. Kept in docs/reference/streams.schema.json; editors take it from there."""
    schema = StreamsConfig.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "streams.yaml"}
