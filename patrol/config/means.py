"""What looks closer than a camera's detector does."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from patrol.config.section import Section


class SecondLookConfig(Section):
    """A way to look for fishing gear in a crop of the full picture; rules name it."""

    plugin: str = "lines"
    """Name of a second look."""
    params: dict[str, Any] = Field(default_factory=dict)
    """The plug-in's own parameters."""


class DensityNetworkConfig(Section):
    """A model that says how many people stand where; rules name it."""

    plugin: str = "onnx"
    """Name of a density network's runner."""
    params: dict[str, Any] = Field(default_factory=dict)
    """The plug-in's own parameters."""
