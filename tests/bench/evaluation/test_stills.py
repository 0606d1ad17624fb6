from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from patrol.bench.evaluation.labels import read_labels
from patrol.bench.evaluation.scenes import Item, Scenes, dwell_s
from patrol.bench.evaluation.scenes_rule import Question, configuration
from patrol.bench.evaluation.scenes_stills import Judged, separation, words
from patrol.bench.evaluation.scenes_table import confusion, item_json, scenes_report
from patrol.bench.evaluation.stills import MOST, Closely
from patrol.cli._app import build
from patrol.config.problems import ConfigFileError
from patrol.core.closer import Closer
from patrol.core.errors import ConfigError
from patrol.core.sight import Reason
from tests.fakes.squares import draw
from tests.media import _folder

SQUARES: dict[str, Any] = {"detector.plugin": "tests.fakes.squares", "camera.faults.enabled": False}
RULE = "tests.fakes.angling"
JUDGED = Judged(frozenset({"rod"}), frozenset({"odd"}))
RED = (220, 0, 0)


def picture(people: int, red: int) -> np.ndarray:
    """A dark picture with so many people, and a red bar of so many pixels beside the first."""
    pixels = draw(192, 108, people)
    if red:
        pixels[30:34, 5 : 5 + red] = RED
    return pixels


@cache
def labelled() -> Path:
    """Stills with and without red beside somebody, without anybody, too dark, and one that is set aside."""
    folder = _folder() / "red-stills"
    folder.mkdir()
    drawn = {
        "rod_long": picture(1, 60),
        "rod_short": picture(2, 20),
        "rod_nobody": picture(0, 90),
        "kayak": picture(2, 0),
        "water": picture(0, 0),
        "night": np.zeros((108, 192, 3), np.uint8),
        "odd": picture(1, 90),
    }
    for name, pixels in drawn.items():
        assert cv2.imwrite(str(folder / f"{name}.png"), pixels[..., ::-1])
    lines = [f"{name}.png,{name.split('_')[0]}" for name in drawn]
    (folder / "labels.csv").write_text("\n".join(["file,label", *lines]) + "\n")
    return folder / "labels.csv"


def asked(**more: Any) -> tuple[Scenes, list[Item]]:
    question = Question(RULE, settings=SQUARES | more, second_look="tests.fakes.redness")
    scenes = Scenes(question, Path("unused"), lambda _: None)
    return scenes, list(scenes.judge(read_labels(labelled())))


def test_a_still_is_judged_by_the_second_look_in_a_crop_around_somebody() -> None:
    by_name = {item.file.name: item_json(item) for item in asked()[1]}
    long = by_name["rod_long.png"]
    assert long["raised"] is None
    assert long["parts"]["rods"] == 1
    assert long["second_look"]["of"] == "person"
    assert len(long["second_look"]["subjects"]) == 1
    assert long["second_look"]["gear"][0]["kind"] == "rod"
    whole = by_name["rod_nobody.png"]
    assert whole["second_look"]["of"] == "the whole picture"
    assert whole["second_look"]["scores"] == [pytest.approx(4 * 90 / (192 * 108), abs=1e-4)]
    assert long["score"] > whole["score"] * 60 / 90, "a crop around somebody holds less besides"
    assert by_name["kayak.png"]["score"] == 0
    json.dumps(by_name, allow_nan=False)


def test_what_cannot_be_seen_is_said_and_stays_in_the_count() -> None:
    items = asked()[1]
    dark = next(item_json(item) for item in items if item.file.label == "night")
    assert dark["second_look"]["unseeable"] == {"code": "rods-too-dark", "levels": 1.0}
    assert dark["could_not_tell"] == {"rods-too-dark": 1}
    found = separation(items, JUDGED)
    assert found is not None
    assert (found["positive"], found["negative"], found["cannot_see"]) == (3, 3, 1)
    assert found["seen"]["negative"] == 2
    assert "gear cannot be seen" in words(found)


def test_the_area_holds_gear_against_none_and_leaves_others_aside() -> None:
    found = separation(asked()[1], JUDGED)
    assert found is not None
    assert found["area"] == 1.0
    assert found["interval"][0] < 0.9
    assert found["few"] is True
    assert "Fewer than 30" in words(found)
    assert found["by_label"]["odd"] | {"scores": []} == {
        "side": "not judged", "pictures": 1, "scores": [], "area": None, "interval": None,
    }  # fmt: skip
    assert found["by_label"]["kayak"]["positive"] == 3
    assert found["by_label"]["kayak"]["negative"] == 1
    assert found["by_label"]["rod"]["negative"] == 3


def test_nothing_positive_has_no_area() -> None:
    assert separation(asked()[1], Judged()) is None
    assert separation([], JUDGED) is None


def test_the_parameters_of_the_second_look_reach_it() -> None:
    once, twice = (
        next(item.score for item in asked(**more)[1] if item.file.name == "rod_short.png")
        for more in ({}, {"second_look.gain": 2})
    )
    assert once is not None
    assert twice == pytest.approx(2 * once)
    with pytest.raises(ConfigFileError, match="gian"):
        asked(**{"second_look.gian": 2})


def test_a_crowd_is_looked_at_closer_in_its_tallest_alone(tmp_path: Path) -> None:
    assert cv2.imwrite(str(tmp_path / "crowd.png"), picture(8, 0))
    (tmp_path / "labels.csv").write_text("file,label\ncrowd.png,crowd\n")
    scenes = Scenes(Question(RULE, settings=SQUARES), Path("unused"), lambda _: None)
    (item,) = scenes.judge(read_labels(tmp_path / "labels.csv"))
    assert item.closely is not None
    assert len(item.closely.closers) == MOST


