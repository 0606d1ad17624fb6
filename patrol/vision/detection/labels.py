"""The class names of COCO, and how the two numberings in use map to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COCO_80: tuple[str, ...] = (
    "person",
    "bicycle",
    "car",
    "motorcycle",
    "airplane",
    "bus",
    "train",
    "truck",
    "boat",
    "traffic light",
    "fire hydrant",
    "stop sign",
    "parking meter",
    "bench",
    "bird",
    "cat",
    "dog",
    "horse",
    "sheep",
    "cow",
    "elephant",
    "bear",
    "zebra",
    "giraffe",
    "backpack",
    "umbrella",
    "handbag",
    "tie",
    "suitcase",
    "frisbee",
    "skis",
    "snowboard",
    "sports ball",
    "kite",
    "baseball bat",
    "baseball glove",
    "skateboard",
    "surfboard",
    "tennis racket",
    "bottle",
    "wine glass",
    "cup",
    "fork",
    "knife",
    "spoon",
    "bowl",
    "banana",
    "apple",
    "sandwich",
    "orange",
    "broccoli",
    "carrot",
    "hot dog",
    "pizza",
    "donut",
    "cake",
    "chair",
    "couch",
    "potted plant",
    "bed",
    "dining table",
    "toilet",
    "tv",
    "laptop",
    "mouse",
    "remote",
    "keyboard",
    "cell phone",
    "microwave",
    "oven",
    "toaster",
    "sink",
    "refrigerator",
    "book",
    "clock",
    "vase",
    "scissors",
    "teddy bear",
    "hair drier",
    "toothbrush",
)
"""In the order of the 80 classes that are annotated (darknet, YOLO)."""

_NOT_ANNOTATED = frozenset({12, 26, 29, 30, 45, 66, 68, 69, 71, 83})
"""Ids of COCO's 90 that no picture has: street sign, hat, shoe, eye glasses, plate, mirror, window, desk,
door, blender. TensorFlow's models keep the gaps."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelSet:
    """Class names, and the way from a model's own ids to them.

    Attributes:
        names: the detector's labels.
        index: int32, index[id of the model] is the index in `names`, -1 for an id that means nothing.
    """

    names: tuple[str, ...]
    index: NDArray[np.int32]

    @property
    def count(self) -> int:
        """How many ids the model can give, meaningless ones included."""
        return len(self.index)


def _coco_90() -> NDArray[np.int32]:
    index = np.full(91, -1, np.int32)
    index[[i for i in range(1, 91) if i not in _NOT_ANNOTATED]] = np.arange(80, dtype=np.int32)
    return index


LABELS: dict[str, LabelSet] = {
    "coco-80": LabelSet(COCO_80, np.arange(80, dtype=np.int32)),
    "coco-90": LabelSet(COCO_80, _coco_90()),
}
"""By the name that a manifest gives. `coco-90`: ids 1..90 with gaps, 0 is the background."""
