"""The classical second look on drawn shores: what it takes for a rod, and what not."""

from __future__ import annotations

from dataclasses import replace
from math import hypot
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.core.closer import Box, Closer, Crop, Gear, GearKind
from patrol.vision.closer.lines import Params, build
from tests.fakes.shore import PERSON, ROD, SIZE, Shore

LOOK = build(Params(), Path())


def rods(closer: Closer) -> list[Gear]:
    return [gear for gear in closer.gear if gear.kind is GearKind.ROD]


def apart(found: Box, drawn: tuple[int, int, int, int], size: tuple[int, int] = SIZE) -> float:
    """Pixels between ends, the worse of the two, hand to hand and tip to tip."""
    x1, y1, x2, y2 = (edge * length for edge, length in zip(found, size * 2, strict=True))
    return max(hypot(x1 - drawn[0], y1 - drawn[1]), hypot(x2 - drawn[2], y2 - drawn[3]))


def tip_off(found: Box) -> float:
    """Pixels between the tip that was found and the one that was drawn."""
    return hypot(found[2] * SIZE[0] - ROD[2], found[3] * SIZE[1] - ROD[3])


@pytest.mark.parametrize("level", [40, 110, 250], ids=["dark", "grey", "bright"])
@pytest.mark.parametrize("width", [1.0, 1.5, 2.0])
def test_a_rod_is_found_with_its_ends_hand_first(level: int, width: float) -> None:
    closer = LOOK.examine(Shore().person().line(ROD, width, level).crop())
    (rod,) = rods(closer)
    # A dark one goes on into the dark body of who holds it, and a bright one over it.
    assert apart(rod.ends, ROD) < (12 if level == 40 else 45)
    assert tip_off(rod.ends) < 12
    assert rod.score > 0.5
    assert closer.score >= rod.score
    assert closer.unseeable is None


def test_a_rod_stands_out_among_ripples() -> None:
    best, *others = rods(LOOK.examine(Shore().person().line(ROD).ripples().crop()))
    assert apart(best.ends, ROD) < 12
    assert all(other.score < best.score / 2 for other in others)


def test_a_rod_is_found_between_leaves_and_water() -> None:
    closer = LOOK.examine(Shore().leaves().person().line(ROD).crop())
    assert apart(rods(closer)[0].ends, ROD) < 12


def test_a_bent_rod_is_one() -> None:
    (rod,) = rods(LOOK.examine(Shore().person().bent().crop()))
    assert rod.score > 0.4


def test_two_rods_are_two() -> None:
    other = (310, 300, 180, 120)
    found = rods(LOOK.examine(Shore().person().line(ROD).line(other).crop()))
    assert len(found) == 2


def test_a_rod_beside_somebody_is_one() -> None:
    propped = (420, 380, 470, 250)
    (rod,) = rods(LOOK.examine(Shore().person().line(propped).crop()))
    assert apart(rod.ends, propped) < 12


NO_ROD = {
    "nothing": Shore().person(),
    "ripples": Shore().person().ripples(),
    "paddle": Shore().person().paddle(),
    "horizon": Shore().horizon().person(),
    "level line": Shore().person().line((0, 250, 640, 250)),
    "railing": Shore().person().railing(),
    "leaves": Shore().person().leaves((0, 0, 640, 480)).person(),
    "thick pole": Shore().person().line(ROD, 9),
}


@pytest.mark.parametrize("what", NO_ROD)
def test_what_is_no_rod(what: str) -> None:
    closer = LOOK.examine(NO_ROD[what].crop())
    assert closer.score < 0.5
    assert all(rod.score < 0.25 for rod in rods(closer)), "less than a rod has here by far"


def test_a_mesh_is_a_net() -> None:
    closer = LOOK.examine(Shore().person().mesh().crop())
    (net,) = (gear for gear in closer.gear if gear.kind is GearKind.NET)
    left, top, right, bottom = net.ends
    assert left * SIZE[0] >= 330
    assert right * SIZE[0] <= 500
    assert 0.4 < top < bottom < 0.9


@pytest.mark.parametrize("what", ["nothing", "ripples", "paddle", "horizon", "railing", "leaves"])
def test_what_is_no_net(what: str) -> None:
    assert not [gear for gear in LOOK.examine(NO_ROD[what].crop()).gear if gear.kind is GearKind.NET]


