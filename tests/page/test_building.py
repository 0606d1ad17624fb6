"""A page that is missing or stale is never packed, and is said to be."""

from __future__ import annotations

import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).parents[2]
WEB = Path("patrol") / "console" / "web"
BUILD: dict[str, Any] = runpy.run_path(str(REPO / WEB / "build.py"))
staleness: Callable[[Path], str] = BUILD["staleness"]
digest: Callable[[Path], str] = BUILD["digest"]


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A tree with sources, and a page that was built from them."""
    here = tmp_path / WEB
    shutil.copytree(REPO / WEB / "src", here / "src")
    for name in ("build.py", "index.html", "package.json", "package-lock.json"):
        shutil.copy(REPO / WEB / name, here / name)
    (here / "dist").mkdir()
    (here / "dist" / "index.html").write_text("<!doctype html>")
    (here / "dist" / ".stamp").write_text(digest(here) + "\n")
    return here


def test_a_page_that_fits_its_sources_is_current(web: Path) -> None:
    assert staleness(web) == ""


@pytest.mark.parametrize("name", ["src/main.ts", "index.html", "package-lock.json", "src/i18n/zh-CN.json"])
def test_any_change_of_an_input_makes_it_stale(web: Path, name: str) -> None:
    (web / name).write_text((web / name).read_text() + "\n")
    assert "older than its sources" in staleness(web)


def test_a_new_a_renamed_and_a_removed_file_make_it_stale(web: Path) -> None:
    before = digest(web)
    (web / "src" / "new.ts").write_text("")
    added = digest(web)
    (web / "src" / "new.ts").rename(web / "src" / "other.ts")
    renamed = digest(web)
    (web / "index.html").unlink()
    assert len({before, added, renamed, digest(web)}) == 4


def test_a_page_without_a_stamp_or_without_an_index_is_not_current(web: Path) -> None:
    (web / "dist" / ".stamp").unlink()
    assert "older" in staleness(web)
    (web / "dist" / "index.html").unlink()
    assert "not built" in staleness(web)


def test_the_wheel_is_refused_without_the_page_and_says_what_to_do(web: Path) -> None:
    root = web.parents[2]
    shutil.copy(REPO / "hatch_build.py", root)
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "patrol"\nversion = "0"\n'
        '[tool.hatch.build.targets.wheel]\npackages = ["patrol"]\n'
        "[tool.hatch.build.targets.wheel.hooks.custom]\n"
    )
    (web / "dist" / "index.html").unlink()
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(root / "out")]
    refused = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode != 0
    assert "the page is not built: run `make page` first" in refused.stdout + refused.stderr
    (web / "dist" / "index.html").write_text("<!doctype html>")
    made = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=60)
    assert made.returncode == 0, made.stderr


def test_the_lock_file_names_no_registry() -> None:
    lock = (REPO / WEB / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert '"integrity"' in lock
