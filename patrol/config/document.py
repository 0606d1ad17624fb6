"""One YAML file as plain values, with the line of each key. Written for files that strangers may have made.

Read is a small and safe part of YAML: mappings, lists and scalars of the core schema of YAML 1.2, so that
`no`, `on` and `12:30` are text as they look. Anchors and aliases (a few lines of them fill the memory), tags,
several documents in one file and keys that stand twice are refused. Nothing here recurses.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from patrol.config.problems import ConfigFileError, KeyPath, Problem, problem

MAX_BYTES = 2_000_000
"""About 6000 cameras of ten lines each; a site has hundreds."""
MAX_DEPTH = 24
"""streams.yaml itself is 6 deep; the rest is for parameters of plug-ins."""
_LOADER: Any = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # libyaml, 16 times faster, where it was built in


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says.

    Attributes:
        file: as the user named it.
        data: mappings, lists, text, numbers, true, false and None.
        lines: line, from 1, of each key and each list item, by key path.
        repeated: keys that stand twice, as problems.
    """

    file: str
    data: dict[str, Any]
    lines: Mapping[KeyPath, int]
    repeated: tuple[Problem, ...]

    def line(self, key_path: KeyPath) -> int:
        """Line of a key, or of the nearest thing around it where the key is not in the file."""
        while key_path and key_path not in self.lines:
            key_path = key_path[:-1]
        return self.lines.get(key_path, 1)

    def problem(self, key_path: KeyPath, message: str) -> Problem:
        """A problem with the value at `key_path`."""
        return problem(self.file, self.line(key_path), key_path, message)


def read(path: Path) -> Document:
    """Read a file.

    Raises:
        ConfigFileError: it cannot be read, is no YAML of the kind described above, or no mapping.
    """
    file = str(path)
    text = _text(path, file)
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise _refused(file, _yaml_line(error), _yaml_words(error)) from None
    except yaml.YAMLError:
        raise _refused(file, 1, "is not YAML; expected a text file like streams.example.yaml") from None
    return builder.document()


def _text(path: Path, file: str) -> str:
    try:
        if not path.is_file():
            reason = "is a folder or a device" if path.exists() else "does not exist"
            raise _refused(file, 0, f"{reason}; expected a YAML file")
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refused(file, 0, f"cannot be read: {error.strerror}; check its owner and mode") from None
    if len(raw) > MAX_BYTES:
        raise _refused(file, 0, f"is larger than {MAX_BYTES // 1_000_000} MB; expected a list of cameras")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _refused(file, line, "is not UTF-8 from here on; save the file as UTF-8") from None
    control = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        message = f"holds the control character U+{ord(control.group()):04X}; expected plain text"
        raise _refused(file, line, message)
    return text


def _refused(file: str, line: int, message: str) -> ConfigFileError:
    return ConfigFileError([problem(file, line, (), message)])


def _yaml_line(error: yaml.MarkedYAMLError) -> int:
    """Where the mistake is: what was never closed is where it began, else the parser knows best."""
    began = re.search(r"flow|quoted|simple key", error.context or "")
    first, second = error.problem_mark, error.context_mark
    mark = (second or first) if began else (first or second)
    return 1 if mark is None else mark.line + 1


def _yaml_words(error: yaml.MarkedYAMLError) -> str:
    """What the parser says, without the words that it quotes: they may be a piece of a password."""
    said = error.problem or "cannot be read"
    said = re.sub(r"'[^']*'|\"[^\"]*\"", lambda m: m[0] if len(m[0]) == 3 else "...", said)
    return (
        f"is not YAML here: {said}; look at quotes, brackets, colons and the indentation on this line and "
        f"above it (text that begins with one of @ % * & ! ` [ {{ needs quotes)"
    )


@dataclass(slots=True)
class _Open:
    """A mapping or list that has begun and not ended."""

    path: KeyPath
    value: dict[str, Any] | list[Any]
    key: str | None = None
    skip: bool = False
    """Its key stood before already: what it holds is read and dropped."""


