"""Where something has moved since the look before."""

from __future__ import annotations

import numpy as np

from patrol.core.geometry import Boxes
from patrol.core.media import Grey
from patrol.vision.sight.measures import Measures, measure
from patrol.vision.sight.motion import Motion
from tests.fakes import pictures

PLACE = pictures.place()
SMOOTH = pictures.blurred(PLACE, 6.0)
"""A place without steep edges: a road, a wall."""


def step(motion: Motion, grey: Grey) -> Boxes | None:
    now: Measures = measure(grey)
    return motion.step(now.half, now.middle)


def with_car(left: int, light: int = 235) -> Grey:
    grey = SMOOTH.copy()
    grey[100:114, left : left + 24] = light
    return grey


def test_the_first_look_says_nothing_and_the_second_where_a_thing_was_and_is() -> None:
    motion = Motion()
    assert step(motion, with_car(40)) is None
    found = step(motion, with_car(200))
    assert found is not None
    middles = sorted(float(x) for x in (found[:, 0] + found[:, 2]) / 2 * pictures.WIDTH)
    assert np.allclose(middles, [52, 212], atol=4)


def test_noise_moves_nothing() -> None:
    motion = Motion()
    found = [step(motion, pictures.live(PLACE, s, noise=4.0, passing=0)) for s in range(30)]
    assert sum(len(boxes) for boxes in found if boxes is not None) == 0


def test_more_light_moves_nothing() -> None:
    motion = Motion()
    step(motion, SMOOTH)
    found = step(motion, np.clip(SMOOTH.astype(np.int16) + 40, 0, 255).astype(np.uint8))
    assert found is None or len(found) == 0


def test_a_place_that_sways_by_a_pixel_moves_nothing() -> None:
    """Leaves, ripples: the same steep picture, a hair beside."""
    motion = Motion()
    found = [step(motion, pictures.shifted(PLACE, (s % 2) / 320, 0.0)) for s in range(20)]
    assert sum(len(boxes) for boxes in found if boxes is not None) == 0


def test_a_place_that_always_flickers_is_left_out_and_a_car_is_not() -> None:
    motion = Motion()
    screen = SMOOTH.copy()
    for s in range(20):
        screen[20:50, 20:60] = 40 if s % 2 else 220
        step(motion, screen)
    screen[20:50, 20:60] = 40
    found = step(motion, screen)
    assert found is not None
    assert len(found) == 0
    screen[100:114, 200:224] = 235
    found = step(motion, screen)
    assert found is not None
    assert len(found) == 1


def test_a_jump_is_not_compared_with_what_was_before() -> None:
    motion = Motion()
    step(motion, with_car(40))
    motion.forget()
    assert step(motion, with_car(200)) is None


def test_another_size_is_not_compared_either() -> None:
    motion = Motion()
    step(motion, SMOOTH)
    assert step(motion, np.full((240, 320), 90, np.uint8)) is None
