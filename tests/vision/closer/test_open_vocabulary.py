"""The open-vocabulary second look: its translation, its refusals, and one real run where ultralytics is."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from patrol.config.plugins import build_params
from patrol.core import plugins
from patrol.core.closer import Box, Closer, Crop, GearKind
from patrol.core.errors import (
    ChecksumMismatch,
    ConfigError,
    ModelContractError,
    ModelError,
    ModelUnavailable,
    PluginUnavailable,
)
from patrol.core.media import Pixels
from patrol.vision.closer import yoloe
from patrol.vision.closer.open_vocabulary import OpenVocabulary, Params, build, rod_ends
from patrol.vision.closer.yoloe import Results, Yoloe, found

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
NOBODY = np.zeros((0, 4), np.float32)
PARAMS = Params("gear.pt")


@dataclasses.dataclass
class FakeBoxes:
    """Of a `Results`, as arrays."""

    xyxy: NDArray[Any]
    conf: NDArray[Any]
    cls: NDArray[Any]


@dataclasses.dataclass
class FakeMasks:
    """Of a `Results`."""

    xy: Sequence[NDArray[Any]]


@dataclasses.dataclass
class FakeResults:
    """As ultralytics gives them."""

    names: Mapping[int, str]
    boxes: yoloe.Boxes | None
    masks: yoloe.Masks | None = None

    def numpy(self) -> Results:
        return self


class FakeModel:
    """Of ultralytics' `YOLOE` what is used."""

    names: Mapping[int, str] = {0: "fishing rod", 1: "fishing net", 2: "fishing float", 3: "bucket", 4: "dog"}

    def __init__(
        self, *rows: tuple[float, float, float, float, float, int], error: Exception | None = None
    ) -> None:
        self.rows = np.asarray(rows, np.float64).reshape(-1, 6)
        self.error = error
        self.sources: list[Pixels] = []
        self.settings: dict[str, object] = {}
        self.outlines: list[NDArray[Any]] | None = None

    def predict(self, source: Pixels, **settings: object) -> list[Results]:
        if self.error:
            raise self.error
        self.sources.append(source)
        self.settings = settings
        boxes = FakeBoxes(self.rows[:, :4], self.rows[:, 4], self.rows[:, 5])
        masks = None if self.outlines is None else FakeMasks(self.outlines)
        return [FakeResults(self.names, boxes, masks)]


def looked(model: FakeModel, params: Params = PARAMS) -> OpenVocabulary:
    return OpenVocabulary(Yoloe(model, Path("gear.pt"), {"conf": params.threshold}), params)


def noise(height: int = 200, width: int = 400) -> Pixels:
    return np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)


def crop(region: Box = WHOLE, subjects: NDArray[np.float32] = NOBODY, **values: Any) -> Crop:
    return Crop(noise(), region, subjects, **{"px_per_m": 150.0, **values})


# -- translation --------------------------------------------------------------------------------------------


def test_each_prompt_is_its_gear_and_other_words_are_left_out() -> None:
    rows = [(0, 0, 40, 20, 0.9 - 0.1 * index, index) for index in range(5)]
    closer = looked(FakeModel(*rows)).examine(crop())
    assert [gear.kind for gear in closer.gear] == [
        GearKind.ROD,
        GearKind.NET,
        GearKind.FLOAT,
        GearKind.BUCKET,
    ]
    assert [gear.score for gear in closer.gear] == pytest.approx([0.9, 0.8, 0.7, 0.6])
    assert closer.score == pytest.approx(0.9)
    assert closer.unseeable is None


def test_several_prompts_may_mean_one_gear() -> None:
    model = FakeModel((0, 0, 40, 20, 0.5, 4), (0, 0, 40, 20, 0.4, 1))
    params = Params("gear.pt", prompts={"dog": GearKind.NET, "fishing net": GearKind.NET})
    assert [gear.kind for gear in looked(model, params).examine(crop()).gear] == [GearKind.NET] * 2


def test_nothing_found_is_looked_for_and_not_seen() -> None:
    assert looked(FakeModel()).examine(crop()) == Closer((), 0.0, None)
    nothing = FakeResults(FakeModel.names, None)
    assert len(found(nothing).scores) == 0


def test_scores_below_the_threshold_are_not_named() -> None:
    model = FakeModel((0, 0, 40, 20, 0.24, 3), (0, 0, 40, 20, float("nan"), 3))
    assert looked(model).examine(crop()).gear == ()


def test_boxes_come_back_in_fractions_of_the_whole_picture_within_the_crop() -> None:
    model = FakeModel((100, 50, 200, 100, 0.9, 3), (-20, -20, 500, 300, 0.8, 3))
    inner, outer = looked(model).examine(crop((0.5, 0.2, 0.9, 0.6))).gear
    assert inner.ends == pytest.approx((0.6, 0.3, 0.7, 0.4))
    assert outer.ends == pytest.approx((0.5, 0.2, 0.9, 0.6))


