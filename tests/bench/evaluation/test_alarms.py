from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.bench.evaluation.alarms import Quiet, gamma_below, gamma_quantile, interval, rates
from patrol.bench.evaluation.alarms_table import alarms_json, alarms_report
from patrol.bench.evaluation.scenes_album import Album
from patrol.bench.replay.nouns import Options
from patrol.core.errors import ConfigError
from patrol.core.media import Pixels
from tests.e2e.scenes import scene
from tests.fakes.replays import GATHER, loaded, replayed, squares
from tests.media import _folder

GARWOOD = {0: (0.0, 3.689), 1: (0.0253, 5.572), 2: (0.242, 7.225), 5: (1.623, 11.668), 10: (4.795, 18.391)}
"""Limits of a Poisson mean, 95 %, two-sided, as tables of the chi-squared distribution give them."""


@pytest.mark.parametrize(("count", "limits"), GARWOOD.items())
def test_the_interval_is_garwoods(count: int, limits: tuple[float, float]) -> None:
    assert interval(count, 1.0, 1.0) == pytest.approx(limits, abs=0.001)


@given(st.integers(0, 3000), st.floats(1, 1e6), st.floats(0.01, 1))
def test_the_rate_lies_in_its_interval_and_loops_do_not_narrow_it(
    count: int, seconds: float, share: float
) -> None:
    low, high = interval(count, seconds, seconds * share)
    rate = count / seconds
    assert 0 <= low <= rate * (1 + 1e-9)
    assert rate < high
    assert high - low >= (interval(count, seconds, seconds)[1] - interval(count, seconds, seconds)[0]) * 0.999


def test_an_hour_of_loops_says_no_more_than_the_minute_that_it_repeats() -> None:
    assert interval(0, 3600.0, 60.0) == pytest.approx(interval(0, 60.0, 60.0))
    assert interval(60, 3600.0, 60.0) == pytest.approx(interval(1, 60.0, 60.0))


@given(st.floats(0.01, 0.99), st.floats(0.05, 2000))
def test_a_quantile_is_where_its_share_lies_below(share: float, shape: float) -> None:
    assert gamma_below(gamma_quantile(share, shape), shape) == pytest.approx(share, abs=1e-6)


def test_the_gamma_law_of_shape_one_is_the_exponential() -> None:
    for x in (0.0, 0.1, 1.0, 5.0, 800.0):
        assert gamma_below(x, 1.0) == pytest.approx(1 - math.exp(-x), abs=1e-12)


def quiet(people: int, loop_for_s: float, name: str) -> Quiet:
    path = _folder() / f"quiet-{people}.mp4"
    if not path.exists():
        scene(path, 3, lambda _: people)
    album = Album()
    found = replayed(path, loaded(GATHER, GATHER | {"id": "second"}), Options(loop_for_s=loop_for_s), album)
    return Quiet(Path(name), found, album)


def test_candidates_are_counted_by_rule_over_all_clips() -> None:
    clips = [quiet(6, 12.0, "a"), quiet(2, 6.0, "b"), quiet(2, 6.0, "b again")]
    gather, second, camera, everything = rates(clips)
    assert [rate.rule_id for rate in (gather, second, camera, everything)] == [
        "gather",
        "second",
        "camera",
        "all",
    ]
    assert (gather.candidates, second.candidates, camera.candidates, everything.candidates) == (1, 1, 0, 2)
    assert gather.per_camera_day == pytest.approx(86400 / 24)
    assert gather.distinct_minutes == pytest.approx(6 / 60), "neither loops nor the same clip add any"
    assert everything.camera_days == pytest.approx(24 / 86400)


def test_the_figures_are_json_and_a_report(tmp_path: Path) -> None:
    clips = [quiet(6, 12.0, "a")]
    found = alarms_json(clips, rates(clips))
    again = json.loads(json.dumps(found, allow_nan=False))
    assert again["distinct_minutes"] == pytest.approx(0.05)
    assert [row["candidates"] for row in again["rules"]] == [1, 1, 0, 2]
    assert again["clips"][0]["splices"] == [3.0, 6.0, 9.0]
    page = alarms_report(clips, rates(clips), squares().people).write(tmp_path)
    assert "does not narrow the interval" in page.read_text()
    assert len(list(tmp_path.glob("*.jpg"))) == 2


def test_a_camera_without_rules_is_quiet_for_no_reason() -> None:
    path = scene(_folder() / "quiet-1.mp4", 3, lambda _: 1)
    config = loaded(GATHER)
    (camera,) = config.streams.cameras
    bare = camera.model_copy(update={"rules": ()})
    empty = type(config)(config.streams.model_copy(update={"cameras": (bare,)}), config.path, config.document)
    found = replayed(path, empty)
    with pytest.raises(ConfigError, match="has no rule that runs"):
        rates([Quiet(path, found, Album())])


def test_a_rule_that_never_saw_has_no_rate() -> None:
    # Dark and flat from the first frame: the picture shows nothing, which is not nothing there.
    path, album = scene(_folder() / "dark.mp4", 3, lambda _: 0), Album()
    found = replayed(path, loaded(GATHER, faults={}), Options(loop_for_s=90), album)
    gather, camera, everything = rates([Quiet(path, found, album)])
    for rate in (gather, everything):
        assert rate.blind_s == pytest.approx(90), "the seconds before it is called blind are not quiet either"
        assert (rate.per_camera_day, rate.low, rate.high) == (None, None, None)
    assert camera.per_camera_day is not None, (
        "a fault of the camera is seen by a camera that sees nothing else"
    )


def test_time_in_which_one_rule_could_not_tell_is_none_in_which_all_were_quiet() -> None:
    def dark_at_the_end(pixels: Pixels, second: float) -> Pixels:
        return pixels if second < 30 else np.zeros_like(pixels)

    path, album = scene(_folder() / "to-dark.mp4", 3, lambda _: 6), Album()
    config = loaded(GATHER, faults={})
    found = replayed(path, config, Options(loop_for_s=60, transform=dark_at_the_end), album)
    gather, _, everything = rates([Quiet(path, found, album)])
    assert gather.blind_s >= 30
    assert everything.blind_s == gather.blind_s
    assert everything.camera_days * 86400 == pytest.approx(60 - gather.blind_s)
