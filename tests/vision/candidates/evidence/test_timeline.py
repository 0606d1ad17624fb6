from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.errors import EvidenceError
from patrol.core.media import ClipPart, Packet, VideoFormat
from patrol.vision.candidates.evidence.timeline import TICKS, lay_out
from tests.fakes.clips import EPOCH, clip_part
from tests.media import ClipSpec

PLAIN = VideoFormat("mjpeg", 320, 240, b"", Fraction(1, TICKS), Fraction(25))
SMALL = ClipSpec(width=160, height=120, frames=25)


def part_of(*moments: tuple[float, int | None], keyframe: int = 0) -> ClipPart:
    packets = [
        Packet(b"x", index >= keyframe, pts, None, arrived, EPOCH)
        for index, (arrived, pts) in enumerate(moments)
    ]
    return ClipPart(PLAIN, tuple(packets))


def steady(count: int, *, start: float = 0.0) -> list[tuple[float, int | None]]:
    return [(start + i / 25, i * 3600) for i in range(count)]


@given(
    st.lists(
        st.lists(
            st.tuples(
                st.floats(0, 20),
                st.one_of(st.none(), st.integers(-(2**33), 2**33), st.integers(0, 20000)),
            ),
            min_size=1,
            max_size=12,
        ),
        min_size=1,
        max_size=3,
    )
)
def test_any_clock_gives_one_order_that_a_player_accepts(
    connections: list[list[tuple[float, int | None]]],
) -> None:
    now, parts = 0.0, []
    for steps in connections:
        moments = []
        for step, pts in steps:
            now += step
            moments.append((now, pts))
        parts.append(part_of(*moments))

    timeline = lay_out(parts)

    decoding = [p.dts for p in timeline.packets]
    showing = [p.pts for p in timeline.packets]
    assert all(a < b for a, b in pairwise(decoding))
    assert len(set(showing)) == len(showing)
    assert all(p.pts >= p.dts for p in timeline.packets)
    assert min(showing) == 0
    assert timeline.packets[0].packet.is_keyframe
    assert timeline.duration_s > 0


def test_pts_win_over_jittering_arrival() -> None:
    jittered = [(at + (0.3 if i % 7 == 3 else 0.0), pts) for i, (at, pts) in enumerate(steady(50))]
    timeline = lay_out([part_of(*jittered)])
    assert [p.pts for p in timeline.packets] == [i * 3600 for i in range(50)]
    assert timeline.duration_s == pytest.approx(2.0)


@pytest.mark.parametrize("leap", [-(2**33), 2**33, 100 * TICKS, -100 * TICKS])
def test_a_pts_that_jumps_does_not_stretch_the_clip(leap: int) -> None:
    moments = [(at, (pts or 0) + (leap if i >= 20 else 0)) for i, (at, pts) in enumerate(steady(50))]
    assert lay_out([part_of(*moments)]).duration_s == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(
    "claimed",
    [lambda _: None, lambda _: 7, lambda i: i * 36, lambda i: i * 360000],
    ids=["none", "frozen", "too slow", "too fast"],
)
def test_a_pts_that_cannot_be_believed_gives_way_to_arrival(claimed: object) -> None:
    assert callable(claimed)
    moments = [(i / 25, claimed(i)) for i in range(250)]
    assert lay_out([part_of(*moments)]).duration_s == pytest.approx(10.0, abs=0.1)


def test_a_stall_does_not_move_the_pictures_that_come_late_in_one_burst() -> None:
    late = [(max(at, 4.0) if at > 1 else at, pts) for at, pts in steady(100)]
    assert lay_out([part_of(*late)]).duration_s == pytest.approx(4.0, abs=0.1)


def test_connections_lie_as_far_apart_as_they_arrived() -> None:
    timeline = lay_out([part_of(*steady(25)), part_of(*steady(25, start=9.0))])
    assert timeline.packets[25].pts == 9 * TICKS
    assert timeline.duration_s == pytest.approx(10.0)
    assert [p.part for p in timeline.packets] == [0] * 25 + [1] * 25
    assert len(timeline.notes) == 1
    assert "8.0 s" in timeline.notes[0]


def test_what_precedes_the_first_keyframe_is_left_out() -> None:
    timeline = lay_out([part_of(*steady(25), keyframe=5)])
    assert len(timeline.packets) == 20
    assert timeline.packets[0].pts == 0


def test_pictures_shown_before_their_keyframe_are_left_out() -> None:
    moments = [(0.0, 7200), (0.04, 0), (0.08, 3600), (0.12, 10800)]
    assert [p.pts for p in lay_out([part_of(*moments)]).packets] == [0, 3600]


def test_no_keyframe_is_an_error_in_words() -> None:
    with pytest.raises(EvidenceError, match="not one keyframe"):
        lay_out([part_of(*steady(5), keyframe=9)])
    with pytest.raises(EvidenceError, match="not one keyframe"):
        lay_out([])


def test_another_size_is_left_out_and_said() -> None:
    timeline = lay_out([clip_part(), clip_part(SMALL, start=103.0), clip_part(start=105.0)])
    assert len(timeline.packets) == 100
    assert (timeline.video.width, timeline.video.height) == (320, 240)
    assert "160x120" in timeline.notes[0]
    assert "320x240" in timeline.notes[0]


def test_a_size_that_changes_inside_a_connection_is_noticed() -> None:
    before, after = clip_part(), clip_part(SMALL, start=102.0)
    timeline = lay_out([ClipPart(before.video, before.packets + after.packets)])
    assert len(timeline.packets) == len(before.packets)
    assert "160x120" in timeline.notes[0]


def test_the_size_is_the_one_in_the_stream_not_the_one_announced() -> None:
    timeline = lay_out([clip_part(announced=(0, 0))])
    assert (timeline.video.width, timeline.video.height) == (320, 240)


def test_b_frames_are_shown_in_their_own_order() -> None:
    part = clip_part(ClipSpec(bframes=2))
    assert [p.pts for p in part.packets] != sorted(p.pts or 0 for p in part.packets)
    timeline = lay_out([part])
    assert [p.pts for p in timeline.packets] == [p.pts for p in part.packets]


def test_another_codec_is_left_out() -> None:
    other = clip_part(ClipSpec(codec="hevc", frames=25), start=103.0)
    assert "hevc" in lay_out([clip_part(), other]).notes[0]
    assert lay_out([replace(other)]).video.codec == "hevc"
