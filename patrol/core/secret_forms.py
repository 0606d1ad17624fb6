"""The forms in which one secret may stand in a text: raw, percent-encoded, escaped, or a mixture of them."""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Iterator

ESCAPES = re.compile(r"[%\\&+]")
"""Text without any of these holds a secret raw or not at all."""

_ESCAPE = r"\\{1,8}"
"""Backslashes of an escape: each level of nesting doubles them. Bounded, so that long runs stay cheap."""
_NAMED = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f", "\v": "v", "\a": "a", "\0": "0"}
_HTML = {
    "&": ("&amp;", "&#38;"),
    "<": ("&lt;", "&#60;"),
    ">": ("&gt;", "&#62;"),
    '"': ("&quot;", "&#34;"),
    "'": ("&#39;", "&#x27;", "&apos;"),
}


def pattern(value: str) -> re.Pattern[str]:
    """A pattern that finds `value` in every form, each character in a form of its own.

    Libraries encode what they find necessary, and no two the same set: `p@s%s:` travels as `p%40s%s:`,
    `p%40s%25s%3a`, `p%2540s...`. Therefore the choice is made per character and not per form. Runs of
    backslashes count as one character, or the pattern would try every way to divide a run.
    """
    return re.compile("".join(_run(run.group()) for run in re.finditer(r"\\+|[^\\]", value)))


def base64_forms(value: str) -> frozenset[str]:
    """`value` in base64, ordinary and URL-safe, from UTF-8 and from Latin-1 (old HTTP Basic), unpadded."""
    raws = {to_bytes(value)}
    with contextlib.suppress(UnicodeEncodeError):
        raws.add(value.encode("latin-1"))
    encoders = (base64.b64encode, base64.urlsafe_b64encode)
    return frozenset(encode(raw).decode("ascii").rstrip("=") for raw in raws for encode in encoders)


def to_bytes(value: str) -> bytes:
    """UTF-8; what the environment could not decode gives back its byte, other lone surrogates their code."""
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")


def _run(run: str) -> str:
    if run[0] == "\\":
        return rf"(?:\\|%(?:25)*5[cC]){{{len(run)},{8 * len(run)}}}"
    choices = dict.fromkeys(_choices(run))
    return f"(?:{'|'.join(choices)})" if len(choices) > 1 else next(iter(choices))


def _choices(char: str) -> Iterator[str]:
    """Patterns of one character, longer ones first, so that a match never ends inside an encoding."""
    yield "".join(_percent(byte) for byte in to_bytes(char))
    if char == " ":
        yield r"\+"
    for entity in _HTML.get(char, ()):
        yield re.escape(entity)
    if not (char.isascii() and char.isalnum()):
        yield from _escapes(char)
    # repr and JSON may put backslashes before these, once for each level of nesting
    yield rf"\\{{0,8}}{char}" if char in "\"'/" else re.escape(char)


def _escapes(char: str) -> Iterator[str]:
    if char in _NAMED:
        yield rf"{_ESCAPE}{_NAMED[char]}"
    if ord(char) < 0x100:
        yield rf"{_ESCAPE}x{_hex(f'{ord(char):02x}')}"
    yield "".join(rf"{_ESCAPE}u{_hex(f'{unit:04x}')}" for unit in _utf16(char))
    yield rf"{_ESCAPE}U{_hex(f'{ord(char):08x}')}"


def _percent(byte: int) -> str:
    return f"%(?:25)*{_hex(f'{byte:02x}')}"


def _hex(digits: str) -> str:
    return "".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in digits)


def _utf16(char: str) -> list[int]:
    raw = char.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(raw[i : i + 2]) for i in range(0, len(raw), 2)]
