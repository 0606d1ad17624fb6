"""The documents are current, their links lead somewhere, and what they name exists."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from patrol.cli import _app
from patrol.config.load import load
from patrol.config.schema import streams_schema
from patrol.config.variables import VARIABLES
from tests.documents import (
    DOCS,
    GENERATE,
    GUIDES,
    PAGES,
    ROOT,
    WRITTEN,
    blocks,
    name_of,
    text_of,
)

# -- what is generated --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    documents: dict[str, str] = GENERATE["documents"]()
    return documents


def test_generated_references_are_current(made: dict[str, str]) -> None:
    assert GENERATE["stale"](DOCS / "reference", made) == [], "run: make docs"


def test_stale_references_are_named(made: dict[str, str], tmp_path: Path) -> None:
    for name, text in made.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert GENERATE["stale"](tmp_path, made) == []
    (tmp_path / "cli.md").write_text("nothing of the kind", "utf-8")
    (tmp_path / "wire.md").unlink()
    assert GENERATE["stale"](tmp_path, made) == ["cli.md", "wire.md"]


def test_the_check_fails_with_the_names_of_stale_files(tmp_path: Path) -> None:
    command = [sys.executable, str(DOCS / "generate.py"), "--check", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "docs: metrics.md is stale: run `make docs`" in done.stderr
    assert not list(tmp_path.iterdir())


# -- links --------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """Fragments of a page's headings, as GitHub makes them."""
    found: set[str] = set()
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(plain.replace(" ", "-"))
    return found


def broken_links(page: Path) -> Iterator[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"(https?|mailto):", target):
            continue
        path, _, fragment = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (fragment and fragment not in anchors(there)):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    assert list(broken_links(page)) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One Two\n[a](page.md#one-two) [b](page.md#three) [c](none.md) ![d](d.png)\n")
    assert list(broken_links(page)) == ["page.md#three", "none.md", "d.png"]


def test_every_page_is_reached_from_the_index() -> None:
    index = (DOCS / "README.md").read_text("utf-8")
    pages = [p.relative_to(DOCS).as_posix() for p in DOCS.rglob("*.md")]
    lost = [page for page in pages if page != "README.md" and f"({page})" not in index]
    assert lost == []


# -- commands, keys, variables ------------------------------------------------------------------------------


def commands() -> dict[str, set[str]]:
    """Every command as it is typed, with its options."""

    def below(command: Any, path: str) -> Iterator[tuple[str, set[str]]]:
        options = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
        yield path, {option for option in options if option.startswith("-")} | {"--help"}
        for name, one in getattr(command, "commands", {}).items():
            yield from below(one, f"{path} {name}")

    return dict(below(typer.main.get_command(_app.build()), "patrol"))


def test_every_command_is_explained_by_hand() -> None:
    said = text_of(WRITTEN).replace(
        "list | pull | verify", "list`, `patrol models pull`, `patrol models verify"
    )
    groups = {path for path in commands() if any(other.startswith(f"{path} ") for other in commands())}
    assert [path for path in commands() if path not in said and path not in groups] == []


def shell_lines(page: Path) -> Iterator[list[str]]:
    for block in blocks(page, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            yield from (shlex.split(part, comments=True) for part in line.split("&&"))


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_commands_in_examples_exist(page: Path) -> None:
    known, targets = commands(), set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for words in shell_lines(page):
        if words[:1] == ["make"]:
            assert words[1] in targets, words
        first = next((n for n, word in enumerate(words) if "=" not in word), 0)
        called = [
            n for n, w in enumerate(words) if w.endswith("/bin/patrol") or (n == first and w == "patrol")
        ]
        if not called:
            continue
        rest = words[called[0] + 1 :]
        path = "patrol"
        while rest and f"{path} {rest[0]}" in known:
            path = f"{path} {rest.pop(0)}"
        assert path != "patrol" or rest == ["--version"], words
        used = {word.partition("=")[0] for word in rest if word.startswith("-")}
        assert used <= known[path], words


def test_every_key_of_streams_yaml_is_in_the_example_and_explained() -> None:
    schema = streams_schema()
    sections = [schema, *schema["$defs"].values()]
    example = (ROOT / "streams.example.yaml").read_text("utf-8")
    keys = {key for section in sections for key in section.get("properties", {})}
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}:", example)] == []
    silent = [
        (section["title"], key)
        for section in sections
        for key, field in section.get("properties", {}).items()
        if not field.get("description") and "$ref" not in field
    ]
    assert silent == []


def sources() -> list[Path]:
    folders = ("patrol", "tests", ".ci")
    found = [p for folder in folders for p in (ROOT / folder).rglob("*") if "node_modules" not in p.parts]
    return [p for p in found if p.suffix in {".py", ""} and p.is_file() and "test_docs" not in p.name]


def test_every_environment_variable_is_explained() -> None:
    said = text_of(PAGES)
    assert [v.name for v in VARIABLES if v.name not in said] == []
    read = {
        name
        for path in sources()
        for name in re.findall(
            r"(?:environ(?:\.get\(|\[)|getenv\(|\$\{|export )\"?(PATROL_[A-Z_]+)", path.read_text("utf-8")
        )
    }
    assert {"PATROL_TEST_DATA", "PATROL_TEST_SKIPS_FAIL"} <= read
    assert sorted(name for name in read if name not in said) == []


def law_book(laws: str) -> str:
    """A file with these laws on some water, and the notices that they name."""
    notices = sorted(set(re.findall(r"notice: ([\w-]+)", laws)))
    head = "site: {name: x}\nnotices:\n"
    head += "".join(f"  - {{id: {name}, words: {name}, source: x}}\n" for name in notices)
    head += "cameras:\n  - id: a\n    name: A\n    url: rtsp://192.0.2.1/1\n    zones:\n"
    head += "      - id: lake\n        kind: water\n        polygon: [[0, 0], [1, 0], [1, 1]]\n"
    return head + "".join(f"        {line}\n" for line in laws.splitlines())


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_examples_of_streams_yaml_are_right(page: Path, tmp_path: Path) -> None:
    head = "site: {name: x}\ncameras:\n  - id: a\n    name: A\n    url: rtsp://192.0.2.1/1\n"
    zones = "    zones: [{id: quay, polygon: [[0, 0], [1, 0], [1, 1]]}]\n"
    for block in blocks(page, "yaml"):
        whole = block
        if block.startswith(("rules:", "looking:")):
            whole = head + zones + "".join(f"    {line}\n" for line in block.splitlines())
        elif block.startswith("laws:"):
            whole = law_book(block)
        elif block.startswith("zones:"):
            whole = head + "".join(f"    {line}\n" for line in block.splitlines())
        elif block.startswith("- {"):
            whole = head + "    rules:\n" + "".join(f"    {line}\n" for line in block.splitlines())
        path = tmp_path / "streams.yaml"
        path.write_text(whole, "utf-8")
        names = re.findall(r"password_env: (\w+)", block)
        load(path, dict.fromkeys(names, "not-a-password"))
