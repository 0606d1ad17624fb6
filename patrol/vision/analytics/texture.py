"""What a picture shows at the scale of heads and shoulders, site by site, and what of it always stands there.

A crowd that a detector does not see is still seen: as contrast at the scale of heads, where empty ground has
none. Paving, kerbs and benches have some, too; but they look the same for ever, and people do not. So each
site learns what stands there, by majority over minutes, and only what is known is taken for scenery. In the
first minutes nothing is. No plug-in.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.core.geometry import Mask, Points
from patrol.core.ground import Ground
from patrol.core.media import Picture

Patches = NDArray[np.float32]
"""Shape [m, 9]: band-passed grey levels around each site."""

BASE_WIDTH = 960
"""Width of the grey picture that texture is taken from, at most, pixels: half of 1080p still has 12 pixels to
a metre where the picture has 25."""
LEAST_PX_PER_M = 8.0
"""Each site is looked at where a metre has 8 to 16 pixels (a head two to four), in a picture that was halved
so often; nearer people are not looked at more closely than far ones. Chosen."""
FINE, COARSE = 0.7, 2.5
"""Gaussians, pixels, whose difference is the band: what is 0.1 to 0.5 m wide. Chosen."""
APART = 2
"""Pixels between the nine points of a patch: it spans a quarter to half a metre. Chosen."""
CONTRAST = 0.06
"""Root mean square of a patch by the mean brightness around, from which a site is busy."""
LEAST_LEVELS = 3.0
"""And grey levels that it has to have, against noise in the dark: a sensor's noise of 6 levels is half of
that in the band of a halved picture. Chosen."""
SAME = 0.3
"""Mean square of the difference of two patches, by the greater one's own, up to which they show the same: a
correlation of 0.85 where both have the same contrast. Chosen; a fifth more light changes it by 0.03."""
VOTE_EVERY_S = 7.0
"""Between two looks that sites learn from. Not a divisor of ten: of a clip that is repeated, each turn shows
another moment. Chosen."""
KNOWN_S = 600.0
"""A majority for so long is scenery: people in a crowd do not stand with their heads unmoved for ten minutes.
Chosen."""
KEPT_S = 3600.0
"""What has stood there for longer is given up as fast as if it had stood there for so long. Chosen."""
FROZEN = 0.3
"""Mean change of the sites' own pixels since the last vote, levels, up to which it is the same picture and
teaches nothing: a still repeated is no scenery. As `SAME` of patrol/vision/sight/standing.py, where it was
measured: a still coded anew changes by 0.00 to 0.36, live clips by 1.7 or more."""


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """One picture at all sites.

    Attributes:
        patches: band-passed.
        pixels: the grey level at each site, [m].
        busy: which sites have contrast as people have, [m].
    """

    patches: Patches
    pixels: NDArray[np.float32]
    busy: Mask


class Sampler:
    """Takes the texture of pictures of one size at fixed sites.

    Args:
        sites: picture fractions [m, 2], inside of the picture.
        ground: of the calibration.
        size: width and height of the pictures, pixels.
    """

    def __init__(self, sites: Points, ground: Ground, size: tuple[int, int]) -> None:
        width, height = size
        self._width = min(width, BASE_WIDTH)
        self._height = max(1, round(height * self._width / width))
        scale = ground.pixels_per_metre(sites, *size) * self._width / width
        levels = np.floor(np.log2(np.maximum(scale / LEAST_PX_PER_M, 1.0))).astype(int)
        deepest = int(np.log2(max(1, min(self._width, self._height) // 8)))
        self._levels = np.minimum(levels, max(0, deepest))
        self._sites = sites

    def take(self, picture: Picture) -> Texture:
        """The texture of one picture.

        Raises:
            DecodeError: the picture cannot be scaled.
        """
        level = picture.grey(self._width, self._height).astype(np.float32)
        pixels = _at(level, self._sites)
        patches = np.zeros((len(self._sites), 9), np.float32)
        around = np.zeros(len(self._sites), np.float32)
        for number in range(int(self._levels.max(initial=0)) + 1):
            if number:
                half = (max(1, level.shape[1] // 2), max(1, level.shape[0] // 2))
                level = np.asarray(cv2.resize(level, half, interpolation=cv2.INTER_AREA), np.float32)
            rows = self._levels == number
            if rows.any():
                patches[rows], around[rows] = _patches(level, self._sites[rows])
        rms = np.sqrt(np.mean(patches**2, axis=1))
        busy = np.asarray(rms >= np.maximum(LEAST_LEVELS, CONTRAST * around), np.bool_)
        return Texture(patches, pixels, busy)


def _patches(level: NDArray[np.float32], sites: Points) -> tuple[Patches, NDArray[np.float32]]:
    fine, coarse = (cv2.GaussianBlur(level, (0, 0), sigma) for sigma in (FINE, COARSE))
    band = np.asarray(fine - coarse, np.float32)
    steps = (-APART, 0, APART)
    taken = [_at(band, sites, across, down) for down in steps for across in steps]
    return np.stack(taken, axis=1), _at(np.asarray(coarse, np.float32), sites)


def _at(level: NDArray[np.float32], sites: Points, across: int = 0, down: int = 0) -> NDArray[np.float32]:
    """Pixels at, or so far beside, the sites, [m]; beyond the edge, those of the edge."""
    height, width = level.shape
    x, y = (sites[:, 0] * width).astype(np.intp), (sites[:, 1] * height).astype(np.intp)
    taken = level[np.clip(y + down, 0, height - 1), np.clip(x + across, 0, width - 1)]
    return np.asarray(taken, np.float32)


class Scenery:
    """What always stands at each site: Boyer and Moore's majority vote, 1981, over looks seconds apart."""

    def __init__(self) -> None:
        self._patches: Patches = np.zeros((0, 9), np.float32)
        self._votes: NDArray[np.int32] = np.zeros(0, np.int32)
        self._last: NDArray[np.float32] | None = None
        self._voted_at = 0.0
        self._learnt = 0

    @property
    def settled(self) -> bool:
        """Whether it has learnt for long enough to know what always stands there."""
        return self._learnt >= KNOWN_S / VOTE_EVERY_S

    def known(self, texture: Texture) -> Mask:
        """Which sites show what always stands there, [m]."""
        if len(self._votes) != len(texture.patches):
            return np.zeros(len(texture.patches), np.bool_)
        lasting = self._votes >= KNOWN_S / VOTE_EVERY_S
        return np.asarray(lasting & same(texture.patches, self._patches), np.bool_)

    def learn(self, arrived: float, texture: Texture, covered: Mask) -> None:
        """Let one look vote, if it is time.

        Args:
            arrived: monotonic seconds.
            texture: of the look.
            covered: sites where somebody was found: they are left out, [m].
        """
        patches = texture.patches
        if len(self._votes) != len(patches):
            self._patches, self._votes = patches.copy(), np.zeros(len(patches), np.int32)
            self._last, self._voted_at, self._learnt = None, arrived, 0
        if self._last is not None and 0 <= arrived - self._voted_at < VOTE_EVERY_S:
            return
        if self._last is not None and float(np.mean(np.abs(texture.pixels - self._last))) <= FROZEN:
            return
        first, self._last, self._voted_at = self._last is None, texture.pixels, arrived
        if first:
            return
        self._learnt += 1
        votes = self._votes + np.where(covered, 0, np.where(same(patches, self._patches), 1, -1))
        other = votes < 0
        self._patches[other] = patches[other]
        self._votes = np.clip(votes, 0, int(KEPT_S / VOTE_EVERY_S)).astype(np.int32)


def same(a: Patches, b: Patches) -> Mask:
    """Which patches show the same, [m]."""
    apart = np.mean((a - b) ** 2, axis=1)
    own = np.maximum(np.mean(a**2, axis=1), np.mean(b**2, axis=1))
    return np.asarray(apart <= SAME * own, np.bool_)
