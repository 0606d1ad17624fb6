"""Calibration of a camera: points of the picture whose place on the ground is known."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from patrol.config.section import Corner, Id, Section

Metres = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
Side = Annotated[int, Field(ge=64, le=16384)]

MAX_ERROR_M = 1.0
"""A point that is clicked three pixels off (of 1920) where the camera sees 25 pixels per metre from ten
degrees above lies 3 / 25 / sin(10 degrees) = 0.7 m off along the line of sight. More than a metre is not
clicking but a mistake: what stands a lane (3.5 m) further on would soon count for this one."""


class PointConfig(Section):
    """A point of the picture on the ground, and where it lies."""

    id: Id
    """Its name, for `distances` and for messages: `kerb-near`, `manhole`."""
    at: Corner
    """`[x, y]` in 0..1 of the picture, on the ground: the foot of a post, not its top."""
    ground: tuple[Metres, Metres] | None = None
    """`[x, y]` in metres, in any one plane of your own."""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    """Degrees north, with six decimals or more (a tenth of a metre), of the same datum for all points."""
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    """Degrees east."""


class DistanceConfig(Section):
    """What a tape says between two points."""

    between: tuple[Id, Id]
    """Two ids of `points`."""
    metres: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]
    """In a straight line, on the ground."""


class CalibrationConfig(Section):
    """Calibration of a camera: points of the picture whose place on the ground is known.

    Each point with `ground`, or each with `latitude` and `longitude`, or none of them and `distances`.
    """

    picture: tuple[Side, Side] | None = None
    """`[width, height]` in pixels of the camera's picture. Without it nothing is said in pixels per metre,
    and no rule is refused for having too few."""
    points: Annotated[tuple[PointConfig, ...], Field(min_length=4, max_length=30)]
    """Four or more, no three of the four on a line; from the fifth on, the error says something."""
    distances: Annotated[tuple[DistanceConfig, ...], Field(max_length=435)] = ()
    """Metres between points, where these have no place of their own: four points need five or six."""
    max_error_m: Annotated[float, Field(gt=0, le=100)] = MAX_ERROR_M
    """Refused above this error, metres; 1 is more than clicking explains."""
    enough_share: Annotated[float, Field(ge=0.05, le=1)] = 0.5
    """Share of a zone's ground that must have enough pixels for a rule to run there at all."""
