from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from patrol.core.errors import ChecksumMismatch, ModelContractError, ModelUnavailable
from patrol.vision.detection import cache
from patrol.vision.detection.choose import FALLBACK, PREFERRED, Chooser
from patrol.vision.detection.manifests import Manifest
from patrol.vision.detection.unlisted import Graph
from tests.fakes.clock import ManualClock
from tests.fakes.models import manifest
from tests.vision.detection.conftest import WebServer
from tests.vision.detection.test_fetch import WEIGHTS, sends

ANY = ("onnx", "tf-frozen")


def _installed() -> tuple[str, bytes]:
    """A file of a wheel that is installed wherever tests run."""
    inside = next(f for f in importlib.metadata.files("pytest") or [] if f.name == "__init__.py")
    return str(inside), Path(str(inside.locate())).read_bytes()


class Centre:
    """A machine with a preferred model on a web server and a fallback in a wheel."""

    def __init__(self, cache_dir: Path, web: WebServer) -> None:
        self.cache_dir, self.web, self.clock = cache_dir, web, ManualClock()
        path, content = _installed()
        self.models: Mapping[str, Manifest] = {
            PREFERRED: manifest(
                WEIGHTS, id=PREFERRED, name="YOLOX-nano", source=[{"url": f"{web.url}/toy.onnx"}]
            ),
            FALLBACK: manifest(
                content,
                id=FALLBACK,
                name="SSD MobileNet v2",
                format="tf-frozen",
                source=[{"wheel": "pytest", "path": path}],
            ),
        }

    def chooser(self, formats: tuple[str, ...] = ANY) -> Chooser:
        return Chooser(self.cache_dir, formats, self.describe, self.models, self.clock, timeout_s=60)

    @staticmethod
    def describe(_path: Path) -> Graph:
        return Graph((1, 3, 64, 96), ((1, 300, 6),))

    def break_fallback(self) -> None:
        lost = self.models[FALLBACK].model_copy(update={"source": ()})
        self.models = {**self.models, FALLBACK: lost}


@pytest.fixture
def centre(tmp_path: Path, web: WebServer) -> Centre:
    web.answers = {"/toy.onnx": sends(b"", status=503, announced=0)}
    return Centre(tmp_path, web)


def test_auto_takes_what_is_in_the_cache_without_a_network(centre: Centre) -> None:
    path = cache.cached_path(centre.models[PREFERRED], centre.cache_dir)
    path.parent.mkdir()
    path.write_bytes(WEIGHTS)
    choice = centre.chooser().choose("auto")
    assert (choice.manifest.id, choice.path) == (PREFERRED, path)
    assert centre.web.requests == []


def test_auto_fetches_where_it_can(centre: Centre) -> None:
    centre.web.answers = {"/toy.onnx": sends(WEIGHTS, announced=len(WEIGHTS))}
    assert centre.chooser().choose("auto").manifest.id == PREFERRED


def test_auto_falls_back_and_says_so_aloud(centre: Centre) -> None:
    choice = centre.chooser().choose("auto")
    assert choice.manifest.id == FALLBACK
    assert choice.note == (
        "YOLOX-nano could not be fetched within 60 s (the server answered 503); using SSD MobileNet v2 from "
        "the wheel pytest: recall is lower"
    )


def test_a_failed_fetch_is_remembered_for_minutes_and_then_tried_again(centre: Centre) -> None:
    centre.chooser().choose("auto")
    centre.clock.advance(240)
    again = centre.chooser().choose("auto")
    assert "tried 4 min ago" in again.note
    assert len(centre.web.requests) == 1
    centre.clock.advance(361)
    centre.web.answers = {"/toy.onnx": sends(WEIGHTS, announced=len(WEIGHTS))}
    assert centre.chooser().choose("auto").manifest.id == PREFERRED
    assert [p.name for p in (centre.cache_dir / "models").iterdir()] == ["toy.onnx"]


@pytest.mark.parametrize("stamp", ["", "{}", "[]", '{"at": "yesterday"}', '{"at": "2099-01-01T00:00:00Z"}'])
def test_a_damaged_memory_is_no_reason_not_to_try(centre: Centre, stamp: str) -> None:
    (centre.cache_dir / "models").mkdir()
    (centre.cache_dir / "models" / f"{PREFERRED}.unreachable.json").write_text(stamp, encoding="utf-8")
    centre.chooser().choose("auto")
    assert len(centre.web.requests) == 1


