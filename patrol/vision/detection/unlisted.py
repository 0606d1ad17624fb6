"""Model files without a manifest: recognised by their input and output shapes, for evaluation."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from patrol.core.errors import ModelContractError
from patrol.vision.detection.layouts import Shape, grid_cells
from patrol.vision.detection.manifests import InputSpec, LayoutName, Manifest

CLASSES = 80
"""Only models of COCO's 80 classes are recognised: other names would have to be told."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Shapes of a model file as its runtime reports them; -1 for a side that is left open."""

    input: Shape
    outputs: tuple[Shape, ...]


def infer_manifest(path: Path, graph: Graph) -> Manifest:
    """A manifest for an ONNX file that has none, from the shapes of `graph`.

    Raises:
        ModelContractError: no known layout has such shapes.
    """
    layout = _layout(path, graph)
    _, _, height, width = graph.input
    content = path.read_bytes()
    return Manifest(
        id="file",
        name=path.name,
        task="detection",
        file="file.onnx",
        format="onnx",
        layout=layout,
        labels="coco-80",
        licence="unknown",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        # YOLOX was trained on BGR 0-255, everything else of these layouts on RGB 0-1.
        input=InputSpec(
            default=(height, width),
            multiple=32 if layout == "yolox-grid" else None,
            tensor="nchw-f32",
            resize="letterbox",
            order="bgr" if layout == "yolox-grid" else "rgb",
            range="0-255" if layout == "yolox-grid" else "0-1",
        ),
    )


def _layout(path: Path, graph: Graph) -> LayoutName:
    if len(graph.input) == 4 and graph.input[1] == 3 and min(graph.input[2:]) > 0 and len(graph.outputs) == 1:
        cells = grid_cells((graph.input[2], graph.input[3]))
        match graph.outputs[0]:
            case (1, n, c) if n == cells and c == CLASSES + 5:
                return "yolox-grid"
            case (1, c, n) if n == cells and c == CLASSES + 4:
                return "yolo-v8"
            case (1, _, 6):
                return "end-to-end"
    raise ModelContractError(
        f"{path} has no manifest, and its shapes (input {graph.input}, outputs {graph.outputs}) are those of "
        "no known layout: yolox-grid [1, cells, 85], yolo-v8 [1, 84, cells], end-to-end [1, n, 6], all with "
        "a fixed input [1, 3, height, width]; write a manifest for it"
    )
