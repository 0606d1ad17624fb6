"""The tracker: ids that hold over seconds, are never given twice, and end with the scene."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.detections import Detections, Ids, Look
from patrol.core.protocols import Tracker
from patrol.vision.tracking.motion import PERSON
from patrol.vision.tracking.tracker import LOST_AFTER_S, PATIENCE_S, GeometryTracker, StreamIds
from tests.fakes.looks import LABELS, at

SURE, UNSURE = 0.9, 0.4
HEIGHT = 0.2
"""Of a person in these pictures, in picture heights; pictures are 4:3."""


def look(
    seconds: float,
    feet: Sequence[tuple[float, float]],
    *,
    score: float = SURE,
    labels: Sequence[str] = (),
    scene: int = 0,
    height: float = HEIGHT,
) -> Look:
    """Persons who stand at these places; across is in picture heights, too, so that a metre is a metre."""
    boxes = [((x - 0.2 * height) * 0.75, y - height, (x + 0.2 * height) * 0.75, y) for x, y in feet]
    names = labels or ["person"] * len(feet)
    found = Detections(
        np.asarray(boxes, np.float32).reshape(-1, 4),
        np.full(len(feet), score, np.float32),
        np.asarray([LABELS.index(name) for name in names], np.int32),
        LABELS,
    )
    return Look("cam-1", f"look-{seconds}", at(seconds), seconds, 640, 480, found, scene=scene)


def tracker() -> GeometryTracker:
    return GeometryTracker()


def ids(tracker: Tracker, *looks: Look) -> list[list[int]]:
    return [tracker.update(one).tolist() for one in looks]


@pytest.mark.parametrize("gap", [0.2, 0.5, 1.0, 2.0, 4.0])
def test_a_walker_keeps_the_id_at_every_pace(gap: float) -> None:
    speed = 0.75 * HEIGHT  # 1.3 m/s of somebody of 1.7 m
    looks = [look(n * gap, [(0.1 + speed * n * gap, 0.6)]) for n in range(int(min(40, 8 / gap)))]
    found = ids(tracker(), *looks)
    assert found[0][0] >= 0
    assert found == [found[0]] * len(looks)


def test_a_pace_that_changes_changes_no_id() -> None:
    times = [0.0, 0.2, 0.4, 2.4, 2.6, 5.6, 6.0, 8.0]
    found = ids(tracker(), *(look(t, [(0.1 + 0.14 * t, 0.6), (1.2 - 0.14 * t, 0.9)]) for t in times))
    assert found == [found[0]] * len(times)
    assert len(set(found[0])) == 2


def test_two_who_cross_keep_their_ids() -> None:
    times = [n * 0.5 for n in range(9)]
    found = ids(tracker(), *(look(t, [(0.3 + 0.1 * t, 0.6), (0.7 - 0.1 * t, 0.63)]) for t in times))
    assert found == [found[0]] * len(times)


def test_somebody_who_stands_and_is_missed_keeps_the_id() -> None:
    seen = [True, True, False, True, False, False, False, True, True]
    looks = [look(n * 2.0, [(0.5, 0.6)] if here else []) for n, here in enumerate(seen)]
    found = [one for one in ids(tracker(), *looks) if one]
    assert found == [found[0]] * 5


def test_who_was_gone_for_long_comes_back_as_somebody_else() -> None:
    first, second = ids(tracker(), look(0, [(0.5, 0.6)]), look(LOST_AFTER_S + 1, [(0.5, 0.6)]))
    assert first != second


def test_a_stranger_far_off_is_nobody_who_was_there() -> None:
    first, second = ids(tracker(), look(0, [(0.1, 0.6)]), look(1, [(1.2, 0.6)]))
    assert first != second


def test_another_class_is_another_object() -> None:
    first, second = ids(tracker(), look(0, [(0.5, 0.6)]), look(1, [(0.5, 0.6)], labels=["car"]))
    assert first != second


def test_a_car_that_is_called_a_truck_is_the_same_vehicle() -> None:
    first, second = ids(
        tracker(), look(0, [(0.5, 0.6)], labels=["car"]), look(2, [(0.5, 0.6)], labels=["truck"])
    )
    assert first == second
    assert first[0] >= 0


@pytest.mark.parametrize("gap", [0.2, 2.0, 4.0])
def test_a_vehicle_that_stands_keeps_the_id_at_every_pace(gap: float) -> None:
    looks = [look(gap * n, [(0.4, 0.6), (0.7, 0.6)], labels=["car", "truck"]) for n in range(4)]
    found = ids(tracker(), *looks)
    assert found == [found[0]] * 4
    assert min(found[0]) >= 0


def test_one_twice_as_large_is_somebody_else() -> None:
    first, second = ids(tracker(), look(0, [(0.5, 0.6)]), look(1, [(0.5, 0.6)], height=2 * HEIGHT))
    assert first != second


def test_looks_without_anybody_are_no_trouble() -> None:
    assert ids(tracker(), look(0, []), look(2, []), look(4, [(0.5, 0.6)]), look(6, [])) == [[], [], [0], []]


def test_time_that_stands_still_or_runs_back_keeps_ids() -> None:
    found = ids(tracker(), *(look(t, [(0.5, 0.6), (0.9, 0.9)]) for t in (10.0, 10.0, 8.0, 10.0, 10.5)))
    assert found == [found[0]] * 5


def test_another_scene_begins_anew_with_new_ids() -> None:
    places = [(0.5, 0.6), (0.9, 0.9)]
    before, after, back = ids(tracker(), look(0, places), look(2, places, scene=1), look(4, places, scene=0))
    assert not set(before) & set(after)
    assert not set(back) & (set(before) | set(after))


def test_who_is_seen_unsurely_is_not_followed_until_sure() -> None:
    place = [(0.5, 0.6)]
    found = ids(tracker(), look(0, place, score=UNSURE), look(2, place), look(4, place, score=UNSURE))
    assert found[0] == [-1]
    assert found[1] == found[2]
    assert found[1][0] >= 0


def test_who_stays_is_followed_though_never_seen_surely() -> None:
    assert PERSON.sure > UNSURE
    times = np.arange(0, PATIENCE_S + 5, 2.0).tolist()
    found = ids(tracker(), *(look(t, [(0.5, 0.6)], score=UNSURE) for t in times))
    given = [one[0] for one in found]
    assert given == [-1] * 15 + [given[-1]] * (len(times) - 15)
    assert given[-1] >= 0


def test_boxes_without_an_area_or_outside_are_followed_or_not_but_break_nothing() -> None:
    odd = look(0, [(0.5, 0.6), (0.5, 0.6), (9.0, -3.0)])
    boxes = odd.detections.boxes.copy()
    boxes[0, 2:] = boxes[0, :2]
    odd = replace(odd, detections=replace(odd.detections, boxes=boxes))
    same = tracker()
    for n in range(3):
        answer = same.update(replace(odd, arrived=float(n)))
        assert len(set(answer.tolist())) == 3


def test_another_detector_begins_anew() -> None:
    one = tracker()
    first = one.update(look(0, [(0.5, 0.6)]))
    seen = look(1, [(0.5, 0.6)])
    other = replace(seen, detections=replace(seen.detections, labels=(*LABELS, "bus")))
    assert one.update(other).tolist() != first.tolist()


@st.composite
def streams(draw: st.DrawFn) -> list[Look]:
    """Looks of people who wander, are missed, come and go; with gaps, and scenes that change."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    people = rng.random((draw(st.integers(0, 12)), 2)) * (1.3, 1.0)
    seconds, scene, looks = 0.0, 0, []
    for _ in range(draw(st.integers(1, 12))):
        seconds += draw(st.sampled_from([0.0, 0.2, 2.0, 4.0, LOST_AFTER_S + 1]))
        scene += draw(st.sampled_from([0, 0, 0, 1]))
        people = people + rng.normal(0, 0.05, people.shape)
        here = people[rng.random(len(people)) < 0.8]
        scores = rng.uniform(0.35, 1.0, len(here)).astype(np.float32)
        one = look(seconds, [(x, y) for x, y in here.tolist()], scene=scene)
        looks.append(replace(one, detections=replace(one.detections, scores=scores)))
    return looks


