"""Bands of density, persons per square metre, with their sources. No plug-in.

Fruin's chart as printed in EPJ Data Science 2012 (17), table 1: walking slows at 2, contact cannot be avoided
from 3.57, potentially dangerous forces begin at 5.55, a standing crowd is critical at 7.1. G. Keith Still:
above 5 is uncomfortable, and can become dangerous. Level of service F of a walkway begins near 2.15 (Fruin
1971): people walk slowly there, nobody is crushed.
"""

from __future__ import annotations

from dataclasses import dataclass

RELEASE = 0.8
"""Share of a level below which what began there has ended. Chosen: a fifth, as a gathering's
(`counting.Level`), and more than the 15 % by which an estimate may be off."""
BAND_RELEASE = 0.9
"""The same for the name of a band, which only describes. Chosen."""


@dataclass(frozen=True, slots=True)
class Band:
    """One band.

    Attributes:
        name: for the page.
        least: persons per square metre from which on it holds.
    """

    name: str
    least: float


BANDS = (
    Band("free", 0.0),
    Band("slowed", 2.0),
    Band("contact", 3.57),
    Band("uncomfortable", 5.0),
    Band("dangerous", 5.55),
    Band("critical", 7.1),
)
"""In rising order."""


def band_of(density: float, before: Band = BANDS[0]) -> Band:
    """The band of a density; a lower one than before only when the density is clearly below its bound.

    Args:
        density: persons per square metre.
        before: the band of the look before.
    """
    now = max((band for band in BANDS if density >= band.least), key=lambda band: band.least)
    if now.least < before.least and density >= BAND_RELEASE * before.least:
        return before
    return now
