"""How often a detector finds an object, by its size and by how much of it can be seen; and how it errs.

The figures are measured by benchmarks/visibility_recall.py; nothing here is guessed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from patrol.core.errors import ConfigError

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """A measured relation, read by linear interpolation and flat beyond its ends.

    Attributes:
        at: rising.
        value: one each.
    """

    at: tuple[float, ...]
    value: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.at or len(self.at) != len(self.value) or list(self.at) != sorted(set(self.at)):
            raise ConfigError(f"a curve needs rising points with one value each, not {self.at}, {self.value}")

    def __call__(self, points: Values) -> Values:
        """The curve at each of `points`."""
        return np.interp(points, self.at, self.value)


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a detector.

    The recall of an object is `by_size`, at the size of what is left to be seen of it, times `by_visible`.
    The first is measured on objects that are seen whole, the second on large ones, relative to those. The row
    that they come from says how far that product is from what was measured by both at once (`misfit`).

    Attributes:
        by_size: recall by the square root of the area, in pixels of the detector's input.
        by_visible: recall by visible share, relative to objects that are seen whole.
        edge_error: standard deviation of a box's left, top, right and bottom, in its widths and heights.
        false_per_picture: detections on nothing, in the mean.
    """

    by_size: Curve
    by_visible: Curve
    edge_error: tuple[float, float, float, float]
    false_per_picture: float

    def recall(self, sizes: Values, shares: Values) -> Values:
        """Probability of being found, of each object; all shapes [n].

        Args:
            sizes: square root of the whole box's area, in pixels of the detector's input.
            shares: visible, 0..1.
        """
        return np.clip(self.by_size(sizes * np.sqrt(shares)) * self.by_visible(shares), 0.0, 1.0)


def read_measured(file: Path) -> Measured:
    """The newest row of benchmarks/results/visibility_recall.jsonl.

    Raises:
        ConfigError: there is none, or it is not one of its kind.
    """
    try:
        last = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()][-1]
        return of_row(json.loads(last)["result"])
    except (OSError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{file} holds no measured recall ({type(error).__name__}: {error}); "
            "make it with benchmarks/visibility_recall.py"
        ) from None


def of_row(result: Mapping[str, object]) -> Measured:
    """A row's `result` as `Measured`."""
    error = cast(Sequence[float], result["edge_error"])
    left, top, right, bottom = (float(value) for value in error)
    return Measured(
        _curve(result["by_size"], "size"),
        _curve(result["by_visible"], "visible"),
        (left, top, right, bottom),
        float(cast(float, result["false_per_picture"])),
    )


def _curve(rows: object, key: str) -> Curve:
    points = cast(Sequence[Mapping[str, float]], rows)
    return Curve(tuple(float(p[key]) for p in points), tuple(float(p["recall"]) for p in points))
