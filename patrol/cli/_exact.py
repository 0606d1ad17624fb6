"""What commands share that replay clips."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from patrol.config.load import Loaded


def prepared(config: Path) -> tuple[Loaded, Path]:
    """A streams.yaml and the cache folder; the log is on stderr from then on.

    Raises:
        ConfigError: the file or the environment is wrong.
    """
    from patrol.config.load import load

    cache_dir = quiet_log()
    return load(config, os.environ), cache_dir


def quiet_log() -> Path:
    """Put the log on stderr, warnings and worse; the cache folder.

    Raises:
        ConfigError: the environment is wrong.
    """
    import dataclasses

    from patrol.config.logging import configure_logging
    from patrol.config.settings import settings

    values = settings(os.environ)
    level = "warning" if values.log_level == "info" else values.log_level
    configure_logging(dataclasses.replace(values, log_level=level))
    return values.cache_dir


def moment(text: str) -> datetime:
    """The time that `--at` names.

    Raises:
        ConfigError: it is none, or has no offset.
    """
    from patrol.core.clock import parse_iso
    from patrol.core.errors import ConfigError

    try:
        return parse_iso(text)
    except ValueError:
        raise ConfigError(
            f"--at is {text!r}; expected a time with its offset, such as 2026-06-01T12:00+08:00"
        ) from None
