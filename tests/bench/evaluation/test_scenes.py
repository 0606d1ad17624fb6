from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.bench.evaluation.labels import read_labels
from patrol.bench.evaluation.scenes import Item, Scenes, hull
from patrol.bench.evaluation.scenes_blind import blindness
from patrol.bench.evaluation.scenes_rule import CAMERA, Question, configuration, settings_of
from patrol.bench.evaluation.scenes_stills import Judged
from patrol.bench.evaluation.scenes_table import confusion, item_json, scenes_report
from patrol.bench.replay.nouns import Options
from patrol.config.problems import ConfigFileError
from patrol.core.errors import ConfigError, DecodeError, PluginError
from patrol.core.sight import Sight
from tests.e2e.scenes import scene
from tests.fakes.replays import loaded, replayed
from tests.fakes.squares import draw
from tests.media import _folder

SQUARES: dict[str, Any] = {"detector.plugin": "tests.fakes.squares", "camera.faults.enabled": False}
CROWD = Judged(frozenset({"crowd"}))
FAST = {"for_s": 2.0, "min_count": 5, "smooth_s": 0.0}


@cache
def labelled() -> Path:
    """A crowd, a few people, and a still of a crowd."""
    folder = _folder() / "labelled"
    folder.mkdir()
    scene(folder / "crowd.mp4", 3, lambda _: 6)
    scene(folder / "few.mp4", 3, lambda _: 2)
    cv2.imwrite(str(folder / "still.png"), draw(192, 108, 7)[..., ::-1])
    text = "file,label,what\ncrowd.mp4,crowd,six\nfew.mp4,quiet,two\nstill.png,crowd,seven\n"
    (folder / "labels.csv").write_text(text)
    return folder / "labels.csv"


def judged(settings: Mapping[str, Any] = FAST, zone_kind: str | None = None) -> tuple[Scenes, list[Item]]:
    question = Question("gathering", "auto", {**SQUARES, **settings}, zone_kind, loop_for_s=6.0)
    said: list[str] = []
    scenes = Scenes(question, Path("unused"), said.append)
    items = list(scenes.judge(read_labels(labelled())))
    assert len(said) == len(items)
    return scenes, items


def test_clips_are_raised_by_the_rule_and_stills_by_nobody() -> None:
    crowd, few, still = (item_json(item) for item in judged()[1])
    assert (crowd["raised"], few["raised"], still["raised"]) == (True, False, None)
    assert (crowd["value"], few["value"], still["value"]) == (6.0, 2.0, 7.0)
    assert crowd["parts"]["count"] == 6
    assert still["score"] == pytest.approx(0.9)
    assert "no second look" in still["note"]
    assert (crowd["splices"], crowd["seconds"], crowd["look_every_s"]) == ([3.0], 6.0, 0.5)
    assert crowd["raised_s"] == [2.0]
    json.dumps([crowd, few, still], allow_nan=False)


def test_the_table_counts_positives_and_leaves_stills_out() -> None:
    items = judged()[1]
    table = confusion(items, CROWD)
    assert table["by_label"] == {
        "crowd": {"raised": 1, "quiet": 0, "blind": 0, "stills": 1},
        "quiet": {"raised": 0, "quiet": 1, "blind": 0, "stills": 0},
    }
    assert (table["true_positive"], table["true_negative"]) == (1, 1)
    assert (table["false_positive"], table["false_negative"]) == (0, 0)
    assert "true_positive" not in confusion(items, Judged())


def test_a_rule_that_cannot_tell_is_blind_and_never_quiet() -> None:
    items = judged({"for_s": 2.0, "min_count": 5, "camera.faults.enabled": True})[1]
    drawn_flat = [item for item in items if item.raised is False]
    assert drawn_flat, "pictures without any detail show a camera nothing"
    table = confusion(drawn_flat, CROWD)
    assert table["true_negative"] == table["false_negative"] == 0
    assert table["blind_positive"] + table["blind_negative"] == len(drawn_flat)
    assert all(sum(item_json(item)["could_not_tell"].values()) > 0 for item in drawn_flat)
    assert all(item_json(item)["could_not_tell"] == {} for item in judged()[1])


def test_the_report_shows_every_file(tmp_path: Path) -> None:
    scenes, items = judged()
    page = scenes_report("t", items, CROWD, scenes.detector.people, "words").write(tmp_path)
    text = page.read_text()
    for item in items:
        assert f"<h2>{item.file.name}</h2>" in text
    pictures = sorted(path.name for path in tmp_path.glob("*.jpg"))
    assert pictures == ["001-crowd-mp4.jpg", "002-few-mp4.jpg", "003-still-png.jpg"]


