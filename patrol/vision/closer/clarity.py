"""Whether gear could be seen in a crop at all, were it there."""

from __future__ import annotations

import cv2
import numpy as np

from patrol.core.media import Pixels
from patrol.core.sight import Reason

TOO_FAR = "rods-too-far"
BY_NIGHT = "rods-by-night"
"""Rods are lost at a contrast of 16 to 22 times the noise, people at 11 (part `fishing` of
benchmarks/night.py): a picture of the night that still shows the man says nothing of his rods."""
NEEDED_PX_PER_M = 50.0
"""Pixels to a metre below which no rod is looked for. By shrinking (benchmarks/second_look.py, `stops_at`)
the rod of the shared river bank clip is found in four of ten looks at 62, and in none at 52. Before sky or
mist it depends on the light behind: in five of the shared stills it is lost between 200 and 25."""
SHARP = 0.2
"""Steepest slope of a crop, in parts of its own span a pixel, below which it is blurred. The shared stills
and clip, searched at 640 pixels, have 0.54 to 1.08; blurred by a Gaussian of 1.5 pixels 0.24 to 0.54,
of 3 pixels 0.13 to 0.27, by when most rods are lost."""
EACH, STEEP = 5, 20
"""Of each fifth point the twentieth steepest is taken. Chosen: 50 pixels of a person have 100 of outline."""
SMALL = 32
"""Pixels of a crop's shorter side below which nobody says whether it is blurred. Chosen."""
SPAN = 24.0
"""Levels of 255 between the darkest and the brightest hundredth of a crop, below which no rod can stand out
in it. Chosen: four times `ridges.LEAST`."""
THUMB = 160
"""Rows or columns, at least, that its levels are taken from. Chosen: a percentile needs no more."""
BRIGHT = 60.0
"""Mean level below which a crop without contrast is called dark. Chosen."""


def unseeable(pixels: Pixels, px_per_m: float | None, *, dark: bool) -> Reason | None:
    """Why a rod would not be found here, were it there; None: it would.

    Args:
        pixels: uint8 [h, w, 3], as they are searched.
        px_per_m: of them; None: not known, and not asked.
        dark: whether the picture is one of the night.
    """
    if px_per_m is not None and px_per_m < NEEDED_PX_PER_M:
        return Reason(TOO_FAR, {"px_per_m": round(px_per_m, 1), "needed": NEEDED_PX_PER_M})
    step = max(1, min(pixels.shape[:2]) // THUMB)
    grey = cv2.cvtColor(np.ascontiguousarray(pixels[::step, ::step]), cv2.COLOR_RGB2GRAY)
    low, high = (float(level) for level in np.percentile(grey, (1, 99)))
    if high - low < SPAN:
        code = "rods-too-dark" if float(grey.mean()) < BRIGHT else "rods-no-contrast"
        return Reason(code, {"levels": round(high - low, 1), "needed": SPAN})
    slope = _slope(pixels) / (high - low) if min(pixels.shape[:2]) >= SMALL else SHARP
    if slope < SHARP:
        return Reason("rods-blurred", {"slope": round(slope, 3), "needed": SHARP})
    return Reason(BY_NIGHT) if dark else None


def _slope(pixels: Pixels) -> float:
    """The slope that some hundred points of a crop reach, levels a pixel: a calm lake has few edges."""
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    across, down = (np.abs(cv2.Sobel(grey, cv2.CV_16S, *way)) for way in ((1, 0), (0, 1)))
    steep = np.maximum(across, down).ravel()[::EACH]
    return float(np.partition(steep, -STEEP)[-STEEP]) / 4  # Sobel's weights add up to 4 on one side
