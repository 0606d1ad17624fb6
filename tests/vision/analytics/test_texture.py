"""Texture at the scale of heads, and what of it always stands there."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from patrol.core.media import Picture
from patrol.core.observation import Presence
from patrol.vision.analytics import density, texture
from patrol.vision.analytics.density import Density, Params
from patrol.vision.analytics.ground_cells import cells_of
from patrol.vision.analytics.texture import Sampler, Scenery, Texture
from tests.fakes.crowds import SIZE, crowd, grey_picture, look, picture_of, place

EVERY_S = 7


def paved(second: float, noise: float = 2.0) -> Picture:
    """A square with benches and dark slabs, in the noise of a sensor."""
    grey = np.full((720, 1280), 150, np.float32)
    for x in range(80, 1280, 240):
        cv2.rectangle(grey, (x, 200), (x + 90, 640), 70, -1)
    random = np.random.default_rng(round(second * 10))
    return grey_picture(np.clip(grey + random.normal(0, noise, grey.shape), 0, 255).astype(np.uint8))


def sampler() -> Sampler:
    where = place()
    assert where.ground is not None
    cells = cells_of(where, where.ground, 10.0, 25.0, SIZE)
    assert cells is not None
    return Sampler(cells.sites, where.ground, SIZE)


def after(analytic: Density, seconds: int, noise: float = 2.0) -> Presence:
    """What is said of the empty paved square after so long."""
    said = [analytic.observe(look(at, paved(at, noise))) for at in range(0, seconds, EVERY_S)]
    return said[-1].presence


def test_people_are_busy_and_plain_ground_is_not() -> None:
    take = sampler().take
    assert take(picture_of(crowd(0.0))).busy.mean() == 0
    few, many = (take(picture_of(crowd(per_m2))).busy.mean() for per_m2 in (0.3, 3.0))
    assert 0.1 < few < 0.5
    assert many > 0.9


def test_a_third_of_the_light_changes_nothing() -> None:
    def busy(light: float) -> float:
        bright = picture_of(crowd(1.0)).grey(1280, 720)
        return float(sampler().take(grey_picture((bright * light).astype(np.uint8))).busy.mean())

    assert abs(busy(1.0) - busy(0.33)) < 0.1


def test_what_always_stands_there_is_unknown_at_first_and_known_after_ten_minutes() -> None:
    assert after(density.build(Params(), place()), 300) is Presence.CANNOT_TELL
    analytic = density.build(Params(), place())
    assert after(analytic, 680) is Presence.ABSENT
    full = picture_of(crowd(3.0))
    assert analytic.observe(look(690.0, full)).presence is Presence.CANNOT_TELL
    elsewhere = analytic.observe(replace(look(700.0, paved(700.0)), scene=1))
    assert elsewhere.presence is Presence.CANNOT_TELL


def test_a_still_that_is_repeated_is_no_scenery() -> None:
    assert after(density.build(Params(), place()), 900, noise=0.0) is Presence.CANNOT_TELL


def test_a_crowd_that_stays_for_long_never_becomes_scenery() -> None:
    analytic = density.build(Params(), place())
    moments = [picture_of(crowd(3.0, seed), seed) for seed in range(5)]
    for number in range(130):
        said = analytic.observe(look(float(number * EVERY_S), moments[number % 5]))
        assert said.presence is Presence.CANNOT_TELL


def test_somebody_found_at_a_site_teaches_it_nothing() -> None:
    scenery, random = Scenery(), np.random.default_rng(1)
    shown = random.normal(0, 30, (4, 9)).astype(np.float32)
    covered = np.array([False, True, False, True])
    for number in range(round(texture.KNOWN_S / EVERY_S) + 5):
        noisy = shown + random.normal(0, 1, shown.shape).astype(np.float32)
        scenery.learn(number * 7.0, Texture(noisy, noisy[:, 4], np.ones(4, np.bool_)), covered)
    assert scenery.settled
    seen = Texture(shown, shown[:, 4], np.ones(4, np.bool_))
    assert scenery.known(seen).tolist() == [True, False, True, False]
