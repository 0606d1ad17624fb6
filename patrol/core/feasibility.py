"""Whether a camera can see what a rule asks for: pixels per metre needed, against those that are there.

The levels are those of EN 62676-4:2015 (video surveillance systems, application guidelines), in pixels of
the camera's picture to a metre of a target that faces the camera. They were made for people in front of
screens. A detector sees less: the picture is shrunk into its input first. So a need has two halves, and both
must hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from patrol.core.geometry import Corners, Points, clipped, enclosed
from patrol.core.ground import AT_HORIZON, Ground
from patrol.core.sight import Reason
from patrol.core.zone import WHOLE_PICTURE, Zone


class Level(StrEnum):
    """What somebody in front of a screen can do with a picture of a person."""

    MONITOR = "monitor"
    DETECT = "detect"
    OBSERVE = "observe"
    RECOGNISE = "recognise"
    IDENTIFY = "identify"

    @property
    def pixels_per_metre(self) -> float:
        """Least pixels per metre: EN 62676-4:2015."""
        return _LEAST[self]


_LEAST = {
    Level.MONITOR: 12.5,
    Level.DETECT: 25.0,
    Level.OBSERVE: 62.5,
    Level.RECOGNISE: 125.0,
    Level.IDENTIFY: 250.0,
}


NO_CALIBRATION = "no-calibration"
"""Code of the reason why a rule that measures metres cannot run."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a rule has to have to see at all.

    Attributes:
        of: what has to be seen, for people: `a person`.
        level: what the camera's own picture must allow.
        input_px_per_m: pixels per metre in the detector's input; 0 where no detector is asked.
        source: what the figures rest on.
        ground: whether it is measured in metres, so that a camera without calibration cannot do it at all.
    """

    of: str
    level: Level
    input_px_per_m: float
    source: str
    ground: bool = False


@dataclass(frozen=True, slots=True)
class Resolution:
    """A camera's picture, and what is left of it where the detector looks.

    Attributes:
        width: pixels.
        height: pixels.
        input_scale: pixels of the detector's input to a pixel of the picture, at most 1 (enlarging adds
            nothing); None: not known, and then not asked for.
    """

    width: int
    height: int
    input_scale: float | None = None


def input_scale(
    picture: tuple[int, int], model_input: tuple[int, int], tile: tuple[float, float] = (1.0, 1.0)
) -> float:
    """Pixels of a detector's input to a pixel of the picture, at most 1.

    Args:
        picture: width and height, pixels.
        model_input: width and height, pixels; what is looked at is fitted into it.
        tile: what is looked at in one go, as shares of the picture's width and height.
    """
    scales = (i / (side * share) for i, side, share in zip(model_input, picture, tile, strict=True))
    return min(1.0, *scales)


def judge(needs: Needs, zone: Zone, ground: Ground, picture: Resolution, enough: float) -> Reason | None:
    """Why a rule cannot see in a zone; None: it can.

    It can where a share of the zone's ground (square metres, not picture) has the pixels per metre that are
    needed. A rule without a zone has no edge on the ground: there it is the share of the picture below the
    horizon.

    Args:
        needs: of the rule.
        zone: of the rule.
        ground: of the camera, in the view that the zone belongs to.
        picture: of the camera.
        enough: least share, 0 to 1.
    """
    level = needs.level.pixels_per_metre
    seen = _share(zone, ground, picture, level)
    if seen < enough:
        return Reason("too-few-pixels", _values(level, zone, ground, picture, seen, enough))
    if picture.input_scale is None:
        return None
    least = max(level, needs.input_px_per_m / picture.input_scale)
    seen = _share(zone, ground, picture, least)
    if seen < enough:
        values = _values(least, zone, ground, picture, seen, enough)
        values["input_percent"] = round(100 * picture.input_scale)
        return Reason("too-few-pixels-in-input", values)
    return None


def words(reason: Reason) -> str:
    """A refusal of `judge` as an English sentence, for the command line; the page has its own."""
    v = reason.values
    if reason.code == NO_CALIBRATION:
        return "it measures metres on the ground, and the camera has no `calibration`"
    if not reason.code.startswith("too-few-pixels"):
        return " ".join((reason.code, *(f"{name}={value}" for name, value in v.items())))
    said = (
        f"{v['seen_percent']} % of the zone has the {v['needed_px_per_m']} pixels per metre that it takes, "
        f"and {v['enough_percent']} % must; at its far edge there are {v['far_px_per_m']}"
    )
    if reason.code == "too-few-pixels":
        return f"{said}: a camera that is nearer, or has more pixels, or a smaller zone"
    return (
        f"{said}; the detector is shown the picture at {v['input_percent']} % of its size: smaller tiles "
        "(looking.tiles), a larger detector input, or a smaller zone"
    )


def _values(
    needed: float, zone: Zone, ground: Ground, picture: Resolution, seen: float, enough: float
) -> dict[str, float | int | str]:
    far = float(np.min(ground.pixels_per_metre(zone.corners(), picture.width, picture.height)))
    return {
        "needed_px_per_m": round(needed, 1),
        "far_px_per_m": round(far, 1),
        "seen_percent": int(100 * seen),  # rounded down: never as much as is enough
        "enough_percent": round(100 * enough),
    }


def _share(zone: Zone, ground: Ground, picture: Resolution, least: float) -> float:
    """Share of a zone that has so many pixels per metre, 0 to 1."""
    polygon = zone.corners()
    seen = ground.part_at_least(polygon, least, picture.width, picture.height)
    if zone is not WHOLE_PICTURE:
        return _ratio(ground.area_m2(seen), ground.area_m2(polygon))
    below = clipped(np.asarray(polygon, np.float64), ground.nearness(polygon) - AT_HORIZON)
    return _ratio(_area(seen), _area(below))


def _area(polygon: Points | Corners) -> float:
    return enclosed(np.asarray(polygon, np.float64))


def _ratio(part: float, whole: float) -> float:
    return min(1.0, part / whole) if whole > 0 else 0.0
