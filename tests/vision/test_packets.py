from __future__ import annotations

import ast
from pathlib import Path

import av
import pytest

from patrol.vision.packets import packet_of

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 50])
def test_a_packet_holds_a_copy_of_its_bytes(data: bytes) -> None:
    assert bytes(packet_of(data)) == data


def test_a_packet_is_padded_where_one_over_pythons_bytes_is_not() -> None:
    data = b"\xff" * 100
    assert packet_of(data).buffer_size >= len(data)
    assert packet_of(data).buffer_ptr != av.Packet(data).buffer_ptr


def test_no_packet_is_made_in_another_way() -> None:
    made = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "patrol").rglob("*.py")
        if path.name != "packets.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"av.Packet", "av.packet.Packet"}
    ]
    assert made == []
