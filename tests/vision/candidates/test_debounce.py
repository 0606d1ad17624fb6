"""When a condition begins and ends."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.observation import Presence
from patrol.vision.candidates.debounce import LOST_SIGHT_S, Change, Debounce, Timing
from tests.fakes.looks import at

P, A, B, U = Presence.PRESENT, Presence.ABSENT, Presence.BETWEEN, Presence.CANNOT_TELL
TIMING = Timing(for_s=10, clear_s=20, share=0.6)


def run(
    presences: list[Presence], every: float = 2.0, timing: Timing = TIMING, start: float = 0.0
) -> list[tuple[float, Change]]:
    debounce = Debounce(timing)
    times = [start + i * every for i in range(len(presences))]
    return [(t, debounce.step(t, at(t), p)) for t, p in zip(times, presences, strict=True)]


def first(changes: list[tuple[float, Change]], change: Change) -> float | None:
    return next((t for t, c in changes if c is change), None)


def test_begins_when_it_has_lasted() -> None:
    assert first(run([P] * 10), Change.BEGAN) == 10.0


def test_begin_is_the_first_present_look() -> None:
    debounce = Debounce(TIMING)
    for i, presence in enumerate([A, A, P, P, P, P, P]):
        debounce.step(2.0 * i, at(2.0 * i), presence)
    assert debounce.step(14.0, at(14.0), P) is Change.BEGAN
    assert debounce.began == at(4.0)


def test_keyframes_that_come_a_little_early_do_not_cost_a_look() -> None:
    assert first(run([P] * 10, every=1.99), Change.BEGAN) == pytest.approx(9.95)


def test_a_single_picture_is_never_an_incident() -> None:
    assert first(run([P, A, A, A, P, A, A, A], timing=Timing(1, 1, 0.6)), Change.BEGAN) is None


def test_detectors_miss_and_it_begins_all_the_same() -> None:
    assert first(run([P, P, A, P, P, P, A, P, P, P]), Change.BEGAN) is not None


def test_half_of_the_looks_is_not_enough_for_a_share_of_two_thirds() -> None:
    assert first(run([P, A] * 30, timing=Timing(10, 20, 0.67)), Change.BEGAN) is None


def test_looks_that_cannot_tell_count_for_neither() -> None:
    assert first(run([P, U, P, U, P, U, P, U, P]), Change.BEGAN) is not None
    assert first(run([P] * 6 + [U] * 100), Change.CLEARED) is None


def test_a_gap_longer_than_the_window_starts_anew() -> None:
    debounce = Debounce(TIMING)
    for t in (0.0, 2.0, 4.0, 6.0):
        debounce.step(t, at(t), P)
    assert debounce.step(60.0, at(60.0), P) is Change.NONE


def test_ends_after_lasting_absence_only() -> None:
    changes = run([P] * 6 + [A] * 5 + [B] + [A] * 20)
    assert first(changes, Change.CLEARED) == 2.0 * 12 + 20.0


def test_an_outage_is_not_absence() -> None:
    debounce = Debounce(TIMING)
    for i in range(7):
        debounce.step(2.0 * i, at(2.0 * i), P)
    assert debounce.step(52.0, at(52), A) is Change.NONE
    assert debounce.step(54.0, at(54), P) is Change.SEEN


def test_absence_before_an_outage_does_not_count_after_it() -> None:
    debounce = Debounce(TIMING)
    for i in range(7):
        debounce.step(2.0 * i, at(2.0 * i), P)
    debounce.step(14.0, at(14), A)
    assert debounce.step(60.0, at(60), A) is Change.NONE
    later = [debounce.step(60.0 + t, at(60 + t), A) for t in range(2, 21, 2)]
    assert later == [Change.NONE] * 9 + [Change.CLEARED]


@pytest.mark.parametrize("every", [1.0, 8.0, 30.0])
def test_a_camera_that_is_looked_at_seldom_begins_and_ends_all_the_same(every: float) -> None:
    changes = run([P] * 20 + [A] * 40, every=every, timing=Timing(5, 6, 0.6))
    assert first(changes, Change.BEGAN) is not None
    assert first(changes, Change.CLEARED) is not None


def test_resumed_goes_on_and_clears() -> None:
    debounce = Debounce(TIMING, resumed_at=100.0)
    assert debounce.is_open
    assert debounce.step(101.0, at(101), P) is Change.SEEN
    assert debounce.step(103.0, at(103), A) is Change.NONE
    assert debounce.step(113.0, at(113), A) is Change.NONE
    assert debounce.step(123.0, at(123), A) is Change.CLEARED


def test_lost_sight_is_not_absence() -> None:
    debounce = Debounce(TIMING, resumed_at=0.0)
    assert not debounce.lost_sight(LOST_SIGHT_S - 1)
    assert debounce.lost_sight(LOST_SIGHT_S)
    assert not debounce.is_open
    assert not debounce.lost_sight(2 * LOST_SIGHT_S)


presences = st.lists(st.tuples(st.floats(0.2, 30), st.sampled_from([P, A, B, U])), max_size=80)


@given(presences, st.floats(2, 40), st.floats(1, 60), st.floats(0.1, 1))
def test_begins_and_ends_alternate_and_keep_their_times(
    steps: list[tuple[float, Presence]], for_s: float, clear_s: float, share: float
) -> None:
    debounce = Debounce(Timing(for_s, clear_s, share))
    now, last_present = 0.0, None
    kinds: list[Change] = []
    for gap, presence in steps:
        now += gap
        was_open = debounce.is_open
        change = debounce.step(now, at(now), presence)
        if change is Change.BEGAN:
            assert presence is P
            assert now - (debounce.began - at(0)).total_seconds() >= for_s - 0.5 - 1e-3
        if change is Change.CLEARED:
            assert presence is A
            assert last_present is not None
            assert now - last_present >= clear_s
        if change in (Change.BEGAN, Change.CLEARED):
            kinds.append(change)
        assert (change is Change.SEEN) <= was_open
        last_present = now if presence is P else last_present
    assert all(a is not b for a, b in pairwise(kinds))
    assert not kinds or kinds[0] is Change.BEGAN
