"""Calibration against a camera whose truth is known."""

from __future__ import annotations

from math import radians, tan
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.core.geometry import clipped, enclosed
from patrol.core.ground import Ground
from patrol.core.homography import distances, fit, on_a_line
from patrol.core.pose import pose_of
from tests.fakes.pinhole import Pinhole

AT = np.array([(0.1, 0.9), (0.9, 0.8), (0.2, 0.6), (0.7, 0.65), (0.5, 0.75), (0.3, 0.98)])
CAMERAS = st.builds(
    Pinhole,
    height_m=st.floats(2.5, 60),
    tilt_deg=st.floats(5, 70),
    focal_px=st.floats(1000, 4000),
    roll_deg=st.floats(-8, 8),
)
POINTS = st.lists(st.tuples(st.floats(0, 1), st.floats(0.6, 1)), min_size=1, max_size=20).map(np.array)
"""Below the horizon of every one of these cameras, whose highest corner lies at 0.56 (5 degrees, roll 8)."""
few = settings(max_examples=50)


def calibrated(camera: Pinhole) -> Ground:
    found = fit(AT, camera.metres(AT))
    assert found is not None
    return found


def f32(points: object) -> np.ndarray:
    return np.asarray(points, np.float32)


class TestFit:
    @few
    @given(CAMERAS, POINTS)
    def test_places_come_out_where_they_lie(self, camera: Pinhole, points: np.ndarray) -> None:
        there = camera.metres(points)
        reach = np.abs(there).max() + 1
        assert calibrated(camera).metres(f32(points)) == pytest.approx(there, abs=1e-4 * reach)

    @few
    @given(CAMERAS, POINTS)
    def test_there_and_back(self, camera: Pinhole, points: np.ndarray) -> None:
        ground = calibrated(camera)
        assert ground.picture(ground.metres(f32(points))) == pytest.approx(points, abs=1e-4)

    @few
    @given(CAMERAS, st.floats(-180, 180), st.floats(-1e4, 1e4))
    def test_the_plane_may_lie_anyhow(self, camera: Pinhole, turn: float, shift: float) -> None:
        there = camera.metres(AT)
        a = radians(turn)
        moved = there @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) + shift
        other = fit(AT, moved)
        assert other is not None
        assert other.error_m < 1e-6
        assert other.pixels_per_metre(f32(AT), 1920, 1080) == pytest.approx(
            calibrated(camera).pixels_per_metre(f32(AT), 1920, 1080), rel=1e-4
        )

    def test_the_error_is_that_of_the_points(self) -> None:
        there = Pinhole().metres(AT)
        there[4] += (0.9, 0.0)
        ground = fit(AT, there)
        assert ground is not None
        off = distances(ground.to_metres, AT, there)
        assert ground.error_m == pytest.approx(np.sqrt(np.mean(off**2)))
        assert 0.1 < ground.error_m < 0.9
        assert off.argmax() == 4

    def test_noise_of_three_pixels_costs_less_than_the_default_limit(self) -> None:
        camera, noise = Pinhole(tilt_deg=15), np.random.default_rng(0)
        ground = fit(AT + noise.normal(0, 3 / 1920, AT.shape), camera.metres(AT))
        assert ground is not None
        assert 0.01 < ground.error_m < 1.0

    def test_exchanged_points_fit_no_ground(self) -> None:
        there = Pinhole().metres(AT[:4])
        assert fit(AT[:4], there[[1, 0, 2, 3]]) is None


class TestOnALine:
    def test_three_of_four_are_named(self) -> None:
        points = np.array([(0.1, 0.5), (0.5, 0.501), (0.9, 0.5), (0.5, 0.9)])
        assert on_a_line(points) == (0, 1, 2)

    def test_of_six_two_off_the_line_are_enough(self) -> None:
        points = np.array([(0.1, 0.5), (0.3, 0.5), (0.6, 0.5), (0.9, 0.5), (0.2, 0.9), (0.8, 0.8)])
        assert on_a_line(points) == ()
        assert on_a_line(points[:5]) == (0, 1, 2, 3)

    @few
    @given(st.floats(-3, 3), st.floats(-1, 1), st.integers(4, 8))
    def test_a_line_anywhere_is_one(self, slope: float, start: float, count: int) -> None:
        x = np.linspace(0, 1, count)
        assert on_a_line(np.column_stack([x, start + slope * x])) == tuple(range(count))


class TestPixelsPerMetre:
    @few
    @given(CAMERAS, POINTS)
    def test_they_are_those_of_a_target_that_faces_the_camera(
        self, camera: Pinhole, points: np.ndarray
    ) -> None:
        """Focal length over distance along the axis: what EN 62676-4 counts, with any roll."""
        truth = camera.focal_px / camera.depth(camera.metres(points))
        assert calibrated(camera).pixels_per_metre(f32(points), 1920, 1080) == pytest.approx(truth, rel=1e-3)

    def test_a_camera_that_looks_straight_down_has_the_same_everywhere(self) -> None:
        at = np.array([(0.1, 0.1), (0.9, 0.2), (0.2, 0.9), (0.7, 0.7)])
        camera = Pinhole(tilt_deg=90, height_m=10)
        ground = fit(at, camera.metres(at))
        assert ground is not None
        assert ground.pixels_per_metre(f32(at), 1920, 1080) == pytest.approx(160, rel=1e-4)

    def test_half_the_picture_has_half_of_them(self) -> None:
        ground = calibrated(Pinhole())
        assert ground.pixels_per_metre(f32(AT), 960, 540) == pytest.approx(
            ground.pixels_per_metre(f32(AT), 1920, 1080) / 2
        )

    def test_there_are_none_above_the_horizon(self) -> None:
        assert calibrated(Pinhole(tilt_deg=8)).pixels_per_metre(f32([(0.5, 0.1)]), 1920, 1080) == [0]