def test_the_report_shows_every_still_and_the_area(tmp_path: Path) -> None:
    scenes, items = asked()
    text = scenes_report("t", items, JUDGED, scenes.detector.people, "words").write(tmp_path).read_text()
    assert "Area under the ROC curve 1.00" in text
    assert "<h2>Stills by the second look</h2>" in text
    assert "it cannot be seen here: rods-too-dark" in text
    assert len(list(tmp_path.glob("*.jpg"))) == len(items)


def test_heads_are_blurred_in_the_report(tmp_path: Path) -> None:
    scenes, items = asked()
    scenes_report("t", items, JUDGED, scenes.detector.people, "words").write(tmp_path)
    shown = cv2.imread(str(next(tmp_path.glob("*kayak-png.jpg"))))
    plain = draw(192, 108, 2)
    top = plain[54:58, 6:18].astype(int)
    assert shown is not None
    assert np.abs(shown[54:58, 6:18, ::-1].astype(int) - top).mean() > 20


def test_labels_set_aside_are_in_no_column_but_their_own() -> None:
    table = confusion(asked()[1], JUDGED)
    assert table["not_judged"] == ["odd"]
    assert table["by_label"]["odd"]["stills"] == 1


def test_a_crop_that_could_be_seen_speaks_for_the_picture() -> None:
    blind = Closer((), 0.0, Reason("rods-too-far"))
    nobody = np.zeros((0, 4), np.float32)
    picture_ = np.zeros((4, 4, 3), np.uint8)
    for order in ((blind, Closer((), 0.0)), (Closer((), 0.0), blind)):
        assert Closely("person", nobody, order, picture_).best.unseeable is None
    assert Closely("person", nobody, (blind, blind), picture_).best is blind


@pytest.mark.data
def test_rods_and_nets_score_above_kayaks_and_empty_water(data_dir: Path) -> None:
    model = Path(os.environ.get("PATROL_TEST_MODELS", "/nonexistent")) / "yolox_nano.onnx"
    if not model.is_file():
        pytest.skip("PATROL_TEST_MODELS names no folder with yolox_nano.onnx")
    settings = {"tiles": [2, 2], "detector.threshold": 0.25}
    files = [file for file in read_labels(data_dir / "fishing" / "labels.csv") if file.is_still]
    scenes = Scenes(Question("fishing", str(model), settings, "shore"), Path("unused"), lambda _: None)
    judged = Judged(frozenset({"fishing_rod", "fishing_net"}), frozenset({"ambiguous", "fishing_boat"}))
    found = separation(list(scenes.judge(files)), judged)
    assert found is not None
    assert (found["positive"], found["negative"]) == (9, 9)
    assert found["area"] >= 0.8, words(found)


# -- the law of a zone that nobody drew ---------------------------------------------------------------------


def test_a_zone_where_people_fish_has_a_law_and_a_shore_has_water_beside_it() -> None:
    (camera,) = configuration(Question("fishing", zone_kind="shore"), 10.0).streams.cameras
    assert [zone.kind for zone in camera.zones] == ["shore", "water"]
    assert camera.zones[0].laws[0].fishing == "forbidden"
    assert camera.rules[0].zone == camera.zones[0].id
    (wet,) = configuration(Question("fishing", zone_kind="water"), 10.0).streams.cameras
    assert [zone.kind for zone in wet.zones] == ["water"]


def test_the_law_is_set_word_by_word() -> None:
    settings = {"law.fishing": "leisure", "law.rods": 2, "law.night": "20-6"}
    (camera,) = configuration(Question("fishing", settings=settings, zone_kind="shore"), 10.0).streams.cameras
    (law,) = camera.zones[0].laws
    assert (law.fishing, law.rods, law.night) == ("leisure", 2, "20-6")


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        ("lane", {"law.fishing": "leisure"}, "where nobody fishes"),
        ("shore", {"law.rods": 2}, "contradicts"),
        ("shore", {"law.fishing": "sometimes"}, "fishing"),
    ],
)
def test_a_law_that_cannot_be_is_refused(kind: str, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigFileError, match=said):
        configuration(Question("fishing", settings=settings, zone_kind=kind), 10.0)


def test_a_clip_is_looped_past_the_dwell() -> None:
    def seconds(kind: str, **settings: Any) -> float:
        return dwell_s(configuration(Question("fishing", settings=settings, zone_kind=kind), 10.0))

    assert seconds("shore", stay_s=100) == 200
    assert seconds("water", stay_s=100, drift_s=700) == 1400
    assert dwell_s(configuration(Question("gathering"), 10.0)) == 0


# -- the command --------------------------------------------------------------------------------------------


def run(*arguments: object) -> dict[str, Any]:
    words_ = [
        "eval",
        "scenes",
        "--labels",
        labelled(),
        "--rule",
        RULE,
        "--second-look",
        "tests.fakes.redness",
    ]
    words_ += [word for key, value in SQUARES.items() for word in ("--set", f"{key}={json.dumps(value)}")]
    result = CliRunner().invoke(build(), [str(word) for word in (*words_, *arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    last: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return last


def test_the_command_says_the_area_on_its_last_line() -> None:
    found = run("--positive", "rod", "--aside", "odd", "--json")
    assert found["stills"]["area"] == 1.0
    assert found["confusion"]["not_judged"] == ["odd"]
    assert run("--json")["stills"] is None


def test_labels_that_no_file_has_are_an_error() -> None:
    with pytest.raises(ConfigError, match="--aside names boats"):
        run("--aside", "boats")
    with pytest.raises(ConfigError, match="--at is 'noon'"):
        run("--at", "noon")
