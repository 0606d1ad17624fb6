"""Where measured figures are kept: one JSON object a line, added to and never rewritten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from patrol.core.errors import ConfigError


def append(path: Path, row: Mapping[str, object]) -> None:
    """Add one row.

    Raises:
        ConfigError: the file cannot be written.
    """
    line = json.dumps(row, ensure_ascii=False, allow_nan=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    except OSError as error:
        raise ConfigError(
            f"{path}: the result cannot be kept: {error.strerror}; name another --results"
        ) from None
