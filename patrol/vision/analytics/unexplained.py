"""How many people could stand unseen in the texture that nobody's box explains. No plug-in.

A body covers the ground behind it up to its shadow (`patrol.core.occlusion.load`); of bodies that stand by
chance at a density d, a share 1 - exp(-d x shadow) of the ground is covered (the Boolean model of stochastic
geometry). Turned round, a share of busy texture is a density: what would make it, if all of it were people.
"""

from __future__ import annotations

import numpy as np

from patrol.core.detections import Detections
from patrol.core.geometry import Boxes, Mask, Points
from patrol.vision.analytics.ground_cells import Cells, Values

WIDER = 2.0
"""Area of the texture around a body by that of the body: patches reach beyond it. With 2, texture makes 6 to
9 of 12.5 painted people, and 46 of 35 to 55 on the square clip, where boxes find 29
(benchmarks/density_saturation.py): chosen between the two."""
FULL = 0.95
"""Share of busy sites that is taken for all of them: the logarithm ends there."""
PERSON = ("person",)
VEHICLES = ("bicycle", "car", "motorcycle", "bus", "train", "truck", "boat", "bird", "cat", "dog", "horse")
"""Other things whose boxes explain texture: COCO's names of what moves."""
HALF_WIDE_M, TALL_M = 0.6, 2.2
"""A person's box explains no more than this around its middle and below its top: one box over a whole
crowd explains one person. Chosen."""
VEHICLE_M = (9.0, 4.5)
"""Half the width, and height, up to which the box of something else explains. Chosen: a bus of 18 m."""
MARGIN = 0.15
"""Boxes are grown by so much of their size on each side: patches reach beyond what they hold. Chosen."""


def hidden_per_m2(share: Values, cells: Cells) -> Values:
    """Persons per square metre that would make so large a share of a cell's sites busy, [n].

    Args:
        share: of the sites that are busy and unexplained, 0..1.
        cells: whose sites these are.
    """
    return np.asarray(-np.log1p(-np.minimum(share, FULL)) / (WIDER * cells.shadow_m2), np.float64)


def explained(found: Detections, cells: Cells, size: tuple[int, int]) -> Mask:
    """Which sites lie in the box of something that was found, [m].

    Args:
        found: all that the detector has found.
        cells: of the zone.
        size: width and height of the picture, pixels.
    """
    people = _shown(found.of(*PERSON).boxes, cells, (HALF_WIDE_M, TALL_M), size)
    others = _shown(found.of(*VEHICLES).boxes, cells, VEHICLE_M, size)
    return _within(cells.sites, np.concatenate([people, others]))


def _shown(boxes: Boxes, cells: Cells, most_m: tuple[float, float], size: tuple[int, int]) -> Boxes:
    """Boxes, grown, and cut to what one thing of that kind can fill."""
    if not len(boxes):
        return np.zeros((0, 4), np.float32)
    middle = (boxes[:, 0] + boxes[:, 2]) / 2
    # Nothing of the kind is nearer than its box's lower edge: what it fills at most follows from there.
    low = np.stack([middle, np.minimum(boxes[:, 3], 1.0)], axis=1)
    px_per_m = cells.viewpoint.ground.pixels_per_metre(low, *size)
    half = (boxes[:, 2] - boxes[:, 0]) * (0.5 + MARGIN)
    half = np.minimum(half, most_m[0] * px_per_m / size[0])
    tall = boxes[:, 3] - boxes[:, 1]
    below = np.minimum(tall * (1 + MARGIN), most_m[1] * px_per_m / size[1])
    top = boxes[:, 1] - MARGIN * tall
    shown = np.stack([middle - half, top, middle + half, boxes[:, 1] + below], axis=1)
    return shown.astype(np.float32)


def _within(sites: Points, boxes: Boxes) -> Mask:
    """Which points lie in any of the boxes, [m]."""
    held = np.zeros(len(sites), np.bool_)
    for left, top, right, bottom in boxes.tolist():
        x, y = sites[:, 0], sites[:, 1]
        held |= (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
    return held
