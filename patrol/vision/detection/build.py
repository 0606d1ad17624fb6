"""From the configuration of a detector to a running one: the call that the worker makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import structlog

from patrol.config.models import DetectorConfig
from patrol.core import plugins
from patrol.core.errors import ModelContractError, PluginInvalid
from patrol.core.protocols import Clock, Detector
from patrol.vision.detection.automatic import Machine, formats, plugin_for, this_machine
from patrol.vision.detection.choose import Choice, choose_model
from patrol.vision.detection.unlisted import Graph

log = structlog.get_logger(__name__)

PACKAGE = "patrol.vision.detection"


def build_detector(
    config: DetectorConfig,
    cache_dir: Path,
    threads: int = 1,
    clock: Clock | None = None,
    machine: Machine | None = None,
) -> Detector:
    """Load the plug-in, choose and verify its model, build the detector and run it once.

    With `plugin: auto` the model is chosen first, among the formats that this machine reads, and the plug-in
    follows from its format.

    A plug-in that declares `NEEDS_MODEL = False` is built from its own defaults, and no model is looked for.
    Any other one gets those of these values that its `Params` has fields for: `model_path` (str, verified
    file), `manifest` (Manifest), `input` ((height, width) or None), `threshold`, `precision`, `threads`,
    `cache_dir` (str) and `note` (str, why this model). It may declare `FORMATS`, the model file formats it
    reads (default: onnx), and `describe(path) -> Graph` for files without a manifest.

    Args:
        config: the section of streams.yaml.
        cache_dir: model files, compiled networks and probe results.
        threads: of inference.
        clock: for remembering a failed fetch; the system's by default.
        machine: what `plugin: auto` goes by; this one by default.

    Raises:
        PluginError: the plug-in cannot be used.
        ModelError: the model is not there, is not the right one, or does not do what its manifest says.
    """
    if config.plugin == "auto":
        module, choice = _automatic(config.model, cache_dir, clock, machine or this_machine())
    else:
        module = plugins.load(PACKAGE, config.plugin)
        if not getattr(module, "NEEDS_MODEL", True):
            built: Detector = module.build(module.Params())
            return built
        choice = choose_model(
            config.model,
            cache_dir,
            formats=getattr(module, "FORMATS", ("onnx",)),
            describe=getattr(module, "describe", _cannot_describe),
            clock=clock,
        )
    values = {
        "model_path": str(choice.path),
        "manifest": choice.manifest,
        "input": config.input,
        "threshold": config.threshold,
        "precision": config.precision,
        "threads": threads,
        "cache_dir": str(cache_dir),
        "note": choice.note,
    }
    detector: Detector = module.build(_params(module.__name__, module.Params, values))
    info = detector.info
    log.info(
        "detector_ready",
        model=info.model_id,
        runtime=info.runtime,
        precision=info.precision,
        height=info.height,
        width=info.width,
        note=info.note,
    )
    return detector


def _automatic(
    model: str, cache_dir: Path, clock: Clock | None, machine: Machine
) -> tuple[ModuleType, Choice]:
    """The model, and the plug-in that takes its format on that machine; no other one is loaded."""

    def load(model_format: str) -> ModuleType:
        return plugins.load(PACKAGE, plugin_for(machine, model_format))

    def describe(path: Path) -> Graph:
        graph: Graph = load("onnx").describe(path)  # the only format that a file without a manifest can have
        return graph

    choice = choose_model(model, cache_dir, formats=formats(machine), describe=describe, clock=clock)
    return load(choice.manifest.format), choice


def _params(name: str, params_type: Callable[..., object], values: dict[str, object]) -> object:
    """`Params` of the plug-in `name`, filled with the values that it declares."""
    declared: dict[str, object] | None = getattr(params_type, "__dataclass_fields__", None)
    if declared is None:
        raise PluginInvalid(f"{name}: `Params` has to be a dataclass")
    try:
        return params_type(**{field: values[field] for field in declared if field in values})
    except TypeError as error:
        raise PluginInvalid(
            f"{name}: `Params` wants values that a detector is not given: {error}; there are: "
            f"{', '.join(values)}"
        ) from None


def _cannot_describe(path: Path) -> Graph:
    raise ModelContractError(
        f"this detector plug-in cannot look into a model file without a manifest ({path}); name a model by id"
    )
