"""The documents as tests see them: where they are, and what they say."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GUIDES = sorted((DOCS / "guide").glob("*.md"))
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md")),
    *sorted(DOCS.rglob("*.md")),
    *sorted((ROOT / "benchmarks").rglob("*.md")),
]
GENERATE: dict[str, Any] = runpy.run_path(str(DOCS / "generate.py"))
WRITTEN = [page for page in PAGES if page.name not in GENERATE["DOCUMENTS"]]
"""By hand: what only a generator names is explained nowhere."""
WEB = ROOT / "patrol" / "console" / "web" / "src"
CHINESE: dict[str, str] = json.loads((WEB / "i18n" / "zh-CN.json").read_text("utf-8"))
ENGLISH: dict[str, str] = json.loads((WEB / "i18n" / "en.json").read_text("utf-8"))


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def text_of(pages: list[Path]) -> str:
    return "\n".join(page.read_text("utf-8") for page in pages)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
