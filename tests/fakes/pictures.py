"""Pictures of a drawn place, as a fixed camera would show it: structure, noise, things that pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np

from patrol.core.detections import Detections, Look
from patrol.core.media import Grey
from tests.fakes.looks import at

WIDTH, HEIGHT = 320, 180
Change = Callable[[Grey], Grey]


def place(seed: int = 1, width: int = WIDTH, height: int = HEIGHT) -> Grey:
    """A place: broad light and dark, forty upright things with sharp edges, fine texture."""
    dice = np.random.default_rng(seed)
    broad = cv2.GaussianBlur(dice.uniform(60, 200, (height, width)).astype(np.float32), (0, 0), 25)
    broad = 120 + 6 * (broad - broad.mean())
    for _ in range(40):
        left, top = int(dice.integers(0, width - 20)), int(dice.integers(0, height - 20))
        across, down = (int(side) for side in dice.integers(6, 40, 2))
        broad[top : top + down, left : left + across] += float(dice.uniform(-60, 60))
    fine = cv2.GaussianBlur(dice.normal(0, 20, (height, width)).astype(np.float32), (0, 0), 1.0)
    return np.asarray(np.clip(broad + fine, 10, 240), np.uint8)


def live(picture: Grey, second: float, *, noise: float = 2.0, passing: int = 2) -> Grey:
    """The place at one moment: with noise, and with things of 14x14 pixels that go their way."""
    dice = np.random.default_rng(round(second * 1000) + 7)
    shown = picture.astype(np.float32)
    for i in range(passing):
        left = int((37 * second + 140 * i) % (picture.shape[1] - 14))
        top = picture.shape[0] // 2 + 20 * i
        shown[top : top + 14, left : left + 14] = 235 if i % 2 else 15
    return np.clip(shown + dice.normal(0, noise, shown.shape), 0, 255).astype(np.uint8)


def shifted(picture: Grey, across: float, down: float) -> Grey:
    """The picture moved by shares of its width and height; the edge is repeated."""
    height, width = picture.shape
    move = np.asarray([[1, 0, across * width], [0, 1, down * height]], np.float32)
    moved = cv2.warpAffine(picture, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def blurred(picture: Grey, sigma: float = 1.5) -> Grey:
    """Out of focus."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def half_covered(picture: Grey, share: float = 0.6) -> Grey:
    """Something dark and close in front of the lens."""
    made = picture.copy()
    made[:, : int(share * picture.shape[1])] = 50
    return made


def look(second: float, grey: Grey | None, *, scene: int = 0, found: Detections | None = None) -> Look:
    """One look at a monotonic second."""
    seen = Detections.none(("person", "car")) if found is None else found
    return Look("cam-1", f"look-{second}", at(second), second, 1280, 720, seen, grey, scene=scene)


def looks(
    picture: Grey,
    seconds: Iterable[float],
    change: Change | None = None,
    changes_at: float = np.inf,
    passing: int = 2,
) -> Iterator[Look]:
    """Looks at a place whose pictures are changed from a moment on."""
    for second in seconds:
        grey = live(picture, second, passing=passing)
        if change is not None and second >= changes_at:
            grey = change(grey)
        yield look(second, grey)


def in_scene(seen: Look, scene: int) -> Look:
    """The same look after so many jumps."""
    return replace(seen, scene=scene)
