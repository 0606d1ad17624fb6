"""What every detector plug-in has to do: every file that is one is found and run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from patrol.core import plugins
from patrol.core.errors import ModelContractError, ModelError
from patrol.core.media import Picture
from patrol.core.protocols import Detector
from patrol.vision.detection.layouts import grid_cells
from patrol.vision.detection.manifests import Manifest
from patrol.vision.detection.scene import DrawnStreet
from tests.fakes import toy_onnx
from tests.fakes.models import SIZE, ArrayPicture, manifest, plain, rows, write_toy

PACKAGE = "patrol.vision.detection"
PLUGINS = plugins.available(PACKAGE)
SEEN = rows((10, 10, 30, 50, 0.9, 0), (-20, 20, 50, 900, 0.6, 2), (5, 5, 5, 9, 0.9, 0))

Build = Callable[..., Detector]


@pytest.fixture(params=PLUGINS)
def plugin(request: pytest.FixtureRequest) -> ModuleType:
    return plugins.load(PACKAGE, request.param)


@pytest.fixture
def build(plugin: ModuleType) -> Build:
    def built(path: Path, model: Manifest, **values: Any) -> Detector:
        detector: Detector = plugin.build(plugin.Params(str(path), model, **{"precision": "f32", **values}))
        return detector

    return built


@pytest.fixture
def toy(tmp_path: Path, build: Build) -> Detector:
    return build(*write_toy(tmp_path, SEEN))


def test_the_three_runtimes_are_plugins() -> None:
    assert PLUGINS == ["onnx", "opencv", "openvino"]


def test_info_is_complete(toy: Detector) -> None:
    info = toy.info
    assert info.model_id == "toy"
    assert info.precision == "f32"
    assert (info.height, info.width) == SIZE
    assert info.runtime[-1].isdigit()
    assert info.labels[0] == "person"
    assert info.note


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_a_batch_gives_one_result_each_with_aligned_rows_inside_the_picture(toy: Detector, n: int) -> None:
    results = toy.detect([toy.prepare(DrawnStreet()) for _ in range(n)])
    assert len(results) == n
    for found in results:
        assert len(found) == 2  # the third has no area
        assert found.boxes.dtype == found.scores.dtype == np.float32
        assert found.class_ids.dtype == np.int32
        assert found.labels == toy.info.labels
        assert (found.boxes >= 0).all()
        assert (found.boxes <= 1).all()
        assert (found.boxes[:, 2:] > found.boxes[:, :2]).all()
        assert (np.diff(found.scores) <= 0).all()


def test_a_picture_judged_alone_and_in_company_gives_the_same(toy: Detector) -> None:
    pictures: list[Picture] = [DrawnStreet(), plain(200, 10, 10), plain(0, 0, 90, width=64, height=200)]
    inputs = [toy.prepare(picture) for picture in pictures]
    together = toy.detect(inputs)
    for prepared, expected in zip(inputs, together, strict=True):
        (alone,) = toy.detect([prepared])
        assert np.array_equal(alone.boxes, expected.boxes)
        assert np.array_equal(alone.scores, expected.scores)


def test_results_of_earlier_calls_stay_what_they_were(tmp_path: Path, build: Build) -> None:
    """Runtimes reuse their output buffers."""
    gain = rows((0, 0, 0, 0, 1.0, 0))
    built = build(*write_toy(tmp_path, rows((10, 10, 30, 50, 0.0, 0)), gain))
    (bright,) = built.detect([built.prepare(plain(255))])
    built.detect([built.prepare(plain(102))])
    assert bright.scores[0] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(("order", "expected"), [("rgb", 204 / 255), ("bgr", 102 / 255)])
def test_pixels_arrive_in_the_order_and_range_of_the_manifest(
    tmp_path: Path, build: Build, order: str, expected: float
) -> None:
    gain = rows((0, 0, 0, 0, 1.0, 0))
    empty = rows((10, 10, 30, 50, 0.0, 0))
    for name, scale in (("0-1", 1.0), ("0-255", 1 / 255)):
        path, model = write_toy(
            tmp_path, empty, gain * np.float32(scale), input={"order": order, "range": name}
        )
        built = build(path, model)
        (found,) = built.detect([built.prepare(plain(204, 0, 102))])
        assert found.scores[0] == pytest.approx(expected, abs=0.01), name


def test_another_input_size_is_a_matter_of_configuration(tmp_path: Path, build: Build) -> None:
    path, model = write_toy(tmp_path, SEEN)
    built = build(path, model, input=(128, 160))
    assert (built.info.height, built.info.width) == (128, 160)
    assert built.prepare(plain(1)).pixels.shape == (128, 160, 3)
    (found,) = built.detect([built.prepare(plain(1, width=160, height=128))])
    np.testing.assert_allclose(found.boxes[0], [10 / 160, 10 / 128, 30 / 160, 50 / 128], rtol=1e-5)
    with pytest.raises(ModelContractError, match="multiples of 32"):
        build(path, model, input=(100, 160))


def test_a_precision_that_is_not_to_be_had_is_f32_and_said(tmp_path: Path, build: Build) -> None:
    built = build(*write_toy(tmp_path, SEEN), precision="int8")
    assert built.info.precision == "f32"
    assert "int8 is not to be had" in built.info.note


def yolox_with(value: float, classes: int = 80) -> NDArray[np.float32]:
    out = np.zeros((1, grid_cells(SIZE), 5 + classes), np.float32)
    out[0, 0, 4] = value
    return out


@pytest.mark.parametrize(
    ("constant", "changes", "says"),
    [
        (np.zeros((1, 4, 7), np.float32), {}, "do not fit the manifest"),
        (np.zeros((2, 4, 6), np.float32), {}, "do not fit the manifest"),
        (rows((np.nan, 0, 1, 1, 0.5, 0)), {}, "not finite"),
        (rows((0, 0, 1, 1, 55.0, 0)), {}, "not 0 to 1"),
        (rows((0, 0, 1, 1, 0.5, 80)), {}, "class ids"),
        (rows((0, 0, 1, 1, 0.5, -1)), {}, "class ids"),
        (yolox_with(0.5, classes=20), {"layout": "yolox-grid"}, "do not fit the manifest"),
        (yolox_with(3.0), {"layout": "yolox-grid"}, "not 0 to 1"),
        (rows((0, 0, 1, 1, 0.5, 0)), {"outputs": ["boxes"]}, "boxes"),
    ],
)
def test_a_model_that_does_not_fit_its_manifest_is_refused_when_it_is_built(
    tmp_path: Path, build: Build, constant: NDArray[np.float32], changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ModelContractError, match=says):
        build(*write_toy(tmp_path, constant, **changes))


@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"<html>", toy_onnx.model(SEEN)[:-40]])
def test_a_file_that_is_no_model_is_refused_when_it_is_built(
    tmp_path: Path, build: Build, content: bytes
) -> None:
    path = tmp_path / "toy.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        build(path, manifest(content or b"x"))
    assert len(str(caught.value)) < 1000


def test_a_model_with_two_inputs_is_refused(tmp_path: Path, build: Build) -> None:
    path = tmp_path / "toy.onnx"
    path.write_bytes(toy_onnx.model(SEEN, SIZE, inputs=("images", "more")))
    with pytest.raises(ModelContractError, match="2 inputs"):
        build(path, manifest())


def test_an_input_that_was_prepared_for_another_detector_is_refused(tmp_path: Path, build: Build) -> None:
    path, model = write_toy(tmp_path, SEEN)
    small, large = build(path, model), build(path, model, input=(128, 160))
    with pytest.raises(ModelContractError, match="prepare"):
        small.detect([large.prepare(plain(1))])


def test_files_can_be_described(tmp_path: Path, plugin: ModuleType) -> None:
    path, _ = write_toy(tmp_path, SEEN)
    graph = plugin.describe(path)
    assert graph.input == (1, 3, *SIZE)
    assert graph.outputs == (SEEN.shape,)
    path.write_bytes(b"no model")
    with pytest.raises(ModelContractError, match=r"toy\.onnx"):
        plugin.describe(path)


def test_a_picture_of_any_shape_is_prepared(toy: Detector) -> None:
    for width, height in ((16, 400), (400, 16), (1, 1)):
        prepared = toy.prepare(ArrayPicture(np.zeros((height, width, 3), np.uint8)))
        assert prepared.pixels.shape == (*SIZE, 3)
        assert len(toy.detect([prepared])) == 1
