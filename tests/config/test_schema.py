from __future__ import annotations

import json
from pathlib import Path

from patrol.config.schema import streams_schema

COMMITTED = Path(__file__).parents[2] / "docs" / "reference" / "streams.schema.json"


def test_the_committed_schema_is_current() -> None:
    assert json.loads(COMMITTED.read_text()) == streams_schema(), (
        "run: patrol schema > docs/reference/streams.schema.json"
    )


def test_editors_learn_what_the_keys_mean() -> None:
    camera = streams_schema()["$defs"]["CameraConfig"]
    assert camera["additionalProperties"] is False
    assert all(
        "description" in value or "$ref" in json.dumps(value) for value in camera["properties"].values()
    )
