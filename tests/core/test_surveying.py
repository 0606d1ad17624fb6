"""Places out of distances and out of degrees."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from patrol.core.homography import Plane
from patrol.core.surveying import Pair, Unplaceable, local_plane, residuals, survey
from tests.fakes.pinhole import Pinhole

CAMERA = Pinhole()
AT = np.array([(0.1, 0.9), (0.9, 0.8), (0.3, 0.45), (0.7, 0.5)])
COORDINATE = st.floats(0.05, 0.95)


def taped(places: Plane, leave_out: tuple[Pair, ...] = ()) -> dict[Pair, float]:
    pairs = itertools.combinations(range(len(places)), 2)
    return {(i, j): float(np.hypot(*(places[i] - places[j]))) for i, j in pairs if (i, j) not in leave_out}


def congruent(one: Plane, other: Plane) -> bool:
    """Equal but for a turn and a shift, and not mirrored."""
    a, b = one - one.mean(axis=0), other - other.mean(axis=0)
    u, _, v = np.linalg.svd(a.T @ b)
    turn = u @ np.diag([1, np.sign(np.linalg.det(u @ v))]) @ v
    return bool(np.allclose(a @ turn, b, atol=1e-3 * np.abs(b).max()))


@pytest.mark.parametrize("missing", list(itertools.combinations(range(4), 2)))
def test_five_of_six_distances_place_four_points_whichever_is_missing(missing: Pair) -> None:
    places = CAMERA.metres(AT)
    assert congruent(survey(AT, taped(places, (missing,))), places)


def spread(places: Plane) -> bool:
    """No two on one spot and no three on one line, by a hundredth of the picture's area."""
    return all(
        abs(np.linalg.det(np.stack([b - a, c - a]))) > 0.01 for a, b, c in itertools.combinations(places, 3)
    )


# Three in five go, as they should; in a row of bad luck that is no fault.
@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=4, max_size=8, unique=True).map(np.array))
def test_all_distances_give_the_shape_that_the_picture_shows(picture: Plane) -> None:
    assume(spread(picture))
    camera = Pinhole(tilt_deg=40)
    places = camera.metres(picture)
    found = survey(picture, taped(places))
    assert max(map(abs, residuals(found, taped(places)).values())) < 1e-6 * np.abs(places).max() + 1e-6


def test_a_tape_that_reads_wrong_is_seen_by_the_sixth_distance() -> None:
    known = taped(CAMERA.metres(AT))
    known[0, 3] += 2.0
    off = residuals(survey(AT, known), known)
    assert 0.3 < max(map(abs, off.values())) < 2.0


def test_what_hangs_on_one_distance_is_named() -> None:
    known = taped(CAMERA.metres(AT), ((0, 3), (1, 3)))
    with pytest.raises(Unplaceable) as caught:
        survey(AT, known)
    assert (caught.value.points, caught.value.contradiction) == ((3,), False)


def test_three_distances_that_make_no_triangle_are_named() -> None:
    known = taped(CAMERA.metres(AT)) | {(0, 1): 1.0, (0, 2): 50.0, (1, 2): 3.0}
    with pytest.raises(Unplaceable) as caught:
        survey(AT, known)
    assert caught.value.contradiction
    assert sorted(caught.value.points) == [0, 1, 2]


def test_degrees_are_metres_north_and_east() -> None:
    """A minute of latitude is a sea mile, 1852 m; one of longitude is less by the cosine of the latitude."""
    plane = local_plane(np.array([(60.0, 116.0), (60.0 + 1 / 60, 116.0), (60.0, 116.0 + 1 / 60)]))
    east, north = (plane - plane[0]).T
    assert (north[1], east[1]) == (pytest.approx(1852, rel=0.002), 0)
    assert (east[2], north[2]) == (pytest.approx(926, rel=0.002), 0)
