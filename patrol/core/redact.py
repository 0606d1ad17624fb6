"""Secrets, and the one place that takes them out of text.

A `Secret` cannot be printed. Its value is also remembered here, so that text which comes from elsewhere
(FFmpeg puts the whole URL with its password into exceptions) can be cleaned. `redact` takes out

- every known secret of `SHORT` characters or more, wherever it stands, in every form of `secret_forms`;
- a shorter one only between `:` and `@`: masking each `1` or `abc` would leave no text that could be read,
  and would hide nothing, since the stars would tell what the secret is;
- the user part of every URL, known or not: from `://` to the last `@` of the word, because no pattern of what
  a password may hold is wide enough;
- what follows `password=`, `token=` and their like, as some cameras take their login in the path.

What is cut is decided on the text as it came, and overlapping cuts are joined, so that the order in which
secrets were learnt does not matter.
"""

from __future__ import annotations

import hmac
import re
import threading
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from patrol.core.secret_forms import ESCAPES, base64_forms, pattern, to_bytes

MASK = "***"
SHORT = 4
"""Secrets with fewer characters than this are masked in URLs only."""

Span = tuple[int, int]


class Secret:
    """A value that cannot be printed, logged or serialised; `reveal` hands it out, where it is used.

    Args:
        value: the secret itself.
        known: whether `redact` shall look for it in text. False suits a value that is only sometimes secret,
            as a URL without a password in it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str, *, known: bool = True) -> None:
        self._value = value
        if known:
            KNOWN.add(value)

    def reveal(self) -> str:
        """The value itself. Call it only in the expression that hands it to the library."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(to_bytes(self._value), to_bytes(other._value))

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a Secret cannot be serialised")


class _Form:
    """One literal that must not appear, with the pattern of all its encodings, made when first needed."""

    __slots__ = ("_literal", "_pattern", "_short")

    def __init__(self, literal: str) -> None:
        self._literal = literal
        self._short = len(literal) < SHORT
        self._pattern: re.Pattern[str] | None = None

    def spans(self, text: str, *, escaped: bool) -> Iterator[Span]:
        """Every place, overlapping ones too. `escaped`: the text may hold it in other than its raw form."""
        if not (escaped or self._short):
            start = text.find(self._literal)
            while start >= 0:
                yield start, start + len(self._literal)
                start = text.find(self._literal, start + 1)
            return
        found = self._compiled().search(text)
        while found:
            yield found.span()
            found = self._compiled().search(text, found.start() + 1)

    def _compiled(self) -> re.Pattern[str]:
        if self._pattern is None:
            self._pattern = pattern(self._literal)
            if self._short:
                inner = self._pattern.pattern
                self._pattern = re.compile(f"(?:(?<=:)|(?<=%3[aA])){inner}(?=@|%40)")
        return self._pattern


class Redactor:
    """Takes what it has been told, and what it recognises by itself, out of text. Safe in any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forms: dict[str, _Form] = {}

    def add(self, value: str) -> None:
        """Look for `value` from now on, and for its base64 unless it is short."""
        literals = {value} if len(value) < SHORT else {value, *base64_forms(value)}
        fresh = {literal: _Form(literal) for literal in literals if literal and literal not in self._forms}
        if fresh:
            with self._lock:  # a new dict each time: readers go on with the one that they hold
                self._forms = {**fresh, **self._forms}

    def add_login(self, username: str, password: str) -> None:
        """Look for `base64(user:password)`, the Basic form of a login, from now on."""
        for form in base64_forms(f"{username}:{password}"):
            self.add(form)

    def redact(self, text: str) -> str:
        """See the function `redact`."""
        return _cut(text, [*self._known(text), *_url_spans(text, _SPACE), *_parameter_spans(text)])

    def redact_url(self, url: str) -> str:
        """See the function `redact_url`."""
        return _cut(url, [*self._known(url), *_url_spans(url, None), *_parameter_spans(url)])

    def _known(self, text: str) -> Iterator[Span]:
        escaped = ESCAPES.search(text) is not None
        for form in self._forms.values():
            yield from form.spans(text, escaped=escaped)


KNOWN = Redactor()
"""The one that this process uses; every `Secret` tells it its value."""


def register_login(username: str, password: Secret) -> None:
    """Remember the Basic form `base64(user:password)` of a login as a secret, too."""
    KNOWN.add_login(username, password.reveal())


def redact(text: str) -> str:
    """`text` without any known secret, without the user part of any URL, without logins in URL parameters."""
    return KNOWN.redact(text)


def redact_url(url: str) -> str:
    """A URL to show: without its user part and logins in parameters, whatever stands in it.

    The whole text is taken for one URL, so that a raw space in a password does not end it.
    """
    return KNOWN.redact_url(url)


def redact_value(value: object, depth: int = 8) -> object:
    """A copy of `value` made of plain JSON types, redacted; below a key such as `password` nothing stays.

    Args:
        value: anything; what is neither a container nor a number is shown by its `repr`, redacted.
        depth: levels of containers that are kept as such.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact(value)
    if depth > 0 and isinstance(value, Mapping):
        return {redact(str(k)): _under_key(str(k), v, depth - 1) for k, v in value.items()}
    if depth > 0 and isinstance(value, list | tuple | set | frozenset):
        return [redact_value(item, depth - 1) for item in value]
    return redact(repr(value))


