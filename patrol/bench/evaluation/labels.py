"""labels.csv: files with what a person saw in them. Columns `file` and `label`, any others beside them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from patrol.core.errors import ConfigError

STILLS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
"""Suffixes of single pictures; everything else is a clip."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One line of a labels.csv; `name` is the file as it stands there."""

    name: str
    path: Path
    label: str

    @property
    def is_still(self) -> bool:
        """Whether it is a single picture."""
        return self.path.suffix.lower() in STILLS


def read_labels(path: Path) -> tuple[Labelled, ...]:
    """The labelled files, in order; their paths start from the folder of the CSV.

    Raises:
        ConfigError: it cannot be read, has no such columns or no line, or a file is missing or named twice.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = [(reader.line_num, row) for row in reader]
            columns = reader.fieldnames or ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path}: cannot be read: {reason}; expected a CSV with file,label") from None
    if not {"file", "label"} <= set(columns):
        raise ConfigError(f"{path}:1: its columns are {', '.join(columns) or 'none'}; expected file,label")
    if not rows:
        raise ConfigError(f"{path}: names no file; expected a line for each")
    found: dict[str, Labelled] = {}
    for line, row in rows:
        name, label = (row["file"] or "").strip(), (row["label"] or "").strip()
        if not name or not label:
            raise ConfigError(f"{path}:{line}: a file or its label is empty; expected file,label")
        if name in found:
            raise ConfigError(f"{path}:{line}: {name} is there twice; expected each file once")
        if not (path.parent / name).is_file():
            raise ConfigError(f"{path}:{line}: {name} is no file; paths start from the CSV's own folder")
        found[name] = Labelled(name, path.parent / name, label)
    return tuple(found.values())
