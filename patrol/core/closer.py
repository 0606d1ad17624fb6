"""A second, closer look at a small part of a picture: what goes in, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from patrol.core.geometry import Boxes
from patrol.core.media import Picture, Pixels
from patrol.core.sight import Reason

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in 0..1 of the picture."""
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
"""The region of a crop that is the whole picture."""
GROWN = 2.5
"""Heights of the tallest subject that a crop reaches beyond its subjects on each side. Chosen: a rod of 3.6
to 5.4 m held by somebody of 1.7 m reaches 2 to 3 heights."""
UPRIGHT = 1.8
"""Times as high as wide as somebody who stands at least is. Chosen: between the 2.3 to 3 of the anglers who
stand in the shared stills and the 1.6 of the one who sits in the shared clip."""
LENGTHWISE = 1.5
"""Times as wide as high as a boat at least is. Chosen."""
STANDING_M = 1.7
"""Height of an adult who stands, metres. Chosen: of men and women in between."""
SEATED_M = 1.3
"""Height of an adult who sits on something low, metres, and of one who stands in water or behind something.
Chosen: sitting height of 0.9 m, and a low chair."""
BOAT_M = 5.0
"""Length of a small boat, metres. Chosen: kayaks have 3 to 5, small fishing boats 4 to 8."""


class GearKind(StrEnum):
    """What fishing gear can be told apart."""

    ROD = "rod"
    NET = "net"
    FLOAT = "float"
    BUCKET = "bucket"


@dataclass(frozen=True, slots=True)
class Gear:
    """One piece of gear as one look shows it.

    Attributes:
        kind: what it is.
        ends: of a rod: x1, y1, x2, y2, the end that is held first; of others: left, top, right, bottom.
            Fractions of the whole picture, so that looks with other crops can be compared.
        score: how sure this single look is, 0..1.
    """

    kind: GearKind
    ends: Box
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A part of a picture at the picture's own resolution.

    Attributes:
        pixels: uint8 [h, w, 3], RGB, h and w of 1 or more.
        region: where it lies, cut at the picture's edge.
        subjects: float32 [n, 4]: people, or a boat, that it is about, in fractions of the whole picture; may
            be empty.
        px_per_m: pixels of `pixels` to a metre at the subject: by calibration, or by the height of people;
            None: not known.
        dark: whether the picture is one of the night.
    """

    pixels: Pixels
    region: Box
    subjects: Boxes
    px_per_m: float | None = None
    dark: bool = False


@dataclass(frozen=True, slots=True)
class Closer:
    """What a second look says about one crop.

    Attributes:
        gear: what it sees.
        score: how much the crop looks like fishing, 0..1, for ranking; not a probability.
        unseeable: why gear cannot be seen here whether it is there or not (too far, too dark, blurred); None:
            what is not in `gear` was looked for, and not seen.
    """

    gear: tuple[Gear, ...] = ()
    score: float = 0.0
    unseeable: Reason | None = None


def around(boxes: Boxes, width: int, height: int, grown: float = GROWN) -> Box:
    """The region of the crop that a second look at subjects takes: the same for still and live pictures.

    Args:
        boxes: of the subjects, picture fractions [n, 4].
        width: of the picture, pixels.
        height: of the picture, pixels.
        grown: heights of the tallest subject, in pixels, so that it is as far to each side.

    Returns:
        their common box, grown, cut at the picture's edge, at whole pixels, and at least one pixel large; the
        whole picture without subjects.
    """
    if not len(boxes):
        return WHOLE
    pixels = np.asarray(boxes, np.float64) * (width, height, width, height)
    margin = grown * float(np.max(pixels[:, 3] - pixels[:, 1]))
    left, top = np.floor(pixels[:, :2].min(axis=0) - margin)
    right, bottom = np.ceil(pixels[:, 2:].max(axis=0) + margin)
    x = min(max(0, int(left)), width - 1)
    y = min(max(0, int(top)), height - 1)
    return (
        x / width,
        y / height,
        max(x + 1, min(width, int(right))) / width,
        max(y + 1, min(height, int(bottom))) / height,
    )


def cut(
    picture: Picture,
    subjects: Boxes,
    px_per_m: float | None = None,
    *,
    dark: bool = False,
    grown: float = GROWN,
) -> Crop:
    """The crop that a second look at subjects takes, copied out of the picture.

    Args:
        picture: that they are in.
        subjects: picture fractions [n, 4]; none: the whole picture is the crop.
        px_per_m: pixels of the picture to a metre at the subjects; None: not known.
        dark: whether the picture is one of the night.
        grown: see `around`.

    Raises:
        DecodeError: as the picture's own.
    """
    width, height = picture.width, picture.height
    region = around(subjects, width, height, grown)
    left, top = round(region[0] * width), round(region[1] * height)
    right, bottom = round(region[2] * width), round(region[3] * height)
    pixels = picture.pixels(width, height)[top:bottom, left:right].copy()
    return Crop(pixels, region, np.asarray(subjects, np.float32), px_per_m, dark)


def scale_of(subjects: Boxes) -> float | None:
    """Pixels to a metre, by the tallest of the subjects; None where there are none.

    Somebody whose box is at least `UPRIGHT` times as high as wide stands, `STANDING_M` high; a box that is
    `LENGTHWISE` times as wide as high is a boat, `BOAT_M` long; else somebody sits, `SEATED_M` high.

    Args:
        subjects: in pixels [n, 4].
    """
    if not len(subjects):
        return None
    boxes = np.asarray(subjects, np.float64)
    tallest = boxes[int(np.argmax(boxes[:, 3] - boxes[:, 1]))]
    width, height = float(tallest[2] - tallest[0]), float(tallest[3] - tallest[1])
    if width <= 0 or height <= 0:
        return None
    if width >= LENGTHWISE * height:
        return width / BOAT_M
    return height / (STANDING_M if height >= UPRIGHT * width else SEATED_M)
