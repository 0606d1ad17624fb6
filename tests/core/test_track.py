"""Dwell and staying put, in shares of looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.detections import Detections, Look
from patrol.core.sight import Reason
from patrol.core.track import FORGET_AFTER_S, Stays
from tests.fakes.looks import LABELS, at

HEIGHT = 0.2


def look(seconds: float, feet: Mapping[int, float], *, scene: int = 0) -> Look:
    """People by track id, each with the place of the feet across, in picture heights; pictures are 2:1."""
    boxes = [((x - 0.04) / 2, 0.5, (x + 0.04) / 2, 0.5 + HEIGHT) for x in feet.values()]
    n = len(feet)
    found = Detections(
        np.asarray(boxes, np.float32).reshape(-1, 4), np.ones(n, np.float32), np.zeros(n, np.int32), LABELS
    )
    ids = np.asarray(list(feet), np.int64)
    return Look("cam-1", f"look-{seconds}", at(seconds), seconds, 960, 480, found, tracks=ids, scene=scene)


def after(*looks: Look, window_s: float = 60.0, reach: float = 1.0) -> Stays:
    stays = Stays(window_s, reach)
    for one in looks:
        stays.note(one)
    return stays


def test_one_who_stands_stays_put() -> None:
    (stay,) = after(*(look(2.0 * n, {7: 1.0}) for n in range(11))).stays().values()
    assert (stay.track, stay.since, stay.dwell_s, stay.looks) == (7, 0.0, 20.0, 11)
    assert (stay.seen_share, stay.put_share) == (1.0, 1.0)


def test_one_who_is_missed_in_every_second_look_is_seen_in_half_of_them() -> None:
    (stay,) = after(*(look(2.0 * n, {7: 1.0} if n % 2 == 0 else {}) for n in range(10))).stays().values()
    assert stay.seen_share == 0.5
    assert stay.put_share == 0.5
    assert stay.dwell_s == 16.0


def test_one_who_walks_dwells_and_does_not_stay_put() -> None:
    (stay,) = after(*(look(2.0 * n, {7: 0.1 + 0.15 * n}) for n in range(11))).stays().values()
    assert stay.dwell_s == 20.0
    assert stay.seen_share == 1.0
    assert stay.put_share == pytest.approx(3 / 11)  # within one height, 0.2, of the middle


def test_reach_is_in_heights_of_the_object() -> None:
    swaying = [look(2.0 * n, {7: 1.0 + 0.15 * (n % 3 - 1)}) for n in range(9)]
    assert after(*swaying, reach=1.0).stays()[7].put_share == 1.0
    assert after(*swaying, reach=0.5).stays()[7].put_share == pytest.approx(3 / 9)


def test_who_came_later_is_judged_by_the_looks_since() -> None:
    stays = after(*(look(2.0 * n, {1: 0.3, 2: 1.0} if n >= 6 else {1: 0.3}) for n in range(10))).stays()
    assert (stays[1].looks, stays[2].looks) == (10, 4)
    assert stays[2].since == 12.0


def test_the_window_forgets_and_dwell_does_not() -> None:
    stay = after(*(look(2.0 * n, {7: 1.0}) for n in range(100)), window_s=20.0).stays()[7]
    assert stay.looks == 11
    assert stay.dwell_s == 198.0


def test_who_is_gone_is_forgotten() -> None:
    stays = after(look(0, {7: 1.0}), look(2, {7: 1.0}), look(2 + FORGET_AFTER_S, {}))
    assert 7 in stays.stays()
    stays.note(look(2.5 + FORGET_AFTER_S, {}))
    assert stays.stays() == {}


def test_blind_looks_are_not_looks() -> None:
    blind = [replace(look(2.0 * n, {}), blind=Reason("glare")) for n in range(1, 4)]
    stay = after(look(0, {7: 1.0}), *blind, look(8, {7: 1.0})).stays()[7]
    assert (stay.looks, stay.seen_share) == (2, 1.0)


def test_another_scene_forgets_everything() -> None:
    assert after(look(0, {7: 1.0}), look(2, {8: 1.0}, scene=1)).stays().keys() == {8}


def test_without_tracks_nothing_is_known() -> None:
    assert after(look(0, {7: 1.0}), replace(look(2, {7: 1.0}), tracks=None)).stays() == {}


def test_who_is_not_followed_is_left_out() -> None:
    assert after(look(0, {-1: 1.0, 3: 0.5})).stays().keys() == {3}


@pytest.mark.parametrize(("window_s", "reach"), [(0, 1), (-1, 1), (10, 0), (float("nan"), 1)])
def test_what_makes_no_sense_is_refused(window_s: float, reach: float) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        Stays(window_s, reach)


@given(
    times=st.lists(st.floats(0, 100), min_size=1, max_size=20),
    here=st.lists(st.sets(st.integers(0, 4)), min_size=20, max_size=20),
)
def test_shares_are_shares(times: list[float], here: list[set[int]]) -> None:
    """Whatever the order of the times: one that runs back counts as no time."""
    stays = Stays(10.0, 0.5)
    for seconds, tracks in zip(times, here, strict=False):
        stays.note(look(seconds, {track: 0.1 * track for track in tracks}))
        for stay in stays.stays().values():
            assert 0 < stay.seen_share <= 1
            assert 0 < stay.put_share <= stay.seen_share
            assert stay.dwell_s >= 0
