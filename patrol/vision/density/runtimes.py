"""The runtimes that a density model runs on. Each is imported when a model is loaded, not before.

OpenVINO where it is installed (the default on x86-64), else ONNX Runtime (arm64). Both take any picture size
of a model that declares its sides as free; on one thread OpenVINO does so at no cost (docs/guide/
density-networks.md has the times).
"""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from patrol.core.errors import ModelContractError, ModelError, ModelUnavailable

Tensor = NDArray[np.float32]
"""Shape [1, channels, h, w]."""
Array = NDArray[Any]
"""An output as it came; nothing about it is known."""
Runtime = Literal["openvino", "onnxruntime"]
FLOAT = "float32"
"""The only element type that goes in."""


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output as the file declares it.

    Attributes:
        name: of the file; several names of one port are joined by `/`.
        shape: None for a side that is free, None for all of them where the rank is free.
        element: numpy's word for its type, or the runtime's where numpy has none.
    """

    name: str
    shape: tuple[int | None, ...] | None
    element: str

    def __str__(self) -> str:
        sides = (
            "?"
            if self.shape is None
            else ", ".join("?" if side is None else str(side) for side in self.shape)
        )
        return f"{self.name} {self.element} [{sides}]"


class Engine(Protocol):
    """A loaded model, on one thread, in f32."""

    @property
    def runtime(self) -> str:
        """Name and version."""
        ...

    @property
    def inputs(self) -> tuple[Port, ...]:
        """As the file declares them."""
        ...

    @property
    def outputs(self) -> tuple[Port, ...]:
        """As the file declares them."""
        ...

    def run(self, tensor: Tensor, output: int) -> Array:
        """The output of that index, valid until the next call.

        Raises:
            ModelError: the runtime failed.
        """
        ...


def installed() -> Runtime:
    """The faster of the runtimes that are installed; where none is, the one whose absence is then said."""
    return "openvino" if importlib.util.find_spec("openvino") is not None else "onnxruntime"


def load(path: Path, runtime: Runtime) -> Engine:
    """Load a model file.

    Raises:
        ModelUnavailable: the runtime is not installed.
        ModelContractError: it cannot be read as an ONNX model.
    """
    try:
        return _OpenVino(path) if runtime == "openvino" else _OnnxRuntime(path)
    except ModuleNotFoundError as missing:
        raise ModelUnavailable(
            f"{path} needs the package {missing.name!r}, which is not installed; install Patrol with the "
            "extra `onnx`, or leave `runtime` out"
        ) from None


class _OpenVino:
    def __init__(self, path: Path) -> None:
        # OpenVINO reports each import to its maker over the network where that package is there. Patrol's
        # detectors keep it out, too (patrol/vision/detection/__init__.py); a stage imports no other one.
        vars(sys)["modules"].setdefault("openvino_telemetry", None)
        import openvino as ov

        self.runtime = f"openvino {ov.__version__.split('-')[0]}"
        try:
            core = ov.Core()
            model = core.read_model(path)
            self.inputs = tuple(_ov_port(port) for port in model.inputs)
            self.outputs = tuple(_ov_port(port) for port in model.outputs)
            self._request = core.compile_model(model, "CPU", _OV_OPTIONS).create_infer_request()
        except RuntimeError as error:
            raise _unreadable(path, error) from None
        self._path = path

    def run(self, tensor: Tensor, output: int) -> Array:
        """See `Engine`."""
        try:
            self._request.infer([tensor], share_inputs=True)
            found: Array = self._request.get_output_tensor(output).data
        except RuntimeError as error:
            raise _failed(self.runtime, self._path, tensor, error) from None
        return found


_OV_OPTIONS = {
    "INFERENCE_PRECISION_HINT": "f32",
    "INFERENCE_NUM_THREADS": 1,
    "PERFORMANCE_HINT": "LATENCY",
    "NUM_STREAMS": 1,
    # Several workers share a machine: each would be pinned to the same first cores.
    "ENABLE_CPU_PINNING": False,
}


class _OnnxRuntime:
    def __init__(self, path: Path) -> None:
        import onnxruntime as ort
        from onnxruntime.capi import onnxruntime_pybind11_state as capi

        self.runtime = f"onnxruntime {ort.__version__}"
        # ONNX Runtime's own exceptions (InvalidGraph, Fail, ...) have no root of their own.
        kinds = [
            kind for kind in vars(capi).values() if isinstance(kind, type) and issubclass(kind, Exception)
        ]
        self._failures: tuple[type[Exception], ...] = (RuntimeError, ValueError, *kinds)
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4  # what goes wrong is raised, and said once
        try:
            self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except self._failures as error:
            raise _unreadable(path, error) from None
        self.inputs = tuple(_ort_port(port) for port in self._session.get_inputs())
        self.outputs = tuple(_ort_port(port) for port in self._session.get_outputs())
        self._path = path

    def run(self, tensor: Tensor, output: int) -> Array:
        """See `Engine`."""
        try:
            wanted = [self.outputs[output].name]
            (found,) = self._session.run(wanted, {self.inputs[0].name: tensor})
        except self._failures as error:
            raise _failed(self.runtime, self._path, tensor, error) from None
        return np.asarray(found)


def _ov_port(port: Any) -> Port:
    sides = port.get_partial_shape()
    shape = None
    if not sides.rank.is_dynamic:
        shape = tuple(side.get_length() if side.is_static else None for side in sides)
    element = port.get_element_type()
    kind = FLOAT if element.get_type_name() == "f32" else str(element.get_type_name())
    return Port("/".join(sorted(port.get_names())), shape, kind)


def _ort_port(port: Any) -> Port:
    kind = FLOAT if port.type == "tensor(float)" else str(port.type)
    return Port(port.name, tuple(side if isinstance(side, int) else None for side in port.shape), kind)


def _unreadable(path: Path, error: Exception) -> ModelContractError:
    return ModelContractError(f"{path} cannot be read as an ONNX model: {_last_line(error)}")


def _failed(runtime: str, path: Path, tensor: Tensor, error: Exception) -> ModelError:
    height, width = tensor.shape[2:]
    return ModelError(f"{runtime} failed on {path} at {width} x {height}: {_last_line(error)}")


def _last_line(error: Exception) -> str:
    """The line of a runtime's stacked message that says what is wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__
