"""What a camera can see of a zone: the gate of rules."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.core.feasibility import Level, Needs, Resolution, input_scale, judge, words
from patrol.core.ground import Ground
from patrol.core.homography import fit
from patrol.core.sight import Reason
from patrol.core.zone import WHOLE_PICTURE, Zone
from tests.fakes.pinhole import Pinhole

CAMERA = Pinhole(height_m=10, tilt_deg=8, focal_px=1600)
"""Pixels per metre along the middle of the picture are 1600 / distance along the axis."""
PERSON = Needs("a person", Level.DETECT, 10.5, "test")
FULL = Resolution(1920, 1080)


def ground() -> Ground:
    at = np.array([(0.1, 0.9), (0.9, 0.8), (0.3, 0.45), (0.7, 0.5)])
    found = fit(at, CAMERA.metres(at))
    assert found is not None
    return found


def strip(near_m: float, far_m: float) -> Zone:
    """A strip of ground 10 m wide that lies between two distances along the axis."""
    along = [(d - 10 * np.sin(np.radians(8))) / np.cos(np.radians(8)) for d in (near_m, far_m)]
    corners = CAMERA.picture(np.array([(-5, along[1]), (5, along[1]), (5, along[0]), (-5, along[0])]))
    return Zone("strip", "strip", "ground", tuple((float(x), float(y)) for x, y in corners))


@pytest.mark.parametrize(
    ("level", "metres"), [(Level.MONITOR, 128), (Level.DETECT, 64), (Level.OBSERVE, 25.6)]
)
def test_a_level_reaches_as_far_as_the_camera_model_says(level: Level, metres: float) -> None:
    needs = Needs("a person", level, 0.0, "test")
    assert judge(needs, strip(metres - 4, metres + 3), ground(), FULL, 0.5) is None
    assert judge(needs, strip(metres - 3, metres + 4), ground(), FULL, 0.5) is not None


def test_the_reason_says_what_is_missing() -> None:
    reason = judge(PERSON, strip(60.5, 80), ground(), FULL, 0.5)
    assert reason == Reason(
        "too-few-pixels",
        {"needed_px_per_m": 25.0, "far_px_per_m": 20.0, "seen_percent": 17, "enough_percent": 50},
    )
    assert words(reason).startswith(
        "17 % of the zone has the 25.0 pixels per metre that it takes, and 50 % must"
    )


def test_it_is_ground_that_counts_and_not_picture() -> None:
    """Most of this zone's picture is near, and most of its ground is far."""
    zone = strip(20, 200)
    corners = zone.corners()
    assert np.ptp(corners[:, 1]) * 0.7 < corners[:, 1].max() - CAMERA.picture(np.array([(0, 64.0)]))[0, 1]
    reason = judge(PERSON, zone, ground(), FULL, 0.5)
    assert reason is not None
    assert reason.values["seen_percent"] == 24  # (64 - 20) / (200 - 20)


def test_a_detector_that_is_shown_a_third_sees_less_far() -> None:
    third = Resolution(1920, 1080, input_scale((1920, 1080), (640, 384)))
    assert third.input_scale == pytest.approx(1 / 3)
    near, far = strip(30, 45), strip(50, 64)  # 31.5 pixels per metre are needed: 51 m
    assert judge(PERSON, near, ground(), third, 0.5) is None
    reason = judge(PERSON, far, ground(), third, 0.5)
    assert reason is not None
    assert (reason.code, reason.values["input_percent"]) == ("too-few-pixels-in-input", 33)
    assert "smaller tiles" in words(reason)
    assert judge(PERSON, far, ground(), FULL, 0.5) is None


def test_tiles_help_the_detector_and_not_the_camera() -> None:
    tiled = Resolution(1920, 1080, input_scale((1920, 1080), (640, 384), (0.4, 0.55)))
    assert judge(PERSON, strip(50, 64), ground(), tiled, 0.5) is None
    reason = judge(PERSON, strip(70, 90), ground(), tiled, 0.5)
    assert reason is not None
    assert reason.code == "too-few-pixels"


def test_enlarging_adds_nothing() -> None:
    assert input_scale((320, 240), (640, 384)) == 1.0


def test_a_rule_without_a_zone_is_judged_by_the_picture_below_the_horizon() -> None:
    assert judge(PERSON, WHOLE_PICTURE, ground(), FULL, 0.5) is None
    far = Needs("a rod", Level.IDENTIFY, 0.0, "test")
    reason = judge(far, WHOLE_PICTURE, ground(), FULL, 0.5)
    assert reason is not None
    assert reason.values["far_px_per_m"] == 0


@settings(max_examples=60)
@given(st.floats(20, 150), st.floats(2, 100), st.floats(0.05, 1), st.floats(0.05, 1))
def test_who_is_let_in_at_a_higher_share_is_let_in_at_a_lower_one(
    near: float, deep: float, one: float, other: float
) -> None:
    zone = strip(near, near + deep)
    strict, loose = max(one, other), min(one, other)
    if judge(PERSON, zone, ground(), FULL, strict) is None:
        assert judge(PERSON, zone, ground(), FULL, loose) is None
