from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from patrol.cli._app import build
from patrol.core.errors import ChecksumMismatch, ModelUnavailable
from patrol.vision.detection import cache
from patrol.vision.detection.manifests import catalogue

NANO = catalogue()["yolox_nano"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build(), ["models", *arguments])


def answer(result: Result) -> dict[str, object]:
    last: dict[str, object] = json.loads(result.stdout.splitlines()[-1])
    return last


def test_list_names_each_model_with_licence_and_place(tmp_path: Path) -> None:
    result = run("list", "--cache", str(tmp_path))
    assert result.exit_code == 0
    for manifest in catalogue().values():
        assert manifest.id in result.stdout
        assert manifest.licence in result.stdout
    assert "patrol models pull yolox_nano" in result.stdout
    models = answer(run("list", "--cache", str(tmp_path), "--json"))["models"]
    assert isinstance(models, list)
    assert {row["id"]: row["sha256"] for row in models}["yolox_nano"] == NANO.sha256


def test_verify_finds_the_file_that_is_another_one(tmp_path: Path) -> None:
    path = cache.cached_path(NANO, tmp_path)
    path.parent.mkdir()
    path.write_bytes(b"another file")
    result = run("verify", "--cache", str(tmp_path), "--json")
    assert result.exit_code == 1
    report = answer(result)
    assert report["ok"] is False
    assert isinstance(report["models"], list)
    states = {row["id"]: row["state"] for row in report["models"]}
    assert states["yolox_nano"] == "differs"
    assert states["yolox_tiny"] == "absent"
    text = run("verify", "yolox_nano", "--cache", str(tmp_path))
    assert text.exit_code == 1
    assert NANO.sha256 in text.stdout


def test_verify_of_one_that_is_absent_fails_and_of_all_does_not(tmp_path: Path) -> None:
    assert run("verify", "yolox_tiny", "--cache", str(tmp_path)).exit_code == 1
    assert run("verify", "--cache", str(tmp_path)).exit_code == 0


@pytest.mark.model
def test_verify_finds_the_file_of_the_wheel(tmp_path: Path) -> None:
    result = run("verify", "ssd_mobilenet_v2_coco", "--cache", str(tmp_path), "--json")
    assert result.exit_code == 0
    assert answer(result)["ok"] is True


def test_a_file_that_was_brought_along_is_refused_when_it_is_another_one(tmp_path: Path) -> None:
    brought = tmp_path / "stick.onnx"
    brought.write_bytes(b"another file")
    result = run("pull", "yolox_nano", "--from", str(brought), "--cache", str(tmp_path))
    assert isinstance(result.exception, ChecksumMismatch)
    assert cache.find(NANO, tmp_path) is None


def test_pull_of_an_unknown_model_names_the_known_ones(tmp_path: Path) -> None:
    result = run("pull", "yolo99", "--cache", str(tmp_path))
    assert isinstance(result.exception, ModelUnavailable)
    assert "yolox_nano" in str(result.exception)


def test_a_cache_of_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATROL_CACHE_DIR", str(tmp_path))
    path = cache.cached_path(NANO, tmp_path)
    path.parent.mkdir()
    path.write_bytes(b"another file")
    assert str(path) in run("verify").stdout
