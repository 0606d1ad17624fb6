from __future__ import annotations

import json
from pathlib import Path

from patrol.console.api.schema import openapi_json

COMMITTED = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"


def test_the_committed_document_is_current() -> None:
    words = "run: python -m patrol.console.api.schema > docs/reference/openapi.json"
    assert COMMITTED.read_text() == openapi_json(), words


def test_every_answer_has_a_shape_and_every_route_says_what_it_may_refuse() -> None:
    document = json.loads(openapi_json())
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], (method, path)
            assert {"401", "503"} <= operation["responses"].keys(), (method, path)
