"""What analytics can say has words on the page: parts, reasons with their values, kinds, units, bands.

Names and codes are collected from the sources, so that a new one cannot be forgotten.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import get_args

import pytest

import patrol
from patrol.config.models import ZoneConfig
from patrol.core.law import Clause, Ruling
from patrol.vision.analytics.bands import BANDS
from patrol.vision.analytics.crowding import Regime

ROOT = Path(patrol.__file__).parent
I18N = ROOT / "console" / "web" / "src" / "i18n"
LANGS = ("zh-CN", "en")
SAYING = ("core", "vision/analytics", "vision/closer", "vision/density", "vision/sight", "vision/worker")
ALONE = {"count", "notice", "words", "source"}
"""Parts that the page shows by themselves."""
PARTS = ("dict[str, float | int | str]", "Parts")
"""How the type of parts is written."""
GAP = re.compile(r"\{(\w+)\}")
NO_SECOND_PICTURE = {"offline"}
"""Codes of rules about the camera itself, whose words are those of its state."""


def words(lang: str) -> dict[str, str]:
    read: dict[str, str] = json.loads((I18N / f"{lang}.json").read_text())
    return read


@dataclass(frozen=True)
class Module:
    path: Path
    tree: ast.Module

    def constants(self) -> dict[str, str]:
        """Text constants of the module."""
        return {
            target.id: node.value.value
            for node in self.tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
            for target in node.targets
            if isinstance(target, ast.Name)
        }


def modules(*folders: str) -> list[Module]:
    paths = sorted(chain.from_iterable((ROOT / folder).glob("*.py") for folder in folders))
    return [Module(path, ast.parse(path.read_text())) for path in paths]


ALL = modules(*SAYING)
CONSTANTS: Mapping[str, str] = {name: text for one in ALL for name, text in one.constants().items()}


def texts(module: Module, node: ast.expr) -> set[str]:
    """What an expression can be, as far as it is written down: a text, a constant, one of two, a name."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.IfExp):
        return texts(module, node.body) | texts(module, node.orelse)
    if isinstance(node, ast.Name):
        if node.id in CONSTANTS:
            return {CONSTANTS[node.id]}
        given = [
            one.value
            for one in ast.walk(module.tree)
            if isinstance(one, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == node.id for t in one.targets)
        ]
        return set().union(*(texts(module, value) for value in given)) | argued(module, node.id)
    return set()


