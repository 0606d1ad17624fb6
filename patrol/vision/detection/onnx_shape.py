"""Changing the input size that an ONNX file declares, so that ONNX Runtime takes another one.

A network of convolutions runs at any size, but its file says `1 x 3 x 416 x 416`, and ONNX Runtime believes
it. The declaration is rewritten in the file's bytes (protobuf; field numbers are those of onnx.proto3), and
the shapes declared for what comes after are dropped, to be worked out anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from patrol.core.errors import ModelContractError

_GRAPH, _INPUT, _OUTPUT, _VALUE_INFO = 7, 11, 12, 13
_TYPE, _TENSOR, _SHAPE, _DIM, _DIM_VALUE = 2, 1, 2, 1, 1
_TO_SHAPE = (_TYPE, _TENSOR, _SHAPE)
_LENGTH_DELIMITED = 2


def with_input_shape(model: bytes, shape: tuple[int, ...]) -> bytes:
    """The same ONNX model, declaring `shape` for every input of that rank, and none for its outputs.

    Raises:
        ModelContractError: the bytes are no protobuf message.
    """

    def new_shape(old: bytes) -> bytes:
        rank = sum(1 for number, _, _ in _fields(old) if number == _DIM)
        if rank != len(shape):
            return old
        return b"".join(_field(_DIM, _varint(_DIM_VALUE << 3) + _varint(side)) for side in shape)

    def graph(old: bytes) -> bytes:
        without = b"".join(raw for number, raw, _ in _fields(old) if number != _VALUE_INFO)
        declared = _edit(without, (_INPUT, *_TO_SHAPE), new_shape)
        return _edit(declared, (_OUTPUT, _TYPE, _TENSOR), _without_shape)

    return _edit(model, (_GRAPH,), graph)


def _without_shape(tensor_type: bytes) -> bytes:
    return b"".join(raw for number, raw, _ in _fields(tensor_type) if number != _SHAPE)


def _edit(message: bytes, path: tuple[int, ...], change: Callable[[bytes], bytes]) -> bytes:
    """`message` with `change` applied to every submessage at `path`."""
    if not path:
        return change(message)
    return b"".join(
        _field(number, _edit(body, path[1:], change)) if number == path[0] and body is not None else raw
        for number, raw, body in _fields(message)
    )


def _fields(message: bytes) -> Iterator[tuple[int, bytes, bytes | None]]:
    """Number, raw bytes with the tag, and the body of length-delimited fields."""
    at = 0
    while at < len(message):
        start = at
        tag, at = _read_varint(message, at)
        body: bytes | None = None
        match tag & 7:
            case 0:
                _, at = _read_varint(message, at)
            case 1:
                at += 8
            case 2:
                length, at = _read_varint(message, at)
                body, at = message[at : at + length], at + length
            case 5:
                at += 4
            case _:
                raise ModelContractError("this is no ONNX file: a protobuf field of unknown type")
        if at > len(message):
            raise ModelContractError("this is no whole ONNX file: it ends inside a field")
        yield tag >> 3, message[start:at], body


def _field(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(body)) + body


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 64:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ModelContractError("this is no whole ONNX file: it ends inside a number")
