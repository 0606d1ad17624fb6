from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.bench.rtp import AccessUnit, Codec, nal_type, pack, payloads, split_annex_b

H264_HEADERS = st.sampled_from([b"\x65", b"\x41", b"\x67"])
HEVC_HEADERS = st.sampled_from([b"\x26\x01", b"\x02\x01", b"\x40\x01"])
BODIES = st.binary(min_size=1, max_size=5000)


def unfragment(codec: Codec, parts: list[bytes]) -> bytes:
    """What a receiver makes of the payloads of one NAL unit."""
    if len(parts) == 1:
        return parts[0]
    skip = 2 if codec == "h264" else 3
    fu = parts[0][skip - 1]
    assert fu & 0x80
    assert parts[-1][skip - 1] & 0x40
    assert not any(part[skip - 1] & 0xC0 for part in parts[1:-1])
    if codec == "h264":
        header = bytes([(parts[0][0] & 0xE0) | (fu & 0x1F)])
    else:
        header = bytes([(parts[0][0] & 0x81) | ((fu & 0x3F) << 1), parts[0][1]])
    return header + b"".join(part[skip:] for part in parts)


@given(header=H264_HEADERS, body=BODIES, limit=st.integers(10, 1400))
def test_h264_fragments_give_the_unit_back(header: bytes, body: bytes, limit: int) -> None:
    parts = list(payloads("h264", header + body, limit))
    assert unfragment("h264", parts) == header + body
    assert all(len(part) <= limit for part in parts)


@given(header=HEVC_HEADERS, body=BODIES, limit=st.integers(10, 1400))
def test_hevc_fragments_give_the_unit_back(header: bytes, body: bytes, limit: int) -> None:
    parts = list(payloads("hevc", header + body, limit))
    assert unfragment("hevc", parts) == header + body
    assert all(len(part) <= limit for part in parts)


@given(units=st.lists(st.binary(min_size=1, max_size=50).filter(lambda b: b"\0" not in b), min_size=1))
def test_annex_b_is_split_at_either_start_code(units: list[bytes]) -> None:
    codes = (b"\0\0\1", b"\0\0\0\1")
    stream = b"".join(codes[index % 2] + unit for index, unit in enumerate(units))
    assert split_annex_b(stream) == units


def test_nothing_is_found_where_there_is_no_start_code() -> None:
    assert split_annex_b(b"\x65\x88\x84") == []


def walk(data: bytes) -> list[tuple[int, int, bool]]:
    found, at = [], 0
    while at < len(data):
        marker, _channel, size, _version, kind, sequence, ticks = struct.unpack_from(">cBHBBHI", data, at)
        assert marker == b"$"
        found.append((sequence, ticks, bool(kind & 0x80)))
        at += 4 + size
    return found


@given(
    sizes=st.lists(st.integers(2, 4000), min_size=1, max_size=4),
    sequence=st.integers(0, 0xFFFF),
    base=st.integers(0, 1 << 40),
)
def test_stamping_numbers_every_packet_and_marks_the_last(sizes: list[int], sequence: int, base: int) -> None:
    template, patches = pack([b"\x65" + bytes(size) for size in sizes], "h264", 1)
    unit = AccessUnit(template, patches, is_keyframe=True, due_s=0.0, ticks=3600)
    packets = walk(unit.stamped(sequence, base))
    assert [number for number, _, _ in packets] == [(sequence + i) & 0xFFFF for i in range(len(packets))]
    assert {ticks for _, ticks, _ in packets} == {(base + 3600) & 0xFFFFFFFF}
    assert [marked for _, _, marked in packets] == [False] * (len(packets) - 1) + [True]
    assert len(packets) == len(patches)


def test_an_empty_access_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="without a NAL unit"):
        pack([], "h264", 1)


def test_types_are_read_from_either_header() -> None:
    assert nal_type("h264", b"\x65") == 5
    assert nal_type("hevc", b"\x26\x01") == 19
