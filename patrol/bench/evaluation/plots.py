"""Small diagrams as SVG text: lines, points and bars over two linear axes. No library, no script."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

WIDTH, HEIGHT = 720, 300
"""Units of the drawing; the page scales it to its column."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 12, 14, 46
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#000000", "#e69f00")
"""Okabe and Ito's palette, told apart by colour-blind readers and on grey paper (jfly.uni-koeln.de/color)."""
DASHES = ("", "7 4", "2 3", "9 3 2 3")
"""Second means of telling lines apart, for black-and-white prints."""
_TICKS = 6


@dataclass(frozen=True, slots=True)
class Series:
    """What is drawn under one name.

    Attributes:
        name: in the legend.
        x: places on the axis across, as many as `y`.
        y: values; None, NaN or infinite is a gap: nothing was known there.
        kind: a line through the values, single points, or bars down to zero.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float | None]
    kind: Literal["line", "points", "bars"] = "line"

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise ValueError(f"series {self.name!r}: {len(self.x)} places and {len(self.y)} values")

    def points(self) -> list[tuple[float, float] | None]:
        """Places with values, None where there is a gap."""
        return [
            (float(x), float(y)) if y is not None and math.isfinite(y) and math.isfinite(x) else None
            for x, y in zip(self.x, self.y, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class _Axis:
    """A linear axis from value to drawing units."""

    low: float
    high: float
    step: float
    start: float
    length: float

    def at(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * self.length

    def ticks(self) -> list[float]:
        count = round((self.high - self.low) / self.step)
        return [self.low + index * self.step for index in range(count + 1)]


def svg(series: Sequence[Series], across: str, up: str) -> str:
    """One diagram as an `<svg>` element with its legend; the same series give the same text.

    Args:
        series: in drawing order; none, or only gaps, give axes with the words "no values".
        across: name and unit of the horizontal axis.
        up: name and unit of the vertical axis.
    """
    drawn = [point for one in series for point in one.points() if point is not None]
    xs, ys = [x for x, _ in drawn] or [0.0, 1.0], [y for _, y in drawn] or [0.0, 1.0]
    if any(one.kind == "bars" for one in series):
        xs = [min(xs) - 0.5, max(xs) + 0.5]  # half a bar at either side
    zero = [0.0] if min(ys) >= 0 or any(one.kind == "bars" for one in series) else []
    horizontal = _axis(xs, _LEFT, WIDTH - _LEFT - _RIGHT)
    vertical = _axis([*ys, *zero], HEIGHT - _BOTTOM, -(HEIGHT - _TOP - _BOTTOM))
    size = f'viewBox="0 0 {WIDTH} {HEIGHT + 20 * len(series)}"'
    label = f'role="img" aria-label="{escape(up)} over {escape(across)}"'
    parts = [
        f'<svg {size} {label} font-size="13" font-family="sans-serif">',
        *_frame(horizontal, vertical, across, up),
    ]
    for index, one in enumerate(series):
        parts += [*_draw(one, index, horizontal, vertical), *_legend(one, index)]
    if not drawn:
        parts.append(f'<text x="{WIDTH / 2:g}" y="{HEIGHT / 2:g}" text-anchor="middle">no values</text>')
    return "\n".join([*parts, "</svg>"])


def _axis(values: Sequence[float], start: float, length: float) -> _Axis:
    """An axis over these values that begins and ends at round ticks: 1, 2 or 5 times a power of ten."""
    low, high = min(values), max(values)
    if high - low < 1e-9 * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * nice for nice in (1, 2, 5, 10) if power * nice >= rough * 0.999)
    low, end = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return _Axis(low, end, step, start, length)


def _frame(horizontal: _Axis, vertical: _Axis, across: str, up: str) -> list[str]:
    floor, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    parts = []
    for value in vertical.ticks():
        y = f"{vertical.at(value):.1f}"
        parts.append(f'<path d="M{_LEFT} {y}H{right}" stroke="#ccc"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y}" dy="4" text-anchor="end">{_number(value)}</text>')
    for value in horizontal.ticks():
        x = f"{horizontal.at(value):.1f}"
        parts.append(f'<path d="M{x} {floor}v5" stroke="#444"/>')
        parts.append(f'<text x="{x}" y="{floor + 19}" text-anchor="middle">{_number(value)}</text>')
    middle = (_TOP + floor) / 2
    return [
        *parts,
        f'<path d="M{_LEFT} {_TOP}V{floor}H{right}" fill="none" stroke="#444"/>',
        f'<text x="{(_LEFT + right) / 2:g}" y="{HEIGHT - 8}" text-anchor="middle">{escape(across)}</text>',
        f'<text transform="translate(15 {middle:g}) rotate(-90)" text-anchor="middle">{escape(up)}</text>',
    ]


def _draw(series: Series, index: int, horizontal: _Axis, vertical: _Axis) -> list[str]:
    colour = COLOURS[index % len(COLOURS)]
    placed = [
        None if point is None else (horizontal.at(point[0]), vertical.at(point[1]))
        for point in series.points()
    ]
    dots = [point for point in placed if point is not None]
    if series.kind == "points":
        return [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in dots]
    if series.kind == "bars":
        zero = vertical.at(0.0)
        wide = 0.7 * abs(horizontal.length) / max(len(placed), 1)
        style = f'stroke="{colour}" stroke-width="{min(wide, 24):.1f}"'
        return [f'<path d="M{x:.1f} {zero:.1f}V{y:.1f}" {style}/>' for x, y in dots]
    pen, path = "M", ""
    for point in placed:
        path += "" if point is None else f"{pen}{point[0]:.1f} {point[1]:.1f}"
        pen = "M" if point is None else "L"
    return [f'<path d="{path}" {_stroke(index)}/>'] if path else []


def _legend(series: Series, index: int) -> list[str]:
    y = HEIGHT + 20 * index + 8
    colour = COLOURS[index % len(COLOURS)]
    mark = {
        "line": f'<path d="M{_LEFT} {y}h28" {_stroke(index)}/>',
        "points": f'<circle cx="{_LEFT + 14}" cy="{y}" r="3" fill="{colour}"/>',
        "bars": f'<path d="M{_LEFT + 14} {y + 6}v-12" stroke="{colour}" stroke-width="8"/>',
    }[series.kind]
    return [mark, f'<text x="{_LEFT + 36}" y="{y}" dy="4">{escape(series.name)}</text>']


def _stroke(index: int) -> str:
    dash = DASHES[index // len(COLOURS) % len(DASHES)] if index >= len(COLOURS) else DASHES[index % 4]
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'fill="none" stroke="{COLOURS[index % len(COLOURS)]}" stroke-width="1.8"{dashes}'


def _number(value: float) -> str:
    return f"{0.0 if abs(value) < 1e-12 else value:.6g}"
