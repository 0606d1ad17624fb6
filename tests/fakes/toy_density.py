"""Tiny ONNX density models, written byte by byte: each cell is `gain * mean of its pixels + bias` persons.

One convolution whose kernel is as large as its stride: enough to hold a runner to its contract.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tests.fakes.toy_onnx import _FLOAT, _INT64, _int, _node, _sub, _tensor

_INTS = 7


@dataclass(frozen=True, slots=True)
class Toy:
    """What the file says and does.

    Attributes:
        channels: of the input; each counts the same.
        sides: height and width that the file declares; a word: free.
        stride: pixels to a side of a cell, down and across.
        gain: persons in a cell of white pixels, over 255.
        bias: persons in a black cell.
        form: `map`: [1, 1, h, w]; `plane`: [1, h, w]; `bare`: [h, w]; `count`: [1, 1, 1, 1];
            `grown`: a map of twice the input's sides.
        second: whether there is another output, named `other`, nought everywhere.
        element: of the input; 10 is float16.
    """

    channels: int = 1
    sides: tuple[int | str, int | str] = ("h", "w")
    stride: tuple[int, int] = (8, 8)
    gain: float = 0.0
    bias: float = 0.0
    form: Literal["map", "plane", "bare", "count", "grown"] = "map"
    second: bool = False
    element: int = _FLOAT


def model(toy: Toy = Toy(), inputs: tuple[str, ...] = ("picture",)) -> bytes:
    """The bytes of an ONNX file (opset 13)."""
    kernel = (2, 2) if toy.form == "grown" else toy.stride
    shape = (toy.channels, 1, *kernel) if toy.form == "grown" else (1, toy.channels, *kernel)
    weight = np.full(shape, toy.gain / (toy.channels * (1 if toy.form == "grown" else kernel[0] * kernel[1])))
    conv = _node("ConvTranspose" if toy.form == "grown" else "Conv", [inputs[0], "weight", "bias"], "cells")
    nodes = [conv + _ints("kernel_shape", kernel) + _ints("strides", kernel)]
    nodes += {
        "map": [_node("Identity", ["cells"], "map")],
        "grown": [_node("Identity", ["cells"], "map")],
        "plane": [_node("Squeeze", ["cells", "first"], "map")],
        "bare": [_node("Squeeze", ["cells", "both"], "map")],
        "count": [_node("GlobalAveragePool", ["cells"], "map")],
    }[toy.form]
    rank = {"plane": 3, "bare": 2}.get(toy.form, 4)
    outputs = [_value("map", tuple(f"out{n}" for n in range(rank)), _FLOAT)]
    if toy.second:
        nodes.append(_node("Sub", ["map", "map"], "other"))
        outputs.append(_value("other", tuple(f"out{n}" for n in range(rank)), _FLOAT))
    tensors = (
        _tensor("weight", toy.element, shape, weight.astype(_kind(toy)).tobytes()),
        _tensor("bias", toy.element, (1,), np.asarray([toy.bias], _kind(toy)).tobytes()),
        _tensor("first", _INT64, (1,), np.asarray([1], "<i8").tobytes()),
        _tensor("both", _INT64, (2,), np.asarray([0, 1], "<i8").tobytes()),
    )
    graph = (
        b"".join(_sub(1, node) for node in nodes)
        + _sub(2, b"toy")
        + b"".join(_sub(5, tensor) for tensor in tensors)
        + b"".join(_sub(11, _value(name, (1, toy.channels, *toy.sides), toy.element)) for name in inputs)
        + b"".join(_sub(12, output) for output in outputs)
    )
    return _int(1, 8) + _sub(7, graph) + _sub(8, _sub(1, b"") + _int(2, 13))


def _kind(toy: Toy) -> str:
    return "<f4" if toy.element == _FLOAT else "<f2"


def _ints(name: str, values: tuple[int, ...]) -> bytes:
    body = _sub(1, name.encode()) + b"".join(_int(8, value) for value in values) + _int(20, _INTS)
    return _sub(5, body)


def _value(name: str, shape: tuple[int | str, ...], element: int) -> bytes:
    sides = b"".join(
        _sub(1, _int(1, side) if isinstance(side, int) else _sub(2, side.encode())) for side in shape
    )
    return _sub(1, name.encode()) + _sub(2, _sub(1, _int(1, element) + _sub(2, sides)))
