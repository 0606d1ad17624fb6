"""Detector models for tests: toy files with manifests that fit them, pictures, and an engine that is told
what to answer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.core.media import Grey, Pixels
from patrol.vision.detection.layouts import Array, Shape
from patrol.vision.detection.manifests import Manifest
from tests.fakes import toy_onnx

SIZE = (64, 96)
"""Height and width of the toys' input."""


class ArrayPicture:
    """A `Picture` of an RGB array."""

    def __init__(self, rgb: Pixels) -> None:
        self._rgb = rgb
        self.height, self.width = rgb.shape[:2]

    def pixels(self, width: int, height: int, order: Literal["rgb", "bgr"] = "rgb") -> Pixels:
        scaled = cv2.resize(self._rgb, (width, height), interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(scaled if order == "rgb" else scaled[..., ::-1], np.uint8)

    def grey(self, width: int, height: int) -> Grey:
        return np.asarray(cv2.cvtColor(self.pixels(width, height), cv2.COLOR_RGB2GRAY), np.uint8)


def plain(red: int, green: int = 0, blue: int = 0, width: int = 192, height: int = 128) -> ArrayPicture:
    """A picture of one colour; by default of the toys' aspect."""
    return ArrayPicture(np.full((height, width, 3), (red, green, blue), np.uint8))


def manifest(content: bytes = b"toy", **changes: Any) -> Manifest:
    """A manifest for `content`: end-to-end layout, RGB 0-1, letterbox, 64 x 96."""
    table: dict[str, Any] = {
        "id": "toy",
        "name": "Toy",
        "task": "detection",
        "file": "toy.onnx",
        "format": "onnx",
        "layout": "end-to-end",
        "labels": "coco-80",
        "licence": "Apache-2.0",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    spec: dict[str, Any] = {
        "default": SIZE,
        "multiple": 32,
        "tensor": "nchw-f32",
        "resize": "letterbox",
        "order": "rgb",
        "range": "0-1",
    }
    spec.update(changes.pop("input", {}))
    return Manifest.model_validate({**table, **changes, "input": spec})


def rows(*detections: tuple[float, float, float, float, float, int]) -> NDArray[np.float32]:
    """An end-to-end output: left, top, right, bottom in input pixels, score, class id."""
    return np.asarray(detections, np.float32).reshape(1, -1, 6)


def write_toy(
    folder: Path, constant: NDArray[np.float32], gain: NDArray[np.float32] | None = None, **changes: Any
) -> tuple[Path, Manifest]:
    """A toy model file with a manifest that names it."""
    content = toy_onnx.model(constant, SIZE, gain)
    path = folder / "toy.onnx"
    path.write_bytes(content)
    return path, manifest(content, **changes)


class FakeEngine:
    """A `runner.Engine` that answers what it was given."""

    runtime = "fake 1"
    precision = "f32"

    def __init__(self, *outputs: NDArray[Any]) -> None:
        self.outputs = [np.asarray(output, np.float32) for output in outputs]
        self.seen: list[Pixels] = []

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return tuple(output.shape for output in self.outputs)

    def infer(self, pixels: Pixels) -> Sequence[Array]:
        self.seen.append(pixels)
        return self.outputs
