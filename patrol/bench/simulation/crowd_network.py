"""A SIMULATED density network: true heads, spoilt by the error that was published for a real one."""

from __future__ import annotations

import math

import cv2
import numpy as np

from patrol.bench.simulation.camera import Array, Pinhole
from patrol.bench.simulation.outlines import Outlined
from patrol.bench.simulation.pedestrians import People
from patrol.bench.simulation.visibility import Visible
from patrol.core.crowd import Crowd
from patrol.core.media import Picture

PUBLISHED_ERROR = 68.2 / 501.4
"""CSRNet on ShanghaiTech A: mean absolute error 68.2 (Li, Zhang and Chen, CVPR 2018), of 501.4 heads in the
mean picture of that set (Zhang et al., CVPR 2016): 14 %."""
BIAS_SHARE, DRIFT_SHARE = 0.85, 0.53
"""The published error is of pictures of different places: most of it (its square: 0.72) stays with a camera
for good, the rest drifts. The squares add up to one. Chosen: nobody has published the split."""
DRIFT_S = 60.0
"""Time in which the drift forgets (autoregressive, first order). Chosen."""
PATCH_ERROR, PATCHES, PATCH_S = 0.2, (5, 8), 10.0
"""Beside the whole count, patches of the picture (rows, columns) err by so much each (log-normal) and forget
in so many seconds. Chosen."""
SEEN = 0.03
"""A head counts for the network where so much of its person is visible. Chosen."""
CELLS = (72, 128)
"""Rows and columns of the map: an eighth of 1024 x 576, as CSRNet's maps are."""
BLUR = 1.0
"""Cells over which a head is spread (standard deviation). Chosen."""


class SimulatedNetwork:
    """Answers for the people it was last shown, whatever the picture. A `DensityNetwork`, for benchmarks.

    Args:
        camera: whose picture it is asked about.
        seed: of its error; another seed is another camera.
        error: mean absolute error of a count, relative; 0: the truth of the heads that can be seen.
        every_s: seconds between looks.
    """

    def __init__(
        self, camera: Pinhole, seed: int, error: float = PUBLISHED_ERROR, every_s: float = 2.0
    ) -> None:
        self._camera, self._error, self._every_s = camera, error, every_s
        self._random = np.random.default_rng([seed, 4])
        # A normal error of standard deviation s has the mean absolute value s x sqrt(2 / pi).
        self._sd = error * math.sqrt(math.pi / 2)
        self._bias = float(self._random.normal())
        self._drift = float(self._random.normal())
        self._patches: Array = self._random.normal(size=PATCHES)
        self._heads: Array = np.zeros((0, 2))

    def show(self, people: People, seen: Outlined, visible: Visible) -> None:
        """What the next pictures show; time goes on by one look.

        Args:
            people: everybody.
            seen: from `see_people`.
            visible: of its outlines.
        """
        self._heads = self._camera.project(people.heads())[seen.rows[visible.shares > SEEN], :2]
        self._drift = self._on(np.array([self._drift]), DRIFT_S).item()
        self._patches = self._on(self._patches, PATCH_S)

    def look(self, picture: Picture) -> Crowd:
        """The spoilt truth; of the picture nothing is used."""
        del picture
        rows, columns = CELLS
        counts, _, _ = np.histogram2d(
            self._heads[:, 1], self._heads[:, 0], bins=CELLS, range=((0.0, 1.0), (0.0, 1.0))
        )
        spread = cv2.GaussianBlur(counts, (0, 0), BLUR, borderType=cv2.BORDER_REFLECT)
        whole = self._sd * (BIAS_SHARE * self._bias + DRIFT_SHARE * self._drift)
        patches = cv2.resize(self._patches, (columns, rows), interpolation=cv2.INTER_CUBIC)
        local = PATCH_ERROR * min(1.0, self._error / PUBLISHED_ERROR) * patches
        factor = max(0.0, 1.0 + whole) * np.exp(local - local.var() / 2)
        return Crowd((spread * factor).astype(np.float32), self._error or None)

    def _on(self, state: Array, forget_s: float) -> Array:
        keep = math.exp(-self._every_s / forget_s)
        fresh: Array = self._random.normal(size=state.shape)
        return keep * state + math.sqrt(1 - keep**2) * fresh
