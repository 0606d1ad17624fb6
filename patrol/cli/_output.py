"""What a command prints: results on stdout, progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from patrol.core.redact import redact, redact_value


def emit(result: Mapping[str, object]) -> None:
    """Print one JSON object, redacted, as the last line of stdout: the answer of a command with `--json`."""
    print(json.dumps(redact_value(result), ensure_ascii=False, allow_nan=False), flush=True)


def progress(text: str) -> None:
    """Print one line for people to stderr, redacted."""
    print(redact(text), file=sys.stderr, flush=True)
