from __future__ import annotations

from pathlib import Path

import pytest

from patrol.core.errors import ModelContractError, ModelUnavailable
from patrol.vision.detection.labels import COCO_80, LABELS
from patrol.vision.detection.layouts import LAYOUTS
from patrol.vision.detection.manifests import by_id, catalogue, read
from tests.fakes import models

SHIPPED = Path(__file__).parents[3] / "models"


def test_the_shipped_models_are_known_with_what_a_buyer_asks_for() -> None:
    known = catalogue()
    assert set(known) == {"yolox_nano", "yolox_tiny", "ssd_mobilenet_v2_coco"}
    for model_id, manifest in known.items():
        assert manifest.id == model_id
        assert manifest.licence == "Apache-2.0"
        assert manifest.source
        assert manifest.score is not None
        assert manifest.layout in LAYOUTS
        assert manifest.labels in LABELS


def test_each_manifest_is_named_after_its_id() -> None:
    for path in SHIPPED.glob("*.toml"):
        assert read(path).id == path.stem


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("licence =", "license ="), "licen"),
        (('sha256 = "c7', 'sha256 = "C7'), "sha256"),
        (("size = 3659407", "size = 0"), "size"),
        (('layout = "yolox-grid"', 'layout = "yolo-x"'), "layout"),
        (("pad = 114", "pad = 256"), "input.pad"),
        (("default = [384, 640]", "default = [384]"), "input.default"),
        (('url = "https://', 'url = "ftp://'), "source.0.url"),
        (('url = "https://', 'url = "https://user:pw@'), "source.0.url"),
        (('url = "https', 'path = "x"\nurl = "https'), "source.0"),
        (('file = "yolox', 'file = "../yolox'), "file"),
        (('task = "detection"', 'task = "detection'), "TOML"),
    ],
)
def test_a_wrong_manifest_is_refused_with_its_key(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    text = (SHIPPED / "yolox_nano.toml").read_text(encoding="utf-8")
    assert change[0] in text
    broken = tmp_path / "broken.toml"
    broken.write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(ModelContractError, match=named) as caught:
        read(broken)
    assert str(broken) in str(caught.value)


def test_an_unknown_id_names_the_known_ones() -> None:
    with pytest.raises(ModelUnavailable, match=r"yolox_nona.*yolox_nano"):
        by_id("yolox_nona")


def test_input_sizes() -> None:
    free, fixed = models.manifest().input, models.manifest(input={"multiple": None}).input
    assert free.size(None) == fixed.size(None) == fixed.size(models.SIZE) == models.SIZE
    assert free.size((320, 416)) == (320, 416)
    with pytest.raises(ModelContractError, match="multiples of 32"):
        free.size((300, 416))
    with pytest.raises(ModelContractError, match="64 x 96"):
        fixed.size((320, 416))


def test_the_ids_of_tensorflow_map_to_the_names_of_coco() -> None:
    labels = LABELS["coco-90"]

    def name(class_id: int) -> str | None:
        index = int(labels.index[class_id])
        return labels.names[index] if index >= 0 else None

    known = {1: "person", 3: "car", 6: "bus", 8: "truck", 9: "boat", 13: "stop sign", 90: "toothbrush"}
    assert {class_id: name(class_id) for class_id in known} == known
    assert [class_id for class_id in range(91) if name(class_id) is None] == [
        0, 12, 26, 29, 30, 45, 66, 68, 69, 71, 83,
    ]  # fmt: skip
    assert len(COCO_80) == len(set(COCO_80)) == 80
