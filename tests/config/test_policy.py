"""`looking:` of a camera: what is refused before anything runs."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from patrol.config.policy import LookingConfig


def test_without_a_word_the_whole_picture_is_searched_once_by_day_and_night() -> None:
    looking = LookingConfig()
    assert (looking.tiles, looking.thresholds, looking.night) == ((1, 1), {}, None)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"tiles": [9, 2]}, "less than or equal to 8"),
        ({"tiles": [0, 2]}, "greater than or equal to 1"),
        ({"tiles": [2]}, "Field required"),
        ({"tile_overlap": 0.6}, "less than or equal to 0.5"),
        ({"thresholds": {"person": 1.5}}, "less than or equal to 1"),
        ({"night": {"below_light": 0}}, "greater than 0"),
        ({"tiles": [8, 4], "tile_zones": False}, "33 passes of the detector a look, and 32 are allowed"),
        ({"night": {"tiles": [8, 8]}, "tile_zones": False}, "65 passes"),
        ({"nights": {}}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        LookingConfig.model_validate(values)


def test_thirty_one_tiles_and_the_whole_picture_are_allowed() -> None:
    assert LookingConfig(tiles=(6, 5), tile_zones=False).tiles == (6, 5)