def has_userinfo(url: str) -> bool:
    """Whether a URL carries a login, or something that would be one for another parser.

    An `@` counts anywhere, since a raw `/`, `?` or `#` in a password moves it out of what a parser calls the
    host; encoded as `%40` it counts in the host only, so that a path which really holds one can be written.
    """
    rest = url.partition("://")[2]
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return "@" in rest or "@" in unquote(unquote(host)) or any(True for _ in _parameter_spans(url))


_SCHEME_END = re.compile(r"(?::|%(?:25)*3[aA])(?:\\*/|%(?:25)*2[fF]){2}")
_SPACE = re.compile(r"\s")
_AT = re.compile(r"@|%(?:25)*40")
_LOGIN_KEY = r"(?:pass(?:word|wd|wort)?|pwd|secret|token|auth(?:orization)?|api_?key|sig(?:nature)?)"
_PARAMETER = re.compile(rf"(?<![A-Za-z0-9]){_LOGIN_KEY}=([^&\s]+)", re.IGNORECASE)
_LOGIN_NAME = re.compile(rf"(?:.*[_.-])?(?:{_LOGIN_KEY}|(?:set-)?cookie|private_?key)", re.IGNORECASE)


def _under_key(key: str, value: object, depth: int) -> object:
    if value and not isinstance(value, bool | int | float) and _LOGIN_NAME.fullmatch(key):
        return MASK
    return redact_value(value, depth)


def _url_spans(text: str, stop: re.Pattern[str] | None) -> Iterator[Span]:
    """The user part of each URL; `stop` finds what ends a URL, None: it goes on to the end of the text."""
    position = 0
    while found := _SCHEME_END.search(text, position):
        start = found.end()
        stopped = stop.search(text, start) if stop else None
        end = stopped.start() if stopped else len(text)
        at = _last_at(text, start, end, encoded="%" in found.group())
        if at is not None:
            yield start, at
        position = max(end, start)


def _last_at(text: str, start: int, end: int, *, encoded: bool) -> int | None:
    """Where the user part of the URL whose scheme ends at `start` ends, None if it has none."""
    if encoded:
        return max((m.start() for m in _AT.finditer(text, start, end)), default=None)
    at = text.rfind("@", start, end)
    if at >= 0:
        return at
    host = re.compile(r"[^/?#\s]*").match(text, start, end)
    host_end = host.end() if host else start
    hidden = max((m.start() for m in _AT.finditer(text, start, host_end)), default=None)
    if hidden is not None:
        return hidden
    # `rtsp://user:pass word@host`: what stands where a port would is none, so the user part goes on.
    _, colon, port = text[start:host_end].rpartition(":")
    if colon and port and not port.rstrip("'\").,;:>]}").isdigit() and not port.endswith("]"):
        line_end = text.find("\n", start)
        at = text.rfind("@", start, line_end if line_end >= 0 else len(text))
    return at if at >= 0 else None


def _parameter_spans(text: str) -> Iterator[Span]:
    if "=" in text:
        for found in _PARAMETER.finditer(text):
            yield found.span(1)


def _cut(text: str, spans: list[Span]) -> str:
    """`text` with each of the spans, joined where they overlap, replaced by the mask."""
    if not spans:
        return text
    parts: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if end <= done:
            continue
        if not parts or start > done:  # touching cuts make one mask, too
            parts += [text[done:start], MASK]
        done = end
    return "".join([*parts, text[done:]])
