"""The table of environment variables: name, default, meaning, and how each is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from patrol.core.redact import Secret, has_userinfo


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable.

    Attributes:
        field: of `Settings`; the variable is `PATROL_` and this in capitals.
        default: as text, as it is documented; empty: none.
        meaning: what it does, for the documentation.
        read: turns text into the value; raises ValueError with what was expected.
        otherwise: gives the value where the variable is not set, None: `read(default)`.
    """

    field: str
    default: str
    meaning: str
    read: Callable[[str], object]
    otherwise: Callable[[Mapping[str, str]], object] | None = None

    @property
    def name(self) -> str:
        """`PATROL_...`."""
        return f"PATROL_{self.field.upper()}"

    def absent(self, environ: Mapping[str, str]) -> object:
        """The value where the variable is not set."""
        return self.otherwise(environ) if self.otherwise else self.read(self.default)


def markdown_table() -> Iterator[str]:
    """The lines of the table in docs/reference/environment.md."""
    yield "| Variable | Default | Meaning |"
    yield "| --- | --- | --- |"
    for variable in VARIABLES:
        default = f"`{variable.default}`" if variable.default else "not set"
        yield f"| `{variable.name}` | {default} | {variable.meaning} |"


def _token(text: str) -> Secret:
    if len(text) < 16:
        raise ValueError("16 characters or more, as `openssl rand -hex 16` makes them")
    return Secret(text)


def _secret_url(*schemes: str) -> Callable[[str], Secret]:
    def read(text: str) -> Secret:
        expected = f"an address that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}"
        try:
            parts = urlsplit(text)
            password, _ = parts.password, parts.port
            if parts.netloc and "@" in parts.path + parts.query + parts.fragment:
                raise ValueError  # a raw `/`, `?` or `#` in the password  # noqa: TRY301
        except ValueError:
            raise ValueError(
                f"{expected}, host and port that can be read, the password percent-encoded"
            ) from None
        if parts.scheme.partition("+")[0] not in schemes or not text.startswith(f"{parts.scheme}://"):
            raise ValueError(expected)
        if password:
            Secret(password)
            Secret(unquote(password))
        return Secret(text, known=has_userinfo(text))

    return read


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 12 and least <= int(text) <= most):
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"one of: {', '.join(words)}")
        return text.lower()

    return read


def _folder(text: str) -> Path:
    if "\0" in text:
        raise ValueError("the path of a folder")
    return Path(text).expanduser().absolute()


def _host(text: str) -> str:
    if not text.isprintable() or any(char in text for char in " /@"):
        raise ValueError("a host name or an IP address")
    if text in ("0.0.0.0", "::"):  # noqa: S104  refused here: a desk elsewhere would look for it on itself
        raise ValueError("an address that the desk can reach, not the one that means every address")
    return text


def _xdg(variable: str, *below_home: str) -> Callable[[Mapping[str, str]], Path]:
    def default(environ: Mapping[str, str]) -> Path:
        named = Path(environ.get(variable, ""))
        if named.is_absolute():  # the XDG specification: relative ones are to be ignored
            return named / "patrol"
        home = environ.get("HOME")
        return (Path(home) if home else Path.home()).joinpath(*below_home, "patrol")

    return default


def _not_set(_: Mapping[str, str]) -> None:
    return None


VARIABLES: tuple[Variable, ...] = (
    Variable(
        "redis_url",
        "",
        "Valkey or Redis that worker and desk share: `redis://[:password@]host[:port][/db]`, `rediss://` "
        "or `unix://`. Not set: the embedded Valkey of `patrol run`.",
        _secret_url("redis", "rediss", "unix"),
        _not_set,
    ),
    Variable(
        "database_url",
        "",
        "The desk's database, `postgresql+psycopg://user:password@host/name` or `sqlite:///path`. "
        "Not set: SQLite in the data folder.",
        _secret_url("postgresql", "sqlite"),
        _not_set,
    ),
    Variable(
        "data_dir",
        "$XDG_DATA_HOME/patrol",
        "Outbox, evidence, the desk's database: what must last. "
        "(`~/.local/share/patrol` without XDG_DATA_HOME.)",
        _folder,
        _xdg("XDG_DATA_HOME", ".local", "share"),
    ),
    Variable(
        "cache_dir",
        "$XDG_CACHE_HOME/patrol",
        "Models and demo footage: what can be fetched again. (`~/.cache/patrol` without XDG_CACHE_HOME.)",
        _folder,
        _xdg("XDG_CACHE_HOME", ".cache"),
    ),
    Variable(
        "media_token",
        "",
        "Secret that the desk shows to workers' media endpoints; the same on both sides, "
        "16 characters or more. Not set: made at start, which only `patrol run` can do.",
        _token,
        _not_set,
    ),
    Variable(
        "media_host",
        "127.0.0.1",
        "Address that a worker's media endpoint listens on, and is reached by.",
        _host,
    ),
    Variable("media_port", "0", "Port of a worker's media endpoint; 0: any free one.", _whole(0, 65535)),
    Variable("http_port", "8642", "Port of the page, on 127.0.0.1; 0: any free one.", _whole(0, 65535)),
    Variable("log", "text", "Form of the log on stderr: `text` or `json`.", _one_of("text", "json")),
    Variable(
        "log_level",
        "info",
        "Least severity that is logged: `debug`, `info`, `warning` or `error`.",
        _one_of("debug", "info", "warning", "error"),
    ),
    Variable(
        "evidence_max_mb",
        "2000",
        "Megabytes of evidence that a worker, and a desk, keeps; the oldest unconfirmed goes first.",
        _whole(1, 1_000_000_000),
    ),
    Variable(
        "evidence_min_free_mb",
        "500",
        "Megabytes to leave free on the evidence disk; below it no evidence is written, which is shown.",
        _whole(0, 1_000_000_000),
    ),
)
"""All that Patrol reads from the environment, besides the passwords that streams.yaml names."""
