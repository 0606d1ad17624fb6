"""What can go wrong with a farm camera, and when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """How a camera misbehaves while a fault lasts."""

    SILENT = "silent"
    """Keeps every connection open, accepts new ones, and sends nothing, not even an answer."""
    VANISH = "vanish"
    """Closes every connection, and each new one as soon as it asks for something."""
    REFUSE = "refuse"
    """Closes every connection; answers requests with 503."""
    SLOW = "slow"
    """Answers each request only after `SLOW_ANSWER_S`; video that already plays goes on."""


SLOW_ANSWER_S = 3.0
"""Under the 5 s that clients commonly allow, and long enough to be noticed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one camera, in seconds since the farm began; with `every_s` it comes again."""

    kind: FaultKind
    start_s: float
    end_s: float
    every_s: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start_s < self.end_s:
            raise ValueError(
                f"a fault lasts from {self.start_s:g} s to {self.end_s:g} s: the end is not later"
            )
        if self.every_s is not None and self.every_s <= self.end_s - self.start_s:
            raise ValueError(f"a fault that comes every {self.every_s:g} s lasts longer than that")

    def active(self, elapsed_s: float) -> bool:
        """Whether it lasts at this time."""
        since = elapsed_s - self.start_s
        if since < 0:
            return False
        if self.every_s is not None:
            since %= self.every_s
        return since < self.end_s - self.start_s


def parse_fault(kind: FaultKind, text: str) -> tuple[str, Fault]:
    """Read `CAMERA:FROM:TO[:EVERY]`, times in seconds.

    Raises:
        ValueError: it is not of that form; the message says what it has to be.
    """
    camera, *fields = text.split(":")
    try:
        times = [float(value) for value in fields]
    except ValueError:
        times = []
    if not camera or len(times) not in (2, 3):
        raise ValueError(f"{text!r} is not CAMERA:FROM:TO or CAMERA:FROM:TO:EVERY, in seconds")
    return camera, Fault(kind, *times)
