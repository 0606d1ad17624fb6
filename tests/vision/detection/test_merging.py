from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.detections import Detections
from patrol.core.geometry import Boxes, iou
from patrol.vision.detection.merging import merged, without_nested
from patrol.vision.detection.tiling import WHOLE, Window, grid

LABELS = ("person", "car")
Row = tuple[tuple[float, float, float, float], float, int]


def answer(*rows: Row) -> Detections:
    return Detections(
        np.asarray([box for box, _, _ in rows], np.float32).reshape(-1, 4),
        np.asarray([score for _, score, _ in rows], np.float32),
        np.asarray([kind for _, _, kind in rows], np.int32),
        LABELS,
    )


def person(left: float, top: float, right: float, bottom: float, score: float = 0.8) -> Row:
    return (left, top, right, bottom), score, 0


def seen_by(windows: tuple[Window, ...], *objects: Row) -> list[Detections]:
    """What a perfect detector says of each window: whatever part of an object it shows."""
    answers = []
    for window in windows:
        rows = []
        for box, score, kind in objects:
            low, high = np.tile(window[:2], 2), np.tile(window[2:], 2)
            left, top, right, bottom = np.clip(box, low, high).tolist()
            if right > left and bottom > top:
                rows.append(((left, top, right, bottom), score, kind))
        answers.append(answer(*rows))
    return answers


def as_rows(found: Detections) -> list[tuple[float, ...]]:
    columns = zip(found.boxes.tolist(), found.scores.tolist(), found.class_ids.tolist(), strict=True)
    return sorted((*box, score, kind) for box, score, kind in columns)


@st.composite
def objects(draw: st.DrawFn) -> Row:
    left, top = draw(st.floats(0, 0.875, width=32)), draw(st.floats(0, 0.875, width=32))
    wide, high = draw(st.floats(0.015625, 0.5, width=32)), draw(st.floats(0.015625, 0.5, width=32))
    score = draw(st.floats(0.125, 1, width=32))
    return (left, top, min(1.0, left + wide), min(1.0, top + high)), score, draw(st.integers(0, 1))


@st.composite
def scenes(draw: st.DrawFn) -> tuple[tuple[Window, ...], list[Detections]]:
    """Windows, and for each of them anything that a detector might say, wrong things among them."""
    tiles = grid(draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.sampled_from([0.0, 0.2, 0.5])))
    windows = (WHOLE, *(tile for tile in tiles if tile != WHOLE))
    return windows, [answer(*draw(st.lists(objects(), max_size=5))) for _ in windows]


@given(st.lists(objects(), max_size=8))
def test_without_tiles_nothing_changes(rows: list[Row]) -> None:
    alone = answer(*rows)
    assert merged([alone], [WHOLE]) is alone


@given(scenes())
def test_nothing_is_added_and_no_class_is_lost(scene: tuple[tuple[Window, ...], list[Detections]]) -> None:
    windows, answers = scene
    found = merged(answers, windows)
    for kind in (0, 1):
        before = sum(_inside(a, w, kind) for a, w in zip(answers, windows, strict=True))
        after = int((found.class_ids == kind).sum())
        assert after <= before
        assert (after == 0) == (before == 0)
    assert len(windows) == 1 or (np.diff(found.scores) <= 0).all(), "best first"


def _inside(found: Detections, window: Window, kind: int) -> int:
    low, high = np.tile(window[:2], 2), np.tile(window[2:], 2)
    boxes = np.clip(found.boxes, low.astype(np.float32), high.astype(np.float32))
    some = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    return int((some & (found.class_ids == kind)).sum())


@given(scenes(), st.randoms(use_true_random=False))
def test_the_order_of_answers_and_rows_does_not_matter(
    scene: tuple[tuple[Window, ...], list[Detections]], random: Random
) -> None:
    windows, answers = scene
    order = list(range(len(windows)))
    random.shuffle(order)
    turned = []
    for index in order:
        rows = list(range(len(answers[index])))
        random.shuffle(rows)
        turned.append(answers[index].where(np.asarray(rows, np.intp)))
    assert as_rows(merged(turned, [windows[i] for i in order])) == as_rows(merged(answers, windows))


@given(scenes())
def test_merging_what_was_merged_changes_nothing(
    scene: tuple[tuple[Window, ...], list[Detections]],
) -> None:
    windows, answers = scene
    once = merged(answers, windows)
    assert as_rows(merged([once, once], [WHOLE, WHOLE])) == as_rows(once)


@given(st.integers(1, 4), st.integers(1, 4), st.floats(0.02, 0.3), st.floats(0.02, 0.3), st.floats(0.3, 0.6))
def test_two_that_stand_far_apart_are_two(
    columns: int, rows: int, wide: float, high: float, away: float
) -> None:
    windows = (WHOLE, *grid(columns, rows, 0.2))
    one, other = person(0.02, 0.02, 0.02 + wide, 0.02 + high), person(0.4 + away - wide, 0.7, 0.4 + away, 1)
    assert len(merged(seen_by(windows, one, other), windows)) == 2