def test_a_line_far_from_everybody_is_no_rod() -> None:
    closer = LOOK.examine(
        Shore().person((20, 300, 70, 470)).line((520, 430, 600, 300)).crop(person=(20, 300, 70, 470))
    )
    assert rods(closer) == []


def test_a_line_without_anybody_is_worth_less() -> None:
    shore = Shore().person().line(ROD)
    with_them, alone = LOOK.examine(shore.crop()), LOOK.examine(shore.crop(person=None))
    assert alone.score < with_them.score


def test_the_scale_is_taken_from_people_where_nobody_gives_it() -> None:
    shore = Shore().person().line(ROD)
    given_, own = LOOK.examine(shore.crop()), LOOK.examine(shore.crop(px_per_m=None))
    assert own.score == pytest.approx(given_.score, abs=0.05)


def test_too_far_is_no_answer() -> None:
    closer = LOOK.examine(Shore().person().line(ROD).crop(px_per_m=9.0))
    assert closer.unseeable is not None
    assert closer.unseeable.code == "rods-too-far"
    assert closer.unseeable.values["px_per_m"] == 9.0
    assert float(closer.unseeable.values["needed"]) > 9.0


def test_what_is_scaled_down_for_searching_counts_as_it_is_searched() -> None:
    small = Shore().person().line(ROD).crop(px_per_m=60.0)
    large = Crop(np.repeat(np.repeat(small.pixels, 8, 0), 8, 1), small.region, small.subjects, 480.0)
    assert (LOOK.examine(large).unseeable is None) == (LOOK.examine(small).unseeable is None)


@pytest.mark.parametrize(("level", "code"), [(4, "rods-too-dark"), (250, "rods-no-contrast")])
def test_a_crop_without_contrast_is_no_answer(level: int, code: str) -> None:
    crop = Crop(np.full((200, 300, 3), level, np.uint8), (0, 0, 1, 1), np.zeros((0, 4), np.float32))
    closer = LOOK.examine(crop)
    assert closer.unseeable is not None
    assert closer.unseeable.code == code
    assert (closer.gear, closer.score) == ((), 0.0)


def test_by_night_a_rod_is_not_told_and_still_ranks() -> None:
    by_day = Shore().person().line(ROD, 2.0, 40).crop()
    closer = LOOK.examine(replace(by_day, dark=True))
    assert closer.unseeable is not None
    assert (closer.unseeable.code, closer.gear) == ("rods-by-night", ())
    assert closer.score == LOOK.examine(by_day).score > 0.5


def test_a_blurred_crop_is_no_answer() -> None:
    sharp = Shore().person().line(ROD).crop()
    pixels = np.asarray(cv2.GaussianBlur(sharp.pixels, (0, 0), 5), np.uint8)
    closer = LOOK.examine(Crop(pixels, sharp.region, sharp.subjects, sharp.px_per_m))
    assert closer.unseeable is not None
    assert closer.unseeable.code == "rods-blurred"


@settings(max_examples=20)
@given(
    left=st.integers(0, 120),
    top=st.integers(0, 100),
    right=st.integers(530, 640),
    bottom=st.integers(390, 480),
)
def test_a_window_that_moves_moves_no_rod(left: int, top: int, right: int, bottom: int) -> None:
    region = (left / SIZE[0], top / SIZE[1], right / SIZE[0], bottom / SIZE[1])
    (rod,) = rods(LOOK.examine(SHORE.crop(region)))
    assert apart(rod.ends, ROD) < 14


SHORE = Shore().person().line(ROD)


def test_a_rod_that_the_edge_cuts_is_found_as_far_as_it_goes() -> None:
    right = 450 / SIZE[0]
    (rod,) = rods(LOOK.examine(SHORE.crop((0.2, 0.2, right, 1.0))))
    assert max(rod.ends[0], rod.ends[2]) == pytest.approx(right, abs=0.02)


@pytest.mark.parametrize("named", [0.0, -1.0, 1.5])
def test_nonsense_is_refused(named: float) -> None:
    with pytest.raises(ValueError, match="named"):
        Params(named)


def test_more_is_named_at_a_lower_score() -> None:
    crop = Shore().person().line(ROD, 1.0, 150).ripples().crop()
    some = build(Params(named=0.01), Path()).examine(crop)
    assert len(some.gear) >= len(LOOK.examine(crop).gear)
    assert PERSON[3] - PERSON[1] == 170
