"""What the night benchmark counts: found again, named rods, the light that a rule is refused by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from patrol.bench.evaluation import night
from patrol.core.closer import Closer, Crop, Gear, GearKind
from patrol.core.sight import Reason
from patrol.vision.analytics import gathering
from tests.fakes import pictures

PLACE = pictures.place()


def boxes(*lefts: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.asarray([(x, 0.2, x + 0.1, 0.6) for x in lefts], np.float32).reshape(-1, 4)


def test_day_comes_first_and_no_two_ways_have_one_name() -> None:
    for quick in (False, True):
        names = [way.name for way in night.variants(quick=quick)]
        assert names[0] == "day"
        assert len(set(names)) == len(names)
    assert len(night.variants(quick=True)) < len(night.variants())


def test_what_is_found_by_day_and_again_is_kept_and_what_is_new_is_not() -> None:
    told = night.kept([boxes(0.1, 0.5), boxes(0.3)], [boxes(0.1, 0.8), boxes()])
    assert told == {"by_day": 3, "found": 2, "kept": pytest.approx(1 / 3, abs=1e-3)}
    assert night.kept([boxes()], [boxes(0.1)])["kept"] is None


@dataclass
class Look:
    """A second look that names as many rods as it is told."""

    said: Closer
    nights: list[bool]

    def examine(self, crop: Crop) -> Closer:
        self.nights.append(crop.dark)
        return self.said


def test_rods_are_counted_a_crop_and_pictures_without_anybody_are_left_out() -> None:
    rod = Gear(GearKind.ROD, (0.1, 0.1, 0.2, 0.2), 0.5)
    net = Gear(GearKind.NET, (0.1, 0.1, 0.2, 0.2), 0.5)
    shown = [(i, night.shown(np.full((60, 80, 3), 100, np.uint8))) for i in range(3)]
    look = Look(Closer((rod, rod, net), 0.4), [])
    told = night.rods_of(shown, [boxes(0.1), boxes(), boxes(0.4)], look)
    assert told == {"crops": 2, "rods": 2.0, "score": 0.4, "unseeable": {}}
    assert look.nights == [False, False]  # it would name none
    blind = Look(Closer((), 0.0, Reason("rods-too-dark")), [])
    told = night.rods_of(shown[:1], [boxes(0.1)], blind)
    assert told == {"crops": 1, "rods": 0.0, "score": 0.0, "unseeable": {"rods-too-dark": 1}}
    assert night.rods_of([], [], look)["rods"] is None


def test_light_and_contrast_over_noise_are_those_of_the_guard() -> None:
    bright = night.lit([pictures.live(PLACE, second) for second in range(6)])
    noisy = night.lit([pictures.live(PLACE, second, noise=30.0) for second in range(6)])
    assert bright["light"] == pytest.approx(float(PLACE.mean()), abs=3)
    assert bright["over_noise"] is not None
    assert noisy["over_noise"] is not None
    assert bright["over_noise"] > gathering.LIGHT.over_noise > noisy["over_noise"]
    assert night.lit([PLACE])["over_noise"] is None


def test_a_picture_passes_as_a_camera_would_have_sent_it() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (90, 161, 3), np.uint8)
    assert night.full(night.shown(pixels[:, :160])).shape == (90, 160, 3)
    assert night.grey_of(night.shown(pixels[:, :160])).shape == (90, 160)
