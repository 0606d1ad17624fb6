"""Where a picture lies against a reference view."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.vision.sight.measures import EDGE_WIDTH, Plane, measure
from patrol.vision.sight.reference import LEARNS_S, MOVED, Reference, Standpoint
from patrol.vision.sight.viewpoint import UNCLEAR_S, Viewpoint
from tests.fakes import pictures
from tests.fakes.pictures import live, place, shifted

PIXEL = 1.0 / EDGE_WIDTH


def edges(second: float, across: float = 0.0, down: float = 0.0, seed: int = 1) -> Plane:
    return measure(shifted(live(place(seed), second), across, down)).edges


@settings(max_examples=40, deadline=None)
@given(across=st.floats(-0.12, 0.12), down=st.floats(-0.12, 0.12), second=st.floats(0, 50))
def test_the_shift_of_a_picture_is_found_to_a_pixel(across: float, down: float, second: float) -> None:
    found = Reference(edges(100.0)).compare(edges(second, across, down))
    down *= pictures.HEIGHT / pictures.WIDTH  # both are told in widths
    if max(abs(across), abs(down)) > MOVED + PIXEL:
        assert found.standpoint is Standpoint.MOVED
        assert abs(found.across - across) <= PIXEL
        assert abs(found.down - down) <= PIXEL
    elif max(abs(across), abs(down)) < MOVED - PIXEL:
        assert found.standpoint is Standpoint.SAME


def test_another_place_is_elsewhere() -> None:
    reference = Reference(edges(0.0))
    found = [reference.compare(edges(1.0, seed=seed)).standpoint for seed in range(2, 8)]
    assert set(found) == {Standpoint.ELSEWHERE}


def test_nothing_is_compared_before_it_is_learnt() -> None:
    reference = Reference()
    for second in np.arange(0.0, LEARNS_S, 1.0):
        assert not reference.known
        reference.learn(second, edges(second))
    reference.learn(LEARNS_S, edges(LEARNS_S))
    assert reference.known


def test_a_camera_that_still_turns_is_learnt_from_where_it_stops() -> None:
    reference = Reference()
    for second in range(4):
        reference.learn(float(second), edges(float(second), seed=2 + second))
    for second in range(4, 12):
        reference.learn(float(second), edges(float(second)))
    assert reference.compare(edges(20.0)).standpoint is Standpoint.SAME


def test_a_picture_of_another_shape_cannot_be_compared() -> None:
    found = Reference(edges(0.0)).compare(measure(place(1, 320, 240)).edges)
    assert found.standpoint is Standpoint.UNCLEAR


def test_a_moved_camera_is_never_learnt() -> None:
    """Were the reference renewed by what strays, it would follow, and the fault would end by itself."""
    view = Viewpoint()
    for second in np.arange(0.0, 60.0, 2.0):
        view.learn(second, edges(second), view.compare(edges(second)))
    moved = [edges(s, 0.05) for s in (0.0, 1.0, 2.0, 3.0)]
    for number, second in enumerate(np.arange(60.0, 3 * UNCLEAR_S, 10.0)):
        found = view.compare(moved[number % 4])
        assert found.standpoint is Standpoint.MOVED
        view.learn(second, moved[number % 4], found)


def test_slow_sagging_is_found_in_the_end() -> None:
    """Three per cent of the picture in half an hour."""
    view = Viewpoint()
    said = []
    for second in np.arange(0.0, 3600.0, 20.0):
        now = edges(second % 40, 0.06 * second / 3600)
        found = view.compare(now)
        said.append(found.standpoint)
        view.learn(second, now, found)
    assert said[-1] is Standpoint.MOVED
