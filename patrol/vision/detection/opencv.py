"""Detector on OpenCV's dnn, which is there wherever Patrol is: what reads TensorFlow graphs on arm64.

f32 only. A TensorFlow graph needs its text graph beside it (the manifest's `companion`): OpenCV puts its own
layer in the place of the graph's box arithmetic and suppression, and gives candidates from a score of 0.01 on
where the graph itself drops those under 0.3. ONNX files run at any input size (OpenCV 5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from patrol.core.errors import ModelContractError, ModelError, ModelUnavailable
from patrol.core.media import Pixels
from patrol.core.protocols import Detector
from patrol.vision.detection import cache
from patrol.vision.detection.layouts import Array, Shape
from patrol.vision.detection.manifests import Manifest, Size
from patrol.vision.detection.model_params import ModelParams
from patrol.vision.detection.runner import ManifestDetector
from patrol.vision.detection.unlisted import Graph

FORMATS = ("onnx", "tf-frozen")
"""Files that this runtime reads."""
RUNTIME = f"opencv {cv2.__version__}"
SLOWER = {"onnx": "1.8", "tf-frozen": "2.2"}
"""CPU time of a picture in multiples of OpenVINO's, by format: YOLOX-nano and the SSD, f32, one thread of an
x86-64 machine, in turn; docs/models.md has the milliseconds."""
_GROUP = re.compile(r"(inputs|outputs): \[(.*?)\n\s*\],", re.DOTALL)
_SHAPE = re.compile(r"// <(?:In|Out)put> \w+ \[(.*?)\]")


@dataclass(frozen=True, slots=True)
class Params(ModelParams):
    """What `build` needs; see `ModelParams`.

    `cache_dir` is not used here, and `precision` is f32. `threads` neither: OpenCV has one number of threads
    for the whole process (`cv2.setNumThreads`), which the worker sets to 1.
    """


def build(params: Params) -> Detector:
    """Load the model at the wanted size and run it once.

    Raises:
        ChecksumMismatch: the text graph is there, and is not the one that the manifest names.
        ModelContractError: the file cannot be read, or does not do what its manifest says.
        ModelUnavailable: a file is not there, or OpenCV has no way to read it.
    """
    size = params.manifest.input.size(params.input)
    engine = _Engine(params, size)
    asked = params.precision
    why = f"f32, as {asked} is not to be had here" if asked in ("bf16", "int8") else "f32"
    slower = (
        f"on OpenCV, slower: {SLOWER[params.manifest.format]} times OpenVINO's time where both were measured"
    )
    note = "; ".join(part for part in (params.note, slower, why) if part)
    return ManifestDetector(engine, params.manifest, size, params.threshold, note)


def describe(path: Path) -> Graph:
    """Input and output shapes of an ONNX file.

    Raises:
        ModelContractError: it cannot be read, or has more than one input.
        ModelUnavailable: it is not there.
    """
    return _graph(_onnx(path), path)


class _Engine:
    """One network; outputs are checked for shape by the first run, as OpenCV works them out only then."""

    def __init__(self, params: Params, size: Size) -> None:
        self.runtime = RUNTIME
        self.precision = "f32"
        manifest, path = params.manifest, Path(params.model_path)
        self._model_id = manifest.id
        self._scale = 1 / 255 if manifest.input.range == "0-1" else 1.0
        self._is_ssd = manifest.format == "tf-frozen"
        if self._is_ssd:
            self._net = _tensorflow(path, manifest)
            named: Sequence[str] = ()  # the text graph has one output, of its own name
        else:
            self._net = _onnx(path)
            named = manifest.outputs
            _require_planes(_graph(self._net, path), path)
        self._outputs = list(named or self._net.getUnconnectedOutLayersNames())
        grey = np.full((*size, 3), manifest.input.pad, np.uint8)
        try:
            self._shapes = tuple(output.shape for output in self.infer(grey))
        except ModelError as error:
            raise ModelContractError(f"{path} does not run at {size[0]} x {size[1]}: {error}") from None

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Of the outputs, in the manifest's order."""
        return self._shapes

    def infer(self, pixels: Pixels) -> Sequence[Array]:
        """See `runner.Engine`."""
        try:
            self._net.setInput(cv2.dnn.blobFromImage(pixels, self._scale))
            outputs: Sequence[Any] = self._net.forward(self._outputs)
        except cv2.error as error:
            raise ModelError(f"{RUNTIME} failed on model {self._model_id}: {_short(error)}") from None
        return as_tf_ssd(outputs) if self._is_ssd else outputs


