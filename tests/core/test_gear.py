"""Rods that are found again and again at the same place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.closer import Box, Closer, Gear, GearKind
from patrol.core.gear import LOOKS, GearMemory
from patrol.core.sight import Reason

LEFT: Box = (0.40, 0.80, 0.45, 0.65)
RIGHT: Box = (0.58, 0.87, 0.63, 0.69)


def seen(*ends: Box, score: float = 0.6, kind: GearKind = GearKind.ROD) -> Closer:
    return Closer(tuple(Gear(kind, each, score) for each in ends), score if ends else 0.0)


def shaken(ends: Box, random: np.random.Generator, by: float = 0.004) -> Box:
    x1, y1, x2, y2 = (float(e) for e in np.asarray(ends) + random.normal(0, by, 4))
    return (x1, y1, x2, y2)


def turned(ends: Box) -> Box:
    return (*ends[2:], *ends[:2])


def noted(answers: list[Closer], every_s: float = 2.0, window_s: float = 60.0) -> GearMemory:
    memory = GearMemory(window_s)
    for i, answer in enumerate(answers):
        memory.note(i * every_s, answer)
    return memory


def test_two_rods_are_two_though_each_look_misses_one_now_and_then() -> None:
    random = np.random.default_rng(5)
    looks = [
        seen(*(shaken(rod, random) for rod, there in ((LEFT, i % 3), (RIGHT, i % 4 != 1)) if there))
        for i in range(12)
    ]
    rods = noted(looks).rods()
    assert len(rods) == 2
    assert {rod.looks for rod in rods} == {8, 9}
    for rod, ends in zip(sorted(rods, key=lambda r: r.ends[0]), (LEFT, RIGHT), strict=True):
        assert rod.ends == pytest.approx(ends, abs=0.01)
        assert 0 < rod.confidence <= rod.share < 1


def test_lines_that_jump_about_are_no_rod() -> None:
    random = np.random.default_rng(6)
    looks = [seen(tuple(random.random(4).tolist()), tuple(random.random(4).tolist())) for _ in range(12)]
    assert noted(looks).rods() == ()


def test_a_rod_is_the_same_from_its_other_end() -> None:
    (rod,) = noted([seen(LEFT if i % 2 else turned(LEFT)) for i in range(6)]).rods()
    assert rod.looks == 6
    assert rod.ends == pytest.approx(LEFT) or rod.ends == pytest.approx(turned(LEFT))


def test_a_rod_whose_thin_end_is_cut_off_in_every_second_look_is_one() -> None:
    x1, y1, x2, y2 = LEFT
    cut: Box = (x1, y1, x1 + 0.4 * (x2 - x1), y1 + 0.4 * (y2 - y1))
    (rod,) = noted([seen(LEFT if i % 2 else cut) for i in range(8)]).rods()
    assert rod.looks == 8
    beside: Box = (cut[0] + 0.03, cut[1], cut[2] + 0.03, cut[3])
    assert len(noted([seen(LEFT, beside) for _ in range(8)]).rods()) == 2


def test_too_few_looks_say_nothing() -> None:
    assert noted([seen(LEFT)] * (LOOKS - 1)).rods() == ()
    assert len(noted([seen(LEFT)] * LOOKS).rods()) == 1


def test_a_look_that_cannot_see_says_nothing() -> None:
    blind = Closer(unseeable=Reason("rods-too-dark"))
    memory = noted([seen(LEFT)] * 3 + [blind] * 20)
    assert memory.looks == 3
    assert len(memory.rods()) == 1


def test_other_gear_is_no_rod() -> None:
    assert noted([seen(LEFT, kind=GearKind.NET)] * 6).rods() == ()


def test_what_is_older_than_the_window_is_forgotten() -> None:
    memory = noted([seen(LEFT)] * 6, every_s=2.0, window_s=20.0)
    for i in range(6):
        memory.note(14.0 + 2 * i, seen())
    assert memory.rods() == ()
    memory.note(200.0, seen())
    assert memory.looks == 1


def test_another_scene_begins_anew() -> None:
    memory = noted([seen(LEFT)] * 6)
    memory.note(12.0, seen(LEFT), scene=1)
    assert (memory.looks, memory.rods()) == (1, ())


def test_cleared_it_knows_nothing() -> None:
    memory = noted([seen(LEFT)] * 6)
    memory.clear()
    assert (memory.looks, memory.rods()) == (0, ())


@pytest.mark.parametrize(("window_s", "aspect"), [(0, 1), (-1, 1), (float("nan"), 1), (10, 0)])
def test_nonsense_is_refused(window_s: float, aspect: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        GearMemory(window_s, aspect)


ends = st.tuples(*[st.floats(0, 1)] * 4)


@given(
    st.lists(
        st.lists(st.tuples(ends, st.floats(0, 1)), max_size=4),
        max_size=12,
    )
)
def test_never_more_rods_than_the_fullest_look_twice_over(looks: list[list[tuple[Box, float]]]) -> None:
    """With a share of a half, looks of at most n lines cannot hold more than 2 n places."""
    memory = GearMemory(100.0)
    for i, look in enumerate(looks):
        memory.note(float(i), Closer(tuple(Gear(GearKind.ROD, e, s) for e, s in look)))
    rods = memory.rods()
    assert len(rods) <= 2 * max((len(look) for look in looks), default=0)
    assert all(0 <= rod.confidence <= rod.share <= 1 for rod in rods)
    assert list(rods) == sorted(rods, key=lambda rod: -rod.confidence)
