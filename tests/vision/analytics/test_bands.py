"""Bands of density."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.vision.analytics.bands import BANDS, band_of

BY_NAME = {band.name: band for band in BANDS}


@pytest.mark.parametrize(
    ("density", "name"),
    [
        (0.0, "free"),
        (1.99, "free"),
        (2.0, "slowed"),
        (2.15, "slowed"),  # level of service F is no crush
        (3.57, "contact"),
        (5.0, "uncomfortable"),
        (5.55, "dangerous"),
        (7.1, "critical"),
        (30.0, "critical"),
    ],
)
def test_bands_are_those_that_are_published(density: float, name: str) -> None:
    assert band_of(density).name == name


def test_a_band_is_left_downwards_only_when_it_is_clearly_left() -> None:
    slowed = BY_NAME["slowed"]
    assert band_of(1.9, slowed) is slowed
    assert band_of(1.7, slowed).name == "free"
    assert band_of(1.9, BY_NAME["critical"]).name == "free"


@given(density=st.floats(0, 20), before=st.sampled_from(BANDS))
def test_a_band_never_understates(density: float, before: object) -> None:
    assert band_of(density, before).least >= band_of(density).least  # type: ignore[arg-type]
