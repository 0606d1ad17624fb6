"""A second look by an open-vocabulary model (YOLOE) that was told the words for fishing gear. Off by default.

Needs the extra `open-vocabulary`, AGPL-3.0, and weights that the user brings: docs/guide/second-look.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from patrol.core.closer import Box, Closer, Crop, Gear, GearKind, scale_of
from patrol.core.errors import ChecksumMismatch, ModelContractError, ModelUnavailable
from patrol.core.geometry import Boxes
from patrol.core.media import Pixels
from patrol.core.protocols import SecondLook
from patrol.vision.closer.clarity import unseeable
from patrol.vision.closer.yoloe import Found, Seer, load

THRESHOLD = 0.25
"""Least score of a piece of gear: the default of ultralytics' own `predict`; not measured on fishing."""
SIDE = 640
"""Pixels of the input: the size that YOLOE is published for, ultralytics' default."""
SLIMMEST = 16
"""Longer to shorter side of a crop above which it is padded. Chosen: a strip would be scaled to no pixel."""
PAD = 114
"""Grey that is padded with: the one that ultralytics itself uses."""
PROMPTS: Mapping[str, GearKind] = {
    "fishing rod": GearKind.ROD,
    "fishing net": GearKind.NET,
    "fishing float": GearKind.FLOAT,
    "bucket": GearKind.BUCKET,
}
"""Words of the vocabulary by default. Chosen; which words serve best has not been measured."""

Point = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Params:
    """What `second_looks` says about one.

    Attributes:
        model: the weights file, .pt, with its vocabulary set; a relative path starts from the folder of
            streams.yaml.
        sha256: of the file; where given it is checked at each start.
        prompts: names of the weights' vocabulary, each with what gear it means; other names are left out.
        threshold: score from which on gear is named, 0..1.
        side: of the input, pixels, a multiple of 32.
        device: `cpu`, or `cuda:0` and so on.
    """

    model: str
    sha256: str | None = None
    prompts: dict[str, GearKind] = field(default_factory=lambda: dict(PROMPTS))
    threshold: float = THRESHOLD
    side: int = SIDE
    device: str = "cpu"

    def __post_init__(self) -> None:
        if not self.model:
            raise ValueError("model: name a weights file (.pt)")
        if not self.prompts:
            raise ValueError("prompts: expected at least one, such as `fishing rod: rod`")
        if not 0 < self.threshold <= 1:
            raise ValueError(f"threshold: expected above 0 and not above 1, not {self.threshold:g}")
        if not 64 <= self.side <= 4096 or self.side % 32:
            raise ValueError(f"side: expected a multiple of 32 from 64 to 4096, not {self.side}")
        if not re.fullmatch(r"cpu|cuda(:\d+)?|mps", self.device):
            raise ValueError("device: expected cpu, cuda or cuda:0")


def build(params: Params, base: Path) -> SecondLook:
    """Load the weights and run them once.

    Raises:
        PluginUnavailable: ultralytics is not installed.
        ModelUnavailable: there is no such file.
        ChecksumMismatch: it is another file.
        ModelContractError: it cannot be loaded, does not run, or lacks a word of `prompts`.
    """
    path = (base / Path(params.model).expanduser()).absolute()
    if params.sha256 is not None:
        _verify(path, params.sha256)
    seer = load(path, params.threshold, params.side, params.device)
    if lacking := sorted(set(params.prompts) - seer.names):
        there = ", ".join(sorted(seer.names)[:20])
        raise ModelContractError(
            f"{path} does not know {', '.join(map(repr, lacking))}; its vocabulary is: {there}; set it as "
            "docs/guide/second-look.md says, or name its own words in `prompts`"
        )
    return OpenVocabulary(seer, params)