class TestHorizon:
    def test_it_lies_where_the_camera_says(self) -> None:
        a, b, c = calibrated(Pinhole(tilt_deg=8)).horizon
        y = 0.5 - 1600 * tan(radians(8)) / 1080
        assert a * 0.5 + b * y + c == pytest.approx(0, abs=1e-9)
        assert a * 0.5 + b * (y + 0.1) + c > 0

    def test_what_lies_above_has_no_place(self) -> None:
        ground = calibrated(Pinhole(tilt_deg=8))
        points = f32([(0.5, 0.1), (0.5, 0.9)])
        assert ground.on_ground(points).tolist() == [False, True]
        assert np.isnan(ground.metres(points)).all(axis=1).tolist() == [True, False]
        assert ground.area_m2(f32([(0.2, 0.1), (0.8, 0.1), (0.5, 0.9)])) == float("inf")


class TestArea:
    def test_a_known_square(self) -> None:
        camera = Pinhole()
        square = np.array([(-5.0, 15.0), (5, 15), (5, 25), (-5, 25)])
        assert calibrated(camera).area_m2(f32(camera.picture(square))) == pytest.approx(100, rel=1e-3)

    @few
    @given(CAMERAS, st.floats(0.1, 0.9))
    def test_parts_make_the_whole(self, camera: Pinhole, share: float) -> None:
        ground, zone = calibrated(camera), f32([(0.1, 0.7), (0.9, 0.65), (0.8, 0.98), (0.2, 0.95)])
        there = ground.pixels_per_metre(zone, 1920, 1080)
        least = float(there.min() + share * (there.max() - there.min()))
        near = ground.part_at_least(zone, least, 1920, 1080)
        far = clipped(zone.astype(np.float64), least - there).astype(np.float32)
        assert 0 < ground.area_m2(near) < ground.area_m2(zone)
        assert ground.area_m2(near) + ground.area_m2(far) == pytest.approx(ground.area_m2(zone), rel=1e-3)
        assert ground.pixels_per_metre(near, 1920, 1080).min() == pytest.approx(least, rel=1e-3)

    @few
    @given(CAMERAS)
    def test_corners_alone_are_exact(self, camera: Pinhole) -> None:
        """Straight edges stay straight: a hundred points on each edge give the same area."""
        ground, zone = calibrated(camera), f32([(0.1, 0.7), (0.9, 0.65), (0.8, 0.98), (0.2, 0.95)])
        dense = f32(shapely.segmentize(shapely.Polygon(zone), 0.005).exterior.coords[:-1])
        assert len(dense) > 100
        assert ground.area_m2(dense) == pytest.approx(ground.area_m2(zone), rel=1e-3)

    def test_nothing_encloses_nothing(self) -> None:
        ground = calibrated(Pinhole())
        assert ground.area_m2(f32(np.zeros((0, 2)))) == 0
        assert len(ground.part_at_least(f32([(0.1, 0.7), (0.9, 0.7), (0.5, 0.9)]), 1e6, 1920, 1080)) == 0

    @few
    @given(st.floats(0.05, 0.95))
    def test_a_polygon_with_a_bay_is_cut_like_shapely_does(self, at: float) -> None:
        bay = np.array([(0.0, 0.0), (1, 0), (1, 1), (0.6, 1), (0.5, 0.3), (0.4, 1), (0, 1)])
        truth = shapely.Polygon(bay).intersection(shapely.box(0, at, 1, 1)).area
        assert enclosed(clipped(bay, bay[:, 1] - at)) == pytest.approx(truth, abs=1e-6)


class TestPose:
    @few
    @given(CAMERAS)
    def test_the_camera_is_found_again(self, camera: Pinhole) -> None:
        pose = pose_of(calibrated(camera), 1920, 1080)
        assert pose is not None
        assert pose.height_m == pytest.approx(camera.height_m, rel=1e-3)
        assert pose.tilt_deg == pytest.approx(camera.tilt_deg, abs=0.1)
        assert pose.view_deg == pytest.approx(2 * np.degrees(np.arctan(960 / camera.focal_px)), abs=0.1)
        assert abs(pose.skew_deg) < 0.1
        assert pose.plausible

    def test_four_points_with_one_20_m_off_make_a_strange_camera(self) -> None:
        """Four points fit any coordinates: only the camera that they imply gives them away."""
        there = Pinhole(tilt_deg=10).metres(AT[:4])
        there[1] += (20, 0)
        ground = fit(AT[:4], there)
        assert ground is not None
        assert ground.error_m < 1e-6
        pose = pose_of(ground, 1920, 1080)
        assert pose is None or not pose.plausible


@pytest.mark.data
def test_a_real_camera(data_dir: Path) -> None:
    """PETS09-S2L1: its ground truth has the feet of people in the picture and, from its makers, in metres."""
    rows = np.loadtxt(data_dir / "pets09_s2l1" / "gt.txt", delimiter=",")
    feet = np.column_stack([(rows[:, 2] + rows[:, 4] / 2) / 768, (rows[:, 3] + rows[:, 5]) / 576])
    places = rows[:, 7:9]
    few_of_them = slice(None, None, 97)
    ground = fit(feet[few_of_them], places[few_of_them])
    assert ground is not None
    assert len(feet[few_of_them]) < 20
    off = distances(ground.to_metres, feet, places)
    assert np.median(off) < 0.05
    assert np.percentile(off, 95) < 0.25
    pose = pose_of(ground, 768, 576)
    assert pose is not None
    assert pose.plausible
    tall = rows[:, 5] / ground.pixels_per_metre(f32(feet), 768, 576)
    assert 1.5 < np.median(tall) < 1.9
