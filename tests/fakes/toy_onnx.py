"""Tiny ONNX models, written byte by byte: `output = constant + gain * mean of the first channel`.

Enough to hold a detector to its contract on both runtimes without any weights: the constant is what the
network "sees", the gain shows in which order and range pixels arrive.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_FLOAT, _INT64 = 1, 7
_ATTRIBUTE_INT = 2


def model(
    constant: NDArray[np.float32],
    size: tuple[int, int] = (64, 64),
    gain: NDArray[np.float32] | None = None,
    inputs: Sequence[str] = ("images",),
) -> bytes:
    """An ONNX file (opset 13) with float inputs [1, 3, *size] and one output of the constant's shape."""
    slope = np.zeros_like(constant) if gain is None else gain
    nodes = (
        _node("Gather", [inputs[0], "first"], "channel", axis=1),
        _node("ReduceMean", ["channel"], "mean", keepdims=0),
        _node("Mul", ["mean", "gain"], "scaled"),
        _node("Add", ["scaled", "constant"], "output"),
    )
    tensors = (
        _tensor("first", _INT64, (), struct.pack("<q", 0)),
        _tensor("gain", _FLOAT, slope.shape, slope.astype("<f4").tobytes()),
        _tensor("constant", _FLOAT, constant.shape, constant.astype("<f4").tobytes()),
    )
    graph = (
        b"".join(_sub(1, node) for node in nodes)
        + _sub(2, b"toy")
        + b"".join(_sub(5, tensor) for tensor in tensors)
        + b"".join(_sub(11, _value(name, (1, 3, *size))) for name in inputs)
        + _sub(12, _value("output", constant.shape))
        + _sub(13, _value("mean", ()))
    )
    return _int(1, 8) + _sub(7, graph) + _sub(8, _sub(1, b"") + _int(2, 13))


def declared_shape(shape: tuple[int, ...]) -> bytes:
    """The bytes of a TensorShapeProto, to look for in a file."""
    return b"".join(_sub(1, _int(1, side)) for side in shape)


def _node(kind: str, inputs: Sequence[str], output: str, **attributes: int) -> bytes:
    return (
        b"".join(_sub(1, name.encode()) for name in inputs)
        + _sub(2, output.encode())
        + _sub(4, kind.encode())
        + b"".join(
            _sub(5, _sub(1, name.encode()) + _int(3, value) + _int(20, _ATTRIBUTE_INT))
            for name, value in attributes.items()
        )
    )


def _tensor(name: str, kind: int, shape: tuple[int, ...], content: bytes) -> bytes:
    return (
        b"".join(_int(1, side) for side in shape) + _int(2, kind) + _sub(8, name.encode()) + _sub(9, content)
    )


def _value(name: str, shape: tuple[int, ...]) -> bytes:
    tensor = _int(1, _FLOAT) + _sub(2, declared_shape(shape))
    return _sub(1, name.encode()) + _sub(2, _sub(1, tensor))


def _int(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _sub(field: int, body: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(body)) + body


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
