"""A task that cannot be done in the light that there is says so, and does not count too few."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from patrol.core.detections import Look
from patrol.core.media import Grey
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place
from patrol.core.protocols import Analytic
from patrol.core.sight import Light, Reason
from patrol.vision.sight.grain import Grain

HOLD_S = 10.0
"""Each look of this time has to agree before it changes: lightning, headlights and the first pictures after
an infrared filter has switched are shorter. Chosen."""
BACK = 1.2
"""It sees again from this much over what it needs: as `patrol.vision.worker.daylight.BACK`."""


class Lit:
    """An Analytic around another one: it cannot tell while its zone is too dark, or the camera too noisy.

    What the other one finds present stays present: it has been seen (precision holds in the dark, recall does
    not). A look without a grey picture says nothing of light.

    Args:
        analytic: of the rule.
        needed: the least light.
        place: where it looks.
        grain: of the camera, shared by its rules; None: its own.
    """

    def __init__(self, analytic: Analytic, needed: Light, place: Place, grain: Grain | None = None) -> None:
        self._analytic = analytic
        self._needed = needed
        self._corners = place.zone.corners()
        self._grain = grain or Grain()
        self._mask: Grey | None = None
        self._why: Reason | None = None
        self._looked = False
        self._contrary_since: float | None = None

    def observe(self, look: Look) -> Observation:
        """Judge one look; CANNOT_TELL with `too-dark` or `too-noisy` while there is too little light."""
        said = self._analytic.observe(look)
        if look.grey is not None:
            self._watch(look, look.grey)
        if self._why is None or said.presence is Presence.PRESENT:
            return said
        return replace(said, presence=Presence.CANNOT_TELL, reason=said.reason or self._why)

    def _watch(self, look: Look, grey: Grey) -> None:
        """Take note of one look. The first one decides at once; after it, what it says has to last."""
        light = self._light(grey)
        clear = self._grain.step(look.arrived, look.scene, grey)
        short = self._short(light, clear)
        first, self._looked = not self._looked, True
        if first or (short is None) == (self._why is None):
            self._why, self._contrary_since = short, None
        elif self._contrary_since is None:
            self._contrary_since = look.arrived
        elif look.arrived - self._contrary_since >= HOLD_S:
            self._why, self._contrary_since = short, None

    def _short(self, light: float, clear: float | None) -> Reason | None:
        """What falls short of what is needed, and of more than that while it has fallen short before."""
        enough = BACK if self._why else 1.0
        mean, over_noise = self._needed.mean, self._needed.over_noise
        if light < enough * mean:
            return Reason("too-dark", {"light": round(light, 1), "needed": mean})
        if clear is not None and clear < enough * over_noise:
            return Reason("too-noisy", {"contrast": round(clear, 1), "needed": over_noise})
        return None

    def _light(self, grey: Grey) -> float:
        """Mean brightness of the zone."""
        if self._mask is None or self._mask.shape != grey.shape:
            height, width = grey.shape
            mask = np.zeros(grey.shape, np.uint8)
            cv2.fillPoly(mask, [np.rint(self._corners * (width - 1, height - 1)).astype(np.int32)], 1)
            self._mask = mask
        return float(cv2.mean(grey, self._mask)[0])
