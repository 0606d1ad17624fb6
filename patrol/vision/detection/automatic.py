"""`plugin: auto`: which runtime takes a model on which machine. Pure; imports no runtime."""

from __future__ import annotations

import importlib.util
import platform
from dataclasses import dataclass

READS: dict[str, tuple[str, ...]] = {
    "openvino": ("onnx", "tf-frozen"),
    "onnx": ("onnx",),
    "opencv": ("onnx", "tf-frozen"),
}
"""Formats by plug-in: each one's own FORMATS, known here without loading its library."""
PACKAGES = {"openvino": "openvino", "onnx": "onnxruntime", "opencv": "cv2"}
"""The package that each plug-in needs."""
X86_64 = ("x86_64", "AMD64")


@dataclass(frozen=True, slots=True)
class Machine:
    """What the choice depends on.

    Attributes:
        architecture: as `platform.machine()` says it.
        runtimes: plug-ins whose package is installed.
    """

    architecture: str
    runtimes: frozenset[str]


def this_machine() -> Machine:
    """The one that this runs on."""
    there = (name for name, package in PACKAGES.items() if importlib.util.find_spec(package) is not None)
    return Machine(platform.machine(), frozenset(there))


def plugin_for(machine: Machine, model_format: str) -> str:
    """The plug-in that takes a model of that format.

    Where none can, it is the machine's first, whose loading then says what is missing.
    """
    return next((name for name in _usable(machine) if model_format in READS[name]), _order(machine)[0])


def formats(machine: Machine) -> tuple[str, ...]:
    """The formats that some plug-in takes on that machine, best first."""
    usable = _usable(machine) or _order(machine)[:1]
    return tuple(dict.fromkeys(kind for name in usable for kind in READS[name]))


def _usable(machine: Machine) -> tuple[str, ...]:
    return tuple(name for name in _order(machine) if name in machine.runtimes)


def _order(machine: Machine) -> tuple[str, ...]:
    """Fastest first. OpenVINO's wheel for arm64 wants a newer glibc than many boxes have."""
    return ("openvino",) if machine.architecture in X86_64 else ("onnx", "opencv")
