"""A worker keeps its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from patrol.core.errors import ConfigError
from patrol.vision.worker.identity import worker_id


def test_made_once_and_kept(tmp_path: Path) -> None:
    made = worker_id(tmp_path)
    assert worker_id(tmp_path) == made
    assert [p.name for p in tmp_path.iterdir()] == ["worker_id"]


def test_two_workers_on_one_host_differ(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert worker_id(tmp_path / "a") != worker_id(tmp_path / "b")


@pytest.mark.parametrize("text", ["", "two words", "UPPER", "../x", "a" * 80])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "worker_id").write_text(text)
    with pytest.raises(ConfigError, match="worker_id"):
        worker_id(tmp_path)
