"""Where the camera hangs, and who stands where by the tops of boxes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.bench.simulation.camera import Pinhole
from patrol.core.ground import Ground
from patrol.core.viewpoint import PERSON_M, Viewpoint, viewpoint_of

CAMERA = Pinhole(3.0, -4.0, 8.0, 90.0, 35.0, 60.0)


def view_of(camera: Pinhole) -> Viewpoint:
    view = viewpoint_of(camera.ground(), camera.width, camera.rows)
    assert view is not None
    return view


def box_of(camera: Pinhole, x: float, y: float, low: float = 0.0) -> np.ndarray:
    """Of somebody who can be seen from `low` metres above the ground to the top."""
    ends = camera.project(np.array([[x, y, low], [x, y, PERSON_M]]))
    return np.array([[ends[1, 0] - 0.01, ends[1, 1], ends[1, 0] + 0.01, ends[0, 1]]], np.float32)


@given(
    x=st.floats(-50, 50),
    y=st.floats(-50, 50),
    height=st.floats(2, 60),
    yaw=st.floats(0, 360),
    tilt=st.floats(8, 80),
    field=st.floats(20, 100),
)
def test_the_lens_is_found_where_it_hangs(
    x: float, y: float, height: float, yaw: float, tilt: float, field: float
) -> None:
    view = view_of(Pinhole(x, y, height, yaw, tilt, field))
    assert (view.x, view.y, view.height_m) == pytest.approx((x, y, height), rel=1e-3, abs=1e-3)


def test_a_calibration_that_no_camera_has_gives_none() -> None:
    assert viewpoint_of(Ground(np.eye(3), 0.0), 1920, 1080) is None


def test_people_stand_below_their_heads_whatever_hides_their_legs() -> None:
    view = view_of(CAMERA)
    for low in (0.0, 1.0, 1.5):
        [place] = view.standing(box_of(CAMERA, 4.0, 6.0, low))
        assert place == pytest.approx([4.0, 6.0], abs=0.01)


def test_by_the_feet_a_half_hidden_person_would_stand_metres_away() -> None:
    box = box_of(CAMERA, 4.0, 6.0, 1.0)
    feet = np.array([[(box[0, 0] + box[0, 2]) / 2, box[0, 3]]], np.float32)
    [wrong] = view_of(CAMERA).ground.metres(feet)
    assert wrong[1] > 7.0


def test_a_camera_lower_than_heads_goes_by_the_feet() -> None:
    low = Pinhole(height=1.5, yaw=90.0, tilt=10.0, field=60.0)
    [place] = view_of(low).standing(box_of(low, 0.0, 8.0))
    assert place == pytest.approx([0.0, 8.0], abs=0.01)


def test_depression_is_the_angle_below_the_horizontal() -> None:
    places = np.array([[3.0, 4.0], [3.0, -4.0], [np.nan, 0.0]], np.float32)
    assert view_of(CAMERA).depression(places) == pytest.approx([45.0, 90.0, np.nan], abs=0.01, nan_ok=True)
