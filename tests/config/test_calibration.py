"""Calibrations of streams.yaml that can be used; those that cannot are in `broken`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.config.calibrating import Calibrated, Misfit, calibrated, calibration_complaints
from patrol.config.calibration import CalibrationConfig
from patrol.config.load import load
from patrol.config.problems import ConfigFileError
from tests.fakes.pinhole import Pinhole

CAMERA = Pinhole(tilt_deg=10)
AT = {"a": (0.1, 0.9), "b": (0.9, 0.8), "c": (0.3, 0.45), "d": (0.7, 0.5), "e": (0.5, 0.6), "f": (0.2, 0.7)}
PLACES = dict(zip(AT, CAMERA.metres(np.array(list(AT.values()))), strict=True))
ZONE = np.array([(0.3, 0.6), (0.7, 0.6), (0.8, 0.9), (0.2, 0.9)], np.float32)
Way = Callable[[str], Calibrated]
HEAD = "site: {name: x}\ncameras:\n  - id: quay\n    name: Quay\n    url: rtsp://192.0.2.1/live\n"


def points(names: str) -> list[dict[str, object]]:
    return [{"id": name, "at": AT[name]} for name in names]


def grounded(names: str) -> list[dict[str, object]]:
    return [{"id": name, "at": AT[name], "ground": PLACES[name].tolist()} for name in names]


def found(**section: object) -> Calibrated:
    return calibrated(CalibrationConfig.model_validate(section))


def by_ground(names: str) -> Calibrated:
    return found(points=grounded(names))


def by_degrees(names: str) -> Calibrated:
    east = 111_195 * np.cos(np.radians(29.65))
    degrees = {
        n: {"latitude": 29.65 + y / 111_195, "longitude": 116 + x / east} for n, (x, y) in PLACES.items()
    }
    return found(points=[{**point, **degrees[str(point["id"])]} for point in points(names)])


def by_tape(names: str) -> Calibrated:
    distances = [
        {"between": [one, other], "metres": float(np.hypot(*(PLACES[one] - PLACES[other])))}
        for one, other in itertools.combinations(names, 2)
    ]
    return found(points=points(names), distances=distances)


@pytest.mark.parametrize("way", [by_ground, by_degrees, by_tape])
def test_the_same_ground_in_three_ways(way: Way) -> None:
    truth = by_ground("abcdef").ground
    ground = way("abcde").ground
    assert ground.area_m2(ZONE) == pytest.approx(truth.area_m2(ZONE), rel=1e-3)
    assert ground.pixels_per_metre(ZONE, 1920, 1080) == pytest.approx(
        truth.pixels_per_metre(ZONE, 1920, 1080), rel=1e-3
    )


@pytest.mark.parametrize(("way", "checked"), [(by_ground, False), (by_degrees, False), (by_tape, True)])
def test_four_points_say_nothing_of_their_error_unless_a_distance_is_to_spare(
    way: Way, checked: bool
) -> None:
    assert way("abcd").checked is checked
    assert way("abcde").checked is True


def test_the_worst_point_is_named() -> None:
    rows = grounded("abcdef")
    rows[4]["ground"] = (PLACES["e"] + (0.5, 0)).tolist()
    result = found(points=rows)
    assert result.worst == "e"
    assert 0.1 < result.ground.error_m < result.errors_m["e"] < 0.5


def test_a_distance_that_is_off_counts_as_error_where_four_points_fit_exactly() -> None:
    rows = [
        {"between": list(pair), "metres": float(np.hypot(*(PLACES[pair[0]] - PLACES[pair[1]])))}
        for pair in ("ab", "ac", "ad", "bc", "bd", "cd")
    ]
    rows[2]["metres"] = float(str(rows[2]["metres"])) + 1.5
    result = found(points=points("abcd"), distances=rows)
    assert result.checked
    assert 0.1 < result.ground.error_m <= max(result.errors_m.values()) < 1.0


def test_the_limit_is_the_users() -> None:
    rows = grounded("abcde")
    rows[4]["ground"] = (PLACES["e"] + (20, 0)).tolist()
    with pytest.raises(Misfit, match=r"fit with an error of \d+\.\d m, most at . .*expected 1 m or less"):
        found(points=rows)
    assert found(points=rows, max_error_m=20).ground.error_m > 1


def test_a_view_has_its_own_ground_and_its_zone_may_lie_in_the_sky_of_another(tmp_path: Path) -> None:
    low = grounded("abcdef")
    up = [{**row, "at": (AT[str(row["id"])][0], AT[str(row["id"])][1] - 0.35)} for row in low]
    camera = {
        "views": [{"id": "up", "calibration": {"points": up[2:], "max_error_m": 50}}, {"id": "bare"}],
        "calibration": {"points": low},
    }
    sky = [[0.3, 0.13], [0.6, 0.13], [0.6, 0.3], [0.3, 0.3]]
    for view, good in (("up", True), ("bare", True), (None, False)):
        section = {**camera, "zones": [{"id": "z", "polygon": sky, **({"view": view} if view else {})}]}
        text = HEAD + "".join(f"    {line}\n" for line in yaml.safe_dump(plain(section)).splitlines())
        path = tmp_path / "streams.yaml"
        path.write_text(text)
        if good:
            load(path, {})
        else:
            with pytest.raises(ConfigFileError, match="lies off the ground"):
                load(path, {})


def plain(value: object) -> object:
    """Tuples as lists, for YAML."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def test_a_views_reference_is_found_from_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "road.jpg").write_bytes(b"")
    path = tmp_path / "streams.yaml"
    path.write_text(HEAD + "    views: [{id: road, name: 路面, preset: '3', reference: road.jpg}]\n")
    (view,) = load(path, {}).streams.cameras[0].views
    assert view.reference == str(tmp_path / "road.jpg")


GRID = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
"""A coarse grid: lines, repeated points and coincidences come up all the time."""
METRE = st.sampled_from([-100.0, -1.0, 0.0, 1e-6, 1.0, 3.0, 1e5])


@settings(max_examples=200)
@given(st.lists(st.tuples(GRID, GRID, METRE, METRE), min_size=4, max_size=6))
def test_whatever_the_points_say_it_fits_or_is_refused_in_words(
    rows: list[tuple[float, float, float, float]],
) -> None:
    told_or_fits([{"id": f"p{n}", "at": (x, y), "ground": (e, f)} for n, (x, y, e, f) in enumerate(rows)], [])


@settings(max_examples=200)
@given(
    st.lists(st.tuples(GRID, GRID), min_size=4, max_size=5),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.floats(1e-3, 1e4)), min_size=1, max_size=10),
)
def test_whatever_the_tape_says_it_fits_or_is_refused_in_words(
    rows: list[tuple[float, float]], tape: list[tuple[int, int, float]]
) -> None:
    distances = [{"between": (f"p{a}", f"p{b}"), "metres": metres} for a, b, metres in tape]
    told_or_fits([{"id": f"p{n}", "at": at} for n, at in enumerate(rows)], distances)


def told_or_fits(rows: Sequence[object], distances: Sequence[object]) -> None:
    config = CalibrationConfig.model_validate({"points": rows, "distances": distances})
    said = [message for _, message in calibration_complaints(config)]
    assert all("expected" in message or "make no triangle" in message for message in said)
    if not said:
        result = calibrated(config)
        assert 0 <= result.ground.error_m <= max(result.errors_m.values()) <= 100
        assert np.isfinite(result.ground.to_metres).all()