@given(looks=streams(), restart=st.integers(0, 12))
def test_no_id_is_given_twice(looks: list[Look], restart: int) -> None:
    """Not in one look, nor after a scene, a long absence, or another tracker of the same stream."""
    stream = StreamIds()
    one: Tracker = GeometryTracker(stream)
    last_seen: dict[int, tuple[float, int, int]] = {}
    trackers = 0
    for n, seen in enumerate(looks):
        if n == restart:
            one, trackers = GeometryTracker(stream), 1
        answer = one.update(seen)
        assert answer.dtype == np.int64
        given = [track for track in answer.tolist() if track >= 0]
        assert len(given) == len(set(given))
        for track in given:
            when, scene, by = last_seen.get(track, (seen.arrived, seen.scene, trackers))
            assert (scene, by) == (seen.scene, trackers)
            last_seen[track] = (seen.arrived, seen.scene, trackers)
            assert 0 <= seen.arrived - when <= LOST_AFTER_S


@given(looks=streams(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_detections_does_not_matter(looks: list[Look], seed: int) -> None:
    rng = np.random.default_rng(seed)
    straight, shuffled = tracker(), tracker()
    for seen in looks:
        order = rng.permutation(len(seen.detections))
        d = seen.detections
        mixed = Detections(d.boxes[order], d.scores[order], d.class_ids[order], d.labels)
        expected = straight.update(seen)[order]
        assert shuffled.update(replace(seen, detections=mixed)).tolist() == expected.tolist()


def crowd(seconds: float, places: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Look:
    return look(seconds, [(x, y) for x, y in places.tolist()], height=0.03)


def test_five_hundred_take_under_20_ms_of_processor_time() -> None:
    rng = np.random.default_rng(7)
    places, one, spent = rng.random((500, 2)) * (1.3, 0.9), tracker(), []
    answer: Ids = np.zeros(0, np.int64)
    for n in range(30):
        seen = crowd(2.0 * n, places + rng.normal(0, 0.002, places.shape))
        begun = time.thread_time()  # what other threads do meanwhile is none of its cost
        answer = one.update(seen)
        spent.append(time.thread_time() - begun)
    assert len(set(answer.tolist())) == 500
    assert min(spent[1:]) < 0.02
