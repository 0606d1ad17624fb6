"""The documents use the words of the code, of its messages and of the page, and show its shape."""

from __future__ import annotations

import ast
import enum
import importlib
import inspect
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import patrol
import patrol.core
from patrol.core import errors, plugins
from tests.documents import (
    CHINESE,
    DOCS,
    ENGLISH,
    ROOT,
    WEB,
    blocks,
)

# -- words --------------------------------------------------------------------------------------------------

TERMS = {
    "CameraHealth": "camera state",
    "CameraState": "camera state",
    "Candidate": "candidate",
    "Detections": "detection",
    "DetectorInfo": "detector",
    "Evidence": "evidence",
    "EvidenceKind": "still",
    "EvidenceStatus": "missing",
    "Keyframe": "keyframe",
    "Look": "look",
    "Observation": "observation",
    "Packet": "packet",
    "Phase": "ended",
    "Picture": "picture",
    "Stay": "staying put",
    "Presence": "cannot tell",
    "Session": "source",
    "VideoFormat": "stream",
    "Zone": "zone",
    "Clause": "clause",
    "Closer": "second look",
    "Crowd": "density network",
    "DensityNetwork": "density network",
    "Finding": "finding",
    "Gear": "gear",
    "GearKind": "gear",
    "Judgement": "ruling",
    "Law": "law",
    "Notice": "notice",
    "Ruling": "ruling",
    "SecondLook": "second look",
    "Analytic": "analytic",
    "Detector": "detector",
    "Gate": "gate",
    "Source": "source",
    "Ground": "ground",
    "Level": "monitor",
    "Needs": "pixels per metre",
    "Pose": "calibration",
    "Resolution": "pixels per metre",
    "Place": "place",
    "Reason": "sight",
    "Sight": "sight",
    "TaskSight": "sight",
    "Tracker": "track",
}
"""Public nouns of patrol.core, and the word of the glossary that explains each."""
INSIDE = {
    "CandidateSink": "a seam, met in code only",
    "ClipPart": "inside evidence",
    "Clock": "a seam, met in code only",
    "Crop": "what a second look is given",
    "Days": "inside a law: when it is in force",
    "Light": "the least light that a task needs, as an analytic exports it",
    "GearMemory": "where several second looks become rods",
    "Seen": "a rod, as several second looks together say",
    "Sighted": "what one look shows of people and boats, on the way to spots",
    "Spot": "where staying put in the picture is worked out",
    "Spots": "where staying put in the picture is worked out",
    "Viewpoint": "inside calibration: a lens over the ground",
    "Means": "second looks and density networks, on the way to rules",
    "Uses": "names of those that a rule asks for",
    "Decoder": "a seam, met in code only",
    "ParameterSetMemory": "H.264 and H.265",
    "DetectionPolicy": "a seam, met in code only",
    "Prepared": "between decoder and detector",
    "Sighting": "a seam, met in code only",
    "Redactor": "inside redaction",
    "Seeing": "what a look says of its camera, on the way to rules",
    "Secret": "inside redaction",
    "Stays": "where staying put is worked out",
    "SystemClock": "a seam, met in code only",
}
"""Public classes of patrol.core that nobody meets in words, and why."""


def core_classes() -> Iterator[type]:
    for info in pkgutil.iter_modules(patrol.core.__path__):
        module = importlib.import_module(f"patrol.core.{info.name}")
        for name, item in vars(module).items():
            own = inspect.isclass(item) and item.__module__ == module.__name__
            if own and not name.startswith("_") and not issubclass(item, Exception):
                yield item


