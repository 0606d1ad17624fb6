"""A drawn street with people: a test picture that can be shipped, on which real detectors find something.

YOLOX-nano gives the six figures 0.8 to 0.9, SSD MobileNet v2 sees three of them; so two precisions can be
compared on boxes, and not on noise.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from patrol.core.media import Grey, Pixels

WIDTH, HEIGHT = 1280, 720
Colour = tuple[int, int, int]
_SKIN, _HAIR, _SHOE, _SHADOW = (130, 160, 205), (35, 40, 50), (30, 30, 30), (80, 80, 80)
_FIGURES: tuple[tuple[int, int, int, Colour, Colour], ...] = (
    (200, 640, 330, (60, 60, 170), (90, 60, 40)),
    (420, 560, 220, (160, 120, 60), (50, 50, 50)),
    (640, 680, 400, (70, 140, 80), (110, 90, 70)),
    (830, 520, 170, (200, 200, 200), (60, 40, 30)),
    (1000, 600, 260, (40, 40, 40), (120, 110, 100)),
    (1150, 500, 150, (50, 90, 190), (70, 70, 70)),
)
"""x of the middle, y of the feet, height, colour of shirt and trousers (BGR). Sizes as in a street camera."""


class DrawnStreet:
    """A `Picture` of the drawn street, 1280 x 720; the same pixels every time."""

    def __init__(self) -> None:
        self._bgr = _street()

    @property
    def width(self) -> int:
        """Pixels."""
        return WIDTH

    @property
    def height(self) -> int:
        """Pixels."""
        return HEIGHT

    def pixels(self, width: int, height: int, order: Literal["rgb", "bgr"] = "rgb") -> Pixels:
        """Scaled copy, shape [height, width, 3], uint8."""
        import cv2

        scaled = np.asarray(cv2.resize(self._bgr, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        return np.ascontiguousarray(scaled[..., ::-1]) if order == "rgb" else scaled

    def grey(self, width: int, height: int) -> Grey:
        """Luma, scaled, shape [height, width], uint8."""
        import cv2

        return np.asarray(cv2.cvtColor(self.pixels(width, height, "bgr"), cv2.COLOR_BGR2GRAY), np.uint8)


def _street() -> Pixels:
    import cv2

    rng = np.random.default_rng(7)
    down = np.linspace(0, 1, HEIGHT)[:, None, None]
    sky, ground = np.array([200, 190, 175]) - 40 * down, np.array([120, 125, 125]) + 30 * down
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[:] = np.where(down < 0.35, sky, ground)
    for left in range(0, WIDTH, 140):
        colour = [int(v) for v in rng.integers(90, 180, 3)]
        cv2.rectangle(picture, (left, 90), (left + 110, 260), colour, -1)
    for figure in _FIGURES:
        _draw(picture, *figure)
    soft = cv2.GaussianBlur(picture, (0, 0), 1.0) + rng.normal(0, 6, picture.shape)
    return np.clip(soft, 0, 255).astype(np.uint8)


def _draw(picture: Pixels, x: int, feet: int, tall: int, shirt: Colour, trousers: Colour) -> None:
    """One standing person, eight heads tall, seen from the front."""
    import cv2

    unit = tall / 8

    def at(*points: tuple[float, float]) -> NDArray[np.int32]:
        return np.array([[int(x + px * unit), int(feet - tall + py * unit)] for px, py in points], np.int32)

    def polygon(colour: Colour, *points: tuple[float, float]) -> None:
        cv2.fillPoly(picture, [at(*points)], colour, cv2.LINE_AA)

    def ellipse(colour: Colour, centre: tuple[float, float], axes: tuple[float, float], start: int) -> None:
        size = (int(axes[0] * unit), int(axes[1] * unit))
        cv2.ellipse(picture, at(centre)[0].tolist(), size, 0, start, 360, colour, -1, cv2.LINE_AA)

    ellipse(_SHADOW, (0, 8), (1.4, 0.3), 0)
    polygon(trousers, (-0.75, 4), (0.75, 4), (0.7, 7.7), (0.15, 7.7), (0.05, 4.8), (-0.15, 7.7), (-0.7, 7.7))
    polygon(shirt, (-1, 1.6), (1, 1.6), (0.8, 4.2), (-0.8, 4.2))
    for side in (-1, 1):
        arm = [int(c * 0.85) for c in shirt]
        shoulder, hand = at((side * 1.0, 1.8), (side * 1.35, 4.2)).tolist()
        cv2.line(picture, shoulder, hand, arm, max(1, int(0.5 * unit)), cv2.LINE_AA)
        ellipse(_SKIN, (side * 1.35, 4.35), (0.25, 0.25), 0)
        polygon(_SHOE, (side * 0.15, 7.6), (side * 0.75, 7.6), (side * 0.95, 8), (side * 0.1, 8))
    ellipse(_SKIN, (0, 0.8), (0.55, 0.75), 0)
    ellipse(_HAIR, (0, 0.5), (0.6, 0.55), 180)
