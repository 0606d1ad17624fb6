from __future__ import annotations

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core import annexb
from patrol.core.annexb import START
from tests.media import ClipSpec, clip, encode

SPS, PPS, IDR, SLICE = b"\x67\x01\x02", b"\x68\x03", b"\x65\x88\x84", b"\x41\x9a"

# Units of a byte stream hold no start codes (emulation prevention), and end in no zero byte.
unit = st.binary(min_size=1, max_size=40).filter(lambda b: b"\0\0" not in b and b[-1] != 0)


@given(st.lists(unit, max_size=8), st.sampled_from([b"\0\0\1", START]))
def test_units_are_what_was_joined(parts: list[bytes], start: bytes) -> None:
    assert list(annexb.units(b"".join(start + part for part in parts))) == parts


@given(st.binary(max_size=200), st.sampled_from(["h264", "hevc", "mjpeg"]))
def test_any_bytes_are_read_without_an_error(data: bytes, codec: str) -> None:
    annexb.parameter_sets(codec, data)
    annexb.extradata_to_annexb(codec, data)
    assert annexb.ParameterSetMemory(codec, data).complete(data).endswith(data)


def test_parameter_sets_stop_at_the_first_slice() -> None:
    late = START + IDR + START + SPS + START + PPS
    assert annexb.parameter_sets("h264", late) == {}
    assert not annexb.has_parameter_sets("h264", late)


def test_a_keyframe_gets_what_it_lacks_from_the_extradata_and_later_from_the_stream() -> None:
    memory = annexb.ParameterSetMemory("h264", START + SPS + START + PPS)
    bare = START + IDR
    assert memory.complete(bare) == START + SPS + START + PPS + bare

    newer = b"\x67\x09\x09"
    whole = START + newer + START + PPS + bare
    assert memory.complete(whole) == whole
    assert memory.complete(bare) == whole


def test_a_keyframe_with_only_one_kind_gets_the_other() -> None:
    memory = annexb.ParameterSetMemory("h264", START + SPS + START + PPS)
    assert memory.complete(START + SPS + START + IDR) == START + PPS + START + SPS + START + IDR


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_container_configuration_becomes_the_stream_s_own_parameter_sets(codec: str) -> None:
    spec = ClipSpec(codec=codec)
    with av.open(str(clip(spec))) as container:
        configuration = bytes(container.streams.video[0].codec_context.extradata or b"")
    assert not configuration.startswith(b"\0\0")
    found = annexb.parameter_sets(codec, annexb.extradata_to_annexb(codec, configuration))
    assert found == annexb.parameter_sets(codec, encode(spec)[0].data)
    assert annexb.sps(codec, encode(spec)[0].data)


def test_a_cut_configuration_gives_nothing() -> None:
    with av.open(str(clip())) as container:
        configuration = bytes(container.streams.video[0].codec_context.extradata or b"")
    assert annexb.extradata_to_annexb("h264", configuration[:-3]) == b""
    assert annexb.extradata_to_annexb("mjpeg", b"whatever") == b"whatever"
