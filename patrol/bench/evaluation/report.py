"""A report for people: one HTML page that needs nothing else but the pictures beside it.

No script, no font, no address: it opens from a stick, prints, and says the same in ten years. The same calls
give the same bytes, so that two reports can be compared by `diff`.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

import patrol
from patrol.bench.evaluation.plots import Series, svg
from patrol.core.errors import ConfigError
from patrol.core.media import Pixels
from patrol.core.redact import redact
from patrol.vision.decode.still import encode_jpeg

INDEX = "index.html"
WIDEST = 1280
"""Pixels; wider pictures are reduced to it. Enough for print; 20 pictures stay under 8 MB."""

_STYLE = """
body { font: 16px/1.5 sans-serif; color: #111; background: #fff; max-width: 62rem; margin: 2rem auto }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid #999 }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
th, td { border: 1px solid #999; padding: .25rem .6rem; text-align: left; overflow-wrap: anywhere }
th { background: #eee } td.n { text-align: right; white-space: nowrap }
figure { margin: 1.5rem 0; break-inside: avoid } figcaption { color: #444 }
img, svg { max-width: 100%; height: auto; display: block } footer { margin-top: 3rem; color: #555 }
@media print { body { margin: 0; max-width: none; font-size: 11pt } tr { break-inside: avoid } }
"""


class Report:
    """A page in the making: what is added first stands first.

    All text is redacted of credentials and escaped. Pictures that show people have to be blurred by the
    caller (`marks.blurred`): the page is made to be passed on.

    Args:
        title: of the page.
    """

    def __init__(self, title: str) -> None:
        self._title = redact(title)
        self._body: list[str] = []
        self._pictures: dict[str, bytes] = {}

    def heading(self, text: str) -> None:
        """Begin a section."""
        self._body.append(f"<h2>{_text(text)}</h2>")

    def text(self, paragraph: str) -> None:
        """Add a paragraph."""
        self._body.append(f"<p>{_text(paragraph)}</p>")

    def table(self, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Add a table; numbers stand at the right, None is an empty cell.

        Raises:
            ValueError: a row is longer or shorter than the head.
        """
        for row in rows:
            if len(row) != len(head):
                raise ValueError(f"a row of {len(row)} cells under a head of {len(head)}: {row!r}")
        top = "".join(f"<th>{_text(cell)}</th>" for cell in head)
        lines = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
        self._body.append(f"<table><thead><tr>{top}</tr></thead><tbody>\n{lines}\n</tbody></table>")

    def plot(self, name: str, *series: Series, across: str, up: str) -> None:
        """Add a diagram.

        Args:
            name: its caption.
            series: what is drawn, see `plots.Series`.
            across: name and unit of the horizontal axis.
            up: name and unit of the vertical axis.
        """
        drawing = svg([_redacted(one) for one in series], redact(across), redact(up))
        self._body.append(f"<figure>{drawing}\n<figcaption>{_text(name)}</figcaption></figure>")

    def picture(self, name: str, pixels: Pixels, caption: str) -> None:
        """Add a picture, kept as a JPEG file beside the page.

        Args:
            name: begins the file's name, which is made of safe letters and a number.
            pixels: uint8 [height, width, 3], RGB. Wider ones are reduced to `WIDEST`.
            caption: under it.

        Raises:
            DecodeError: that is no picture.
        """
        slug = re.sub(r"[^a-z0-9]+", "-", redact(name).lower()).strip("-")[:40] or "picture"
        file = f"{len(self._pictures) + 1:03d}-{slug}.jpg"
        self._pictures[file] = encode_jpeg(_reduced(pixels))
        shown = f'<img src="{file}" alt="{_text(name)}" loading="lazy">'
        self._body.append(f"<figure>{shown}<figcaption>{_text(caption)}</figcaption></figure>")

    def html(self) -> str:
        """The page."""
        title = _text(self._title)
        return "\n".join(
            [
                '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
                '<meta name="viewport" content="width=device-width">',
                f"<title>{title}</title><style>{_STYLE}</style></head><body>",
                f"<h1>{title}</h1>",
                *self._body,
                f"<footer>Patrol {escape(patrol.__version__)}</footer>",
                "</body></html>\n",
            ]
        )

    def write(self, folder: Path) -> Path:
        """Write page and pictures; what an earlier report of the same name left is replaced.

        Args:
            folder: is made where it does not exist; other files in it stay.

        Returns:
            the page's path.

        Raises:
            ConfigError: the folder cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, body in self._pictures.items():
                _replace(folder / name, body)
            _replace(folder / INDEX, self.html().encode())  # last: it never names a picture that is not there
        except OSError as error:
            raise ConfigError(
                f"{folder}: the report cannot be written: {error.strerror}; name another --report folder"
            ) from None
        return folder / INDEX


def _replace(path: Path, body: bytes) -> None:
    """Write whole or not at all."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _text(text: object) -> str:
    return escape(redact(str(text)))


def _redacted(series: Series) -> Series:
    return Series(redact(series.name), series.x, series.y, series.kind)


def _cell(value: object) -> str:
    if value is None:
        return "<td></td>"
    if isinstance(value, int | float) and not isinstance(value, bool):
        shown = f"{value:.4g}" if isinstance(value, float) else str(value)
        return f'<td class="n">{shown}</td>'
    return f"<td>{_text(value)}</td>"


def _reduced(pixels: Pixels) -> Pixels:
    import cv2
    import numpy as np

    if pixels.ndim != 3 or pixels.shape[1] <= WIDEST:
        return pixels
    height = max(1, round(pixels.shape[0] * WIDEST / pixels.shape[1]))
    return np.asarray(cv2.resize(pixels, (WIDEST, height), interpolation=cv2.INTER_AREA), np.uint8)
