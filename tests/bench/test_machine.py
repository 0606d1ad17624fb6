from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from patrol.bench.machine import source


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@localhost")
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "benchmarks/results").mkdir(parents=True)
    (tmp_path / "benchmarks/results/a.jsonl").write_text("{}\n")
    (tmp_path / "code.py").write_text("x = 1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    return tmp_path


def test_new_results_are_no_difference_and_code_is(checkout: Path) -> None:
    (checkout / "benchmarks/results/a.jsonl").write_text("{}\n{}\n")
    (checkout / "benchmarks/results/b.jsonl").write_text("{}\n")
    assert source(checkout)["dirty"] is False
    (checkout / "code.py").write_text("x = 2\n")
    assert source(checkout)["dirty"] is True
