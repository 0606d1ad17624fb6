"""How long a queue is, in metres. No plug-in."""

from __future__ import annotations

import numpy as np

from patrol.core.ground import Numbers

GAP_M = 20.0
"""Metres between two standing vehicles of one queue, at most: they stand 7 to 8 m apart, so one that the
detector missed between them breaks no queue. Chosen on that ground."""
VEHICLE_M = 5.0
"""Length of a vehicle, metres: a foot point is one end of it."""


def queue_length(along: Numbers) -> float:
    """Length of the longest queue, metres; 0 where nothing stands.

    Args:
        along: where vehicles that stay put are along the lane, metres, shape [n].
    """
    if not len(along):
        return 0.0
    places = np.sort(along)
    breaks = np.flatnonzero(np.diff(places) > GAP_M)
    starts, ends = np.r_[0, breaks + 1], np.r_[breaks, len(places) - 1]
    return float(np.max(places[ends] - places[starts]) + VEHICLE_M)
