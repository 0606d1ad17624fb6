"""What every density network has to do: every plug-in file is found and run, on each runtime."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from patrol.core import plugins
from patrol.core.errors import ModelUnavailable
from patrol.core.protocols import DensityNetwork
from tests.fakes.models import ArrayPicture, plain
from tests.fakes.toy_density import Toy, model

PACKAGE = "patrol.vision.density"
RUNTIMES = ("openvino", "onnxruntime")
"""Both are installed where tests run."""
COUNTS_BRIGHT = Toy(gain=1 / 255)
"""A person in each white cell of 8 x 8 pixels."""

Build = Callable[..., DensityNetwork]


@pytest.fixture(params=plugins.available(PACKAGE))
def plugin(request: pytest.FixtureRequest) -> ModuleType:
    return plugins.load(PACKAGE, request.param)


@pytest.fixture(params=RUNTIMES)
def build(plugin: ModuleType, request: pytest.FixtureRequest, tmp_path: Path) -> Build:
    def built(toy: Toy = COUNTS_BRIGHT, **values: Any) -> DensityNetwork:
        (tmp_path / "toy.onnx").write_bytes(model(toy))
        params = plugin.Params(**{"model": "toy.onnx", "runtime": request.param, **values})
        network: DensityNetwork = plugin.build(params, tmp_path)
        return network

    return built


def halves(width: int, height: int) -> ArrayPicture:
    """Dark on the left, white on the right."""
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[:, width // 2 :] = 255
    return ArrayPicture(rgb)


def test_the_onnx_runner_is_a_plugin() -> None:
    assert plugins.available(PACKAGE) == ["onnx"]


def test_parameters_are_frozen(plugin: ModuleType) -> None:
    assert plugin.Params.__dataclass_params__.frozen


def test_loading_the_plugin_loads_no_runtime(plugin: ModuleType) -> None:
    heavy = "{'openvino', 'onnxruntime', 'cv2'}"
    code = f"import sys, {plugin.__name__}; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=100).returncode == 0


@pytest.mark.parametrize(
    ("width", "height"), [(192, 128), (128, 192), (1920, 1080), (33, 17), (1, 1), (64, 640)]
)
def test_a_picture_of_any_size_gives_a_map_of_persons(build: Build, width: int, height: int) -> None:
    crowd = build().look(plain(255, 255, 255, width=width, height=height))
    assert crowd.persons.dtype == np.float32
    assert crowd.persons.ndim == 2
    assert (crowd.persons >= 0).all()
    assert crowd.count == pytest.approx(crowd.persons.size, rel=1e-4)


def test_rows_and_columns_lie_as_in_the_picture(build: Build) -> None:
    persons = build().look(halves(192, 128)).persons
    assert persons[:, :11].sum() == pytest.approx(0, abs=0.01)
    assert persons[:, 13:].min() == pytest.approx(1, rel=0.01)


def test_the_same_picture_gives_the_same_map_whatever_came_between(build: Build) -> None:
    network = build()
    noise = ArrayPicture(np.random.default_rng(1).integers(0, 255, (128, 192, 3), np.uint8))
    first = network.look(noise)
    network.look(plain(255, 255, 255, width=640, height=360))
    again = network.look(noise)
    assert first.persons.tobytes() == again.persons.tobytes()
    assert first.persons is not again.persons  # an answer is not overwritten by the next


def test_the_published_error_is_passed_on(build: Build) -> None:
    assert build().look(plain(0)).error is None
    assert build(error=0.2).look(plain(0)).error == 0.2


def test_a_missing_file_is_said_with_its_path(build: Build, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"none\.onnx.*No such file"):
        build(model="none.onnx")
    assert list(tmp_path.iterdir()) == [tmp_path / "toy.onnx"]


def test_parameters_have_attribute_docs(plugin: ModuleType) -> None:
    said = plugin.Params.__doc__ or ""
    assert [field.name for field in dataclasses.fields(plugin.Params) if f"{field.name}:" not in said] == []
