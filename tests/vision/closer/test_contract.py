"""What every second look has to do: every file that is one is found and run."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.core import plugins
from patrol.core.closer import WHOLE, Closer, Crop
from patrol.core.errors import PluginUnavailable
from patrol.core.protocols import SecondLook
from tests.fakes.shore import ROD, Shore

PACKAGE = "patrol.vision.closer"
PLUGINS = plugins.available(PACKAGE)
NEED_A_MODEL = frozenset({"open_vocabulary"})
"""They need a package that a plain installation does not have: see their own tests."""
SIZES = ((1, 1), (2, 2), (3, 2000), (2000, 3), (1, 700), (33, 47), (480, 640))
NOBODY = np.zeros((0, 4), np.float32)
SOMEBODY = np.asarray([[0.2, 0.3, 0.4, 0.8]], np.float32)


@pytest.fixture(params=[name for name in PLUGINS if name not in NEED_A_MODEL])
def second_look(request: pytest.FixtureRequest, tmp_path: Path) -> SecondLook:
    module = plugins.load(PACKAGE, request.param)
    built: SecondLook = module.build(module.Params(), tmp_path)
    return built


def sound(closer: Closer, crop: Crop) -> None:
    """What holds for every answer."""
    assert 0 <= closer.score <= 1
    left, top, right, bottom = crop.region
    for gear in closer.gear:
        assert 0 <= gear.score <= 1
        x1, y1, x2, y2 = gear.ends
        assert left <= min(x1, x2) <= max(x1, x2) <= right
        assert top <= min(y1, y2) <= max(y1, y2) <= bottom
    if closer.unseeable is not None:
        assert closer.unseeable.code
        assert not closer.gear


def test_the_plugins_are_found() -> None:
    assert "lines" in PLUGINS
    assert set(PLUGINS) <= {"lines", "open_vocabulary"}


@pytest.mark.parametrize("name", sorted(NEED_A_MODEL & set(PLUGINS)))
def test_without_its_package_a_plugin_is_a_clear_error(name: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("ultralytics") is not None:
        pytest.skip("the extra is installed: nothing is missing")
    module = plugins.load(PACKAGE, name)
    params = module.Params(model="weights.pt")
    with pytest.raises(PluginUnavailable, match="ultralytics"):
        module.build(params, tmp_path)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("subjects", [NOBODY, SOMEBODY], ids=["nobody", "somebody"])
@pytest.mark.parametrize("fill", ["black", "grey", "white", "noise"])
def test_any_crop_has_a_sound_answer(
    second_look: SecondLook, size: tuple[int, int], subjects: np.ndarray, fill: str
) -> None:
    level = {"black": 0, "grey": 128, "white": 255, "noise": 0}[fill]
    pixels = np.full((*size, 3), level, np.uint8)
    if fill == "noise":
        pixels = np.random.default_rng(1).integers(0, 256, pixels.shape).astype(np.uint8)
    crop = Crop(pixels, (0.25, 0.5, 0.75, 1.0), subjects)
    closer = second_look.examine(crop)
    sound(closer, crop)
    if fill != "noise":
        assert closer.score < 0.1


def test_the_same_crop_has_the_same_answer(second_look: SecondLook) -> None:
    crop = Shore().person().line(ROD).ripples().crop()
    first = second_look.examine(crop)
    second_look.examine(Shore().leaves().crop())
    assert second_look.examine(crop) == first


def test_a_crop_is_left_as_it_is(second_look: SecondLook) -> None:
    crop = Shore().person().line(ROD).crop()
    before = crop.pixels.copy()
    crop.pixels.flags.writeable = False
    second_look.examine(crop)
    assert (crop.pixels == before).all()


@settings(max_examples=25)
@given(
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    seed=st.integers(0, 2**32 - 1),
    people=st.integers(0, 3),
)
def test_answers_are_sound(size: tuple[int, int], seed: int, people: int) -> None:
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (*size, 3)).astype(np.uint8)
    boxes = np.sort(random.random((people, 2, 2)), axis=1).reshape(-1, 4).astype(np.float32)
    crop = Crop(pixels, WHOLE, boxes)
    for name in PLUGINS:
        if name not in NEED_A_MODEL:
            module = plugins.load(PACKAGE, name)
            sound(module.build(module.Params(), Path()).examine(crop), crop)
