"""What pydantic finds wrong, in words for the person who wrote the file.

Values are shown only where they help and cannot be a secret: numbers, and the text of the keys of `_SHOWN`.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from patrol.config.models import StreamsConfig
from patrol.config.problems import KeyPath

T = TypeVar("T", bound=BaseModel)

_SHOWN = frozenset(
    {
        "id",
        "zone",
        "view",
        "use",
        "detector",
        "kind",
        "language",
        "time_zone",
        "plugin",
        "model",
        "precision",
        "platform",
    }
)
_FIXED = {
    "string_type": "text (in quotes, if it looks like a number)",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "finite_number": "an ordinary number",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping (`key: value` lines)",
    "model_type": "a mapping (`key: value` lines)",
    "model_attributes_type": "a mapping (`key: value` lines)",
    "dataclass_type": "a mapping (`key: value` lines)",
}
_COUNTED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than": lambda c: f"more than {c['gt']:g}",
    "greater_than_equal": lambda c: f"{c['ge']:g} or more",
    "less_than": lambda c: f"less than {c['lt']:g}",
    "less_than_equal": lambda c: f"{c['le']:g} or less",
    "literal_error": lambda c: f"one of {c['expected']}",
    "enum": lambda c: f"one of {c['expected']}",
    "string_too_short": lambda c: f"text of {c['min_length']} characters or more",
    "string_too_long": lambda c: f"text of {c['max_length']} characters or less",
    "too_short": lambda c: f"{c['min_length']} entries or more",
    "too_long": lambda c: f"{c['max_length']} entries or less",
}
_ID = "lower-case letters, digits, `.`, `_` and `-`, beginning with a letter or digit, 64 at most"


def streams_of(data: Mapping[str, Any]) -> tuple[StreamsConfig | None, list[tuple[KeyPath, str]]]:
    """The configuration that plain values mean, or what is wrong with their shape."""
    try:
        return part_of(StreamsConfig, data), []
    except ValidationError as error:
        return None, list(complaints(error, lambda path: _section_keys(StreamsConfig, path)))


def part_of(model: type[T], data: object) -> T:
    """Validate strictly, as JSON: a quoted number is text, `true` is no number, a list is a tuple.

    Raises:
        pydantic.ValidationError: as it is; never show its text, which repeats values.
    """
    return model.model_validate_json(json.dumps(data), strict=True)


def complaints(
    error: ValidationError, known: Callable[[KeyPath], tuple[str, ...]], at: KeyPath = ()
) -> Iterator[tuple[KeyPath, str]]:
    """Each error as key path and message.

    Args:
        error: of pydantic.
        known: the keys that may stand where an unknown one was found.
        at: what to put before each key path.
    """
    for item in error.errors(include_url=False):
        path: KeyPath = (*at, *item["loc"])
        if item["type"] == "too_short" and len(item["input"]) >= item["ctx"]["min_length"]:
            continue  # pydantic counts only what was right; what was not has its own message
        if path[-1:] == ("[key]",):
            yield path[:-1], f"is no id; expected {_ID}"
        elif item["type"] == "extra_forbidden":
            yield path, unknown_key(str(path[-1]), known(path))
        elif item["type"] == "missing" and isinstance(path[-1], str):
            yield path, "is missing; expected it here" + _hint(known(path), str(path[-1]))
        elif item["type"] in ("value_error", "assertion_error"):
            yield path, f"does not fit together: {str(item['msg']).partition(', ')[2]}"
        else:
            yield path, f"{_found(path, item['input'])}; expected {_expected(item)}"


def unknown_key(key: str, known: tuple[str, ...]) -> str:
    """What to say of a key that does not exist."""
    near = difflib.get_close_matches(key, known, 1)
    suggestion = f"expected `{near[0]}`? " if near else "expected one of the keys "
    return f"is no key that exists here; {suggestion}({', '.join(known) or 'none are known'})"


def _hint(known: tuple[str, ...], key: str) -> str:
    return "" if key in known or not known else f" (keys: {', '.join(known)})"


def _expected(item: Mapping[str, Any]) -> str:
    kind, context = item["type"], item.get("ctx") or {}
    if kind == "missing":
        return "one value more: a corner is [x, y]"
    if kind in _FIXED:
        return _FIXED[kind]
    if kind in _COUNTED:
        return _COUNTED[kind](context)
    if kind == "string_pattern_mismatch":
        return _ID
    return str(item["msg"])


def _found(path: KeyPath, value: object) -> str:
    match value:
        case None:
            return "is empty"
        case bool():
            return f"is {str(value).lower()}"
        case int() | float():
            return "is a number" if "credentials" in path else f"is the number {value:g}"
        case str():
            shown = path[-1] in _SHOWN and "credentials" not in path and "params" not in path
            return f"is the text {value[:80]!r}" if shown else "is text"
        case list() | tuple():
            return f"is a list of {len(value)}"
    return "is a mapping"


def _section_keys(model: type[BaseModel], path: KeyPath) -> tuple[str, ...]:
    """The keys of the section in which the last part of `path` stands."""
    for part in path[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return tuple(model.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _model_in(arg))), None)
