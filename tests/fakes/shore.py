"""A drawn shore: somebody dark before bright water, and what is put beside them."""

from __future__ import annotations

import cv2
import numpy as np

from patrol.core.closer import WHOLE, Box, Crop
from patrol.core.geometry import Boxes
from patrol.core.media import Pixels

SIZE = (640, 480)
"""Width and height, pixels."""
PERSON = (300, 200, 350, 370)
"""Left, top, right, bottom: somebody of 1.7 m at 100 pixels to a metre, who stands."""
HAND = (345, 265)
ROD = (*HAND, 510, 150)
"""Two metres of it."""
LENS = 0.6
"""Blur of the lens, pixels."""
DARK, BRIGHT = (40, 40, 45), (170, 185, 190)


class Shore:
    """A picture that is drawn on; the noise of a camera is there, the same in each."""

    def __init__(self, size: tuple[int, int] = SIZE, noise: float = 1.5) -> None:
        self._noise = noise
        self.pixels: Pixels = np.full((size[1], size[0], 3), BRIGHT, np.uint8)

    def person(self, box: tuple[int, int, int, int] = PERSON) -> Shore:
        left, top, right, bottom = box
        middle, head = (left + right) // 2, (bottom - top) // 8
        cv2.circle(self.pixels, (middle, top + head), head, DARK, -1)
        cv2.rectangle(self.pixels, (left + 8, top + 2 * head), (right - 8, bottom), DARK, -1)
        cv2.line(self.pixels, (middle, top + 3 * head), HAND, DARK, 10)
        return self

    def line(self, ends: tuple[int, int, int, int], width: float = 1.5, level: int = 40) -> Shore:
        """A straight line, so many pixels wide; 1.5 are the 15 mm of a rod."""
        corners = np.asarray(ends, np.float64).reshape(2, 2)
        return self._drawn(corners, width, level)

    def bent(self, turn: float = 70.0) -> Shore:
        """A rod of some 190 pixels in a bow that turns by so many degrees from hand to tip."""
        way = np.radians(-60 + turn * np.linspace(0, 1, 40))
        steps = np.stack([np.cos(way), np.sin(way)], axis=1) * 190 / 40
        return self._drawn(np.asarray(HAND) + np.cumsum(steps, axis=0), 1.5, 40)

    def _drawn(self, corners: np.ndarray, width: float, level: int) -> Shore:
        """Drawn eight times as large and shrunk, as a lens would show it."""
        height, across = self.pixels.shape[:2]
        mask = np.zeros((height * 8, across * 8), np.uint8)
        points = np.rint((corners + 0.5) * 8).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(mask, [points], False, 255, max(1, round(width * 8)))
        shown = cv2.resize(mask, (across, height), interpolation=cv2.INTER_AREA)
        share = np.asarray(cv2.GaussianBlur(shown, (0, 0), LENS))[..., None] / 255.0
        self.pixels = (self.pixels * (1 - share) + level * share).astype(np.uint8)
        return self

    def paddle(self) -> Shore:
        """A shaft of 40 mm and 2.2 m across the body, with a blade at each end."""
        self.line((215, 300, 435, 250), 4)
        for x, y in ((205, 302), (445, 248)):
            cv2.ellipse(self.pixels, (x, y), (26, 9), -13, 0, 360, DARK, -1)
        return self

    def horizon(self, y: int = 160) -> Shore:
        self.pixels[:y] = (205, 215, 225)
        return self

    def railing(self) -> Shore:
        """Posts of 20 mm each 0.3 m, and two bars."""
        for x in range(10, self.pixels.shape[1], 30):
            cv2.line(self.pixels, (x, 300), (x, 390), DARK, 2)
        for y in (300, 345):
            cv2.line(self.pixels, (0, y), (self.pixels.shape[1], y), DARK, 2)
        return self

    def mesh(self, step: int = 7, box: tuple[int, int, int, int] = (355, 250, 470, 380)) -> Shore:
        """A net before the water, in diamonds."""
        left, top, right, bottom = box
        part = self.pixels[top:bottom, left:right]
        height, width = part.shape[:2]
        for x in range(-height, width + height, step):
            cv2.line(part, (x, 0), (x + height, height), (225, 220, 200), 1, cv2.LINE_AA)
            cv2.line(part, (x + height, 0), (x, height), (225, 220, 200), 1, cv2.LINE_AA)
        return self

    def ripples(self, seed: int = 3) -> Shore:
        """Short level lines of water, some darker and some brighter."""
        random = np.random.default_rng(seed)
        for _ in range(250):
            x, y = int(random.integers(0, self.pixels.shape[1])), int(random.integers(200, 470))
            long, level = int(random.integers(6, 40)), int(random.integers(150, 215))
            end = (x + long, y + int(random.integers(-1, 2)))
            cv2.line(self.pixels, (x, y), end, (level,) * 3, 1, cv2.LINE_AA)
        return self

    def leaves(self, box: tuple[int, int, int, int] = (0, 0, 250, 480), seed: int = 4) -> Shore:
        """Texture as of leaves: spots of all sizes."""
        left, top, right, bottom = box
        random = np.random.default_rng(seed)
        spots = sum(
            cv2.resize(
                random.normal(0, 25, ((bottom - top) // k + 1, (right - left) // k + 1)),
                (right - left, bottom - top),
                interpolation=cv2.INTER_LINEAR,
            )
            for k in (1, 2, 4, 8)
        )
        green = np.clip(np.asarray((60, 110, 50)) + np.asarray(spots)[..., None], 0, 255)
        self.pixels[top:bottom, left:right] = green.astype(np.uint8)
        return self

    def shown(self) -> Pixels:
        """With the camera's noise."""
        noise = np.random.default_rng(7).normal(0, self._noise, self.pixels.shape)
        return np.clip(self.pixels + noise, 0, 255).astype(np.uint8)

    def crop(
        self,
        region: Box = WHOLE,
        person: tuple[int, int, int, int] | None = PERSON,
        px_per_m: float | None = 100.0,
    ) -> Crop:
        """The part of the picture that a region covers, with somebody as its subject."""
        height, width = self.pixels.shape[:2]
        left, top, right, bottom = (
            round(edge * size) for edge, size in zip(region, (width, height) * 2, strict=True)
        )
        subjects: Boxes = np.zeros((0, 4), np.float32)
        if person is not None:
            size = np.asarray([width, height, width, height], np.float64)
            subjects = (np.asarray([person], np.float64) / size).astype(np.float32)
        return Crop(self.shown()[top:bottom, left:right], region, subjects, px_per_m)
