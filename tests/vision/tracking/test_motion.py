"""Motion between looks: seconds decide, however they are cut into looks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.vision.tracking.motion import FADE_S, correct, fresh, predict

SECONDS = st.floats(0, 30)


@given(first=SECONDS, second=SECONDS, speed=st.floats(-5, 5))
def test_two_steps_are_one(first: float, second: float, speed: float) -> None:
    state, cov = np.array([[0.2, 0.4, speed, 0.1]]), np.array([[0.01, 0.02, 0.5]])
    at_once = predict(state, cov, first + second)
    in_two = predict(*predict(state, cov, first), second)
    assert np.allclose(at_once[0], in_two[0], atol=1e-9)
    assert np.allclose(at_once[1], in_two[1], atol=1e-9)


def test_no_time_changes_nothing() -> None:
    state, cov = np.array([[0.2, 0.4, 1.0, 0.1]]), np.array([[0.01, 0.02, 0.5]])
    later = predict(state, cov, 0.0)
    assert np.allclose(later[0], state)
    assert np.allclose(later[1], cov)


@given(dt=st.floats(0.01, 30))
def test_the_longer_unseen_the_less_sure(dt: float) -> None:
    state, cov = fresh(np.array([[0.5, 0.5]]), np.array([0.6]))
    assert predict(state, cov, dt)[1][0, 0] > cov[0, 0]


def test_speed_is_kept_over_a_look_and_gone_over_a_minute() -> None:
    state, cov = np.array([[0.0, 0.0, 1.0, 0.0]]), np.array([[0.01, 0.0, 0.01]])
    assert predict(state, cov, 0.2)[0][0, 0] == pytest.approx(0.2, rel=0.03)
    assert predict(state, cov, 60.0)[0][0, 0] == pytest.approx(FADE_S, rel=0.01)


def test_two_sights_give_a_speed() -> None:
    state, cov = fresh(np.array([[0.0, 0.0]]), np.array([0.6]))
    state, cov = predict(state, cov, 1.0)
    state, cov = correct(state, cov, np.array([[0.8, 0.0]]))
    assert state[0, 2] == pytest.approx(0.8, rel=0.2)
    assert state[0, 3] == pytest.approx(0.0, abs=1e-9)