def test_the_surest_comes_first() -> None:
    model = FakeModel((0, 0, 9, 9, 0.3, 3), (0, 0, 9, 9, 0.7, 1), (0, 0, 9, 9, 0.5, 3))
    assert [gear.score for gear in looked(model).examine(crop()).gear] == pytest.approx([0.7, 0.5, 0.3])


def test_a_rod_is_held_where_the_person_is() -> None:
    model = FakeModel((100, 20, 200, 120, 0.9, 0))
    left = np.asarray([[0.2, 0.5, 0.25, 0.9]], np.float32)  # pixels 80-100, 100-180
    right = np.asarray([[0.5, 0.5, 0.55, 0.9]], np.float32)
    (rod,) = looked(model).examine(crop(subjects=left)).gear
    assert rod.ends == pytest.approx((0.25, 0.6, 0.5, 0.1))
    (rod,) = looked(model).examine(crop(subjects=right)).gear
    assert rod.ends == pytest.approx((0.5, 0.6, 0.25, 0.1))
    (rod,) = looked(model).examine(crop()).gear
    assert rod.ends == pytest.approx((0.25, 0.6, 0.5, 0.1))  # nobody: the lower left


def test_a_mask_says_which_way_a_rod_lies() -> None:
    model = FakeModel((100, 20, 200, 120, 0.9, 0))
    model.outlines = [np.asarray([(100, 21), (101, 20), (199, 120), (200, 119)], np.float32)]
    (rod,) = looked(model).examine(crop()).gear
    assert rod.ends == pytest.approx((0.5, 0.6, 0.25, 0.1), abs=0.005)  # held at the lower end


@given(
    st.tuples(*[st.floats(0, 100, width=32)] * 4),
    st.lists(st.tuples(st.floats(0, 100, width=32), st.floats(0, 100, width=32)), max_size=12),
    st.integers(0, 2),
)
def test_a_rods_ends_lie_in_its_box_or_outline(
    box: Box, points: list[tuple[float, float]], people: int
) -> None:
    square = np.asarray(
        (min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3])), "f4"
    )
    outline = np.asarray(points, np.float32).reshape(-1, 2)
    subjects = np.tile(np.asarray([[10, 10, 20, 40]], np.float32), (people, 1))
    ends = rod_ends(square, outline, subjects)
    assert ends.shape == (4,)
    within = outline if len(outline) >= 2 else square.reshape(2, 2)
    for end in (ends[:2], ends[2:]):
        assert (end >= within.min(axis=0) - 0.01).all()
        assert (end <= within.max(axis=0) + 0.01).all()


# -- what goes in -------------------------------------------------------------------------------------------


def test_the_model_gets_bgr_as_it_wants_it_and_no_nms_that_gives_up() -> None:
    model = FakeModel()
    one = crop()
    looked(model).examine(one)
    (source,) = model.sources
    assert (source == one.pixels[..., ::-1]).all()
    assert source.flags.c_contiguous
    assert model.settings["nms"] is False
    assert model.settings["save"] is False


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 3000), (3000, 1), (2, 2)])
def test_a_strip_is_padded_and_what_is_found_in_it_stays_in_the_picture(height: int, width: int) -> None:
    model = FakeModel((0, 0, 50, 50, 0.9, 3))
    closer = looked(model).examine(Crop(noise(height, width), (0.9, 0.9, 1.0, 1.0), NOBODY))
    for source in model.sources:
        assert max(source.shape[:2]) <= 16 * min(source.shape[:2])
    for gear in closer.gear:
        assert min(gear.ends) >= 0.9
        assert max(gear.ends) <= 1.0


def test_a_crop_that_shows_nothing_is_not_one_without_gear() -> None:
    model = FakeModel((0, 0, 40, 20, 0.9, 0))
    for blind in (crop(px_per_m=3.0), Crop(np.zeros((90, 90, 3), np.uint8), WHOLE, NOBODY, dark=True)):
        closer = looked(model).examine(blind)
        assert closer.unseeable is not None
        assert closer.gear == ()
    assert model.sources == []


def test_pixels_to_a_metre_are_those_of_what_the_model_sees() -> None:
    far = Crop(noise(100, 6400), WHOLE, NOBODY, px_per_m=100.0)  # a tenth of its size at 640
    why = looked(FakeModel()).examine(far).unseeable
    assert why is not None
    assert why.values["px_per_m"] == pytest.approx(10.0)


# -- what is refused ----------------------------------------------------------------------------------------


