"""The pinhole: what it projects comes back through its own calibration."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.bench.simulation.camera import Pinhole
from patrol.core.errors import ConfigError

cameras = st.builds(
    Pinhole,
    x=st.floats(-50, 50),
    y=st.floats(-50, 50),
    height=st.floats(3, 20),
    yaw=st.floats(-180, 180),
    tilt=st.floats(5, 60),
    field=st.floats(15, 90),
)


@given(cameras, st.floats(5, 150), st.floats(-20, 20))
def test_ground_takes_a_projected_point_back_to_where_it_was(
    camera: Pinhole, ahead: float, aside: float
) -> None:
    yaw = math.radians(camera.yaw)
    point = np.array(
        [
            [
                camera.x + ahead * math.cos(yaw) - aside * math.sin(yaw),
                camera.y + ahead * math.sin(yaw) + aside * math.cos(yaw),
            ]
        ]
    )
    picture = camera.on_picture(point)
    if np.abs(picture).max() < 5:  # float32 fractions far beside the picture are coarse
        # At a glancing angle one float32 step of a fraction is worth ahead^2 / height metres.
        tolerance = 1e-5 * (1 + (ahead**2 + aside**2) / camera.height) * 4
        assert camera.ground().metres(picture) == pytest.approx(point, abs=tolerance)


def test_what_lies_above_the_horizon_is_nowhere_on_the_ground() -> None:
    camera = Pinhole(tilt=5, field=60)
    above = np.array([[0.5, 0.0]], np.float32)
    below = np.array([[0.5, 0.9]], np.float32)
    assert np.isnan(camera.ground().metres(above)).all()
    assert np.isfinite(camera.ground().metres(below)).all()


def test_the_axis_meets_the_picture_in_its_middle_and_right_is_right() -> None:
    camera = Pinhole(height=10, tilt=45)
    on_axis, to_the_right = camera.on_picture(np.array([[10.0, 0.0], [10.0, -1.0]]))
    assert on_axis == pytest.approx([0.5, 0.5], abs=1e-6)
    assert to_the_right[0] > 0.5
    assert to_the_right[1] == pytest.approx(0.5, abs=1e-6)


def test_pixels_are_square() -> None:
    camera = Pinhole(height=10, tilt=89.9)
    middle, along, across = camera.on_picture(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    up = abs(along[1] - middle[1]) * camera.rows
    aside = abs(across[0] - middle[0]) * camera.width
    assert up == pytest.approx(aside, rel=0.01)


def test_what_is_behind_the_lens_is_not_projected() -> None:
    assert np.isnan(Pinhole(tilt=10).project(np.array([[-20.0, 0.0, 0.0]]))[:, :2]).all()


@pytest.mark.parametrize("wrong", [{"height": 0.0}, {"tilt": 0.0}, {"tilt": 90.0}, {"field": 180.0}])
def test_a_camera_that_sees_no_ground_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="sees no ground"):
        Pinhole(**wrong)  # type: ignore[arg-type]
