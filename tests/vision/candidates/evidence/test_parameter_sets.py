from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.vision.candidates.evidence import parameter_sets
from tests.fakes.clips import clip_part
from tests.media import ClipSpec


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_equal_formats_have_equal_sets_and_others_do_not(codec: str) -> None:
    big = clip_part(ClipSpec(codec=codec))
    small = clip_part(ClipSpec(codec=codec, width=160, height=120))
    sets = {parameter_sets.of(codec, p.data) for p in big.packets if p.is_keyframe}
    assert len(sets) == 1
    assert b"" not in sets
    assert parameter_sets.of(codec, small.packets[0].data) not in sets


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_the_true_size_is_read_and_the_announced_one_kept_where_there_is_none(codec: str) -> None:
    part = clip_part(ClipSpec(codec=codec), announced=(1, 2))
    true = parameter_sets.true_format(part.video, part.packets[0].data)
    assert (true.width, true.height) == (320, 240)
    assert parameter_sets.true_format(part.video, b"\0\0\0\1nothing") == part.video


@given(st.binary(max_size=200), st.sampled_from(["h264", "hevc", "mjpeg"]))
def test_no_bytes_of_a_camera_break_it(data: bytes, codec: str) -> None:
    assert isinstance(parameter_sets.of(codec, data), bytes)
    assert parameter_sets.holds_video(codec, b"\0\0\0\1" + data + b"x")
    assert not parameter_sets.holds_video(codec, b"")
