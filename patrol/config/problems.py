"""What is wrong in a configuration file: where, which key, and what was expected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from patrol.core.errors import ConfigError
from patrol.core.redact import redact

KeyPath = tuple[str | int, ...]
"""Where a value stands: `("cameras", 2, "rules", 0, "zone")`."""

_SAYABLE = frozenset(
    {
        "username",
        "user",
        "login",
        "password_env",
        "password_file",
        "password",
        "passwd",
        "pass",
        "pwd",
        "file",
    }
)
"""Keys below `credentials` that may be repeated; another one may be a password out of its place."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct.

    Attributes:
        file: as the user named it.
        line: from 1; 0 where the file as a whole is meant.
        key: `cameras[2].rules[0].zone`, empty where no key is meant.
        message: what was found and what was expected, without credentials.
    """

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class ConfigFileError(ConfigError):
    """A configuration file cannot be used; `problems` holds all that is wrong with it, by line.

    `str()` of it is one line a problem.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(problems, key=lambda p: (p.line, p.key)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def problem(file: str, line: int, key_path: KeyPath, message: str) -> Problem:
    """A problem whose text has gone through `redact`."""
    return Problem(file, line, redact(key_words(key_path)), redact(message))


def key_words(key_path: KeyPath) -> str:
    """A key path as people write it: `cameras[2].rules[0].zone`; lists count from 0."""
    words = ""
    for depth, part in enumerate(key_path):
        if isinstance(part, int):
            words += f"[{part}]"
            continue
        hidden = "credentials" in key_path[:depth] and part not in _SAYABLE
        words += f"{'.' if words else ''}{'?' if hidden else part}"
    return words
