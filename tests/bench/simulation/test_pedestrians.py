"""People in the picture: bodies, what hides them, and what a detector and a network make of them."""

import numpy as np
import pytest

from patrol.bench.simulation.camera import Pinhole
from patrol.bench.simulation.crowd_network import PUBLISHED_ERROR, SimulatedNetwork
from patrol.bench.simulation.crowd_recall import Fit, Strip, fitted, strips
from patrol.bench.simulation.detector import PERSONS, SimulatedDetector
from patrol.bench.simulation.packing import near_pairs, packed
from patrol.bench.simulation.painted import PaintedPicture, painted
from patrol.bench.simulation.pedestrians import TALL_M, TALL_SPREAD_M, WIDE_M, People, see_people
from patrol.bench.simulation.plaza import Post, Square, ground_zone
from patrol.bench.simulation.recall import Curve, Measured
from patrol.bench.simulation.visibility import visible_parts
from patrol.core.viewpoint import Viewpoint, viewpoint_of

PERFECT = Measured(Curve((0.0,), (1.0,)), Curve((0.0, 0.05), (0.0, 1.0)), (0.0,) * 4, 0.0)
ZONE = Square((0.0, 0.0), (10.0, 10.0))
CAMERA = Post(8.0, 4.0).camera(ZONE)


def crowd(*places: tuple[float, float]) -> People:
    return People(np.arange(len(places)), np.array(places, np.float64).reshape(-1, 2), np.zeros(len(places)))


def square(number: int, seed: int = 1) -> People:
    places = packed(number, (10.0, 10.0), seed)
    return People(np.arange(number), places, np.random.default_rng(seed).uniform(0, 360, number))


def view_of(camera: Pinhole) -> Viewpoint:
    view = viewpoint_of(camera.ground(), camera.width, camera.rows)
    assert view is not None
    return view


def look(network: SimulatedNetwork, people: People, camera: Pinhole = CAMERA) -> float:
    seen = see_people(camera, people)
    network.show(people, seen, visible_parts(seen.outlines))
    return network.look(PaintedPicture(np.zeros((4, 4, 3), np.uint8), 4, 4)).count


def test_a_body_is_as_tall_and_as_wide_as_people_are() -> None:
    people = crowd(*[(float(x), 0.0) for x in range(100)])
    corners = people.corners()
    sizes = corners.max(axis=1) - corners.min(axis=1)
    assert sizes[:, 1] == pytest.approx(WIDE_M)
    assert sizes[:, 2].mean() == pytest.approx(TALL_M, abs=0.02)
    assert np.ptp(sizes[:, 2]) == pytest.approx(2 * TALL_SPREAD_M, abs=0.02)


def test_the_same_person_is_always_as_tall() -> None:
    assert (
        crowd((0, 0), (1, 1)).where(np.array([False, True])).heights() == crowd((5, 5), (2, 2)).heights()[1]
    )


def test_the_nearest_come_first_and_who_is_behind_the_lens_not_at_all() -> None:
    seen = see_people(CAMERA, crowd((5, 8), (5, 1), (5, -30)))
    assert seen.rows.tolist() == [1, 0]
    assert seen.boxes.shape == (2, 4)


def test_nobody_is_seen_on_an_empty_square() -> None:
    seen = see_people(CAMERA, crowd())
    detector = SimulatedDetector(PERFECT, CAMERA, 1, PERSONS)
    assert len(detector.detect_people(seen, np.zeros(0, np.int64), 2.0)) == 0


def test_who_stands_close_behind_somebody_is_hidden_and_farther_behind_is_not() -> None:
    camera = Pinhole(5.0, -10.0, 4.0, 90.0, 15.0, 60.0)

    def share(behind: float) -> float:
        people = crowd((5, 5), (5, 5 + behind))
        return float(visible_parts(see_people(camera, people).outlines).shares[1])

    assert share(0.5) < 0.35
    assert share(0.5) < share(2.0) < share(5.0)
    assert share(13.0) == pytest.approx(1.0, abs=0.02)


def test_a_perfect_detector_places_everybody_who_is_seen_where_they_stand() -> None:
    people = crowd((2, 2), (7, 3), (5, 9))
    detector = SimulatedDetector(PERFECT, CAMERA, 1, PERSONS)
    found = detector.detect_people(see_people(CAMERA, people), people.ids, 2.0)
    assert found.labels == ("person",)
    places = sorted(map(tuple, view_of(CAMERA).standing(found.boxes).tolist()))
    assert np.array(places) == pytest.approx(np.array([(2, 2), (5, 9), (7, 3)]), abs=0.35)


def test_luck_lasts_from_look_to_look_and_not_for_ever() -> None:
    half = Measured(Curve((0.0,), (0.5,)), Curve((0.0,), (1.0,)), (0.0,) * 4, 0.0)
    people = crowd(*[(x, y) for x in (1.0, 5.0, 9.0) for y in (1.0, 4.0, 7.0)])
    seen = see_people(CAMERA, people)

    def alike(apart_s: float) -> float:
        detector = SimulatedDetector(half, CAMERA, 1, PERSONS)
        found = [len(detector.detect_people(seen, people.ids, apart_s)) for _ in range(400)]
        return float(np.corrcoef(found[:-1], found[1:])[0, 1])

    assert alike(1.0) > 0.6
    assert abs(alike(1000.0)) < 0.2


