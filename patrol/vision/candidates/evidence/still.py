"""The two pictures of a candidate: as seen, and with what the decision rests on. Heads blurred in both."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from patrol.core.errors import EvidenceError
from patrol.core.geometry import Boxes
from patrol.core.media import Pixels
from patrol.core.observation import Observation
from patrol.core.zone import Zone
from patrol.vision.candidates.evidence.blur import blur_heads

MAX_WIDTH = 1920
"""Pixels: a full-HD screen shows no more, and 4K stills of every candidate would fill small disks."""
JPEG_QUALITY = 85
"""Where artefacts around text and thin lines stop being visible; about 300 kB of a 1080p scene."""

_DARK = (0, 0, 0)
_BOX = (255, 255, 255)
_ZONE = (255, 200, 0)


@dataclass(frozen=True, slots=True)
class Stills:
    """JPEG bytes of both pictures."""

    plain: bytes
    boxes: bytes


def make_stills(pixels: Pixels, persons: Boxes, observation: Observation, zone: Zone) -> Stills:
    """Draw both stills.

    Args:
        pixels: the decoded picture in full, RGB.
        persons: whose heads are blurred: shape [n, 4], picture fractions.
        observation: its boxes, value and unit are shown.
        zone: its edge is shown.

    Raises:
        EvidenceError: the picture cannot be encoded.
    """
    blurred = fit(blur_heads(pixels, persons), MAX_WIDTH)
    return Stills(encode_jpeg(blurred), encode_jpeg(annotate(blurred, observation, zone)))


def fit(pixels: Pixels, max_width: int) -> Pixels:
    """The picture, made smaller where it is wider than `max_width`; its shape is kept."""
    height, width = pixels.shape[:2]
    if width <= max_width:
        return pixels
    size = (max_width, max(1, round(height * max_width / width)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def annotate(pixels: Pixels, observation: Observation, zone: Zone) -> Pixels:
    """A copy with boxes (white in black), the zone (dashed) and the measured value in words.

    The three differ in form and brightness, not only in colour, so that they can be told apart on a bad
    screen, in print and without seeing colours.
    """
    out = pixels.copy()
    height, width = out.shape[:2]
    scale = np.array([width, height], np.float32)
    unit = max(1, round(width / 960))
    _dashed(out, zone.corners() * scale, unit)
    for left, top, right, bottom in np.rint(observation.boxes * np.tile(scale, 2)).astype(int).tolist():
        cv2.rectangle(out, (left, top), (right, bottom), _DARK, 3 * unit)
        cv2.rectangle(out, (left, top), (right, bottom), _BOX, unit)
    _label(out, f"{observation.value:g} {observation.unit}", unit)
    return out


def encode_jpeg(pixels: Pixels, quality: int = JPEG_QUALITY) -> bytes:
    """JPEG of an RGB picture, without metadata.

    Raises:
        EvidenceError: it cannot be encoded (an empty picture).
    """
    try:
        done, data = cv2.imencode(
            ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
        )
    except cv2.error:
        done, data = False, np.zeros(0, np.uint8)
    if not done:
        raise EvidenceError(f"a picture of shape {pixels.shape} cannot be encoded as JPEG")
    return data.tobytes()


def _dashed(out: Pixels, corners: np.ndarray, unit: int) -> None:
    """A closed line of dashes, 12 on and 8 off, each with a dark edge."""
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        length = float(np.hypot(*(end - start)))
        for begin in np.arange(0.0, length, 20.0 * unit):
            stop = min(begin + 12.0 * unit, length)
            a, b = (np.rint(start + (end - start) * at / length).astype(int).tolist() for at in (begin, stop))
            cv2.line(out, a, b, _DARK, 3 * unit)
            cv2.line(out, a, b, _ZONE, unit)


def _label(out: Pixels, text: str, unit: int) -> None:
    """White on black in the top left corner. OpenCV's letters are ASCII; units are English words."""
    font, size, weight = cv2.FONT_HERSHEY_SIMPLEX, 0.6 * unit, max(1, unit)
    ascii_text = text.encode("ascii", "replace").decode()
    (wide, high), below = cv2.getTextSize(ascii_text, font, size, weight)
    pad = 4 * unit
    cv2.rectangle(out, (0, 0), (wide + 2 * pad, high + below + 2 * pad), _DARK, cv2.FILLED)
    cv2.putText(out, ascii_text, (pad, pad + high), font, size, _BOX, weight, cv2.LINE_AA)
