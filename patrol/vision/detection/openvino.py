"""Detector on OpenVINO, the default on x86-64: reads ONNX files and TensorFlow frozen graphs.

Pixels go in as uint8 [1, height, width, 3]; layout and scaling happen inside the compiled network. The input
is reshaped to what the camera's picture wants, so a 16:9 picture is not padded to a square.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import structlog
from openvino.preprocess import PrePostProcessor

from patrol.core.errors import ModelContractError, ModelError
from patrol.core.media import Pixels
from patrol.core.protocols import Detector
from patrol.vision.detection import compiled, probe
from patrol.vision.detection.layouts import Array, Shape
from patrol.vision.detection.manifests import Manifest, Size
from patrol.vision.detection.model_params import ModelParams
from patrol.vision.detection.runner import ManifestDetector
from patrol.vision.detection.unlisted import Graph

log = structlog.get_logger(__name__)

FORMATS = ("onnx", "tf-frozen")
"""Files that this runtime reads."""
SLOW_TO_READ = ("tf-frozen",)
"""Formats whose compiled form is worth keeping on disk; an ONNX file of 4 MB is compiled in 0.2 s."""
RUNTIME = f"openvino {ov.__version__.split('-')[0]}"


@dataclass(frozen=True, slots=True)
class Params(ModelParams):
    """What `build` needs; see `ModelParams`."""


def build(params: Params) -> Detector:
    """Load the model, choose its precision, run it once.

    Raises:
        ModelContractError: the file cannot be read, or does not do what its manifest says.
    """
    size = params.manifest.input.size(params.input)
    loader = _Loader(ov.Core(), params, size)
    precision, why = _precision(loader)
    detector = loader.detector(precision, why)
    loader.keep(precision)
    return detector


def describe(path: Path) -> Graph:
    """Input and output shapes of a model file.

    Raises:
        ModelContractError: it cannot be read, or has more than one input.
    """
    try:
        model = ov.Core().read_model(path)
        inputs = [_static(port) for port in model.inputs]
        outputs = tuple(_static(port) for port in model.outputs)
    except RuntimeError as error:
        raise ModelContractError(f"{path} cannot be read as a model: {_last_line(error)}") from None
    if len(inputs) != 1:
        raise ModelContractError(f"{path} has {len(inputs)} inputs; a detector has one")
    return Graph(inputs[0], outputs)


def _precision(loader: _Loader) -> tuple[str, str]:
    """What to compute in, and why."""
    asked = loader.params.precision
    able = "BF16" in loader.core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    if asked == "f32" or (asked == "bf16" and able):
        return asked, f"{asked} by the configuration"
    if asked != "auto":
        return "f32", f"f32, as {asked} is not to be had here"
    if not able:
        return "f32", "f32, as this CPU has no bf16"
    verdict = _verdict(loader)
    return verdict.precision, verdict.sentence("bf16")


def _verdict(loader: _Loader) -> probe.Verdict:
    """f32 against bf16, by an earlier probe or by one now."""
    cache_dir = loader.params.cache_dir
    store = probe.VerdictStore(Path(cache_dir) / "probe.json") if cache_dir else None
    key = loader.key("auto")
    if store and (known := store.recall(key)):
        return known
    f32, bf16 = (loader.detector(precision, "", probe.WEAK) for precision in ("f32", "bf16"))
    verdict = probe.compare(f32, bf16, "bf16")
    log.info("precision_probed", model=loader.params.manifest.id, **dataclasses.asdict(verdict))
    if store:
        store.keep(key, verdict)
    return verdict


class _Loader:
    """Loads one model at one size in any precision, each once."""

    def __init__(self, core: ov.Core, params: Params, size: Size) -> None:
        self.core = core
        self.params = params
        self._size = size
        self._model: ov.Model | None = None
        self._loaded: dict[str, ov.CompiledModel] = {}
        self._fresh: set[str] = set()
        worth_keeping = params.cache_dir and params.manifest.format in SLOW_TO_READ
        self._folder = Path(params.cache_dir) / "compiled" if worth_keeping else None

    def detector(self, precision: str, why: str, threshold: float | None = None) -> Detector:
        """A detector in that precision, with the threshold of the parameters where none is given.

        Raises:
            ModelContractError: see `build`.
        """
        if precision not in self._loaded:
            # The precision has to be named at import, too: without it OpenVINO takes the CPU's favourite.
            options = _options(precision, self.params.threads)
            self._loaded[precision] = self._imported(precision, options) or self._compiled(precision, options)
        params = self.params
        engine = _Engine(self._loaded[precision], params.manifest)
        note = "; ".join(part for part in (params.note, why) if part)
        least = params.threshold if threshold is None else threshold
        return ManifestDetector(engine, params.manifest, self._size, least, note)

    def keep(self, precision: str) -> None:
        """Store what was compiled in that precision, where the next start gains by it."""
        if self._folder and precision in self._fresh:
            compiled.keep(
                self._folder, self.key(precision), self._loaded[precision].export_model().getvalue()
            )

    def key(self, precision: str) -> str:
        """Names everything that a compiled network, or a verdict, depends on."""
        manifest = self.params.manifest
        facts = (
            RUNTIME,
            probe.machine(),
            manifest.sha256,
            manifest.input.model_dump_json(),
            str(self._size),
            precision,
            str(self.params.threads),
        )
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:32]

    def _imported(self, precision: str, options: dict[str, Any]) -> ov.CompiledModel | None:
        body = compiled.load(self._folder, self.key(precision)) if self._folder else None
        if body is None:
            return None
        try:
            return self.core.import_model(io.BytesIO(body), "CPU", options)
        except RuntimeError as error:
            log.warning("compiled_model_refused", reason=_last_line(error), remedy="compiled again")
            return None

    def _compiled(self, precision: str, options: dict[str, Any]) -> ov.CompiledModel:
        params = self.params
        try:
            if self._model is None:
                self._model = _with_uint8_input(self.core.read_model(params.model_path), params, self._size)
            model = self.core.compile_model(self._model, "CPU", options)
        except RuntimeError as error:
            raise ModelContractError(
                f"{params.model_path} cannot be run as model {params.manifest.id} at "
                f"{self._size[0]} x {self._size[1]}: {_last_line(error)}"
            ) from None
        self._fresh.add(precision)
        return model


_PRECISIONS = {ov.Type.f32: "f32", ov.Type.bf16: "bf16", ov.Type.f16: "f16"}


class _Engine:
    """A compiled network and its one inference request."""

    def __init__(self, model: ov.CompiledModel, manifest: Manifest) -> None:
        self.runtime = RUNTIME
        self.precision = _PRECISIONS[model.get_property("INFERENCE_PRECISION_HINT")]
        self._model_id = manifest.id
        try:
            self._ports = [model.output(name) for name in manifest.outputs] or list(model.outputs)
        except RuntimeError:
            there = sorted(name for port in model.outputs for name in port.names)
            raise ModelContractError(
                f"model {manifest.id} lacks an output that its manifest names "
                f"({', '.join(manifest.outputs)}); it has: {', '.join(there)}"
            ) from None
        self._request = model.create_infer_request()

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Of the outputs, in the manifest's order; -1 for a side that depends on the picture."""
        return tuple(_static(port) for port in self._ports)

    def infer(self, pixels: Pixels) -> Sequence[Array]:
        """See `runner.Engine`."""
        try:
            self._request.infer([pixels[np.newaxis]], share_inputs=True)
            return [self._request.get_tensor(port).data for port in self._ports]
        except RuntimeError as error:
            raise ModelError(f"{RUNTIME} failed on model {self._model_id}: {_last_line(error)}") from None


def _with_uint8_input(model: ov.Model, params: Params, size: Size) -> ov.Model:
    if len(model.inputs) != 1:
        raise ModelContractError(f"{params.model_path} has {len(model.inputs)} inputs; a detector has one")
    spec = params.manifest.input
    if spec.tensor == "nhwc-u8":
        if model.input().element_type != ov.Type.u8:
            raise ModelContractError(
                f"{params.model_path} takes {model.input().element_type} and its manifest says uint8"
            )
        model.reshape([1, *size, 3])
        return model
    model.reshape([1, 3, *size])
    steps = PrePostProcessor(model)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout("NCHW"))
    steps.input().preprocess().convert_element_type(ov.Type.f32)
    if spec.range == "0-1":
        steps.input().preprocess().scale(255.0)
    return steps.build()


def _options(precision: str, threads: int) -> dict[str, Any]:
    return {
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        # Several workers share a machine: each would be pinned to the same first cores.
        "ENABLE_CPU_PINNING": False,
    }


def _static(port: Any) -> Shape:
    return tuple(side.get_length() if side.is_static else -1 for side in port.get_partial_shape())


def _last_line(error: RuntimeError) -> str:
    """The line of OpenVINO's stacked message that says what is wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__
