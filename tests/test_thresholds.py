"""Every number that acts as a threshold has its source: measured, a standard, or `chosen`."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import patrol.vision.analytics
from patrol.config.schema import streams_schema
from tests.documents import DOCS, ROOT

PAGE = (DOCS / "design" / "thresholds.md").read_text("utf-8")
FOLDERS = ("analytics", "sight", "tracking")


def section(title: str) -> list[list[str]]:
    """The rows of the table below a heading of the page, cells without their space."""
    _, _, rest = PAGE.partition(f"## {title}\n")
    lines = rest.partition("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return rows[2:]


def numbers(value: object) -> list[float]:
    """What of a default is a number."""
    if isinstance(value, list | tuple):
        return [number for one in value for number in numbers(one)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def keys() -> Iterator[tuple[str, str, list[float]]]:
    """Section, key and default of all keys of streams.yaml whose default is a number."""
    schema: dict[str, Any] = streams_schema()
    for name, definition in schema["$defs"].items():
        for key, said in definition.get("properties", {}).items():
            if found := numbers(said.get("default")):
                yield name, key, found


@pytest.mark.parametrize(("name", "key", "default"), list(keys()))
def test_every_numeric_default_of_streams_yaml_has_its_row(name: str, key: str, default: list[float]) -> None:
    known = {
        word: (row[1], row[2]) for row in section("streams.yaml") for word in re.findall(r"`(.+?)`", row[0])
    }
    word = f"faults.{key}" if name == "FaultsConfig" and f"faults.{key}" in known else key
    assert word in known, f"docs/design/thresholds.md says nothing of {name}.{key}"
    shown, source = known[word]
    assert numbers([float(found) for found in re.findall(r"[\d.]+", shown)]) == pytest.approx(default)
    assert re.match(r"chosen|measured|derived", source), f"{key}: {source}"


def parameters() -> Iterator[tuple[str, str, list[float]]]:
    """Analytic, parameter and default of all parameters whose default is a number."""
    for found in pkgutil.iter_modules(patrol.vision.analytics.__path__):
        module = importlib.import_module(f"patrol.vision.analytics.{found.name}")
        if hasattr(module, "KIND"):
            for field in dataclasses.fields(module.Params):
                if default := numbers(field.default):
                    yield module.KIND, field.name, default


@pytest.mark.parametrize(("kind", "name", "default"), list(parameters()))
def test_every_numeric_default_of_an_analytic_has_its_row(kind: str, name: str, default: list[float]) -> None:
    rows = [
        row for row in section("Analytics") if {f"`{kind}`", f"`{name}`"} <= set(re.findall("`.+?`", row[0]))
    ]
    assert len(rows) == 1, f"docs/design/thresholds.md says nothing of {kind}'s {name}"
    assert [float(found) for found in re.findall(r"[\d.]+", rows[0][1])] == pytest.approx(default)
    assert rows[0][2]


def constants(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line, names and the text below each module-level constant that is made of plain numbers."""
    body = ast.parse(path.read_text("utf-8")).body
    for here, below in zip(body, [*body[1:], None], strict=True):
        match here:
            case ast.Assign(targets=[target], value=value):
                names = ast.unparse(target)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                names = ast.unparse(target)
            case _:
                continue
        nodes = list(ast.walk(value))
        plain = any(numbers(getattr(node, "value", None)) for node in nodes)
        if names.upper() != names or not plain or any(isinstance(node, ast.Call) for node in nodes):
            continue
        match below:
            case ast.Expr(value=ast.Constant(value=str() as said)):
                yield here.lineno, names, said
            case _:
                yield here.lineno, names, ""


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_number_of_the_judging_stages_has_its_reason_below_it(folder: str) -> None:
    found = [
        (f"{path.name}:{line} {names}", said)
        for path in sorted((ROOT / "patrol" / "vision" / folder).glob("*.py"))
        for line, names, said in constants(path)
    ]
    assert len(found) > 5, "the test itself is blind"
    bare = [where for where, said in found if len(said.split()) < 3]
    assert bare == []


def test_each_bad_input_names_a_test_that_there_is() -> None:
    named = [place for row in section("Bad input") for place in re.findall(r"`(.+?)`", row[2])]
    assert len(named) >= 10
    for place in named:
        file, _, function = place.partition("::")
        text = (ROOT / file).read_text("utf-8")
        assert not function or f"def {function}(" in text, place
