from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from patrol.cli._app import build
from patrol.core.errors import ConfigError, ModelContractError, ModelUnavailable
from tests.fakes.models import rows, write_toy

BOX = "20,10,20,50"
"""Left, top, width, height in pictures of 200x100: the toy model sees a person there in every picture."""
SEEN = (9.6, 4.8, 19.2, 28.8)
"""The same in the toy's input of 96x64, which holds the picture at 0.48 of its size."""
FARTHER = (57.6, 4.8, 67.2, 28.8)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(build(), ["eval", "count", *map(str, arguments)])


def answer(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.exception
    last: dict[str, object] = json.loads(result.stdout.splitlines()[-1])
    return last


def part(of: dict[str, object], name: str) -> dict[str, object]:
    value = of[name]
    assert isinstance(value, dict)
    return value


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Sure of one person, and at 0.3 of another one."""
    path, _ = write_toy(tmp_path, rows((*SEEN, 0.9, 0), (*FARTHER, 0.3, 0)))
    return path


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in (1, 2, 3, 4):
        assert cv2.imwrite(str(folder / f"{number:06d}.jpg"), np.full((100, 200, 3), 90, np.uint8))
    return folder


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    path = tmp_path / "gt.txt"
    path.write_text("".join(f"{frame},1,{BOX},1,0,0,0\n" for frame in (1, 2, 3, 5)))
    return path


def test_the_count_of_a_folder(model: Path, frames: Path, truth: Path) -> None:
    result = run("--frames", frames, "--mot-gt", truth, "--model", model, "--threshold", 0.5, "--json")
    found = answer(result)
    assert (found["frames"], found["mae"], found["bias"]) == (4, 0.25, 0.25)
    assert part(found, "single_look") == {"mae": 0.25, "bias": 0.25, "relative_error": 0.0}
    assert (found["recall"], found["precision"], found["smooth"]) == (1.0, 0.75, 3)
    detector = part(found, "detector")
    assert detector["model"] == "toy.onnx"
    assert detector["arithmetic"] == "f32"
    assert detector["input"] == [64, 96]
    assert len(str(detector["sha256"])) == 64
    assert part(found, "truth")["truth_without_frame"] == 1
    assert "1 frames of the truth have no picture" in result.stderr
    assert "taken to be drawn on pictures of 200x100" in result.stderr


def test_the_threshold_is_the_models_own_unless_it_is_said(model: Path, frames: Path, truth: Path) -> None:
    default = answer(run("--frames", frames, "--mot-gt", truth, "--model", model, "--smooth", 1, "--json"))
    assert part(default, "detector")["threshold"] == 0.2
    assert default["bias"] == 1.25  # the second person, too
    low = run("--frames", frames, "--mot-gt", truth, "--model", model, "--threshold", 0.0, "--json")
    assert part(answer(low), "detector")["threshold"] == 0.0


def test_heads_go_by_name_and_single_looks(model: Path, frames: Path, tmp_path: Path) -> None:
    heads = tmp_path / "heads.csv"
    heads.write_text("file,x,y\n000002.jpg,30,15\n000002.jpg,30,15\n000002.jpg,150,15\n")
    result = run("--frames", frames, "--heads", heads, "--model", model, "--json", "--threshold", 0.5)
    found = answer(result)
    assert (found["frames"], found["persons"], found["smooth"]) == (1, 2, 1)
    assert (found["mae"], found["relative_error"], found["recall"]) == (1.0, 0.5, 0.5)
    assert "1 points stand twice" in result.stderr
    assert (
        "left out, as the truth does not speak of them: 000001.jpg, 000003.jpg, 000004.jpg" in result.stderr
    )


def test_tiles_go_through_the_cameras_policy(model: Path, frames: Path, truth: Path) -> None:
    arguments = ("--frames", frames, "--mot-gt", truth, "--model", model, "--threshold", 0.5, "--smooth", 1)
    whole, tiled = (answer(run(*arguments, "--json", *more)) for more in ((), ("--tiles", "2x1")))
    assert (whole["tiles"], tiled["tiles"]) == ([1, 1], [2, 1])
    assert whole["bias"] == 0.25
    assert tiled["bias"] != whole["bias"]  # the toy sees its person in each tile


def test_a_scaled_truth_is_said(model: Path, frames: Path, truth: Path) -> None:
    result = run("--frames", frames, "--mot-gt", truth, "--model", model, "--truth-size", "400x200", "--json")
    assert part(answer(result), "truth")["drawn_on"] == [400, 200]
    assert "the truth of 400x200 is scaled to pictures of 200x100" in result.stderr


def test_a_report_has_its_pictures(model: Path, frames: Path, truth: Path, tmp_path: Path) -> None:
    page = tmp_path / "out"
    found = answer(run("--frames", frames, "--mot-gt", truth, "--model", model, "--report", page, "--json"))
    assert found["report"] == str(page / "index.html")
    assert (page / "001-000001.jpg").is_file()
    assert "000001.jpg: 1 true, 2 counted" in (page / "index.html").read_text(encoding="utf-8")


def test_without_json_it_is_for_people(model: Path, frames: Path, truth: Path) -> None:
    result = run("--frames", frames, "--mot-gt", truth, "--model", model)
    assert result.exit_code == 0
    assert "mae" in result.stdout
    assert "{" not in result.stdout.splitlines()[0]


def test_the_same_run_twice_says_the_same(model: Path, frames: Path, truth: Path) -> None:
    arguments = ("--frames", frames, "--mot-gt", truth, "--model", model, "--json")
    assert run(*arguments).stdout == run(*arguments).stdout


def refused(*arguments: object) -> BaseException:
    result = run(*arguments)
    assert result.exit_code != 0
    assert result.exception is not None
    return result.exception


def test_what_is_missing_or_too_much_is_named(model: Path, frames: Path, truth: Path, tmp_path: Path) -> None:
    def why(*arguments: object) -> str:
        error = refused(*arguments, "--model", model)
        assert isinstance(error, ConfigError)
        return str(error)

    assert "--frames DIR or --clip" in why("--mot-gt", truth)
    assert "--frames DIR or --clip" in why("--frames", frames, "--clip", truth, "--mot-gt", truth)
    assert "--mot-gt FILE or --heads" in why("--frames", frames)
    assert "--mot-gt FILE or --heads" in why("--frames", frames, "--mot-gt", truth, "--heads", truth)
    heads = tmp_path / "heads.csv"
    heads.write_text("file,x,y\na.jpg,1,1\n")
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"")
    assert "--heads names files" in why("--clip", clip, "--heads", heads)
    given = ("--frames", frames, "--mot-gt", truth)
    assert "--tiles 3: expected CxR" in why(*given, "--tiles", "3")
    assert "--tiles 0x2" in why(*given, "--tiles", "0x2")
    assert "tiles" in why(*given, "--tiles", "9x9")
    assert "--input 64: expected HxW" in why(*given, "--input", "64")
    assert "--precision" in why(*given, "--precision", "f17")
    assert "--truth-size big" in why(*given, "--truth-size", "big")


def test_a_model_that_is_none_is_refused(frames: Path, truth: Path, tmp_path: Path) -> None:
    given = ("--frames", frames, "--mot-gt", truth, "--model")
    assert isinstance(refused(*given, tmp_path / "nothing.onnx"), ModelUnavailable)
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    assert isinstance(refused(*given, broken), ModelContractError)
    odd, _ = write_toy(tmp_path, np.zeros((1, 7, 9), np.float32))
    error = refused(*given, odd)
    assert isinstance(error, ModelContractError)
    assert "no known layout" in str(error)


@pytest.mark.data
def test_a_truth_of_another_size_than_the_clip(data_dir: Path, model: Path) -> None:
    (clip,) = (data_dir / "pets09_s2l1").glob("*.avi")  # 480x360; its truth is drawn on 768x576
    truth = data_dir / "pets09_s2l1" / "gt.txt"
    error = refused("--clip", clip, "--mot-gt", truth, "--model", model)
    assert isinstance(error, ConfigError)
    assert "--truth-size" in str(error)


@pytest.mark.data
def test_a_known_file_gets_the_input_of_its_manifest(data_dir: Path, tmp_path: Path) -> None:
    model = Path(os.environ.get("PATROL_TEST_MODELS", "/nonexistent")) / "yolox_nano.onnx"
    if not model.is_file():
        pytest.skip("PATROL_TEST_MODELS names no folder with yolox_nano.onnx")
    pets, few = data_dir / "pets09_s2l1", tmp_path / "few"
    few.mkdir()
    for number in (1, 65, 129):
        (few / f"{number:06d}.jpg").symlink_to(pets / f"{number:06d}.jpg")
    found = answer(run("--frames", few, "--mot-gt", pets / "gt.txt", "--model", model, "--json"))
    detector = part(found, "detector")
    assert (detector["input"], detector["threshold"]) == ([384, 640], 0.45)
    assert (found["frames"], part(found, "truth")["truth_without_frame"]) == (3, 197)
    recall, precision = found["recall"], found["precision"]
    assert isinstance(recall, float)
    assert isinstance(precision, float)
    assert min(recall, precision) > 0.7  # 0.83 and 0.85 on all of the 100
