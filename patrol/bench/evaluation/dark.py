"""Pictures as a camera would give them with little light: made from pictures by day, seeded, pure.

A model, not footage: what each step leaves out is said where it stands, and docs/design/night.md sums it up.
Every function here maps RGB uint8 [h, w, 3] to RGB uint8 of the same shape, and leaves its argument alone.

Noise has the form of the linear model of EMVA Standard 1288: the variance of the electrons of a pixel is
that of the dark noise plus their own number, as photons come by Poisson's law. Left out: fixed patterns, hot
pixels, row noise, the colour filter's interpolation, all of which make a real picture worse.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.core.media import Pixels

Make = Callable[[Pixels], Pixels]
"""Changes one picture."""
Linear = NDArray[np.float32]
"""Light by pixel, shape [h, w, 3]: 1 is white by day."""

GAMMA = 2.2
"""Between light and video (ITU-R BT.709's curve is about this one; its short straight part is left out)."""
FULL_WELL_E = 10_000.0
"""Electrons of a pixel at white, by day. Chosen: the order of a small pixel of a camera for surveillance (of
about 3 micrometres); what scales it and the light together changes nothing."""
READ_E = 3.0
"""Dark noise in electrons. Chosen: the order of small CMOS sensors."""
MOST_GAIN = 8.0
"""What a camera with a limited amplifier makes up for: 18 dB. Chosen: many allow 30 dB and more, and come
close to `gained`; beyond its amplifier a camera shows a dark picture."""
IR_NEAR, IR_FAR = 4.0, 0.08
"""Light of the illuminator at the lower edge of the picture, the nearest ground, and at the upper one, by
that of day. Chosen: what is near is burnt out and what is far nearly lost, as the inverse square of the
distance has it for ground between 10 and 70 m (49 times)."""
IR_CORNER = 0.35
"""Light in the corners by that in the middle: the illuminator's beam is narrower than the lens. Chosen."""
IR_FLAT = 0.5
"""How far reflectances are pulled to their mean: dyes that differ in the visible are alike in the near
infrared. Chosen."""


@dataclass(frozen=True, slots=True)
class Dark:
    """A way to take a picture by night.

    Attributes:
        name: of the row in benchmarks/results/night.jsonl.
        light: of that by day, 0..1.
        make: changes a picture.
    """

    name: str
    light: float
    make: Make


def gained(light: float) -> Make:
    """Light of a scene falls to `light`, and the camera's amplifier makes up for all of it: bright, noisy."""
    return lambda pixels: _video(_sensed(_linear(pixels) * np.float32(light), pixels) / np.float32(light))


def dimmed(light: float, most: float = MOST_GAIN) -> Make:
    """The same with an amplifier that ends at `most` times: dark and noisy from there on."""
    gain = np.float32(min(most, 1 / light))
    return lambda pixels: _video(_sensed(_linear(pixels) * np.float32(light), pixels) * gain)


def smoothed(light: float) -> Make:
    """As `gained`, and then what cameras do against noise: here a median of 5 pixels, in one picture.

    Cameras also average over time, which leaves still things sharper than this and smears what moves.
    """
    noisy = gained(light)
    return lambda pixels: np.asarray(cv2.medianBlur(noisy(pixels), 5), np.uint8)


def infrared(light: float) -> Make:
    """Grey, lit by the camera's own lamp at `light` times the strength of day.

    The amplifier makes up for it, `MOST_GAIN` times at most: near ground is washed out. How far ground is
    follows from the height in the picture alone.
    """
    gain = np.float32(min(MOST_GAIN, 1 / light))

    def make(pixels: Pixels) -> Pixels:
        height, width = pixels.shape[:2]
        grey = np.mean(_linear(pixels), axis=2, dtype=np.float32)
        flat = grey + np.float32(IR_FLAT) * (np.float32(grey.mean()) - grey)
        seen = _sensed((flat * _lamp(height, width) * np.float32(light))[..., None], pixels)
        return np.repeat(_video(seen * gain), 3, axis=2)

    return make


def streaked(share: float) -> Make:
    """A long exposure: everything is smeared across by this share of the width.

    Only what moves is, in truth; a whole picture smeared is what somebody who walks across looks like.
    """

    def make(pixels: Pixels) -> Pixels:
        length = max(1, round(share * pixels.shape[1]))
        return np.asarray(cv2.blur(pixels, (length, 1)), np.uint8)

    return make


def compressed(quality: int) -> Make:
    """As JPEG of this quality: a stand-in for video of a low bit rate, which loses other things."""

    def make(pixels: Pixels) -> Pixels:
        _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        read = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)
        if read is None:
            raise ValueError("a picture that was just encoded cannot be decoded")
        return np.asarray(read, np.uint8)

    return make


def after(*steps: Make) -> Make:
    """One step after the other."""

    def make(pixels: Pixels) -> Pixels:
        for step in steps:
            pixels = step(pixels)
        return pixels

    return make


def _linear(pixels: Pixels) -> Linear:
    return np.asarray(_TO_LIGHT[pixels], np.float32)


def _video(light: Linear) -> Pixels:
    """Light as video, rounded to whole levels; what is over white is white."""
    levels = np.float32(255) * np.clip(light, 0, 1) ** np.float32(1 / GAMMA)
    return np.asarray(np.rint(levels), np.uint8)


def _sensed(light: Linear, pixels: Pixels) -> Linear:
    """What a sensor reads, in the same unit: shot noise and dark noise, the full well at its end.

    The seed is of the picture, so that pictures of a clip differ in their noise and a second run does not.
    """
    random = np.random.default_rng(zlib.crc32(pixels.tobytes()))
    electrons = light * np.float32(FULL_WELL_E)
    deviation = np.sqrt(electrons + np.float32(READ_E**2))
    # a normal distribution of the same variance: from 20 electrons on the two cannot be told apart in 8 bits,
    # and under that READ_E hides what is left of the difference
    electrons += deviation * random.standard_normal(light.shape, np.float32)
    return np.asarray(np.clip(electrons, 0, FULL_WELL_E) / FULL_WELL_E, np.float32)


def _lamp(height: int, width: int) -> NDArray[np.float32]:
    """Light of the illuminator by pixel: falls with the distance, upwards, and to the sides."""
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, width, dtype=np.float32)[None]
    fall = (1 / np.sqrt(IR_FAR) + down * (1 / np.sqrt(IR_NEAR) - 1 / np.sqrt(IR_FAR))) ** -2
    corner = 1 - (1 - IR_CORNER) * (across**2 + (2 * down - 1) ** 2) / 2
    return np.asarray(fall * corner, np.float32)


_TO_LIGHT: NDArray[np.float32] = ((np.arange(256) / 255) ** GAMMA).astype(np.float32)
