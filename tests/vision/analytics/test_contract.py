"""Every analytic plug-in keeps the contract, whichever file it is in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from patrol.bench.simulation.camera import Pinhole
from patrol.core import plugins
from patrol.core.detections import Detections, Look
from patrol.core.feasibility import Needs
from patrol.core.law import Law, Notice
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place
from patrol.core.zone import WHOLE_PICTURE, Zone
from tests.fakes.looks import LABELS, at, look
from tests.fakes.models import plain

PACKAGE = "patrol.vision.analytics"
NAMES = plugins.available(PACKAGE)
PARAMS: dict[str, dict[str, float]] = {"fishing": {"stay_s": 60}, "density": {"raise_at": 0.1}}
"""Where the defaults need longer than these tests look, or more than these tests show."""
LAW = Law(Notice("n", "No fishing.", "x"), "forbidden")
GROUND = Pinhole(height=10, tilt=12, field=50, width=768, rows=576).ground()
"""The corner lies above its horizon."""
CORNER = Zone("corner", "corner", "ground", ((0.0, 0.0), (0.1, 0.0), (0.1, 0.1), (0.0, 0.1)))


def built(name: str, zone: Zone = WHOLE_PICTURE) -> Any:
    module = plugins.load(PACKAGE, name)
    build: Callable[..., Any] = module.build
    return build(module.Params(**PARAMS.get(name, {})), Place(zone, ground=GROUND, laws=(LAW,)))


def busy(arrived: float) -> Look:
    """A picture full of everything a detector knows."""
    n = 400
    side = np.linspace(0.0, 0.95, 20, dtype=np.float32)
    left, top = (axis.ravel() for axis in np.meshgrid(side, side))
    boxes = np.stack([left, top, left + 0.04, top + 0.05], axis=1).astype(np.float32)
    kinds = (np.arange(n) % len(LABELS)).astype(np.int32)
    found = Detections(boxes, np.full(n, 0.9, np.float32), kinds, LABELS)
    return Look("cam-1", f"busy-{arrived}", at(arrived), arrived, 768, 576, found)


def seen_full(name: str, zone: Zone = WHOLE_PICTURE) -> Observation:
    """What an analytic says of a full picture; one with a timing of its own has seen it empty, and fill."""
    analytic = built(name, zone)
    if hasattr(plugins.load(PACKAGE, name), "TIMING"):
        for second in range(0, 20, 2):
            analytic.observe(look(float(second)))
        for second in range(20, 120, 2):
            analytic.observe(busy(float(second)))
    observation: Observation = analytic.observe(busy(120.0))
    return observation


def facts(observation: Observation) -> tuple[object, ...]:
    return (
        observation.presence,
        observation.value,
        observation.unit,
        observation.score,
        observation.boxes.tolist(),
        dict(observation.parts),
    )


def test_there_are_plugins() -> None:
    assert {"congestion", "gathering", "vehicles"} <= set(NAMES)
    assert not {"counting", "lanes", "staying", "trend"} & set(NAMES)


@pytest.mark.parametrize("name", NAMES)
class TestAnalytic:
    def test_names_its_kind(self, name: str) -> None:
        assert isinstance(plugins.load(PACKAGE, name).KIND, str)

    def test_nothing_seen_is_absent(self, name: str) -> None:
        shown = replace(look(1.0), picture=plain(128, 128, 128, 768, 576))
        assert built(name).observe(shown).presence is Presence.ABSENT

    def test_a_detector_without_its_classes_cannot_tell(self, name: str) -> None:
        blind = Look("cam-1", "x", at(1), 1.0, 768, 576, Detections.none(("teapot",)))
        assert built(name).observe(blind).presence is Presence.CANNOT_TELL

    def test_a_full_picture_is_present_and_its_boxes_lie_in_the_picture(self, name: str) -> None:
        observation = seen_full(name)
        assert observation.presence is Presence.PRESENT
        assert observation.boxes.shape[1] == 4
        assert observation.boxes.min() >= 0
        assert observation.boxes.max() <= 1
        assert 0 < observation.score <= 1
        assert observation.unit

    def test_what_stands_outside_the_zone_does_not_count(self, name: str) -> None:
        inside, everywhere = seen_full(name, CORNER), seen_full(name)
        assert inside.value < everywhere.value / 10

    def test_the_same_looks_give_the_same_observations(self, name: str) -> None:
        looks = [busy(1.0), look(2.0), busy(3.0), look(4.0, 3)]
        one, two = built(name), built(name)
        assert [facts(one.observe(seen)) for seen in looks] == [facts(two.observe(seen)) for seen in looks]

    def test_says_what_it_needs_with_the_source(self, name: str) -> None:
        module = plugins.load(PACKAGE, name)
        if hasattr(module, "needs"):
            needs = module.needs(module.Params())
            assert isinstance(needs, Needs)
            assert needs.input_px_per_m > 0
            assert "benchmarks/" in needs.source
            assert "EN 62676-4" in needs.source
