"""A picture in the model's input, and boxes on their way back."""

from __future__ import annotations

import numpy as np

from patrol.core.geometry import Boxes
from patrol.core.media import Picture
from patrol.core.protocols import Prepared
from patrol.vision.detection.manifests import InputSpec, Size


def prepare(picture: Picture, spec: InputSpec, size: Size) -> Prepared:
    """Scale a picture into the input; the decoder's scaler goes straight to the fitted size.

    With `letterbox` the picture stands at the top left, as the official YOLOX code places it, and the rest is
    grey; with `stretch` it fills the input.
    """
    height, width = size
    fitted = _fitted(picture, size) if spec.resize == "letterbox" else size
    pixels = picture.pixels(fitted[1], fitted[0], spec.order)
    if fitted != size:
        canvas = np.full((height, width, 3), spec.pad, np.uint8)
        canvas[: fitted[0], : fitted[1]] = pixels
        pixels = canvas
    return Prepared(pixels, (float(fitted[1]), float(fitted[0])), (0.0, 0.0))


def _fitted(picture: Picture, size: Size) -> Size:
    height, width = size
    ratio = min(height / picture.height, width / picture.width)
    return max(1, min(height, round(picture.height * ratio))), max(
        1, min(width, round(picture.width * ratio))
    )


def to_fractions(boxes: Boxes, prepared: Prepared) -> Boxes:
    """Boxes in input pixels as fractions of the picture, cut off at its edges."""
    offset = np.array(prepared.offset * 2, np.float32)
    scale = np.array(prepared.scale * 2, np.float32)
    fractions: Boxes = np.clip((boxes - offset) / scale, 0.0, 1.0).astype(np.float32)
    return fractions
