"""From pictures to a density model's input, and from its output to a map of persons. Pure; no runtime."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from patrol.core.crowd import PersonMap
from patrol.core.errors import ModelContractError
from patrol.core.media import Picture
from patrol.vision.density.runtimes import FLOAT, Array, Port, Tensor

COARSEST = 64
"""Input pixels to a side of a cell above which an output is a count and no map: chosen; networks in the
literature give a half to a 32nd of the input."""
RIPPLE_PERSONS = 5.0
"""Persons that all negative cells together may amount to in an empty picture: chosen; a network without a
rectifier at its end ripples about zero, one that gives something else (logits) goes to hundreds."""
RIPPLE_SHARE = 0.5
"""And as a share of the positive cells' sum: chosen, as above."""
MOST_PERSONS_A_CELL = 1000.0
"""Above it, what came counts no persons: chosen; `COARSEST` x `COARSEST` pixels show nowhere near so many."""


class Size:
    """Of the input for a picture of any size.

    Args:
        declared: height and width as the file says; None: free.
        limits: greatest height and width where they are free, pixels.
        multiple: of pixels that a free side is rounded to.
    """

    def __init__(
        self, declared: tuple[int | None, int | None], limits: tuple[int, int], multiple: int
    ) -> None:
        self._declared = declared
        self._limits = limits
        self._multiple = multiple

    def of(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the input for a picture of that height and width.

        Where both sides are free the picture keeps its shape and is not enlarged; a side that the file fixes
        is what the file says, and the picture is stretched to it.
        """
        scale = min(1.0, self._limits[0] / height, self._limits[1] / width)
        free = (self._rounded(height * scale), self._rounded(width * scale))
        return self._declared[0] or free[0], self._declared[1] or free[1]

    @property
    def greatest(self) -> tuple[int, int]:
        """Height and width of the largest input that there will be."""
        return self.of(*self._limits)

    def _rounded(self, side: float) -> int:
        return max(1, round(side / self._multiple)) * self._multiple


def input_tensor(picture: Picture, size: tuple[int, int], channels: int, mean: Array, std: Array) -> Tensor:
    """A picture as the model wants it, float32 [1, channels, h, w].

    Args:
        picture: of any size.
        size: height and width.
        channels: 1: luma; 3: RGB.
        mean: shape [channels, 1, 1]; taken from pixels of 0-255.
        std: shape [channels, 1, 1]; what is left is divided by it.

    Raises:
        DecodeError: the picture cannot be scaled.
    """
    height, width = size
    if channels == 1:
        planes = picture.grey(width, height)[np.newaxis]
    else:
        planes = picture.pixels(width, height).transpose(2, 0, 1)
    tensor = (planes.astype(np.float32) - mean) / std
    return np.ascontiguousarray(tensor[np.newaxis], np.float32)


def input_of(file: str, inputs: Sequence[Port]) -> tuple[int, tuple[int | None, int | None]]:
    """Channels, and height and width (None: free), of a model's one input.

    Raises:
        ModelContractError: it is no input for one picture.
    """
    (port,) = inputs if len(inputs) == 1 else (None,)
    shape = port.shape if port else None
    if port is None or shape is None or len(shape) != 4 or port.element != FLOAT:
        raise _wrong_input(file, inputs)
    batch, channels, height, width = shape
    if batch not in (1, None) or channels not in (1, 3):
        raise _wrong_input(file, inputs)
    return channels, (height, width)


def _wrong_input(file: str, inputs: Sequence[Port]) -> ModelContractError:
    there = "; ".join(str(port) for port in inputs) or "none"
    return ModelContractError(
        f"{file}: its input is {there}; a density model has one, float32 [1, 1, h, w] (grey) or "
        "[1, 3, h, w] (RGB)"
    )


def output_of(file: str, outputs: Sequence[Port], name: str | None) -> int:
    """Index of the output that is the map.

    Args:
        file: for messages.
        outputs: of the model.
        name: as the user says; None: the only one.

    Raises:
        ModelContractError: there is none of that name, or the choice is open.
    """
    there = "; ".join(str(port) for port in outputs)
    if name is None:
        if len(outputs) == 1:
            return 0
        raise ModelContractError(
            f"{file} has {len(outputs)} outputs; say which is the map with `output`: {there}"
        )
    for index, port in enumerate(outputs):
        if name in (port.name, *port.name.split("/")):
            return index
    raise ModelContractError(f"{file} has no output {name!r}; it has: {there}")


def persons(file: str, output: Array, size: tuple[int, int], per_person: float) -> PersonMap:
    """The map that an output is, with its sum as the network has it and no cell below nought.

    Args:
        file: for messages.
        output: as it came.
        size: height and width of the input.
        per_person: what the output sums to for each person.

    Raises:
        ModelContractError: it is no map of persons.
    """
    cells = _cells(file, output, size)
    if not np.isfinite(cells).all():
        raise ModelContractError(
            f"{file} gives values that are no numbers (NaN or infinite) for an input of {_by(size)} pixels; "
            "expected the persons in each cell"
        )
    cells = cells / per_person
    if cells.max() > MOST_PERSONS_A_CELL:
        raise ModelContractError(
            f"{file} gives {cells.max():.3g} persons in one cell; the file is no density model, or "
            "`per_person`, `mean` or `std` is wrong"
        )
    below = -float(cells.sum(where=cells < 0))
    above = float(cells.sum(where=cells > 0))
    if below > max(RIPPLE_PERSONS, RIPPLE_SHARE * above):
        raise ModelContractError(
            f"{file} gives negative cells that sum to -{below:.3g} persons beside {above:.3g}; a density map "
            "has none but a ripple: the file is no density model, or `output`, `mean` or `std` is wrong"
        )
    # Cutting the ripple off alone would count its upper half: the sum stays what the network says.
    kept = max(0.0, above - below) / above if above > 0 else 0.0
    return np.asarray(np.maximum(cells, 0.0) * kept, np.float32)


def _cells(file: str, output: Array, size: tuple[int, int]) -> Array:
    """The output as float64 [h, w].

    Raises:
        ModelContractError: its rank, or its sides, are not those of a map over the picture.
    """
    height, width = output.shape[-2:] if output.ndim in (3, 4) else (0, 0)
    strides = (size[0] / height, size[1] / width) if height and width else (math.inf, math.inf)
    stride = min(strides)
    # A network that halves a side may round it up or down each time: a cell more or less at the end.
    fits = (
        stride >= 1
        and max(strides) <= COARSEST
        and (abs(height - size[0] / stride) < 1.5 and abs(width - size[1] / stride) < 1.5)
    )
    if not fits or output.size != height * width:
        shape = " x ".join(str(side) for side in output.shape) or "one number"
        raise ModelContractError(
            f"{file} gives {shape} for an input of {_by(size)} pixels; expected a map, [1, 1, h, w] or "
            f"[1, h, w], both sides the same fraction of the input's, from 1 to 1/{COARSEST}"
        )
    return output.reshape(height, width).astype(np.float64)


def _by(size: tuple[int, int]) -> str:
    return f"{size[1]} x {size[0]}"
