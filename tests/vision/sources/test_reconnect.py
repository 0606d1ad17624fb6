from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from patrol.core.errors import SourceAuthFailed, SourceEnded, SourceError, SourceTimeout
from patrol.vision.sources.reconnect import Backoff

ended = SourceEnded("gone")
errors = st.sampled_from([ended, SourceTimeout("slow"), SourceAuthFailed("wrong")])


@given(st.integers(), st.lists(st.tuples(errors, st.floats(0, 200)), max_size=100))
def test_waits_are_between_a_second_and_a_minute_and_five_minutes_after_a_wrong_login(
    seed: int, failures: list[tuple[SourceError, float]]
) -> None:
    backoff = Backoff(Random(seed))
    for error, connected in failures:
        wait = backoff.wait_after(error, connected)
        assert wait == 300 if isinstance(error, SourceAuthFailed) else 1 <= wait <= 60


def test_the_ceiling_doubles_to_a_minute_and_waits_fill_the_range() -> None:
    waits = [Backoff(Random(seed)) for seed in range(400)]
    ceilings = []
    for _ in range(8):
        drawn = sorted(backoff.wait_after(ended, 0) for backoff in waits)
        ceilings.append(drawn[-1])
        assert drawn[0] < 1 + 0.05 * drawn[-1], "full jitter starts at the least wait"
    for found, ceiling in zip(ceilings, [2, 4, 8, 16, 32, 60, 60, 60], strict=True):
        assert 0.9 * ceiling < found <= ceiling


def test_a_healthy_minute_starts_anew_and_a_shorter_one_does_not() -> None:
    assert max(_ninth_wait(seed, connected=59) for seed in range(50)) > 30
    assert max(_ninth_wait(seed, connected=60) for seed in range(50)) <= 2


def _ninth_wait(seed: int, connected: float) -> float:
    backoff = Backoff(Random(seed))
    for _ in range(8):
        backoff.wait_after(ended, 0)
    return backoff.wait_after(ended, connected)
