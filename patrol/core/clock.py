"""The only file that asks the operating system for the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """Real time. `monotonic` is the base for every duration; `now` is for what people read."""

    def now(self) -> datetime:
        """Wall-clock time, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards; comparable inside one process only."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block the calling thread."""
        time.sleep(seconds)


def cpu_seconds() -> float:
    """CPU time that all threads of this process have used so far, seconds; what a probe of speed compares."""
    return time.process_time()


def iso(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and `Z`, the form used on the wire and in the API."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_iso(text: str) -> datetime:
    """Inverse of `iso`; takes any offset.

    Raises:
        ValueError: the text is no RFC 3339 time, or has no offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time without an offset: {text!r}")
    return moment.astimezone(UTC)
