"""What only OpenVINO does: frozen graphs, compiled networks on disk, precision by a probe."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import pytest

from patrol.core.errors import ModelContractError
from patrol.core.protocols import Detector
from patrol.vision.detection import compiled, probe
from patrol.vision.detection import openvino as plugin
from patrol.vision.detection.scene import DrawnStreet
from tests.fakes.models import rows, write_toy

SEEN = rows((10, 10, 30, 50, 0.9, 0))


def test_the_library_is_not_loaded_by_the_rest_of_detection() -> None:
    code = (
        "import sys, patrol.vision.detection.build, patrol.vision.detection.probe; "
        "sys.exit(bool({'openvino', 'onnxruntime', 'cv2', 'httpx'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_an_earlier_verdict_saves_the_probe_and_damage_brings_it_back(tmp_path: Path) -> None:
    path, model = write_toy(tmp_path, SEEN)
    if "BF16" not in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        pytest.skip("this CPU has no bf16: nothing to probe")
    params = plugin.Params(str(path), model, cache_dir=str(tmp_path))
    first = plugin.build(params).info
    store = tmp_path / "probe.json"
    kept = store.read_text(encoding="utf-8")
    assert "by a probe of this machine" in first.note
    assert plugin.build(params).info.note == first.note  # times would differ, had it been measured again
    assert store.read_text(encoding="utf-8") == kept
    store.write_text("damaged", encoding="utf-8")
    plugin.build(params)
    assert probe.VerdictStore(store).path.read_text(encoding="utf-8").startswith("{")


def test_without_a_cache_folder_nothing_is_kept(tmp_path: Path) -> None:
    path, model = write_toy(tmp_path, SEEN)
    plugin.build(plugin.Params(str(path), model))
    assert [p.name for p in tmp_path.iterdir()] == ["toy.onnx"]


def test_a_manifest_that_says_uint8_and_a_file_that_takes_floats(tmp_path: Path) -> None:
    path, model = write_toy(tmp_path, SEEN, input={"tensor": "nhwc-u8", "multiple": None})
    with pytest.raises(ModelContractError, match="uint8"):
        plugin.build(plugin.Params(str(path), model, precision="f32"))


@pytest.fixture
def slow(tmp_path: Path) -> plugin.Params:
    """A toy that passes for a graph whose compiled form is worth keeping."""
    path, model = write_toy(tmp_path, SEEN, format="tf-frozen")
    return plugin.Params(str(path), model, precision="f32", cache_dir=str(tmp_path))


def blobs(params: plugin.Params) -> list[Path]:
    return sorted((Path(params.cache_dir) / "compiled").glob("*.blob"))


def scores(params: plugin.Params) -> list[float]:
    built = plugin.build(params)
    (found,) = built.detect([built.prepare(DrawnStreet())])
    values: list[float] = found.scores.tolist()
    return values


def test_what_was_compiled_is_loaded_at_the_next_start(slow: plugin.Params) -> None:
    expected = scores(slow)
    (blob,) = blobs(slow)
    written = blob.stat().st_mtime_ns
    Path(slow.model_path).write_bytes(b"would not compile")
    assert scores(slow) == expected
    assert blob.stat().st_mtime_ns == written


@pytest.mark.parametrize("changes", [{"threads": 2}, {"input": (128, 160)}])
def test_another_configuration_is_compiled_apart(slow: plugin.Params, changes: dict[str, Any]) -> None:
    scores(slow)
    scores(dataclasses.replace(slow, **changes))
    assert len(blobs(slow)) == 2


def test_what_is_damaged_or_of_another_runtime_is_compiled_again(slow: plugin.Params) -> None:
    expected = scores(slow)
    (blob,) = blobs(slow)
    damaged = blob.read_bytes()[:-1]
    blob.write_bytes(damaged)
    assert scores(slow) == expected
    assert blob.read_bytes() != damaged
    compiled.keep(blob.parent, blob.stem, b"whole, and nothing that OpenVINO can import")
    assert scores(slow) == expected
    assert b"nothing that" not in blob.read_bytes()


@pytest.mark.model
def test_the_frozen_graph_from_disk_computes_in_f32_as_before(
    compiled_ssd: Detector, ssd_params: plugin.Params
) -> None:
    """OpenVINO imports in bf16, where the CPU has it and nothing else is asked; the third digit tells."""
    loaded = plugin.build(ssd_params)
    street = compiled_ssd.prepare(DrawnStreet())
    (a,), (b,) = compiled_ssd.detect([street]), loaded.detect([street])
    assert loaded.info.precision == "f32"
    assert len(a) >= 2
    np.testing.assert_allclose(a.scores, b.scores, atol=2e-5)
    np.testing.assert_allclose(a.boxes, b.boxes, atol=2e-5)


@pytest.mark.model
@pytest.mark.usefixtures("compiled_ssd")
def test_the_frozen_graph_under_a_manifest_with_other_outputs_is_refused(ssd_params: plugin.Params) -> None:
    real = ssd_params.manifest
    misnamed = real.model_copy(update={"outputs": ("boxes:0", *real.outputs[1:])})
    with pytest.raises(ModelContractError, match=r"boxes:0.*detection_boxes:0"):
        plugin.build(dataclasses.replace(ssd_params, manifest=misnamed))


def test_nothing_is_told_to_the_runtime_s_maker(tmp_path: Path) -> None:
    code = "import sys, patrol.vision.detection.openvino; print(sys.modules['openvino_telemetry'])"
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None"
    assert list(tmp_path.iterdir()) == []