@dataclass(slots=True)
class _Builder:
    """Turns the parser's events into a `Document`."""

    file: str
    data: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    repeated: list[Problem] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    documents: int = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        self._refuse(event, line)
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            self.stack.pop()
        elif isinstance(event, yaml.MappingStartEvent):
            self._open({}, line)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open([], line)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)

    def document(self) -> Document:
        if self.data is None:
            raise _refused(self.file, 1, "is empty; expected `site:` and `cameras:`")
        if not isinstance(self.data, dict):
            raise _refused(self.file, 1, "holds no keys; expected a mapping with `site:` and `cameras:`")
        return Document(self.file, self.data, self.lines, tuple(self.repeated))

    def _refuse(self, event: yaml.Event, line: int) -> None:
        for reason in _reasons(event, self.documents, len(self.stack)):
            raise _refused(self.file, line, reason)

    def _open(self, value: dict[str, Any] | list[Any], line: int) -> None:
        if self.stack and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None:
            raise _refused(self.file, line, "uses a mapping or a list as a key; expected a word")
        path, skip = self._put(value, line)
        self.stack.append(_Open(path, value, skip=skip))

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self._key(top, event.value, line)
            return
        plain = event.implicit[0]
        try:
            value = _scalar(event.value) if plain else event.value
        except ValueError:
            raise _refused(self.file, line, "holds a number that is too large; expected a measure") from None
        self._put(value, line)

    def _key(self, top: _Open, key: str, line: int) -> None:
        path = (*top.path, key)
        top.key = key
        if top.skip:
            return
        if key in top.value:
            first = self.lines[path]
            message = f"stands twice, first in line {first}; expected once, since only one could count"
            self.repeated.append(problem(self.file, line, path, message))
        else:
            self.lines[path] = line

    def _put(self, value: Any, line: int) -> tuple[KeyPath, bool]:
        """Hang a value into what is open. Returns its path, and whether it is dropped."""
        if not self.stack:
            self.data = value
            self.lines[()] = line
            return (), False
        top = self.stack[-1]
        if isinstance(top.value, list):
            path: KeyPath = (*top.path, len(top.value))
            top.value.append(value)
            if not top.skip:
                self.lines[path] = line
            return path, top.skip
        key, top.key = top.key or "", None
        dropped = top.skip or key in top.value
        if not dropped:
            top.value[key] = value
        return (*top.path, key), dropped


def _reasons(event: yaml.Event, documents: int, depth: int) -> Iterator[str]:
    """Why an event is refused."""
    if isinstance(event, yaml.DocumentStartEvent) and documents:
        yield "begins a second document with `---`; expected one document a file"
    if isinstance(event, yaml.AliasEvent):
        yield "uses an alias (`*`); write the value out, or put text that begins with `*` in quotes"
    elif isinstance(event, yaml.NodeEvent) and event.anchor is not None:
        yield "sets an anchor (`&`); write values out, or put text that begins with `&` in quotes"
    if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
        yield "uses a tag (`!`); expected a plain value, or put text that begins with `!` in quotes"
    if isinstance(event, yaml.CollectionStartEvent) and depth >= MAX_DEPTH:
        yield f"is nested more than {MAX_DEPTH} deep; expected lists and mappings as in streams.example.yaml"


_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def _scalar(text: str) -> str | int | float | bool | None:
    """The value of an unquoted scalar in the core schema of YAML 1.2 (decimal numbers only).

    Raises:
        ValueError: a number of more than 30 digits, or one that is infinite as a float.
    """
    if text in _WORDS:
        return _WORDS[text]
    if not _FLOAT.fullmatch(text):
        return text
    number = int(text) if _INTEGER.fullmatch(text) else float(text)
    if len(text) > 30 or math.isinf(number):
        raise ValueError
    return number
