"""Both languages say everything, and nothing is said that nobody asks for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from patrol.core.camera import CameraState
from patrol.core.candidate import EvidenceKind

SRC = Path(__file__).parents[2] / "patrol" / "console" / "web" / "src"
LANGS = ("zh-CN", "en")
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
OWN_NAMES = {"中文"}
"""A language is listed by its own name, whatever the page speaks."""


def words(lang: str) -> dict[str, str]:
    read: dict[str, str] = json.loads((SRC / "i18n" / f"{lang}.json").read_text())
    return read


def sources() -> list[Path]:
    return sorted(p for p in SRC.rglob("*") if p.suffix in {".svelte", ".ts"} and p.name != "schema.d.ts")


def families() -> list[str]:
    """Prefixes of keys whose last part is not written in the source: a raw word of the desk, a variable."""
    declared = (SRC / "i18n" / "index.svelte.ts").read_text()
    union = re.search(r"export type Family =([^;]+);", declared)
    assert union
    code = "\n".join(path.read_text() for path in sources())
    used = {name for name in re.findall(r"'(\w+)'", union[1]) if re.search(rf"(word|known)\('{name}'", code)}
    return sorted(used | set(re.findall(r"t\(`([\w.]+)\.\$\{", code)) | {"time"})


def test_both_languages_have_the_same_keys() -> None:
    assert words("zh-CN").keys() == words("en").keys()


@pytest.mark.parametrize("lang", LANGS)
def test_no_words_are_empty_and_keys_are_in_order(lang: str) -> None:
    said = words(lang)
    assert all(text.strip() for text in said.values())
    assert list(said) == sorted(said)


def test_both_languages_fill_in_the_same_values() -> None:
    zh, en = words("zh-CN"), words("en")
    gaps = re.compile(r"\{(\w+)\}")
    differing = [key for key in zh if set(gaps.findall(zh[key])) != set(gaps.findall(en[key]))]
    assert not differing


def test_chinese_is_chinese_and_english_is_english() -> None:
    # `{camera}：{verdict}` and the like hold no word of their own.
    bare = {key: re.sub(r"\{\w+\}|\W", "", text) for key, text in words("zh-CN").items()}
    assert not [key for key, text in bare.items() if text and not CHINESE.search(text)]
    assert not [key for key, text in words("en").items() if CHINESE.search(text)]


def test_every_key_is_used() -> None:
    code = "\n".join(path.read_text() for path in sources())
    prefixes = tuple(f"{family}." for family in families())
    unused = [key for key in words("en") if f"'{key}'" not in code and not key.startswith(prefixes)]
    assert not unused


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.name)
def test_no_words_are_written_into_the_page_itself(path: Path) -> None:
    code = re.sub(r"/\*.*?\*/|<!--.*?-->", "", path.read_text(), flags=re.DOTALL)
    code = re.sub(r"^\s*//.*$", "", code, flags=re.MULTILINE)
    for name in OWN_NAMES:
        code = code.replace(name, "")
    chinese = [found for found in CHINESE.findall(code) if path.name != "keys.ts"]
    markup = re.sub(r"<(script|style)\b.*?</\1>", "", code, flags=re.DOTALL)
    markup = (
        re.sub(r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}", "", markup) if path.suffix == ".svelte" else ""
    )
    loose = re.findall(r">([^<>{}]*[A-Za-z]{3}[^<>{}]*)<", markup)
    allowed = {"Patrol", "patrol link", "patrol check streams.yaml", "PgUp", "PgDn"}
    assert not chinese
    assert not [text for text in loose if text.strip() not in allowed]


def test_every_state_of_a_camera_has_a_word_and_says_what_to_do() -> None:
    said = words("zh-CN")
    states = {state.value for state in CameraState} | {"unknown"}
    assert not [state for state in states if f"state.{state}" not in said]
    assert not [state for state in states - {"live"} if f"todo.{state}" not in said]


def test_every_kind_of_evidence_has_a_word() -> None:
    assert not [kind for kind in EvidenceKind if f"evidence.{kind.value}" not in words("zh-CN")]