class OpenVocabulary:
    """A `SecondLook` over a loaded model.

    Args:
        seer: the model.
        params: `prompts`, `threshold` and `side` are used.
    """

    def __init__(self, seer: Seer, params: Params) -> None:
        self._seer = seer
        self._params = params

    def examine(self, crop: Crop) -> Closer:
        """Judge one crop, of any size from 1 x 1 on.

        Raises:
            ModelError: the model failed.
        """
        height, width = crop.pixels.shape[:2]
        subjects = _in_pixels(crop.subjects, crop.region, (width, height))
        px_per_m = scale_of(subjects) if crop.px_per_m is None else crop.px_per_m
        shrunk = min(1.0, self._params.side / max(width, height))
        why = unseeable(crop.pixels, None if px_per_m is None else px_per_m * shrunk, dark=crop.dark)
        if why is not None:
            return Closer((), 0.0, why)
        gear = self._gear(self._seer.see(_padded(crop.pixels)), subjects, crop)
        return Closer(gear, max((piece.score for piece in gear), default=0.0))

    def _gear(self, found: Found, subjects: Boxes, crop: Crop) -> tuple[Gear, ...]:
        """What was found, surest first."""
        pieces = []
        for index in np.argsort(-found.scores, kind="stable"):
            kind = self._params.prompts.get(found.names[index])
            score = float(found.scores[index])
            if kind is None or not score >= self._params.threshold:
                continue
            box = found.boxes[index]
            outline = found.outlines[index] if found.outlines else np.zeros((0, 2), np.float32)
            place = rod_ends(box, outline, subjects) if kind is GearKind.ROD else box
            pieces.append(Gear(kind, _in_picture(place, crop), min(1.0, score)))
        return tuple(pieces)


def rod_ends(box: Point, outline: Point, subjects: Boxes) -> Point:
    """Both ends of a rod, the one that is held first, float32 [4].

    They are the outline's farthest along its main direction; without an outline, opposite corners of the box.
    The held one is nearer to a subject; without subjects, the lower one (the left one of two as low).

    Args:
        box: left, top, right, bottom.
        outline: [m, 2], may be empty.
        subjects: boxes [n, 4], may be empty; all in pixels.
    """
    left, top, right, bottom = box
    if len(outline) >= 2:
        middle = outline - outline.mean(axis=0)
        along = middle @ np.linalg.svd(middle, full_matrices=False)[2][0]
        ends = outline[[int(along.argmin()), int(along.argmax())]]
        nearer = int(np.argmin([_away(end, subjects) for end in ends]))
        held, tip = ends[nearer], ends[1 - nearer]
    else:
        corners = np.asarray([(left, bottom), (right, bottom), (left, top), (right, top)], np.float32)
        held = corners[int(np.argmin([_away(corner, subjects) for corner in corners]))]
        tip = np.asarray((left + right, top + bottom), np.float32) - held
    return np.concatenate([held, tip]).astype(np.float32)


def _away(point: Point, subjects: Boxes) -> float:
    """Pixels from the nearest subject; where there is none, less the lower it lies."""
    if not len(subjects):
        return -float(point[1])
    across = np.maximum(np.maximum(subjects[:, 0] - point[0], point[0] - subjects[:, 2]), 0)
    down = np.maximum(np.maximum(subjects[:, 1] - point[1], point[1] - subjects[:, 3]), 0)
    return float(np.hypot(across, down).min())


def _in_pixels(subjects: Boxes, region: Box, size: tuple[int, int]) -> Boxes:
    """Boxes in fractions of the picture as pixels of the crop."""
    left, top, right, bottom = region
    scale = np.asarray([size[0] / (right - left), size[1] / (bottom - top)] * 2)
    return np.asarray((subjects.reshape(-1, 4) - (left, top, left, top)) * scale, np.float32)


def _in_picture(place: Point, crop: Crop) -> Box:
    """Two points in pixels of the crop as fractions of the picture, within the crop."""
    height, width = crop.pixels.shape[:2]
    left, top, right, bottom = crop.region
    x1, y1, x2, y2 = (float(share) for share in np.clip(place / (width, height, width, height), 0, 1))
    across, down = right - left, bottom - top
    return (left + x1 * across, top + y1 * down, left + x2 * across, top + y2 * down)


def _padded(pixels: Pixels) -> Pixels:
    """A crop that is no strip: grey to the right or below, which moves nothing."""
    height, width = pixels.shape[:2]
    least = -(-max(height, width) // SLIMMEST)
    grow = ((0, max(0, least - height)), (0, max(0, least - width)), (0, 0))
    return np.pad(pixels, grow, constant_values=PAD) if grow != ((0, 0), (0, 0), (0, 0)) else pixels


def _verify(path: Path, sha256: str) -> None:
    try:
        with path.open("rb") as file:
            there = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnavailable(f"the weights cannot be read: {path}: {error.strerror}") from None
    if there != sha256.lower():
        raise ChecksumMismatch(
            f"{path} is not the file that is named: expected sha256 {sha256}, found {there}"
        )
