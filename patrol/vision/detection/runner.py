"""A detector out of any runtime's engine and a manifest: all that openvino and onnx have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from patrol.core.detections import Detections
from patrol.core.errors import ModelContractError
from patrol.core.media import Picture, Pixels
from patrol.core.protocols import DetectorInfo, Prepared
from patrol.vision.detection.labels import LABELS
from patrol.vision.detection.layouts import LAYOUTS, Array, Raw, Shape
from patrol.vision.detection.letterbox import prepare, to_fractions
from patrol.vision.detection.manifests import Manifest, Size

OVERLAP = 0.45
"""IoU above which two boxes of one class are one object; the value of YOLOX's own demo."""


class Engine(Protocol):
    """A loaded network of one runtime, at one input size.

    One picture at a time: on one thread of a CPU a batch of 4 or 8 costs the same per picture
    (docs/models.md), and so a result never depends on which other cameras happened to share a batch.
    """

    @property
    def runtime(self) -> str:
        """Name and version."""
        ...

    @property
    def precision(self) -> str:
        """What it computes in: `f32`, `bf16`."""
        ...

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Of the outputs, in the manifest's order."""
        ...

    def infer(self, pixels: Pixels) -> Sequence[Array]:
        """The outputs for one uint8 [height, width, 3] input, valid until the next call.

        Raises:
            ModelError: the runtime failed.
        """
        ...


class ManifestDetector:
    """A `Detector`: prepares by the manifest's input, runs the engine, reads its outputs by the layout.

    Raises:
        ModelContractError: the engine's outputs do not fit the manifest, or a first run on an empty picture
            gives values that no detector gives.
    """

    def __init__(self, engine: Engine, manifest: Manifest, size: Size, threshold: float, note: str) -> None:
        self._engine = engine
        self._manifest = manifest
        self._size = size
        self._threshold = threshold
        self._layout = LAYOUTS[manifest.layout]
        self._labels = LABELS[manifest.labels]
        self._info = DetectorInfo(
            manifest.id, engine.runtime, engine.precision, size[1], size[0], self._labels.names, note
        )
        self._layout.check(engine.shapes, size, self._labels.count)
        grey = np.full((*size, 3), manifest.input.pad, np.uint8)
        self._judge(Prepared(grey, (float(size[1]), float(size[0])), (0.0, 0.0)))

    @property
    def info(self) -> DetectorInfo:
        """What runs, and why."""
        return self._info

    def prepare(self, picture: Picture) -> Prepared:
        """Scale a picture to the input, once, by the decoder's own scaler."""
        return prepare(picture, self._manifest.input, self._size)

    def detect(self, batch: Sequence[Prepared]) -> list[Detections]:
        """One result per input, in order, best score first within each.

        Raises:
            ModelError: the model failed, or gave what its manifest excludes.
        """
        return [self._judge(prepared) for prepared in batch]

    def _judge(self, prepared: Prepared) -> Detections:
        if prepared.pixels.shape != (*self._size, 3) or prepared.pixels.dtype != np.uint8:
            raise ModelContractError(
                f"an input of {prepared.pixels.dtype} {prepared.pixels.shape} was given to "
                f"{self._manifest.id}, which takes uint8 {(*self._size, 3)}; it has to come from "
                "this detector's prepare()"
            )
        raw = self._layout.decode(self._engine.infer(prepared.pixels), self._size, self._threshold)
        if self._layout.suppress:
            raw = suppressed(raw)
        boxes = to_fractions(raw.boxes, prepared)
        class_ids = self._class_ids(raw.ids)
        real = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1]) & (class_ids >= 0)
        best_first = np.flatnonzero(real)[np.argsort(-raw.scores[real], kind="stable")]
        return Detections(
            boxes[best_first], raw.scores[best_first], class_ids[best_first], self._labels.names
        )

    def _class_ids(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        if ids.size and not (ids.min() >= 0 and ids.max() < self._labels.count):
            raise ModelContractError(
                f"the model gives class ids {ids.min()} to {ids.max()}, and {self._manifest.labels} has "
                f"{self._labels.count}; the manifest or the file is wrong"
            )
        return self._labels.index[ids]


def suppressed(raw: Raw) -> Raw:
    """Only the best of boxes of one class that overlap by more than OVERLAP."""
    import cv2

    if len(raw.scores) == 0:
        return raw
    corner_and_size = np.concatenate([raw.boxes[:, :2], raw.boxes[:, 2:] - raw.boxes[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxesBatched(
        corner_and_size.astype(np.float64).tolist(), raw.scores.tolist(), raw.ids.tolist(), 0.0, OVERLAP
    )
    rows = np.asarray(kept, np.intp).reshape(-1)
    return Raw(raw.boxes[rows], raw.scores[rows], raw.ids[rows])
