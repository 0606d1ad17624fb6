"""What a detector saw in one picture, as aligned arrays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from patrol.core.geometry import Boxes, Mask
from patrol.core.media import Grey, Picture
from patrol.core.sight import Reason, Seeing

Ids = NDArray[np.int64]
"""Track ids, shape [n]; -1: not followed."""

GREY_WIDTH = 320
"""Width of a look's small grey picture, pixels; its height follows from the picture's shape."""


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Rows of one picture. Coordinates are fractions of the picture, so they survive any scaling.

    Attributes:
        boxes: float32 [n, 4], left, top, right, bottom in 0..1.
        scores: float32 [n] in 0..1.
        class_ids: int32 [n], indices into `labels`.
        labels: the detector's class names.
    """

    boxes: Boxes
    scores: NDArray[np.float32]
    class_ids: NDArray[np.int32]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        n = len(self.boxes)
        if self.boxes.shape != (n, 4) or self.scores.shape != (n,) or self.class_ids.shape != (n,):
            raise ValueError(
                f"rows do not align: boxes {self.boxes.shape}, scores {self.scores.shape}, "
                f"class_ids {self.class_ids.shape}"
            )

    def __len__(self) -> int:
        return len(self.boxes)

    @staticmethod
    def none(labels: tuple[str, ...]) -> Detections:
        """A picture that was looked at and in which nothing was found."""
        return Detections(
            np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int32), labels
        )

    def where(self, mask: Mask) -> Detections:
        """The rows that `mask` (bool [n]) selects."""
        return Detections(self.boxes[mask], self.scores[mask], self.class_ids[mask], self.labels)

    def of(self, *names: str, at_least: float = 0.0) -> Detections:
        """The rows whose label is one of `names` and whose score reaches `at_least`."""
        wanted = [i for i, label in enumerate(self.labels) if label in names]
        return self.where(np.isin(self.class_ids, wanted) & (self.scores >= at_least))

    def label_of(self, row: int) -> str:
        """Class name of one row."""
        return self.labels[int(self.class_ids[row])]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One picture of one camera that was decoded and judged.

    Attributes:
        look_id: unique in this process.
        at: wall-clock arrival of the keyframe, UTC.
        arrived: monotonic arrival, seconds.
        width: of the picture, pixels.
        height: of the picture, pixels.
        grey: the picture's luma, small (`GREY_WIDTH` wide or less), for everything that is seen without a
            detector; None where nobody made it.
        tracks: the track of each detection; None where nothing is followed.
        scene: changes where the picture jumps to something else (a clip's splice, another preset): nothing
            seen before a change can be compared with what is seen after it.
        blind: why rules cannot judge this picture at all; None: they can.
        seeing: what the picture says about the camera's sight; None where nobody has judged it.
        picture: the picture itself, for what looks closer. Only while rules judge the look, on their thread,
            and never to be kept: it is a decoder's memory. None where nobody has it.
    """

    camera_id: str
    look_id: str
    at: datetime
    arrived: float
    width: int
    height: int
    detections: Detections
    grey: Grey | None = None
    tracks: Ids | None = None
    scene: int = 0
    blind: Reason | None = None
    seeing: Seeing | None = None
    picture: Picture | None = None
