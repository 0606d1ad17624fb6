"""The colours keep what the design promises: lightness of the dark theme, and contrast in every theme."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "patrol" / "console" / "web"
TOKENS = (WEB / "src" / "styles" / "tokens.css").read_text()
THEMES = ("dark", "light", "contrast")
TEXTS = ("text", "text-dim", "text-faint", "accent", "green", "amber", "red", "blue")
GROUNDS = ("bg", "panel", "panel-up")


def theme(name: str) -> dict[str, str]:
    found = re.search(rf"data-theme='{name}'\] \{{(.*?)\n\}}", TOKENS, re.DOTALL)
    assert found
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", found[1]))


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it, 0..1."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def lightness(colour: str) -> float:
    """CIE L*."""
    y = luminance(colour)
    return 116 * y ** (1 / 3) - 16 if y > (6 / 29) ** 3 else y * (29 / 3) ** 3


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_dark_theme_is_as_dark_as_designed() -> None:
    dark = theme("dark")
    assert all(8 <= lightness(dark[name]) <= 14 for name in ("bg", "bg-picture"))
    assert all(16 <= lightness(dark[name]) <= 20 for name in ("panel", "panel-up"))
    assert lightness(dark["text"]) == pytest.approx(88, abs=0.7)


@pytest.mark.parametrize(("name", "text", "ground"), list(product(THEMES, TEXTS, GROUNDS)))
def test_text_stands_out(name: str, text: str, ground: str) -> None:
    colours = theme(name)
    assert contrast(colours[text], colours[ground]) >= (7 if name == "contrast" else 4.5)


@pytest.mark.parametrize("name", THEMES)
def test_every_theme_has_every_colour(name: str) -> None:
    assert theme(name).keys() == theme("dark").keys()


def test_no_other_file_names_a_colour_or_a_size_of_type() -> None:
    styled = [
        p for p in (WEB / "src").rglob("*") if p.suffix in {".css", ".svelte"} and p.name != "tokens.css"
    ]
    found = {
        path.name: re.findall(r"#[0-9a-f]{3,8}\b(?=[;\s])|\brgba?\(|font-size: *\d", path.read_text())
        for path in styled
    }
    assert not {name: hits for name, hits in found.items() if hits}


def test_no_type_is_smaller_than_14_px() -> None:
    sizes = [int(size) for size in re.findall(r"--text-\w+: (\d+)px", TOKENS)]
    assert sizes
    assert min(sizes) >= 14