def test_a_wrong_file_in_the_cache_stops_and_is_not_replaced_by_another_model(centre: Centre) -> None:
    path = cache.cached_path(centre.models[PREFERRED], centre.cache_dir)
    path.parent.mkdir()
    path.write_bytes(WEIGHTS[::-1])
    with pytest.raises(ChecksumMismatch):
        centre.chooser().choose("auto")


def test_a_wrong_file_from_the_network_stops_too(centre: Centre) -> None:
    centre.web.answers = {"/toy.onnx": sends(WEIGHTS[::-1], announced=len(WEIGHTS))}
    with pytest.raises(ChecksumMismatch):
        centre.chooser().choose("auto")


def test_nothing_to_be_had_names_three_ways(centre: Centre) -> None:
    centre.break_fallback()
    with pytest.raises(ModelUnavailable) as caught:
        centre.chooser().choose("auto")
    message = str(caught.value)
    for part in ("503", "not installed", f"pull {PREFERRED}`", "--from FILE", "pip install"):
        assert part in message


def test_a_runtime_that_cannot_read_the_fallback_says_so(centre: Centre) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be read by this machine's runtime"):
        centre.chooser(("onnx",)).choose("auto")
    with pytest.raises(ModelUnavailable, match="is a tf-frozen file"):
        centre.chooser(("onnx",)).choose(FALLBACK)


def test_a_named_model_is_taken_or_refused_but_never_another_one(centre: Centre) -> None:
    assert centre.chooser().choose(FALLBACK).manifest.id == FALLBACK
    with pytest.raises(ModelUnavailable, match="503"):
        centre.chooser().choose(PREFERRED)
    with pytest.raises(ModelUnavailable, match="no model 'yolo'"):
        centre.chooser().choose("yolo")


def test_a_file_without_a_manifest_is_recognised(centre: Centre, tmp_path: Path) -> None:
    path = tmp_path / "own.onnx"
    with pytest.raises(ModelUnavailable, match="does not exist"):
        centre.chooser().choose(str(path))
    path.write_bytes(np.zeros(9).tobytes())
    choice = centre.chooser().choose(str(path))
    assert choice.manifest.layout == "end-to-end"
    assert "no manifest" in choice.note


def test_a_file_that_is_a_known_model_under_another_name_is_run_as_that(
    centre: Centre, tmp_path: Path
) -> None:
    path = tmp_path / "from-a-stick.onnx"
    path.write_bytes(WEIGHTS)
    choice = centre.chooser().choose(str(path))
    assert choice.manifest is centre.models[PREFERRED], "with its own input size, not the one of the file"
    assert choice.note == "from-a-stick.onnx is, byte for byte, YOLOX-nano"


@pytest.mark.parametrize(
    ("outputs", "layout", "order"),
    [
        (((1, 126, 85),), "yolox-grid", "bgr"),
        (((1, 84, 126),), "yolo-v8", "rgb"),
        (((1, 300, 6),), "end-to-end", "rgb"),
    ],
)
def test_layouts_are_recognised_by_shape(
    centre: Centre, tmp_path: Path, outputs: tuple[tuple[int, ...], ...], layout: str, order: str
) -> None:
    path = tmp_path / "own.onnx"
    path.write_bytes(b"x")
    chooser = Chooser(tmp_path, ANY, lambda _: Graph((1, 3, 64, 96), outputs), centre.models, centre.clock)
    found = chooser.choose(str(path)).manifest
    assert (found.layout, found.input.order, found.input.default) == (layout, order, (64, 96))


@pytest.mark.parametrize(
    "graph",
    [
        Graph((1, 3, 64, 96), ((1, 126, 86),)),
        Graph((1, 3, 64, 96), ((1, 300, 6), (1,))),
        Graph((1, 3, -1, -1), ((1, 300, 6),)),
        Graph((1, 1, 64, 96), ((1, 300, 6),)),
        Graph((1, 64, 96, 3), ((1, 300, 6),)),
    ],
)
def test_unknown_shapes_are_refused(centre: Centre, tmp_path: Path, graph: Graph) -> None:
    path = tmp_path / "own.onnx"
    path.write_bytes(b"x")
    chooser = Chooser(tmp_path, ANY, lambda _: graph, centre.models, centre.clock)
    with pytest.raises(ModelContractError, match="no known layout"):
        chooser.choose(str(path))
