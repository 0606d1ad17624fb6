from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.vision.gating.pace import LookPacer
from tests.fakes.sources import packet


@given(
    st.lists(st.floats(0.001, 30), min_size=1, max_size=200),
    st.floats(0.2, 10),
)
def test_the_long_run_rate_is_never_above_one_look_a_period(gaps: list[float], every: float) -> None:
    pacer = LookPacer(every)
    now, looks = 100.0, []
    for gap in gaps:
        now += gap
        if pacer.admit(packet(now, key=True)):
            looks.append(now)
    for first in range(len(looks)):
        for last in range(first, len(looks)):
            assert last - first + 1 <= (looks[last] - looks[first]) / every + 1.4 + 1e-6
    assert pacer.not_due == len(gaps) - len(looks)


@given(st.lists(st.floats(-0.19, 0.19), min_size=2, max_size=200))
def test_keyframes_at_the_look_rate_are_all_admitted_whatever_their_jitter(jitters: list[float]) -> None:
    pacer = LookPacer(2.0)
    assert all(pacer.admit(packet(1000 + 2.0 * (at + jitter), key=True)) for at, jitter in enumerate(jitters))


def test_keyframes_each_second_are_looked_at_every_other_time() -> None:
    pacer = LookPacer(2.0)
    assert [pacer.admit(packet(float(at), key=True)) for at in range(6)] == [True, False] * 3
    assert pacer.not_due == 3


def test_a_pause_is_not_made_up_for() -> None:
    pacer = LookPacer(2.0)
    pacer.admit(packet(0.0, key=True))
    assert [pacer.admit(packet(100 + at / 10, key=True)) for at in range(10)] == [True] + [False] * 9


def test_a_period_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="look_every_s"):
        LookPacer(0)
