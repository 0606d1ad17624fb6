"""When to try a camera again: exponential back-off with full jitter, slow after a wrong password."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from patrol.core.errors import SourceAuthFailed, SourceError


@dataclass(frozen=True, slots=True)
class Pace:
    """Waiting times, seconds.

    Attributes:
        least: shortest wait.
        most: longest wait: nobody should wait longer than a minute for a camera that is back.
        healthy: a connection that lasted this long starts the count anew.
        wrong_login: after a wrong password; cameras lock an account after a few wrong logins.
    """

    least: float = 1.0
    most: float = 60.0
    healthy: float = 60.0
    wrong_login: float = 300.0


class Backoff:
    """Waits between the connections of one camera.

    Full jitter (the wait is drawn evenly from the whole range up to a ceiling that doubles) keeps the cameras
    of a site whose power comes back from all connecting in the same second.
    """

    def __init__(self, random: Random, pace: Pace = Pace()) -> None:
        self._random = random
        self._pace = pace
        self._failures = 0

    def wait_after(self, error: SourceError, connected_s: float) -> float:
        """Seconds to wait.

        Args:
            error: why the connection failed or ended.
            connected_s: how long it had been up, 0 where it never was.
        """
        if connected_s >= self._pace.healthy:
            self._failures = 0
        if isinstance(error, SourceAuthFailed):
            return self._pace.wrong_login
        self._failures = min(self._failures + 1, 30)
        ceiling = min(self._pace.most, self._pace.least * 2.0**self._failures)
        return self._random.uniform(self._pace.least, ceiling)