def glossary() -> dict[str, str]:
    """Each term of the glossary with the Chinese beside it; terms of one row pair up where both are lists."""
    terms: dict[str, str] = {}
    for line in (DOCS / "glossary.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or len(cells) < 3 or set(cells[0]) <= {"-"}:
            continue
        words, chinese = cells[0].split(", "), cells[1].split("、")
        paired = chinese if len(chinese) == len(words) else [cells[1]] * len(words)
        terms.update(zip(words, paired, strict=True))
    return terms


def test_every_noun_of_core_is_in_the_glossary_or_inside() -> None:
    names = {item.__name__ for item in core_classes()}
    assert names == TERMS.keys() | INSIDE.keys()
    assert TERMS.keys().isdisjoint(INSIDE)
    assert sorted(set(TERMS.values()) - glossary().keys()) == []


def test_every_value_of_a_core_enum_is_in_the_glossary() -> None:
    spoken = {"still_boxes": "still with boxes", "cannot_tell": "cannot tell"}
    values = {str(one.value) for item in core_classes() if issubclass(item, enum.Enum) for one in item}
    assert sorted(v for v in values if spoken.get(v, v) not in glossary()) == []


@pytest.mark.parametrize("family", ["state", "verdict", "phase", "end", "evidence", "evidence.status"])
def test_page_and_glossary_use_the_same_chinese(family: str) -> None:
    aside = {"state.before", "verdict.none", "evidence.title", "evidence.status.none"}
    pattern = re.compile(rf"{re.escape(family)}\.([\w-]+)")
    for key, chinese in CHINESE.items():
        if (match := pattern.fullmatch(key)) and key not in aside:
            term = match[1].replace("still_boxes", "still with boxes")
            assert glossary().get(term) == chinese, f"{key}: the page says {chinese}"


def test_every_kind_of_candidate_has_its_words() -> None:
    package = "patrol.vision.analytics"
    for name in plugins.available(package):
        kind = plugins.load(package, name).KIND
        assert glossary()[kind] == CHINESE[f"kind.{kind}"]
        assert f"kind.{kind}" in ENGLISH


# -- the operator's page ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("page", "words"), [("operate.md", ENGLISH), ("operate.zh-CN.md", CHINESE)])
def test_the_operators_guide_knows_every_key_and_state(page: str, words: dict[str, str]) -> None:
    said = (DOCS / "guide" / page).read_text("utf-8")
    table = re.search(r"const KEYS.*?\{(.*?)\n\};", (WEB / "lib" / "keys.ts").read_text("utf-8"), re.DOTALL)
    assert table is not None
    shown = {" ": "空格" if words is CHINESE else "Space", "arrowdown": "↓", "arrowup": "↑", "escape": "Esc"}
    twins = {"？", "、"}  # what a Chinese keyboard sends for `?` and `/`
    keys = re.findall(r"^\s*'?([^\s':]+|\s)'?: '", table[1], re.MULTILINE)
    assert len(keys) > 15
    lacking = [k for k in keys if k not in twins and f"<kbd>{shown.get(k, k.upper())}</kbd>" not in said]
    assert lacking == []
    spoken = [words[f"verdict.{one}"] for one in ("real", "false", "unsure")]
    spoken += [w for key, w in words.items() if key.startswith("state.") and key != "state.before"]
    assert [word for word in spoken if f"**{word}**" not in said] == []


# -- messages -----------------------------------------------------------------------------------------------


def literals() -> str:
    """Every text of the code and of the page, f-strings with `{}` for what they fill in."""
    found = [*ENGLISH.values()]
    for path in (ROOT / "patrol").rglob("*.py"):
        if "node_modules" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
                found.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join(found)


def quoted_messages(page: Path) -> Iterator[str]:
    """Pieces of messages in the first column of its tables, without what they fill in."""
    for line in page.read_text("utf-8").splitlines():
        if line.startswith("|"):
            for message in re.findall(r"`([^`]{10,})`", line.split(" | ")[0]):
                yield from re.split(r"\.\.\.|;|\b[A-Z]{4,}\b|\bN\b|'\w'|[\d.:]*\d", message)


def test_messages_in_troubleshoot_exist() -> None:
    text = literals()
    pieces = [piece.strip(" ;,:()") for piece in quoted_messages(DOCS / "guide" / "troubleshoot.md")]
    foreign = {"Address already in use", "No module named 'psycopg'"}  # of the system, and of Python
    pieces = [piece for piece in pieces if len(piece) >= 8 and piece not in foreign]
    assert len(pieces) > 60
    assert [piece for piece in pieces if piece not in text] == []


# -- the house ----------------------------------------------------------------------------------------------


def test_the_readme_is_short_and_the_changelog_knows_this_version() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) < 150
    assert re.search(
        rf"^## {re.escape(patrol.__version__)}\b", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )


def test_the_layers_in_the_architecture_are_those_that_are_checked() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c.get("containers") == ["patrol"])
    checked = [name for layer in layers for name in layer.split(" | ")]
    text = (DOCS / "architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| `patrol\.(\w+)` \|", text, re.MULTILINE)
    assert sorted(rows) == sorted(checked)
    rank = {name: number for number, layer in enumerate(layers) for name in layer.split(" | ")}
    assert [rank[row] for row in rows] == sorted(rank.values())
    stages = next(c["layers"] for c in contracts if c.get("containers") == ["patrol.vision"])
    row = next(line for line in text.splitlines() if line.startswith("| `patrol.vision` |"))
    assert [s for layer in stages for s in layer.split(" | ") if s not in row] == []


def written_tree(module: ModuleType) -> dict[str, str]:
    """Class -> parent, as the indentation of the docstring's tree says."""
    parents: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in (module.__doc__ or "").splitlines():
        match = re.match(r"^( {4,})([A-Z]\w+)(?: {2,}|$)", line)
        if match is None:
            continue
        depth, name = len(match[1]), match[2]
        above = [(indent, other) for indent, other in above if indent < depth]
        parents[name] = above[-1][1] if above else "Exception"
        above.append((depth, name))
    return parents


def test_the_tree_of_errors_is_the_one_in_its_docstring() -> None:
    classes = [c for c in vars(errors).values() if inspect.isclass(c) and c.__module__ == errors.__name__]
    assert written_tree(errors) == {c.__name__: c.__bases__[0].__name__ for c in classes}


@pytest.mark.parametrize(
    "path", ["patrol/vision/analytics/vehicles.py", "tests/vision/analytics/test_vehicles.py"]
)
def test_the_worked_example_is_the_real_file(path: str) -> None:
    assert (ROOT / path).read_text("utf-8") in blocks(DOCS / "guide" / "add-an-analytic.md", "python")
