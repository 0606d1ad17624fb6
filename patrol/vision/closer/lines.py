"""The classical second look: thin straight lines near people (rods), and fine mesh near them (nets)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from patrol.core.closer import Box, Closer, Crop, Gear, GearKind, scale_of
from patrol.core.geometry import Boxes
from patrol.core.media import Pixels
from patrol.core.protocols import SecondLook
from patrol.vision.closer.clarity import BY_NIGHT, TOO_FAR, unseeable
from patrol.vision.closer.mesh import Mesh, mesh
from patrol.vision.closer.ridges import ridge, thinness
from patrol.vision.closer.rods import Rod, rods
from patrol.vision.closer.tracing import lines

RANKED = (TOO_FAR, BY_NIGHT)
"""Where gear is not told and a score is given all the same, for ranking: a silhouette at dusk is dark too."""
SIDE = 640
"""Pixels of the longer side that a crop is searched at; larger ones are scaled down. Chosen: what 20 ms of
one core are enough for."""
UNKNOWN_PX_PER_M = 100.0
"""Pixels to a metre where nothing tells. Chosen: somebody of 1.7 m is a quarter of `SIDE` high."""
NAMED = 0.1
"""Score from which a line is called a rod. Chosen low: several looks decide (`patrol.core.gear`)."""
NET_NAMED = 0.5
"""Score from which a texture is called a net. Chosen: higher than a rod's, since a net is forbidden wherever
there is a law, and boats and railings reach 0.4."""
COUNTED = 3
"""Rods, the likeliest ones, that a crop's score is made of. Chosen: more are a fence, no more fishing."""


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters.

    Attributes:
        named: score from which on a line is called a rod, 0..1.
    """

    named: float = NAMED

    def __post_init__(self) -> None:
        if not 0 < self.named <= 1:
            raise ValueError(f"named must lie above 0 and not above 1, is {self.named:g}")


@dataclass(frozen=True, slots=True, eq=False)
class _Searched:
    """A crop as it is searched, with the way back."""

    pixels: Pixels
    subjects: Boxes
    px_per_m: float | None
    region: Box

    def fractions(self, ends: Box) -> Box:
        """Ends in its pixels as fractions of the whole picture, within the region."""
        height, width = self.pixels.shape[:2]
        left, top, right, bottom = self.region
        x1, x2 = (_within(left, right, (x + 0.5) / width) for x in ends[::2])
        y1, y2 = (_within(top, bottom, (y + 0.5) / height) for y in ends[1::2])
        return (x1, y1, x2, y2)


class Lines:
    """A second look without a model."""

    def __init__(self, params: Params) -> None:
        self._named = params.named

    def examine(self, crop: Crop) -> Closer:
        """Judge one crop, of any size from 1 x 1 on.

        Where it is too far or by night, the score still says how much it looks like fishing, for ranking.
        """
        searched = _searched(crop)
        why = unseeable(searched.pixels, searched.px_per_m, dark=crop.dark)
        if why is not None and why.code not in RANKED:
            return Closer((), 0.0, why)
        thin = thinness(searched.pixels)
        height, width = thin.shape
        px_per_m = searched.px_per_m or UNKNOWN_PX_PER_M
        found = rods(thin, lines(ridge(thin), width, height), searched.subjects, px_per_m)
        net = mesh(thin, searched.subjects, px_per_m)
        score = _score(found, net)
        if why is not None:
            return Closer((), score, why)
        gear = [
            Gear(GearKind.ROD, searched.fractions(rod.line.ends), rod.score)
            for rod in found
            if rod.score >= self._named
        ]
        if net is not None and net.score >= NET_NAMED:
            gear.append(Gear(GearKind.NET, searched.fractions(net.box), net.score))
        return Closer(tuple(gear), score)


def build(params: Params, base: Path) -> SecondLook:
    """The second look; it has no model, so `base` says nothing."""
    del base
    return Lines(params)


def _searched(crop: Crop) -> _Searched:
    height, width = crop.pixels.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    pixels = np.ascontiguousarray(crop.pixels)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    left, top, right, bottom = crop.region
    across, down = pixels.shape[1] / (right - left), pixels.shape[0] / (bottom - top)
    moved = (crop.subjects - (left, top, left, top)) * (across, down, across, down)
    subjects = moved.astype(np.float32).reshape(-1, 4)
    px_per_m = scale_of(subjects) if crop.px_per_m is None else crop.px_per_m * scale
    return _Searched(pixels, subjects, px_per_m, crop.region)


def _within(low: float, high: float, share: float) -> float:
    return low + (high - low) * min(1.0, max(0.0, share))


def _score(found: tuple[Rod, ...], net: Mesh | None) -> float:
    """How likely it is that at least one is gear, were they independent."""
    none = 1.0 if net is None else 1 - net.score
    for rod in found[:COUNTED]:
        none *= 1 - rod.score
    return 1 - none
