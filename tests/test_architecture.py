"""The house's rules hold, and a breach of each is caught."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINT = Path(sys.executable).with_name("lint-imports")
BREACHES = {
    "vision/analytics/breach.py": "from patrol.vision import sources",
    "vision/detection/breach.py": "from patrol.vision.decode import keyframes",
    "vision/candidates/breach.py": "from patrol import desk",
    "desk/intake/breach.py": "from patrol import vision",
    "desk/triage/breach.py": "from patrol.desk import intake",
    "core/breach.py": "import redis",
    "queue/breach.py": "import av",
    "config/breach.py": "from patrol.queue import wire",
    "vision/media/breach.py": "import redis",
    "vision/sources/breach.py": "import openvino",
    "desk/people/breach.py": "import sqlalchemy",
    "console/breach.py": "from patrol import vision",
    "util.py": "",
}


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(root)}
    command = [str(LINT), "--no-cache", "--config", "pyproject.toml"]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", root)
    ignore = shutil.ignore_patterns("node_modules", "__pycache__", "dist")
    shutil.copytree(ROOT / "patrol", root / "patrol", ignore=ignore)
    return root


def test_the_rules_hold(copy: Path) -> None:
    result = lint(copy)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("path", "statement"), BREACHES.items())
def test_a_breach_is_caught(copy: Path, path: str, statement: str) -> None:
    breach = copy / "patrol" / path
    breach.write_text(statement + "\n")
    try:
        result = lint(copy)
    finally:
        breach.unlink()
    assert result.returncode == 1, f"{path}: {statement} passed"
    assert "BROKEN" in result.stdout or "exhaustive" in result.stdout or "util" in result.stdout


def modules() -> list[Path]:
    """All of the package but the page's build script, which runs before anything is installed."""
    return [p for p in (ROOT / "patrol").rglob("*.py") if "web" not in p.parts]


def test_modules_stay_small() -> None:
    long = {str(p.relative_to(ROOT)): n for p in modules() if (n := len(p.read_text().splitlines())) > 400}
    assert long == {}


def test_functions_stay_small() -> None:
    long = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
                if lines > 60:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    assert long == {}


def test_only_the_clock_asks_for_the_time() -> None:
    asking = ("time.time(", "time.monotonic(", "datetime.now(", "datetime.utcnow(", "date.today(")
    found = [
        f"{path.relative_to(ROOT)}: {call}"
        for path in modules()
        for call in asking
        if path.name != "clock.py" and call in path.read_text()
    ]
    assert found == []
