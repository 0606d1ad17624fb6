"""What a camera asks of its detector."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from patrol.config.section import Fraction, Section

INPUTS = 32
"""Inputs that one look may ask of the detector. YOLOX-nano takes 13 ms each on an idle core and 26 on a busy
machine (docs/models.md, benchmarks/tiling.py): 32 are a fifth to two fifths of the 2 s between looks, for
this one camera."""
OVERLAP = 0.2
"""On PETS09-S2L1 in 2 x 2 tiles 0.1 leaves more doubles: precision 0.79, and 0.83 with 0.2
(benchmarks/tiling.py). A larger one costs enlargement for the same number of tiles."""
BELOW_LIGHT = 40.0
"""By day the brightness of our nine clips is 109 to 195; pictures of PETS09-S2L1 with a tenth of their light
have 42 (benchmarks/tiling.py)."""

Side = Annotated[int, Field(ge=1, le=8)]
Tiles = tuple[Side, Side]
Overlap = Annotated[float, Field(ge=0, le=0.5, allow_inf_nan=False)]
Light = Annotated[float, Field(gt=0, le=255, allow_inf_nan=False)]


class NightConfig(Section):
    """What is asked of the detector otherwise when the picture is dark. What is not named stays as by day."""

    below_light: Light = BELOW_LIGHT
    """Mean brightness of the picture, 0 (black) to 255, under which it is night; day from a fifth more on."""
    tiles: Tiles | None = None
    """As `looking.tiles`; none: those of the day."""
    thresholds: dict[str, Fraction] = Field(default_factory=dict)
    """As `looking.thresholds`; a class that is not named here keeps the day's."""


class LookingConfig(Section):
    """What a camera asks of its detector."""

    tiles: Tiles = (1, 1)
    """Columns and rows, 1 to 8 each, that the picture is searched in, besides once as a whole. Finds smaller
    objects, and costs one more pass of the detector for each tile. `[1, 1]`: the whole picture only."""
    tile_overlap: Overlap = OVERLAP
    """Share of a tile's width and height that its neighbour sees too, 0 to 0.5. Should be as large as the
    objects that only tiles find."""
    tile_zones: bool = True
    """Search only the tiles that touch a zone which a rule names. A rule without a zone needs them all."""
    thresholds: dict[str, Fraction] = Field(default_factory=dict)
    """Least score by class name, such as `{person: 0.3, car: 0.4}`; other classes: as the detector says."""
    night: NightConfig | None = None
    """What is different by night. None: nothing, and nobody asks whether it is."""

    @model_validator(mode="after")
    def _few_enough(self) -> LookingConfig:
        grids = [self.tiles, *([self.night.tiles] if self.night and self.night.tiles else [])]
        for columns, rows in grids:
            asked = columns * rows + 1
            if not self.tile_zones and asked > INPUTS:
                raise ValueError(
                    f"{columns} x {rows} tiles and the whole picture are {asked} passes of the detector a "
                    f"look, and {INPUTS} are allowed: take fewer tiles, or set `tile_zones: true`"
                )
        return self
