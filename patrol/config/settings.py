"""The environment as one frozen value, read once at start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import structlog

from patrol.config.models import StreamsConfig
from patrol.config.variables import VARIABLES
from patrol.core.errors import ConfigError
from patrol.core.redact import Secret

log = structlog.get_logger(__name__)

LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]
_NOT_SETTINGS = ("PATROL_TEST_", "PATROL_FARM_")
"""Variables that begin like this belong to the test suite and to `patrol farm`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says, with its defaults filled in. See `VARIABLES` for the meaning of each.

    Attributes:
        redis_url: None: the embedded Valkey.
        database_url: None: SQLite in `data_dir`.
        media_token: None: one is made at start, for one machine.
        media_port: 0: any free one.
    """

    redis_url: Secret | None
    database_url: Secret | None
    data_dir: Path
    cache_dir: Path
    media_token: Secret | None
    media_host: str
    media_port: int
    http_port: int
    log: LogFormat
    log_level: LogLevel
    evidence_max_mb: int
    evidence_min_free_mb: int


def settings(environ: Mapping[str, str]) -> Settings:
    """Read the environment. An empty variable counts as one that is not set.

    Raises:
        ConfigError: one line for each variable that is wrong, without its value.
    """
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for variable in VARIABLES:
        text = environ.get(variable.name, "")
        try:
            values[variable.field] = variable.read(text) if text else variable.absent(environ)
        except ValueError as error:
            wrong.append(f"environment variable {variable.name} is not usable; expected {error}")
    if wrong:
        raise ConfigError("\n".join(wrong))
    return Settings(**values)


def unknown_variables(environ: Mapping[str, str], streams: Iterable[StreamsConfig] = ()) -> tuple[str, ...]:
    """Names of variables that begin with PATROL_ and mean nothing: probably a slip of the pen.

    Args:
        environ: the environment.
        streams: configurations whose cameras may name variables of their own by `password_env`.
    """
    known = {variable.name for variable in VARIABLES}
    known |= {
        camera.credentials.password_env
        for config in streams
        for camera in config.cameras
        if camera.credentials is not None and camera.credentials.password_env is not None
    }
    return tuple(
        sorted(
            name
            for name in environ
            if name.startswith("PATROL_") and name not in known and not name.startswith(_NOT_SETTINGS)
        )
    )


def warn_unknown(environ: Mapping[str, str], streams: Iterable[StreamsConfig] = ()) -> None:
    """Log each of the `unknown_variables` as a warning."""
    for name in unknown_variables(environ, streams):
        log.warning(
            "environment variable means nothing to Patrol", variable=name, see="docs/reference/environment.md"
        )