def test_a_zone_kind_makes_a_zone_of_the_whole_picture() -> None:
    shore = item_json(judged(zone_kind="shore")[1][0])
    assert shore["zone"] == {"kind": "shore", "polygon": [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]}
    lane = item_json(judged(zone_kind="lane")[1][0])
    assert lane["zone"]["kind"] == "lane", "where no vehicle was: the whole picture"
    assert len(lane["zone"]["polygon"]) == 4


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=30))
def test_a_hull_holds_its_points(points: list[tuple[float, float]]) -> None:
    array = np.asarray(points, np.float32)
    corners = hull(array)
    if corners is None:
        return
    outline = np.asarray(corners, np.float32)
    outside = max(-cv2.pointPolygonTest(outline, (float(x), float(y)), measureDist=True) for x, y in array)
    assert outside < 1e-4, "corners are rounded to four decimals: a thin hull is left by more than its width"


def test_points_on_a_line_have_no_hull() -> None:
    assert hull(np.asarray([(0.1, 0.1), (0.2, 0.2), (0.9, 0.9)], np.float32)) is None
    assert hull(np.zeros((0, 2), np.float32)) is None


def test_blindness_is_measured_between_changes_of_sight() -> None:
    def black(pixels: np.ndarray, second: float) -> np.ndarray:
        return pixels if second < 10 else np.zeros_like(pixels)

    rule = {"id": "gather", "use": "gathering", "params": {"min_count": 5}}
    config = loaded(rule, faults={})
    clip = scene(_folder() / "to-black.mp4", 3, lambda second: 6)
    found = replayed(clip, config, Options(loop_for_s=60, transform=black))
    code, seconds = blindness(found, "gather")
    assert code is not None
    assert 20 <= seconds <= 60
    assert found.sights[-1].task.sight is Sight.BLIND
    assert blindness(found, "nobody") == (None, 0.0)


# -- settings -----------------------------------------------------------------------------------------------


def test_settings_go_where_they_belong() -> None:
    words = ["min_count=30", "for_s=7.5", "tiles=2x2", "look_every_s=1", "detector.threshold=0.2"]
    words += ["zone.direction=away", "camera.faults.enabled=false"]
    settings = settings_of(words)
    (camera,) = configuration(Question("gathering", "auto", settings, "lane"), 10.0).streams.cameras
    (rule,) = camera.rules
    assert (rule.use, rule.for_s, rule.params) == ("gathering", 7.5, {"min_count": 30})
    assert (camera.looking.tiles, camera.look_every_s, camera.id) == ((2, 2), 1.0, CAMERA)
    assert (camera.zones[0].direction, camera.zones[0].kind) == ("away", "lane")
    assert camera.faults.enabled is False
    detectors = configuration(Question("gathering", "auto", settings), 10.0).streams.detectors
    assert detectors["default"].threshold == 0.2


@pytest.mark.parametrize(("seconds", "every"), [(5.0, 0.5), (59.0, 0.5), (60.0, 2.0)])
def test_short_clips_are_looked_at_more_often(seconds: float, every: float) -> None:
    (camera,) = configuration(Question("gathering"), seconds).streams.cameras
    assert camera.look_every_s == every


@pytest.mark.parametrize(
    ("words", "said"),
    [(["min_count"], "expected KEY=VALUE"), (["=3"], "expected KEY=VALUE"), (["a=1", "a=2"], "twice")],
)
def test_words_that_set_nothing(words: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        settings_of(words)


@pytest.mark.parametrize(
    ("question", "error", "said"),
    [
        (Question("gathering", settings={"min_cuont": 3}), ConfigFileError, "min_count"),
        (Question("gathering", settings={"for_s": "soon"}), ConfigFileError, "a number"),
        (Question("gathering", settings={"camera.colour": 1}), ConfigFileError, "colour"),
        (Question("gathering", zone_kind="moon"), ConfigFileError, "kind"),
        (Question("no-such-rule"), (ConfigFileError, PluginError), "no-such-rule"),
    ],
)
def test_a_question_that_makes_no_sense(
    question: Question, error: type[Exception] | tuple[type[Exception], ...], said: str
) -> None:
    with pytest.raises(error, match=said):
        Scenes(question, Path("unused"), print)


# -- labels.csv ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "columns are none"),
        ("name,label\nx,y\n", "columns are name, label; expected file,label"),
        ("file,label\n", "names no file"),
        ("file,label\nhere.png,\n", r"labels\.csv:2: a file or its label is empty"),
        ("file,label\nhere.png,a\ngone.mp4,b\n", r"labels\.csv:3: gone\.mp4 is no file"),
        ("file,label\nhere.png,a\nhere.png,b\n", "here.png is there twice"),
    ],
)
def test_labels_that_cannot_be_used(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "here.png").write_bytes(b"x")
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_labels(tmp_path / "labels.csv")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_labels(tmp_path / "none.csv")


def test_a_still_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "here.png").write_bytes(b"no picture")
    (tmp_path / "labels.csv").write_text("file,label\nhere.png,a\n")
    scenes = Scenes(Question("gathering", "auto", SQUARES), tmp_path, print)
    with pytest.raises(DecodeError, match=r"here\.png"):
        list(scenes.judge(read_labels(tmp_path / "labels.csv")))