def as_tf_ssd(outputs: Sequence[Array]) -> Sequence[Array]:
    """OpenCV's `detection_out` as the four outputs of the layout `tf-ssd`.

    Args:
        outputs: one array [1, 1, n, 7]: picture, class id, score, left, top, right, bottom in 0..1.

    Raises:
        ModelContractError: it has another shape.
    """
    if len(outputs) != 1 or outputs[0].ndim != 4 or outputs[0].shape[-1] != 7:
        raise ModelContractError(
            f"the text graph's outputs {[output.shape for output in outputs]} are not the [1, 1, n, 7] of "
            "OpenCV's detection layer; the manifest names the wrong companion file"
        )
    rows = outputs[0].reshape(1, -1, 7)
    number = np.array([rows.shape[1]], np.float32)
    return rows[..., [4, 3, 6, 5]], rows[..., 2], rows[..., 1], number


def _tensorflow(path: Path, manifest: Manifest) -> Any:
    if manifest.layout != "tf-ssd":
        raise ModelUnavailable(
            f"model {manifest.id} is a {manifest.format} file of the layout {manifest.layout}, and OpenCV "
            "reads tf-ssd only; name another model, or the plug-in openvino where it is installed"
        )
    graph, text = _content(path), _content(cache.companion(manifest, path.parent))
    try:
        return cv2.dnn.readNetFromTensorflow(graph, text)
    except cv2.error as error:
        raise ModelContractError(f"{path} cannot be read as a TensorFlow model: {_short(error)}") from None


def _onnx(path: Path) -> Any:
    if cv2.__version__.startswith("4."):  # it keeps to the size that the file declares, and hides its ports
        raise ModelUnavailable(
            f"{path} is an ONNX file, which this plug-in reads with OpenCV 5 and not with {cv2.__version__}; "
            "install opencv-python-headless 5, or name the plug-in onnx"
        )
    try:
        return cv2.dnn.readNetFromONNX(_content(path))
    except cv2.error as error:
        raise ModelContractError(f"{path} cannot be read as an ONNX model: {_short(error)}") from None


def _content(path: Path) -> Pixels:
    try:
        return np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read: {error.strerror}") from None


def _graph(net: Any, path: Path) -> Graph:
    """Shapes of the one input and the outputs, -1 for open sides; OpenCV tells them in its dump only."""
    head = net.dump().partition("layers: [")[0]
    ports = {kind: tuple(map(_shape, _SHAPE.findall(body))) for kind, body in _GROUP.findall(head)}
    inputs = ports.get("inputs", ())
    if len(inputs) != 1:
        raise ModelContractError(f"{path} has {len(inputs)} inputs; a detector has one")
    return Graph(inputs[0], ports.get("outputs", ()))


def _require_planes(graph: Graph, path: Path) -> None:
    if len(graph.input) != 4 or graph.input[1] != 3:
        raise ModelContractError(
            f"{path} takes {graph.input}, and this plug-in gives [1, 3, height, width]; name the plug-in onnx"
        )


def _shape(text: str) -> Shape:
    return tuple(int(side) if side.isdigit() else -1 for side in text.split(" x "))


def _short(error: cv2.error) -> str:
    return " ".join((str(error).partition("error: ")[2] or str(error)).split())[:300]
