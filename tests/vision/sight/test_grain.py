"""Contrast over noise: what it measures, what it is not moved by, and when it says nothing."""

from __future__ import annotations

import numpy as np
import pytest

from patrol.core.media import Grey
from patrol.vision.sight.grain import LEAST_PAIRS, WINDOW_S, Grain, contrast, noise
from tests.fakes import pictures

PLACE = pictures.place()


def noisy(picture: Grey, deviation: float, seed: int) -> Grey:
    dice = np.random.default_rng(seed)
    return np.clip(picture + dice.normal(0, deviation, picture.shape), 0, 255).astype(np.uint8)


def stepped(levels: list[float], every_s: float = 2.0, scene: int = 0) -> list[float | None]:
    """A camera whose looks have noise of these deviations."""
    grain = Grain()
    return [
        grain.step(every_s * number, scene, noisy(PLACE, level, number))
        for number, level in enumerate(levels)
    ]


@pytest.mark.parametrize("deviation", [2.0, 5.0, 12.0])
def test_noise_is_that_of_the_sensor_in_the_calmest_part_of_it(deviation: float) -> None:
    measured = noise(noisy(PLACE, deviation, 1), noisy(PLACE, deviation, 2))
    assert measured is not None
    assert 0.7 * deviation <= measured <= deviation


def test_a_change_of_light_is_no_noise() -> None:
    brighter = np.clip(PLACE.astype(np.int16) + 20, 0, 230).astype(np.uint8)
    measured = noise(np.clip(PLACE, 0, 210), brighter)
    assert measured is not None
    assert measured < 0.5


def test_what_moves_in_most_of_the_picture_is_no_noise() -> None:
    dice = np.random.default_rng(3)
    leaves = noisy(PLACE, 1.0, 4)
    leaves[:, 40:] = dice.integers(20, 220, (PLACE.shape[0], PLACE.shape[1] - 40))
    measured = noise(noisy(PLACE, 1.0, 5), leaves)
    assert measured is not None
    assert measured < 1.5


@pytest.mark.parametrize("level", [0, 2, 255])
def test_black_and_white_have_no_noise_to_measure(level: int) -> None:
    flat = np.full(PLACE.shape, level, np.uint8)
    assert noise(flat, flat) is None


def test_asked_again_about_one_look_it_says_the_same() -> None:
    once, twice = Grain(), Grain()
    looks = [noisy(PLACE, level, number) for number, level in enumerate([1.0, 4.0, 2.0, 8.0, 4.0, 1.0, 6.0])]
    said = [once.step(2.0 * number, 0, look) for number, look in enumerate(looks)]
    again = [[twice.step(2.0 * number, 0, look) for _ in range(3)] for number, look in enumerate(looks)]
    assert again == [[one] * 3 for one in said]
    assert said[-1] is not None


def test_contrast_is_that_of_things_and_not_of_a_lamp_to_one_side() -> None:
    lamp = np.tile(np.linspace(20, 220, 320, dtype=np.uint8), (180, 1))
    assert contrast(lamp) < 10
    board = np.kron(np.indices((9, 16)).sum(axis=0) % 2, np.ones((20, 20))).astype(np.uint8)
    assert contrast(np.asarray(board * 100 + 50, np.uint8)) > 60


def test_the_same_scene_is_less_clear_the_noisier_it_is() -> None:
    clear = [stepped([level] * 6)[-1] for level in (1.0, 4.0, 16.0)]
    assert clear[0] is not None
    assert clear[1] is not None
    assert clear[2] is not None
    assert clear[0] > 2 * clear[1] > 4 * clear[2]


def test_a_darker_picture_of_the_same_noise_is_as_much_less_clear_as_its_contrast_is() -> None:
    half = np.asarray(PLACE // 2, np.uint8)
    grain = Grain()
    dark = [grain.step(2.0 * i, 0, noisy(half, 4.0, i)) for i in range(6)][-1]
    bright = stepped([4.0] * 6)[-1]
    assert dark is not None
    assert bright is not None
    assert dark == pytest.approx(bright / 2, rel=0.15)


def test_nothing_is_said_before_there_are_pairs_enough() -> None:
    said = stepped([3.0] * (LEAST_PAIRS + 1))
    assert said[:LEAST_PAIRS] == [None] * LEAST_PAIRS
    assert said[LEAST_PAIRS] is not None


def test_looks_of_two_scenes_or_sizes_are_not_compared() -> None:
    grain = Grain()
    other = np.ascontiguousarray(PLACE[:, ::-1])
    said = [grain.step(2.0 * i, i, noisy(other if i % 2 else PLACE, 1.0, i)) for i in range(8)]
    assert set(said) == {None}
    assert Grain().step(0.0, 0, PLACE) is None
    grain = Grain()
    assert [grain.step(2.0 * i, 0, PLACE[: 100 + i]) for i in range(8)] == [None] * 8


def test_one_look_that_shakes_changes_nothing_and_noise_that_stays_counts_after_the_window() -> None:
    calm = stepped([2.0] * 8)[-1]
    assert calm is not None
    shaken = stepped([2.0] * 6 + [30.0, 2.0])[-1]
    assert shaken == pytest.approx(calm, rel=0.1)
    looks = int(WINDOW_S / 2) + 2
    stays = stepped([2.0] * 8 + [20.0] * looks)
    assert stays[9] == pytest.approx(calm, rel=0.3)
    assert stays[-1] is not None
    assert stays[-1] < calm / 4


def test_looks_that_are_far_apart_are_judged_too() -> None:
    assert stepped([3.0] * 8, every_s=60.0)[-1] is not None
