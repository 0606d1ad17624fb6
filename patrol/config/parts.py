"""Parts of a configuration file that may be wrong in other places: what checks are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from patrol.config.problems import KeyPath
from patrol.config.shape import part_of

T = TypeVar("T", bound=BaseModel)
Complaint = tuple[KeyPath, str]
"""Where something is wrong, and what was found and expected."""


def part(model: type[T], value: object) -> T | None:
    """A section by itself; None where its shape is wrong, which `shape` has named."""
    try:
        return part_of(model, value)
    except ValidationError:
        return None


def mapping(value: object) -> Mapping[str, Any]:
    """A mapping; empty where the value is none."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """A list; empty where the value is none."""
    return value if isinstance(value, list) else []


def twice(path: KeyPath, there_are: list[Any], noun: str) -> Iterator[Complaint]:
    """Ids that stand twice in a list of sections.

    Args:
        path: of the list; complaints are below it.
        there_are: the sections.
        noun: what they are.
    """
    first: dict[str, int] = {}
    for index, item in enumerate(there_are):
        name = mapping(item).get("id")
        if not isinstance(name, str):
            continue
        if name in first:
            where = f"{path[0]}[{first[name]}]"
            message = f"is {name!r}, which {where} has already; expected every {noun} its own id"
            yield (*path, index, "id"), message
        first.setdefault(name, index)