def test_a_model_that_fails_is_not_nothing_seen() -> None:
    with pytest.raises(ModelError, match=r"failed on gear\.pt: RuntimeError: out of memory"):
        looked(FakeModel(error=RuntimeError("out of\n memory"))).examine(crop())


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an environment without the extra."""
    monkeypatch.setitem(sys.modules, "ultralytics", None)


@pytest.mark.usefixtures("absent")
def test_without_the_package_it_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(
        PluginUnavailable, match=r"'ultralytics' \(AGPL-3\.0\).*`open-vocabulary`.*such as lines"
    ):
        build(PARAMS, tmp_path)


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of that name that is not ultralytics."""
    (tmp_path / "ultralytics.py").write_text("import nothing_of_that_name")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "ultralytics", raising=False)
    for name in yoloe.OFFLINE:
        monkeypatch.setenv(name, "whatever")  # and so put back afterwards
    return tmp_path


def test_a_package_that_cannot_be_imported_is_said_and_was_told_to_stay_offline(stand_in: Path) -> None:
    (stand_in / "gear.pt").write_bytes(b"weights")
    with pytest.raises(PluginUnavailable, match=r"cannot be imported.*nothing_of_that_name"):
        build(PARAMS, stand_in)
    assert {name: os.environ[name] for name in yoloe.OFFLINE} == yoloe.OFFLINE
    assert "YOLO_CONFIG_DIR" not in os.environ


def test_nothing_is_fetched_in_place_of_a_file(stand_in: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"yoloe-11s-seg\.pt.*yours to bring, nothing is fetched"):
        build(Params("yoloe-11s-seg.pt"), stand_in)
    with pytest.raises(ModelContractError, match=r"expected a weights file of ultralytics, \.pt"):
        build(Params("yoloe-11s-seg.yaml"), stand_in)


def test_a_checksum_is_held_against_the_file(stand_in: Path) -> None:
    (stand_in / "gear.pt").write_bytes(b"weights")
    right = hashlib.sha256(b"weights").hexdigest()
    with pytest.raises(ChecksumMismatch, match=f"expected sha256 {'0' * 64}, found {right}"):
        build(Params("gear.pt", sha256="0" * 64), stand_in)
    with pytest.raises(PluginUnavailable):  # the right one: on to the next
        build(Params("gear.pt", sha256=right), stand_in)
    with pytest.raises(ModelUnavailable, match=r"none\.pt: No such file"):
        build(Params("none.pt", sha256=right), stand_in)


def test_the_plugin_is_found_and_loads_no_heavy_library() -> None:
    assert "open_vocabulary" in plugins.available("patrol.vision.closer")
    heavy = "{'torch', 'ultralytics'}"
    code = f"import sys, patrol.vision.closer.open_vocabulary; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=100).returncode == 0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "model"),
        ({"model": ""}, "model"),
        ({"model": "m", "prompts": {}}, "prompts"),
        ({"model": "m", "prompts": {"rod": "harpoon"}}, "prompts"),
        ({"model": "m", "threshold": 0.0}, "threshold"),
        ({"model": "m", "side": 100}, "side"),
        ({"model": "m", "device": "tpu"}, "device"),
    ],
)
def test_wrong_parameters_are_named(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=f"streams.yaml:7.*{words}"):
        build_params(Params, values, "streams.yaml:7")


def test_parameters_as_streams_yaml_says_them() -> None:
    params = build_params(
        Params, {"model": "m.pt", "prompts": {"fyke": "net"}, "side": 1280}, "streams.yaml:7"
    )
    assert params == Params("m.pt", prompts={"fyke": GearKind.NET}, side=1280)


# -- the real thing, in an environment of its own ----------------------------------------------------------


def python_with_ultralytics() -> str | None:
    """The interpreter that has it: one that is named, or this one."""
    named = os.environ.get("PATROL_TEST_ULTRALYTICS")
    return named or (sys.executable if importlib.util.find_spec("ultralytics") else None)


@pytest.mark.skipif(
    python_with_ultralytics() is None, reason="PATROL_TEST_ULTRALYTICS names no Python that has it"
)
def test_it_runs_on_one_picture_with_random_weights() -> None:
    root, script = Path(__file__).parents[3], Path(__file__).with_name("try_open_vocabulary.py")
    done = subprocess.run(
        [str(python_with_ultralytics()), str(script), "yoloe-26n-seg"],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["gear"] > 0
    assert said["inside"]
    assert said["same"]
    assert said["unseeable"] is None
    assert said["network"] == []
    assert said["threads"] == 1
    assert said["trap"].startswith("ModelContractError")
    assert said["left"] == ["damaged.pt", "random.pt", "trap.pt"]  # and what the trap would have made is not
    assert said["unknown_word"].startswith("ModelContractError")
    assert "'harpoon'; its vocabulary is: bucket, fishing float" in said["unknown_word"]
    assert said["damaged"].startswith("ModelContractError")
