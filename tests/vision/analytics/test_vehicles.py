"""Vehicles counts cars, lorries, buses and motorcycles, and no people."""

from __future__ import annotations

from patrol.core.observation import Presence
from patrol.core.place import Place
from patrol.core.zone import WHOLE_PICTURE
from patrol.vision.analytics.vehicles import Params, build
from tests.fakes.looks import look


def test_counts_vehicles_and_nothing_else() -> None:
    analytic = build(Params(min_count=4), Place(WHOLE_PICTURE))
    assert analytic.observe(look(0.0, 4, label="car")).presence is Presence.PRESENT
    assert analytic.observe(look(1.0, 5, label="truck")).value == 5
    assert analytic.observe(look(2.0, 30, label="person")).presence is Presence.ABSENT
    assert analytic.observe(look(3.0, 30, label="boat")).value == 0
