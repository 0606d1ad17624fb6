"""Cuboids in the picture, what hides them, and what a detector makes of them."""

import numpy as np
import pytest

from patrol.bench.simulation.camera import Pinhole
from patrol.bench.simulation.detector import LABELS, SimulatedDetector
from patrol.bench.simulation.recall import Curve, Measured
from patrol.bench.simulation.truth import Stretch
from patrol.bench.simulation.vehicles import Vehicle, see
from patrol.bench.simulation.view import Mast, lane_zone
from patrol.bench.simulation.visibility import visible_parts

CAMERA = Pinhole(height=10, tilt=11, field=30)
PERFECT = Measured(Curve((0.0,), (1.0,)), Curve((0.0,), (1.0,)), (0.0, 0.0, 0.0, 0.0), 0.0)


def car(x: float, y: float = 0.0, kind: str = "car", name: str = "") -> Vehicle:
    return Vehicle(name or f"{kind}{x}", kind, x, y, 0.0, 0.0)


def square(left: float, top: float, side: float) -> np.ndarray:
    return np.array(
        [[left, top], [left + side, top], [left + side, top + side], [left, top + side]], np.float64
    )


def test_a_vehicles_near_face_stands_where_it_stands() -> None:
    seen = see(CAMERA, [car(50.0)])
    left, _, right, bottom = (float(v) for v in seen.boxes[0])
    [foot] = CAMERA.ground().metres(np.array([[(left + right) / 2, bottom]], np.float32))
    assert foot == pytest.approx([45.5, 0.0], abs=0.05)


def test_nearest_comes_first_and_what_is_beside_the_picture_not_at_all() -> None:
    seen = see(
        CAMERA, [car(90.0, name="far"), car(-40.0, name="behind"), car(40.0, 60.0, name="beside"), car(40.0)]
    )
    assert [vehicle.id for vehicle in seen.vehicles] == ["car40.0", "far"]


def test_nobody_is_seen_on_an_empty_road() -> None:
    seen = see(CAMERA, [])
    assert seen.boxes.shape == (0, 4)
    assert len(SimulatedDetector(PERFECT, CAMERA, 1).detect(seen)) == 0


def test_half_covered_is_half_visible_and_its_box_is_the_other_half() -> None:
    visible = visible_parts([square(0.2, 0.2, 0.2), square(0.3, 0.2, 0.2)])
    assert visible.shares == pytest.approx([1.0, 0.5], abs=0.02)
    assert visible.boxes[1] == pytest.approx([0.4, 0.2, 0.5, 0.4], abs=0.004)


def test_half_beside_the_picture_is_half_visible() -> None:
    assert visible_parts([square(-0.1, 0.2, 0.2)]).shares == pytest.approx([0.5], abs=0.02)


def test_what_is_wholly_covered_is_invisible() -> None:
    visible = visible_parts([square(0.2, 0.2, 0.3), square(0.3, 0.3, 0.1)])
    assert visible.shares[1] == 0
    assert not visible.boxes[1].any()


def test_a_lorry_ahead_of_the_lens_hides_the_car_behind_it() -> None:
    seen = see(CAMERA, [car(60.0, kind="truck"), car(68.0)])
    shares = visible_parts(seen.outlines).shares
    assert shares[0] == pytest.approx(1.0, abs=0.01)
    assert shares[1] < 0.2


def test_a_perfect_detector_finds_each_vehicle_with_its_label() -> None:
    found = SimulatedDetector(PERFECT, CAMERA, 1).detect(see(CAMERA, [car(40.0), car(70.0, 3.5, "bus")]))
    assert sorted(found.label_of(row) for row in range(len(found))) == ["bus", "car"]
    assert set(found.labels) == set(LABELS)


def test_the_same_seed_gives_the_same_course_and_another_one_another() -> None:
    measured = Measured(Curve((0.0,), (0.5,)), Curve((0.0,), (1.0,)), (0.1, 0.1, 0.1, 0.1), 1.0)
    seen = see(CAMERA, [car(40.0), car(60.0, 3.5), car(80.0)])

    def course(seed: int) -> list[bytes]:
        detector = SimulatedDetector(measured, CAMERA, seed)
        return [detector.detect(seen).boxes.tobytes() for _ in range(10)]

    assert course(1) == course(1)
    assert course(1) != course(2)


def test_it_finds_as_many_as_was_measured_and_invents_as_many() -> None:
    measured = Measured(Curve((0.0,), (0.7,)), Curve((0.0,), (1.0,)), (0.0, 0.0, 0.0, 0.0), 0.5)
    detector = SimulatedDetector(measured, CAMERA, 3)
    nothing, one = see(CAMERA, []), see(CAMERA, [car(50.0)])
    looks = 2000
    invented = sum(len(detector.detect(nothing)) for _ in range(looks)) / looks
    found = sum(len(detector.detect(one)) for _ in range(looks)) / looks
    assert invented == pytest.approx(0.5, abs=0.06)
    assert found - invented == pytest.approx(0.7, abs=0.08)


@pytest.mark.parametrize("oncoming", [False, True])
def test_a_mast_shows_the_whole_stretch_and_its_zone_holds_the_vehicles_on_it(oncoming: bool) -> None:
    stretch = Stretch(500.0, 580.0, 0.0, -7.0)
    camera = Mast(oncoming=oncoming).camera(stretch)
    zone = lane_zone(camera, stretch, "towards" if oncoming else "away")
    assert all(0.02 < value < 0.98 for corner in zone.polygon for value in corner)
    on_it = see(camera, [car(540.0, -1.75), car(560.0, -5.25)])
    assert zone.holds(on_it.boxes).all()
    other_road = see(camera, [Vehicle("other", "car", 540.0, 9.0, 0.0, 0.0)])
    assert not zone.holds(other_road.boxes).any()
