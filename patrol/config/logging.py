"""The log: one stream, text or JSON, the same for Patrol and for every library, without credentials.

Every value of every event passes `patrol.core.redact` after tracebacks have become text and before anything
is written. Libraries that log through `logging` (uvicorn, sqlalchemy, redis, asyncio) come the same way; give
uvicorn `log_config=None`, or it puts its own handlers in front.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from patrol.config import hooks
from patrol.config.settings import Settings
from patrol.core.clock import SystemClock, iso
from patrol.core.protocols import Clock
from patrol.core.redact import redact, redact_value

_LOUD = {"aiosqlite": logging.WARNING, "httpcore": logging.WARNING, "httpx": logging.WARNING}
"""Libraries that log each call at info or debug."""


def configure_logging(settings: Settings, stream: TextIO | None = None, clock: Clock | None = None) -> None:
    """Set up structlog, `logging`, warnings and the hooks for uncaught exceptions. Call it once, at start.

    Args:
        settings: form and least severity.
        stream: default: stderr.
        clock: where the times come from.
    """
    target = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        _stamp(clock or SystemClock()),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact_event,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _Handler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _renderer(settings, target),
            ],
        )
    )
    _route_everything(handler, getattr(logging, settings.log_level.upper()))
    hooks.install(_report)


def redact_event(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: every key and value of the event redacted, and made of plain types."""
    return {redact(key): value if key in _META else _redacted(key, value) for key, value in event.items()}


_META = frozenset({"_record", "_from_structlog", "exc_info"})
"""What structlog keeps for itself in a foreign event; it is taken out before the event is written."""


def _redacted(key: str, value: object) -> object:
    cleaned = redact_value({key: value})
    return next(iter(cleaned.values())) if isinstance(cleaned, dict) else cleaned


def _stamp(clock: Clock) -> Processor:
    def stamp(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["timestamp"] = iso(clock.now())
        return event

    return stamp


def _renderer(settings: Settings, target: TextIO) -> Processor:
    if settings.log == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to the stream; what goes wrong there is told without the record, which may hold a secret."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name is logging's
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, BrokenPipeError):
            hooks.print_redacted(f"a log message of {record.name} could not be written", error)


def _route_everything(handler: logging.Handler, level: int) -> None:
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name, least in _LOUD.items():
        logging.getLogger(name).setLevel(max(least, level))
    logging.captureWarnings(capture=True)


def _report(where: str, error: BaseException) -> None:
    exc_info = (type(error), error, error.__traceback__)
    structlog.get_logger("patrol").critical(where, exc_info=exc_info)
