"""Darkened pictures: the noise that the model asks for, the same one each time, and nothing else changed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.bench.evaluation import dark
from patrol.bench.evaluation.dark import FULL_WELL_E, GAMMA, READ_E, Make
from patrol.core.media import Pixels

WAYS: tuple[Make, ...] = (
    dark.gained(1 / 100),
    dark.dimmed(1 / 100),
    dark.smoothed(1 / 100),
    dark.infrared(1 / 10),
    dark.streaked(0.02),
    dark.compressed(10),
    dark.after(dark.gained(1 / 100), dark.compressed(10)),
)


def flat(level: int, side: int = 200) -> Pixels:
    return np.full((side, side, 3), level, np.uint8)


def light(pixels: Pixels) -> float:
    """Mean light, by day 0..1."""
    return float(np.mean((pixels / 255) ** GAMMA))


@pytest.mark.parametrize("make", WAYS)
@given(seed=st.integers(0, 99), height=st.integers(2, 40), width=st.integers(2, 40))
def test_every_way_keeps_shape_and_type_leaves_its_picture_alone_and_can_be_repeated(
    make: Make, seed: int, height: int, width: int
) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    before = pixels.copy()
    once, twice = make(pixels), make(pixels)
    assert once.shape == pixels.shape
    assert once.dtype == np.uint8
    assert np.array_equal(pixels, before)
    assert np.array_equal(once, twice)


@pytest.mark.parametrize(("level", "part"), [(128, 20), (128, 100), (200, 100)])
def test_noise_is_shot_noise_and_dark_noise(level: int, part: int) -> None:
    made = dark.gained(1 / part)(flat(level))
    electrons = (level / 255) ** GAMMA * FULL_WELL_E / part
    expected = np.sqrt(electrons + READ_E**2) / electrons
    measured = np.std((made / 255.0) ** GAMMA) / np.mean((made / 255.0) ** GAMMA)
    assert measured == pytest.approx(expected, rel=0.1)


def test_two_pictures_have_two_noises() -> None:
    one, other = dark.gained(0.01)(flat(128)), dark.gained(0.01)(flat(129))
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] < 0.05


def test_an_amplifier_without_an_end_keeps_the_light_and_one_with_an_end_does_not() -> None:
    assert light(dark.gained(1 / 50)(flat(128))) == pytest.approx(light(flat(128)), rel=0.05)
    assert light(dark.dimmed(1 / 4)(flat(128))) == pytest.approx(light(flat(128)), rel=0.05)
    assert light(dark.dimmed(1 / 80)(flat(128))) == pytest.approx(light(flat(128)) / 10, rel=0.1)


def test_less_light_never_gives_a_brighter_picture() -> None:
    levels = [light(dark.dimmed(1 / part)(flat(180))) for part in (8, 20, 100, 400)]
    assert levels == sorted(levels, reverse=True)


def test_smoothing_leaves_less_noise() -> None:
    assert np.std(dark.smoothed(0.01)(flat(128))) < 0.5 * np.std(dark.gained(0.01)(flat(128)))


def test_infrared_is_grey_near_ground_bright_far_ground_and_corners_dark() -> None:
    made = dark.infrared(1.0)(np.random.default_rng(1).integers(0, 256, (200, 200, 3), np.uint8))
    assert np.array_equal(made[..., 0], made[..., 1])
    assert np.array_equal(made[..., 1], made[..., 2])
    assert made[150:, 80:120].mean() > 2 * made[:50, 80:120].mean()
    assert made[90:110, 80:120].mean() > made[90:110, :20].mean()


def test_a_lamp_flattens_what_dyes_make_different() -> None:
    halves = flat(60)
    halves[:, 100:] = 200
    made = dark.infrared(1.0)(halves)
    left, right = light(made[90:110, 80:99]), light(made[90:110, 101:120])
    assert 1 < right / left < light(flat(200)) / light(flat(60))


def test_a_long_exposure_smears_across_and_not_down() -> None:
    lines = flat(0)
    lines[:, 100] = 255
    made = dark.streaked(0.05)(lines)
    assert np.count_nonzero(made[0, :, 0]) == 10
    rows = flat(0)
    rows[100] = 255
    assert np.array_equal(dark.streaked(0.05)(rows), rows)


def test_compression_loses_more_at_a_lower_quality() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8)
    lost = [np.abs(dark.compressed(q)(pixels).astype(int) - pixels).mean() for q in (90, 30, 5)]
    assert lost == sorted(lost)