@given(objects(), st.integers(1, 4), st.integers(1, 4), st.sampled_from([0.1, 0.2, 0.4]))
def test_one_object_that_everybody_sees_a_part_of_is_one_in_full(
    it: Row, columns: int, rows: int, overlap: float
) -> None:
    windows = (WHOLE, *(tile for tile in grid(columns, rows, overlap) if tile != WHOLE))
    found = merged(seen_by(windows, it), windows)
    assert len(found) == 1
    np.testing.assert_allclose(found.boxes[0], it[0], atol=0.02)


def test_halves_that_no_other_picture_shows_whole_become_one_person_with_head_and_feet() -> None:
    windows = grid(1, 2, 0.2)
    found = merged(seen_by(windows, person(0.4, 0.1, 0.6, 0.9)), windows)
    np.testing.assert_allclose(found.boxes, [[0.4, 0.1, 0.6, 0.9]], atol=1e-6)


def test_a_whole_person_takes_the_place_of_a_half_that_scores_higher_and_keeps_the_score() -> None:
    windows = (WHOLE, *grid(2, 1, 0.2))
    left = windows[1]
    whole, half = person(0.45, 0.2, 0.65, 0.6, 0.3), person(0.43, 0.18, left[2], 0.62, 0.9)
    found = merged([answer(whole), answer(half), answer()], windows)
    np.testing.assert_allclose(found.boxes, [whole[0]], atol=1e-6)
    assert found.scores.tolist() == pytest.approx([0.9])


def test_a_neighbour_in_the_seam_is_not_taken_for_the_other_half() -> None:
    """One stands at the right border of the left tile, one at the left border of the right tile."""
    windows = grid(2, 1, 0.2)
    (_, _, right, _), (left, _, _, _) = windows
    one = person(right - 0.14, 0.3, right - 0.07, 0.7)
    other = person(left + 0.07, 0.3, left + 0.14, 0.7)
    assert iou(*(np.asarray([row[0]], np.float32) for row in (one, other))).item() == 0
    assert len(merged(seen_by(windows, one, other), windows)) == 2


def test_a_car_and_the_person_before_it_are_both_there() -> None:
    """The whole picture shows the one, a tile the other."""
    windows = (WHOLE, *grid(2, 1, 0.2))
    found = merged(
        [answer(((0.1, 0.4, 0.3, 0.6), 0.9, 1)), answer(person(0.1, 0.4, 0.3, 0.6)), answer()], windows
    )
    assert found.class_ids.tolist() == [1, 0]


@pytest.mark.parametrize(("overlap", "people"), [(0.35, 1), (0.25, 2)])
def test_boxes_of_two_answers_are_one_person_from_an_iou_of_three_tenths_on(
    overlap: float, people: int
) -> None:
    shift = 0.2 * (1 - overlap) / (1 + overlap)
    whole, tile = person(0.1, 0.2, 0.3, 0.6), person(0.1 + shift, 0.2, 0.3 + shift, 0.6)
    windows = (WHOLE, *grid(2, 1, 0.2))
    boxes = [np.asarray([row[0]], np.float32) for row in (whole, tile)]
    assert iou(*boxes).item() == pytest.approx(overlap, abs=1e-5)
    assert len(merged([answer(whole), answer(tile), answer()], windows)) == people


def test_what_one_detector_has_told_apart_stays_apart() -> None:
    """Two people who hide each other: the detector's own suppression let both through."""
    near = answer(person(0.30, 0.2, 0.40, 0.6), person(0.34, 0.2, 0.44, 0.6))
    windows = (WHOLE, *grid(2, 1, 0.2))
    boxes: Boxes = near.boxes
    assert iou(boxes[:1], boxes[1:]).item() > 0.4
    assert len(merged([near, near, answer()], windows)) == 2


def test_a_person_inside_a_better_one_is_counted_once_and_a_car_twice() -> None:
    outer, inner, beside = (0.2, 0.2, 0.4, 0.8), (0.25, 0.25, 0.35, 0.5), (0.3, 0.2, 0.5, 0.8)
    people = answer((outer, 0.9, 0), (inner, 0.5, 0), (beside, 0.4, 0), (outer, 0.9, 1), (inner, 0.5, 1))
    found = without_nested(people, "person")
    assert found.scores.tolist() == people.scores[[0, 2, 3, 4]].tolist()
    better_inside = without_nested(answer((outer, 0.5, 0), (inner, 0.9, 0)), "person")
    np.testing.assert_allclose(better_inside.boxes, [inner])
    assert len(without_nested(answer(), "person")) == 0


def test_a_guess_beyond_the_edge_of_a_tile_is_cut_off() -> None:
    windows = (WHOLE, (0.0, 0.0, 0.5, 1.0))
    found = merged([answer(), answer(person(0.4, 0.2, 0.7, 0.6), person(0.55, 0.2, 0.6, 0.3))], windows)
    np.testing.assert_allclose(found.boxes, [[0.4, 0.2, 0.5, 0.6]], atol=1e-6)
