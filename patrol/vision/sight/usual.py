"""What is usual for one camera: a slow memory of sharpness and texture, learnt only from sound pictures."""

from __future__ import annotations

import math

import numpy as np

from patrol.vision.sight.measures import Measures, Plane

LEAST = 3
"""Looks after which something is known: three, so that no single picture is the measure of all others."""
MEMORY_S = 300.0
"""Time constant. Dusk takes tens of minutes and is followed; a lens that fogs over in one is not."""


class Usual:
    """The usual sharpness, texture and distribution of light of one view of one camera."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.sharpness = 0.0
        self.fine = 0.0
        self.texture: Plane = np.zeros((0, 0), np.float32)
        self.layout: Plane = np.zeros((0, 0), np.float32)
        self._looks = 0
        self._learnt: float | None = None

    @property
    def known(self) -> bool:
        """Whether anything can be compared with it."""
        return self._looks >= LEAST

    def learn(self, arrived: float, now: Measures) -> None:
        """Take a sound picture into account.

        Args:
            arrived: monotonic seconds.
            now: the picture.
        """
        if now.texture.shape != self.texture.shape:
            self.forget()  # another resolution, or the first look
            self.texture, self.layout = now.texture, now.layout
        weight = renewal(self._looks, arrived - (self._learnt or arrived), MEMORY_S)
        self.sharpness += weight * (now.sharpness - self.sharpness)
        self.fine += weight * (now.fine - self.fine)
        self.texture = self.texture + np.float32(weight) * (now.texture - self.texture)
        self.layout = self.layout + np.float32(weight) * (now.layout - self.layout)
        self._looks += 1
        self._learnt = arrived


def renewal(looks: int, passed_s: float, memory_s: float) -> float:
    """Weight of a new look: the plain mean at first, then an exponential memory in seconds, not looks."""
    return max(1.0 / (looks + 1), 1.0 - math.exp(-max(0.0, passed_s) / memory_s)) if looks else 1.0
