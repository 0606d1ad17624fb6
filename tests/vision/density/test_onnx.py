"""The ONNX runner: forms of input and output, what is refused, and in which words."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.config.plugins import build_params
from patrol.core.errors import (
    ChecksumMismatch,
    ConfigError,
    DecodeError,
    ModelContractError,
    ModelError,
    ModelUnavailable,
)
from patrol.core.media import Grey, Pixels
from patrol.vision.density import runtimes
from patrol.vision.density.maps import COARSEST, Size, persons
from patrol.vision.density.onnx import OnnxDensity, Params, build
from patrol.vision.density.runtimes import Port, Tensor
from tests.fakes.models import ArrayPicture, plain
from tests.fakes.toy_density import Toy, model

BRIGHT = Toy(gain=1 / 255)


def network(folder: Path, toy: Toy = BRIGHT, **values: Any) -> OnnxDensity:
    (folder / "toy.onnx").write_bytes(model(toy))
    built = build(Params(model="toy.onnx", **values), folder)
    assert isinstance(built, OnnxDensity)
    return built


# -- what goes in -------------------------------------------------------------------------------------------


def test_luma_of_a_grey_model_and_rgb_of_a_colour_one(tmp_path: Path) -> None:
    green = plain(0, 255, 0, width=80, height=80)
    luma = network(tmp_path).look(green).count / 100
    assert luma == pytest.approx(0.587, abs=0.01)
    assert network(tmp_path, Toy(channels=3, gain=1 / 255)).look(green).count / 100 == pytest.approx(
        1 / 3, abs=0.01
    )


def test_mean_and_std_of_each_channel(tmp_path: Path) -> None:
    toy = Toy(channels=3, gain=3.0)
    means = network(
        tmp_path, toy, mean=(100.0, 50.0, 0.0), std=(10.0, 20.0, 1.0), max_width=80, max_height=80
    )
    persons = means.look(plain(110, 90, 1, width=80, height=80)).persons  # (1 + 2 + 1) / 3 of a gain of 3
    assert persons == pytest.approx(np.full((10, 10), 4.0), rel=1e-4)


def test_three_means_do_not_fit_a_grey_model(tmp_path: Path) -> None:
    with pytest.raises(ModelContractError, match="grey"):
        network(tmp_path, mean=(1.0, 2.0, 3.0))


def test_a_map_that_sums_to_a_hundred_for_each_person(tmp_path: Path) -> None:
    white = plain(255, 255, 255, width=80, height=80)
    assert network(tmp_path, Toy(gain=100 / 255), per_person=100.0).look(white).count == pytest.approx(100)


def test_a_fixed_size_is_kept_and_the_picture_stretched_to_it(tmp_path: Path) -> None:
    crowd = network(tmp_path, Toy(sides=(64, 96), gain=1 / 255)).look(
        plain(255, 255, 255, width=999, height=10)
    )
    assert crowd.persons.shape == (8, 12)


def test_a_size_that_is_fixed_and_no_multiple(tmp_path: Path) -> None:
    assert network(tmp_path, Toy(sides=(100, 203))).look(plain(0)).persons.shape == (12, 25)


@given(st.integers(1, 4000), st.integers(1, 4000), st.sampled_from([1, 8, 16, 32]))
def test_free_sides_keep_the_pictures_shape_within_the_limits(height: int, width: int, multiple: int) -> None:
    size = Size((None, None), (768, 1024), multiple)
    h, w = size.of(height, width)
    assert h % multiple == w % multiple == 0
    assert 0 < h <= size.greatest[0]
    assert 0 < w <= size.greatest[1]
    scale = min(1.0, 768 / height, 1024 / width)
    assert abs(h - height * scale) <= max(multiple / 2, multiple - height * scale)
    assert abs(w - width * scale) <= max(multiple / 2, multiple - width * scale)


class Torn(ArrayPicture):
    """A picture that cannot be scaled."""

    def pixels(self, width: int, height: int, order: Any = "rgb") -> Pixels:
        raise DecodeError("torn")

    def grey(self, width: int, height: int) -> Grey:
        raise DecodeError("torn")


def test_a_picture_that_cannot_be_scaled_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match="torn"):
        network(tmp_path).look(Torn(np.zeros((8, 8, 3), np.uint8)))


# -- what comes out -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("stride", [1, 2, 4, 8, 16, 32, 64])
def test_a_map_of_any_fraction(tmp_path: Path, stride: int) -> None:
    toy = Toy(stride=(stride, stride), gain=1 / 255)
    crowd = network(tmp_path, toy, multiple=64, max_width=256, max_height=192).look(
        plain(255, 255, 255, 256, 192)
    )
    assert crowd.persons.shape == (192 // stride, 256 // stride)


def test_a_map_without_the_channel_axis(tmp_path: Path) -> None:
    assert network(tmp_path, Toy(form="plane", gain=1 / 255)).look(plain(0)).persons.shape == (16, 24)


def test_one_of_two_outputs_by_its_name(tmp_path: Path) -> None:
    two = Toy(second=True, gain=1 / 255)
    white = plain(255, 255, 255)
    assert network(tmp_path, two, output="map").look(white).count == pytest.approx(384)
    assert network(tmp_path, two, output="other").look(white).count == 0
    with pytest.raises(ModelContractError, match=r"2 outputs.*`output`.*map.*other"):
        network(tmp_path, two)
    with pytest.raises(ModelContractError, match=r"no output 'density'.*map.*other"):
        network(tmp_path, two, output="density")


BAD_OUTPUTS = {
    "no axis but the map's": (
        Toy(form="bare"),
        "gives 135 x 240 for an input of 1920 x 1080 pixels; expected a map",
    ),
    "a count": (Toy(form="count"), "1 x 1 x 1 x 1.*expected a map"),
    "larger than the picture": (Toy(form="grown"), "1 x 1 x 2160 x 3840"),
    "sides by different fractions": (Toy(stride=(2, 8)), "both sides the same fraction"),
    "too coarse": (Toy(stride=(128, 128)), f"from 1 to 1/{COARSEST}"),
    "NaN": (Toy(bias=float("nan")), "NaN or infinite"),
    "infinite": (Toy(bias=float("inf")), "NaN or infinite"),
    "negative": (Toy(bias=-0.3), "negative cells that sum to -9.72e.03 persons"),
    "no persons": (Toy(bias=2000.0), "2e.03 persons in one cell.*per_person"),
}


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
@pytest.mark.parametrize(("toy", "words"), BAD_OUTPUTS.values(), ids=BAD_OUTPUTS)
def test_what_is_no_density_map_is_refused_at_the_start(
    tmp_path: Path, toy: Toy, words: str, runtime: str
) -> None:
    with pytest.raises(ModelContractError, match=words) as refused:
        network(tmp_path, toy, runtime=runtime)
    assert str(tmp_path / "toy.onnx") in str(refused.value)


def test_what_goes_wrong_later_is_said_at_that_look(tmp_path: Path) -> None:
    late = network(tmp_path, Toy(gain=-1 / 255, bias=1.0), max_width=80, max_height=80)
    assert late.look(plain(0, 0, 0, 80, 80)).count == pytest.approx(100)
    late = network(tmp_path, Toy(gain=-2 / 255, bias=1.1), max_width=80, max_height=80)  # 0.1 of mid-grey
    with pytest.raises(ModelContractError, match="negative cells"):
        late.look(plain(255, 255, 255, 80, 80))


def test_a_ripple_below_nought_neither_counts_nor_changes_the_sum() -> None:
    cells = np.asarray([[4.0, -0.5], [-0.5, 1.0]], np.float32)
    found = persons("m", cells[np.newaxis], (16, 16), 1.0)
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(4.0)
    assert found[0, 0] == pytest.approx(3.2)


def test_an_empty_picture_may_ripple() -> None:
    assert persons("m", np.full((1, 1, 4, 4), -0.01, np.float32), (32, 32), 1.0).sum() == 0


@given(st.lists(st.floats(0, 5, width=32), min_size=16, max_size=16))
def test_a_map_without_negatives_comes_as_it_is(values: list[float]) -> None:
    cells = np.asarray(values, np.float32).reshape(1, 1, 4, 4)
    assert persons("m", cells, (32, 32), 1.0) == pytest.approx(cells[0, 0], rel=1e-6)


@pytest.mark.parametrize(
    "shape", [(), (0,), (16,), (1, 1, 0, 0), (1, 2, 4, 4), (2, 1, 4, 4), (1, 1, 1, 4, 4)]
)
def test_other_ranks_are_no_map(shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelContractError, match="expected a map"):
        persons("m", np.zeros(shape, np.float32), (32, 32), 1.0)


# -- the file -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cannot be read as an ONNX model"),
        (b"nonsense", "cannot be read as an ONNX model"),
        (model(inputs=("a", "b")), "its input is a float32.*; b float32.*a density model has one"),
        (model(Toy(channels=2)), r"\[1, 2, \?, \?\].*\(grey\) or \[1, 3, h, w\]"),
    ],
)
def test_a_file_that_is_no_density_model(tmp_path: Path, runtime: Any, content: bytes, words: str) -> None:
    (tmp_path / "toy.onnx").write_bytes(content)
    with pytest.raises(ModelContractError, match=words):
        build(Params(model="toy.onnx", runtime=runtime), tmp_path)


def test_half_floats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelContractError, match=r"float32|cannot be read"):
        network(tmp_path, Toy(element=10))


def test_a_checksum_is_held_against_the_file(tmp_path: Path) -> None:
    right = hashlib.sha256(model(BRIGHT)).hexdigest()
    assert network(tmp_path, sha256=right.upper()).look(plain(0)).count == 0
    with pytest.raises(ChecksumMismatch, match=f"expected sha256 {'0' * 64}, found {right}"):
        network(tmp_path, sha256="0" * 64)


def test_an_absolute_path_and_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "toy.onnx").write_bytes(model(BRIGHT))
    assert build(Params(str(tmp_path / "toy.onnx")), Path("/elsewhere")).look(plain(0)).count == 0
    with pytest.raises(ModelUnavailable, match="directory"):
        build(Params(str(tmp_path)), Path("/elsewhere"))


def test_a_runtime_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelUnavailable, match=r"'onnxruntime', which is not installed.*`onnx`"):
        network(tmp_path, runtime="onnxruntime")


def test_auto_takes_openvino_where_it_is(tmp_path: Path) -> None:
    assert runtimes.installed() == "openvino"
    assert network(tmp_path).runtime.startswith("openvino ")


def test_openvino_is_kept_from_reporting_its_use(tmp_path: Path) -> None:
    (tmp_path / "toy.onnx").write_bytes(model(BRIGHT))
    code = (  # of its own: here, detection has kept it out already
        "import sys, pathlib; from patrol.vision.density.onnx import Params, build; "
        "build(Params(sys.argv[1], runtime='openvino'), pathlib.Path()); "
        "sys.exit(sys.modules['openvino_telemetry'] is not None)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "toy.onnx")]
    assert subprocess.run(command, check=False, timeout=100).returncode == 0


class Failing:
    """An engine that runs once."""

    runtime = "fake 1"
    inputs = (Port("picture", (1, 1, None, None), "float32"),)
    outputs = (Port("map", None, "float32"),)

    def __init__(self, times: int) -> None:
        self.times = times

    def run(self, tensor: Tensor, output: int) -> runtimes.Array:
        self.times -= 1
        if self.times < 0:
            raise ModelError("fake 1 failed")
        return np.zeros((1, 1, tensor.shape[2] // 8, tensor.shape[3] // 8), np.float32)


def test_a_model_that_fails_is_never_an_empty_map() -> None:
    dead = OnnxDensity(Failing(0), Path("m.onnx"), Params("m.onnx"))
    with pytest.raises(ModelContractError, match="first picture: fake 1 failed"):
        dead.try_out()
    dying = OnnxDensity(Failing(1), Path("m.onnx"), Params("m.onnx"))
    dying.try_out()
    with pytest.raises(ModelError, match="fake 1 failed"):
        dying.look(plain(0))


# -- parameters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "model"),
        ({"model": ""}, "model"),
        ({"model": "m", "error": 1.5}, "error"),
        ({"model": "m", "error": -0.1}, "error"),
        ({"model": "m", "max_width": 4}, "max_width"),
        ({"model": "m", "max_height": 10_000}, "max_height"),
        ({"model": "m", "multiple": 0}, "multiple"),
        ({"model": "m", "multiple": 5000}, "multiple"),
        ({"model": "m", "mean": [1.0, 2.0]}, "mean"),
        ({"model": "m", "std": [0.0]}, "std"),
        ({"model": "m", "per_person": 0.0}, "per_person"),
        ({"model": "m", "runtime": "torch"}, "runtime"),
        ({"model": "m", "heads": 1}, "heads"),
    ],
)
def test_wrong_parameters_are_named(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=f"streams.yaml:7.*{words}"):
        build_params(Params, values, "streams.yaml:7")


def test_parameters_as_streams_yaml_says_them() -> None:
    values = {
        "model": "m.onnx",
        "mean": [123.675, 116.28, 103.53],
        "std": [58.395, 57.12, 57.375],
        "error": 0.2,
    }
    params = build_params(Params, values, "streams.yaml:7")
    assert params == Params("m.onnx", error=0.2, mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))


# -- a trained network on real pictures ---------------------------------------------------------------------


@pytest.fixture(params=["mcnn_shanghaitech_a.onnx", "mcnn_shanghaitech_b.onnx"])
def trained(request: pytest.FixtureRequest) -> OnnxDensity:
    """A stand-in that others converted; see shared/data's README."""
    path = Path(os.environ.get("PATROL_TEST_MODELS", "/nonexistent")) / request.param
    if not path.is_file():
        pytest.skip(f"PATROL_TEST_MODELS names no folder with {request.param}")
    built = build(Params(str(path)), Path("/"))
    assert isinstance(built, OnnxDensity)
    return built


def test_a_plain_wall_is_nearly_empty(trained: OnnxDensity) -> None:
    assert trained.look(plain(128, 128, 128, width=1280, height=720)).count < 5


@pytest.mark.data
def test_a_full_beach_is_many(trained: OnnxDensity, data_dir: Path) -> None:
    paths = sorted((data_dir / "beach_crowd").glob("*.jpg"))
    counts = [trained.look(ArrayPicture(_read(path))).count for path in paths]
    assert min(counts) > 20  # the emptiest has 26 heads


@pytest.mark.data
def test_a_full_square_is_more_than_a_wall(trained: OnnxDensity, data_dir: Path) -> None:
    clip = cv2.VideoCapture(str(data_dir / "crowd_clips" / "plaza_bw_720p.mp4"))
    there, frame = clip.read()
    assert there
    assert trained.look(ArrayPicture(np.asarray(frame[..., ::-1], np.uint8))).count > 10  # 35-55 by eye


def _read(path: Path) -> Pixels:
    bgr = cv2.imread(str(path))
    assert bgr is not None
    return np.ascontiguousarray(bgr[..., ::-1], np.uint8)
