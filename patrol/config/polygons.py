"""Whether a polygon encloses something, and crosses itself nowhere."""

from __future__ import annotations

import re

import shapely

MIN_AREA = 1e-5
"""Share of the picture: 20 pixels of 1920 x 1080. Less is a slip of the mouse: nothing can stand in it."""


def polygon_complaint(corners: tuple[tuple[float, float], ...]) -> str | None:
    """What is wrong with a polygon, and where; None where nothing is.

    Args:
        corners: three or more (x, y) in 0..1, open or closed.
    """
    polygon = shapely.Polygon(corners)
    if shapely.area(shapely.convex_hull(polygon)) < MIN_AREA:
        return "encloses nothing: its corners lie on one line or in one point; expected an area"
    if not shapely.is_valid(polygon):
        where = re.search(r"\[(\S+) (\S+)\]", shapely.is_valid_reason(polygon))
        at = f" at x={float(where[1]):.3f}, y={float(where[2]):.3f}" if where else ""
        return f"crosses or touches itself{at}; expected the corners in order around the area"
    if shapely.area(polygon) < MIN_AREA:
        return "encloses nothing: its sides lie on each other; expected an area"
    return None