def test_one_seed_is_one_course() -> None:
    people, measured = square(50), Measured(Curve((0.0,), (0.5,)), Curve((0.0,), (1.0,)), (0.1,) * 4, 1.0)
    seen = see_people(CAMERA, people)

    def course(seed: int) -> list[bytes]:
        detector = SimulatedDetector(measured, CAMERA, seed, PERSONS)
        return [detector.detect_people(seen, people.ids, 2.0).boxes.tobytes() for _ in range(5)]

    assert course(1) == course(1) != course(2)


@pytest.mark.parametrize(("height", "away"), [(4, 1.5), (8, 4), (12, 2), (6, 10)])
def test_a_post_shows_the_whole_zone_and_the_heads_over_it(height: float, away: float) -> None:
    camera = Post(height, away).camera(ZONE)
    corners = np.concatenate([ZONE.corners(), np.zeros((4, 1))], axis=1)
    for up in (0.0, TALL_M):
        points = camera.project(corners + np.array([0.0, 0.0, up]))[:, :2]
        assert (points > 0.0).all()
        assert (points < 1.0).all()
    assert ground_zone(camera, ZONE).kind == "ground"


def test_true_densities_by_zone_and_by_cell() -> None:
    people = crowd((1, 1), (1.5, 0.5), (9, 9), (11, 5))
    assert ZONE.density(people) == pytest.approx(0.03)
    cells = ZONE.cells(people, 5.0)
    assert cells.tolist() == [[2 / 25, 0.0], [0.0, 1 / 25]]


@pytest.mark.parametrize(("number", "least"), [(50, 0.4), (400, 0.38), (600, 0.34)])
def test_packed_people_keep_apart_as_bodies_do(number: int, least: float) -> None:
    places = packed(number, (10.0, 10.0), 3)
    assert len(places) == number
    assert places.min() >= 0.25 - 1e-9
    assert len(near_pairs(places, least)[0]) == 0


def test_near_pairs_finds_each_pair_once() -> None:
    first, second = near_pairs(np.array([[0.0, 0.0], [5.0, 0.0], [0.3, 0.0], [0.1, 0.2]]), 0.35)
    pairs = {frozenset(pair) for pair in zip(first.tolist(), second.tolist(), strict=True)}
    assert pairs == {frozenset((0, 2)), frozenset((0, 3)), frozenset((2, 3))}
    assert len(first) == 3


def test_a_network_without_error_counts_the_heads_that_can_be_seen() -> None:
    assert look(SimulatedNetwork(CAMERA, 1, 0.0), square(60)) == pytest.approx(60, abs=2)


def test_the_simulated_network_errs_as_was_published() -> None:
    people = square(150)
    true = look(SimulatedNetwork(CAMERA, 1, 0.0), people)
    counts = [look(SimulatedNetwork(CAMERA, seed), people) for seed in range(120)]
    errors = np.abs(np.array(counts) / true - 1)
    assert errors.mean() == pytest.approx(PUBLISHED_ERROR, rel=0.25)


def test_its_error_stays_with_a_camera() -> None:
    people = square(60)
    cameras = [
        [look(network, people) for _ in range(5)]
        for network in (SimulatedNetwork(CAMERA, seed) for seed in range(40))
    ]
    within = np.mean([np.std(counts) for counts in cameras])
    between = np.std([np.mean(counts) for counts in cameras])
    assert between > 2 * within


def test_a_painted_crowd_is_busier_than_painted_ground() -> None:
    def busy(people: People) -> float:
        picture = painted(see_people(CAMERA, people), people.ids, (1920, 1080))
        assert (picture.width, picture.height) == (1920, 1080)
        return float(picture.grey(320, 180).std())

    assert busy(square(200)) > 5 * busy(crowd())
    picture = painted(see_people(CAMERA, square(5)), np.arange(5), (1920, 1080))
    assert (picture.pixels(64, 36, "bgr")[:, :, ::-1] == picture.pixels(64, 36)).all()


def test_strips_count_who_is_there_and_who_was_found() -> None:
    people = square(100)
    detector = SimulatedDetector(PERFECT, CAMERA, 1, PERSONS, 2)
    found = detector.detect_people(see_people(CAMERA, people), people.ids, 2.0)
    rows = list(strips(ZONE, people, found, CAMERA, view_of(CAMERA), 2))
    assert sum(there for _, _, there, _ in rows) == 100
    assert sum(counted for _, _, _, counted in rows) <= len(found)
    assert all(20 < depression < 80 for depression, _, _, _ in rows)


def test_the_fit_finds_the_relation_that_made_the_strips() -> None:
    truth = Fit(1.0, 0.4, 0.08, 1.0)
    rows = []
    for density in (0.2, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0):
        for depression in (10.0, 20.0, 30.0, 40.0, 50.0, 65.0):
            load = truth.load(np.array([density]), np.array([depression]))
            share = float(truth.recall(load)[0])
            rows.append(Strip("", density, depression, 50.0, 10_000, round(10_000 * share)))
    fit = fitted(rows)
    assert (fit.one, fit.two, fit.steep) == pytest.approx((0.4, 0.08, 1.0), rel=0.05)
