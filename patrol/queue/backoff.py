"""How long to wait before the queue is tried again."""

from __future__ import annotations

import random

FIRST_S = 0.5
LONGEST_S = 10.0
"""A queue that is back is noticed within ten seconds; a dead one costs six attempts a minute."""


class Backoff:
    """Doubles from FIRST_S to LONGEST_S, with jitter, so that many workers do not come back in step."""

    def __init__(self) -> None:
        self._failures = 0

    def next_s(self) -> float:
        """Seconds to wait after one more failure."""
        ceiling = min(LONGEST_S, FIRST_S * 2.0 ** min(self._failures, 10))
        self._failures += 1
        return random.uniform(ceiling / 2, ceiling)  # noqa: S311  not a secret

    def reset(self) -> None:
        """It works again."""
        self._failures = 0
