"""The OpenAPI document: `python -m patrol.console.api.schema > docs/reference/openapi.json`."""

from __future__ import annotations

import json
import sys

from patrol.console.app import bare_app


def openapi_json() -> str:
    """The document as it is committed; the same for the same code."""
    return json.dumps(bare_app().openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(openapi_json())
