from __future__ import annotations

import importlib.metadata
import os
from pathlib import Path

import pytest

from patrol.core.errors import ChecksumMismatch, ModelUnavailable
from patrol.vision.detection import cache, compiled
from tests.fakes.models import manifest


def test_the_right_file_is_found_and_verified(tmp_path: Path) -> None:
    toy = manifest(b"weights")
    assert cache.find(toy, tmp_path) is None
    path = cache.cached_path(toy, tmp_path)
    path.parent.mkdir()
    path.write_bytes(b"weights")
    assert cache.find(toy, tmp_path) == path == cache.verify(path, toy)


@pytest.mark.parametrize("content", [b"weightz", b"weight", b"", b"weights "])
def test_another_file_is_named_with_what_was_expected_and_found(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "toy.onnx"
    path.write_bytes(content)
    toy = manifest(b"weights")
    with pytest.raises(ChecksumMismatch) as caught:
        cache.verify(path, toy)
    message = str(caught.value)
    for part in (str(path), toy.sha256, "expected 7 bytes", f"found {len(content)} bytes", "not used"):
        assert part in message


def test_a_file_brought_along_is_verified_before_it_counts(tmp_path: Path) -> None:
    brought, wrong = tmp_path / "stick.onnx", tmp_path / "wrong.onnx"
    brought.write_bytes(b"weights")
    wrong.write_bytes(b"weightz")
    toy = manifest(b"weights")
    with pytest.raises(ChecksumMismatch, match=r"wrong\.onnx"):
        cache.adopt(wrong, toy, tmp_path / "cache")
    assert list((tmp_path / "cache" / "models").iterdir()) == []
    path = cache.adopt(brought, toy, tmp_path / "cache")
    assert path.read_bytes() == b"weights"
    assert path.stat().st_mode & 0o777 == 0o644
    with pytest.raises(ModelUnavailable, match="No such file"):
        cache.adopt(tmp_path / "absent", toy, tmp_path / "cache")


def test_what_is_put_in_place_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "file"
    with cache.put_in_place(target) as file:
        file.write(b"one")
    with pytest.raises(ZeroDivisionError), cache.put_in_place(target) as file:
        file.write(bytes([1 // 0]))
    assert [p.read_bytes() for p in target.parent.iterdir()] == [b"one"]


def test_a_wheel_is_found_by_its_record_and_its_code_is_not_run(tmp_path: Path) -> None:
    # pytest is installed where this runs; any file of it serves.
    inside = next(str(f) for f in importlib.metadata.files("pytest") or [] if f.name == "__init__.py")
    toy = manifest(source=[{"wheel": "pytest", "path": inside}])
    found = cache.find(toy, tmp_path)
    assert found is not None
    assert found.name == "__init__.py"
    for source in ({"wheel": "no-such-wheel", "path": inside}, {"wheel": "pytest", "path": "no/such/file"}):
        assert cache.find(manifest(source=[source]), tmp_path) is None


def test_compiled_networks_come_back_or_are_made_anew(tmp_path: Path) -> None:
    assert compiled.load(tmp_path, "key") is None
    compiled.keep(tmp_path, "key", b"network")
    assert compiled.load(tmp_path, "key") == b"network"
    path = tmp_path / "key.blob"
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[:10], b"", whole[:-1] + b"X", b"X" + whole[1:]):
        path.write_bytes(damaged)
        assert compiled.load(tmp_path, "key") is None


def test_only_a_few_compiled_networks_are_kept(tmp_path: Path) -> None:
    for i in range(compiled.KEEP + 3):
        compiled.keep(tmp_path, f"key{i}", b"network")
    assert len(list(tmp_path.iterdir())) == compiled.KEEP
    assert compiled.load(tmp_path, f"key{compiled.KEEP + 2}") == b"network"


def test_the_newest_stays_though_the_clock_was_set_back(tmp_path: Path) -> None:
    for i in range(compiled.KEEP + 1):
        compiled.keep(tmp_path, f"key{i}", b"network")
        os.utime(tmp_path / f"key{i}.blob", (4e9, 4e9))
    assert len(list(tmp_path.iterdir())) == compiled.KEEP
    assert compiled.load(tmp_path, f"key{compiled.KEEP}") == b"network"


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    compiled.keep(tmp_path / "file" / "folder", "key", b"network")
    assert compiled.load(tmp_path / "file" / "folder", "key") is None