def argued(module: Module, name: str) -> set[str]:
    """Texts that functions of the module are called with in the place of their parameter of this name."""
    found: set[str] = set()
    for function in ast.walk(module.tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        names = [argument.arg for argument in function.args.args]
        if name not in names:
            continue
        for call in calls(module, function.name):
            place = names.index(name)
            found |= texts(module, call.args[place]) if len(call.args) > place else set()
    return found


def calls(module: Module, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def reasons() -> dict[str, set[str] | None]:
    """Codes of reasons, with the names of the values that every place gives; None: not written down there."""
    found: dict[str, set[str] | None] = {}
    for module in ALL:
        for call in calls(module, "Reason"):
            values = call.args[1] if len(call.args) > 1 else ast.Dict([], [])
            if isinstance(values, ast.Name):
                assigned = [
                    one.value
                    for one in ast.walk(module.tree)
                    if isinstance(one, ast.Assign)
                    and any(isinstance(t, ast.Name) and t.id == values.id for t in one.targets)
                ]
                values = assigned[0] if len(assigned) == 1 else values
            given = keys(values) if isinstance(values, ast.Dict) and None not in values.keys else None
            for code in texts(module, call.args[0]):
                before = found.get(code, given)
                found[code] = None if given is None or before is None else before & given
    return found


def keys(node: ast.Dict) -> set[str]:
    """Text keys of a dict that is written down, those of dicts unpacked into it as well."""
    own = {key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    inner = [value for key, value in zip(node.keys, node.values, strict=True) if key is None]
    return own.union(*(keys(one) for value in inner for one in ast.walk(value) if isinstance(one, ast.Dict)))


def parts(module: Module) -> set[str]:
    """Names of parts that a module gives: all that it writes into a dict of their type, or named `parts`."""
    found: set[str] = set()
    for node in ast.walk(module.tree):
        held: list[ast.AST | None] = []
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) in PARTS:
            held.append(node.value)
        elif isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            held += [node.value for target in targets if ast.unparse(target) == "parts"]
            found |= {
                str(target.slice.value)
                for target in targets
                if isinstance(target, ast.Subscript)
                and ast.unparse(target.value) == "parts"
                and isinstance(target.slice, ast.Constant)
            }
        elif isinstance(node, ast.FunctionDef) and node.returns and ast.unparse(node.returns) in PARTS:
            held.append(node)
        found = found.union(*(written(one) for one in held if one is not None))
    return found


def written(node: ast.AST) -> set[str]:
    """Text keys of all dicts written within a part of a module, but those of reasons."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "Reason":
        return set()
    own = (
        {key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
        if isinstance(node, ast.Dict)
        else set()
    )
    return own.union(*(written(child) for child in ast.iter_child_nodes(node)))


def analytics() -> dict[str, set[str]]:
    """Names of parts by module of an analytic, with those of its helpers that are in a file of their own."""
    found = {module.path.stem: parts(module) for module in modules("vision/analytics")}
    return {name: names for name, names in found.items() if names}


def kinds() -> set[str]:
    found = set()
    for path in (ROOT / "vision" / "analytics").glob("*.py"):
        module = importlib.import_module(f"patrol.vision.analytics.{path.stem}")
        found |= {getattr(module, name) for name in ("KIND", "COMPANION") if hasattr(module, name)}
    return found


def units() -> set[str]:
    return {
        text
        for one in modules("vision/analytics")
        for name, text in one.constants().items()
        if name == "UNIT"
    }


# -- the collecting itself ----------------------------------------------------------------------------------


def test_what_is_known_to_be_said_is_collected() -> None:
    codes = reasons()
    known = {
        "never-moves", "looks-too-rare", "no-class", "rods-too-far", "rods-too-dark", "rods-no-contrast",
        "gear-not-looked", "rods-unsure", "no-calibration", "crowd-too-dense", "crowd-unreadable",
        "ground-unseen",
    }  # fmt: skip
    assert known <= codes.keys()
    assert codes["rods-too-far"] == {"px_per_m", "needed"}
    found = analytics()
    assert {"dwell_s", "rods", "rods_unsure", "clause", "words", "source", "longest_s"} <= found["fishing"]
    assert {"density", "low", "band", "mean", "growth_per_min", "regime"} <= found["density"]
    assert {"known_by", "why"} <= found["unreadable"]
    assert {"grade", "queue_m"} <= found["congestion"]
    assert {"density", "density-unreadable", "fishing", "gathering", "congestion"} <= kinds()
    assert {"persons", "persons/m2", "vehicles"} <= units()


# -- words --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
def test_every_part_has_a_name(lang: str) -> None:
    said = words(lang)
    named = {
        name
        for names in analytics().values()
        for name in names - ALONE
        if f"part.{name}" not in said
        and not all(f"part.{kind}.{name}" in said for kind in ("density", "density-unreadable"))
    }
    assert not named


@pytest.mark.parametrize("lang", LANGS)
def test_every_reason_has_words_that_need_no_value_it_does_not_give(lang: str) -> None:
    said = words(lang)
    codes = {code: given for code, given in reasons().items() if code not in NO_SECOND_PICTURE}
    assert not [code for code in codes if f"sight.{code}" not in said]
    asked = {code: set(GAP.findall(said[f"sight.{code}"])) for code in codes}
    assert not {
        code: asked[code] for code, given in codes.items() if given is not None and asked[code] - given
    }


@pytest.mark.parametrize("lang", LANGS)
def test_every_kind_unit_band_and_answer_has_a_word(lang: str) -> None:
    said = words(lang)
    wanted = {f"kind.{kind}" for kind in kinds()} | {f"unit.{unit}" for unit in units()}
    wanted |= {f"value.band.{band.name}" for band in BANDS}
    wanted |= {f"value.regime.{regime.value}" for regime in Regime}
    wanted |= {f"value.law.{ruling.value}" for ruling in Ruling}
    wanted |= {f"value.clause.{clause.value}" for clause in Clause}
    wanted |= {f"zonekind.{kind}" for kind in get_args(ZoneConfig.model_fields["kind"].annotation)}
    gear = modules("vision/closer")
    gear += [
        Module(path, ast.parse(path.read_text()))
        for path in (ROOT / "vision/analytics").glob("fishing_gear.py")
    ]
    unseen = {code for one in gear for call in calls(one, "Reason") for code in texts(one, call.args[0])}
    assert "rods-too-far" in unseen
    wanted |= {f"value.cannot_see.{code}" for code in unseen}
    assert not [key for key in wanted if key not in said]
