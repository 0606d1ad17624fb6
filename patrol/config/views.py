"""Views of a dome camera: the directions in which its zones lie."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from patrol.config.calibration import CalibrationConfig
from patrol.config.section import Id, Section


class ViewConfig(Section):
    """A direction in which a dome camera looks, best one of its presets."""

    id: Id
    """What zones name."""
    name: Annotated[str, Field(max_length=100)] = ""
    """What operators call it; none: the id."""
    reference: str | None = None
    """A picture of this view by day, `.jpg` or `.png`, by which it is known again; relative to the folder of
    streams.yaml. None: it is learnt from the first looks after the start; one view of a camera at most."""
    preset: Annotated[str, Field(max_length=64)] = ""
    """The token of the preset in the camera (ONVIF); empty: the picture alone says where it looks."""
    calibration: CalibrationConfig | None = None
    """Where points of this view lie on the ground; the camera's own calibration holds for no view."""
