"""Detector on ONNX Runtime, the default on arm64. f32 only; reads ONNX files only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as capi

from patrol.core.errors import ModelContractError, ModelError, ModelUnavailable
from patrol.core.media import Pixels
from patrol.core.protocols import Detector
from patrol.vision.detection.layouts import Array, Shape
from patrol.vision.detection.manifests import Size
from patrol.vision.detection.model_params import ModelParams
from patrol.vision.detection.onnx_shape import with_input_shape
from patrol.vision.detection.runner import ManifestDetector
from patrol.vision.detection.unlisted import Graph

FORMATS = ("onnx",)
"""Files that this runtime reads."""
RUNTIME = f"onnxruntime {ort.__version__}"
# ONNX Runtime's own exceptions (InvalidGraph, Fail, ...) have no root of their own.
_FAILURES: tuple[type[Exception], ...] = (
    RuntimeError,
    ValueError,
    *(kind for kind in vars(capi).values() if isinstance(kind, type) and issubclass(kind, Exception)),
)


@dataclass(frozen=True, slots=True)
class Params(ModelParams):
    """What `build` needs; see `ModelParams`. `cache_dir` is not used here, and `precision` is f32."""


def build(params: Params) -> Detector:
    """Load the model at the wanted size and run it once.

    Raises:
        ModelContractError: the file cannot be read, or does not do what its manifest says.
        ModelUnavailable: the file is of a format that ONNX Runtime does not read.
    """
    if params.manifest.format not in FORMATS:
        raise ModelUnavailable(
            f"model {params.manifest.id} is a {params.manifest.format} file, which ONNX Runtime does not "
            "read; name another model, or the plug-in openvino where it is installed"
        )
    size = params.manifest.input.size(params.input)
    session = _session(Path(params.model_path), params.threads, (1, 3, *size))
    asked = params.precision
    why = f"f32, as {asked} is not to be had here" if asked in ("bf16", "int8") else "f32"
    note = "; ".join(part for part in (params.note, why) if part)
    return ManifestDetector(_Engine(session, params, size), params.manifest, size, params.threshold, note)


def describe(path: Path) -> Graph:
    """Input and output shapes of a model file.

    Raises:
        ModelContractError: it cannot be read, or has more than one input.
    """
    session = _session(path, 1, None)
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise ModelContractError(f"{path} has {len(inputs)} inputs; a detector has one")
    return Graph(_static(inputs[0]), tuple(_static(port) for port in session.get_outputs()))


def _session(path: Path, threads: int, shape: Shape | None) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        content = path.read_bytes()
        wanted = content if shape is None else with_input_shape(content, shape)
        return ort.InferenceSession(wanted, options, providers=["CPUExecutionProvider"])
    except _FAILURES as error:
        raise ModelContractError(f"{path} cannot be read as an ONNX model: {_short(error)}") from None
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read: {error.strerror}") from None


class _Engine:
    """One session; outputs are checked for shape by the first run, since sizes were declared anew."""

    def __init__(self, session: Any, params: Params, size: Size) -> None:
        self.runtime = RUNTIME
        self.precision = "f32"
        self._session = session
        self._spec = params.manifest.input
        self._model_id = params.manifest.id
        inputs = session.get_inputs()
        if len(inputs) != 1:
            raise ModelContractError(f"{params.model_path} has {len(inputs)} inputs; a detector has one")
        self._input = inputs[0].name
        self._outputs = list(params.manifest.outputs) or [port.name for port in session.get_outputs()]
        grey = np.full((*size, 3), self._spec.pad, np.uint8)
        try:
            self._shapes = tuple(output.shape for output in self.infer(grey))
        except ModelError as error:
            raise ModelContractError(
                f"{params.model_path} does not run at {size[0]} x {size[1]}: {error}"
            ) from None

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Of the outputs, in the manifest's order."""
        return self._shapes

    def infer(self, pixels: Pixels) -> Sequence[Array]:
        """See `runner.Engine`."""
        try:
            outputs: list[Array] = self._session.run(self._outputs, {self._input: self._tensor(pixels)})
        except _FAILURES as error:
            raise ModelError(f"{RUNTIME} failed on model {self._model_id}: {_short(error)}") from None
        return outputs

    def _tensor(self, pixels: Pixels) -> NDArrayAny:
        if self._spec.tensor == "nhwc-u8":
            return pixels[np.newaxis]
        planes = np.ascontiguousarray(pixels.transpose(2, 0, 1)[np.newaxis], np.float32)
        if self._spec.range == "0-1":
            planes /= 255.0
        return planes


NDArrayAny = np.ndarray[Any, Any]


def _static(port: Any) -> Shape:
    return tuple(side if isinstance(side, int) else -1 for side in port.shape)


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
