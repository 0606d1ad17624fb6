from __future__ import annotations

import itertools
import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.media import Packet
from patrol.vision.sources.ring import PacketRing
from tests.fakes.sources import VIDEO, packet

NEW_CONNECTION = "new connection"
step = st.one_of(
    st.just(NEW_CONNECTION),
    st.tuples(st.floats(0, 3), st.booleans(), st.integers(0, 400)),
)


@given(
    st.lists(step, max_size=120), st.floats(1, 20), st.integers(1, 2000), st.floats(-5, 60), st.floats(0, 30)
)
def test_bounds_hold_and_cuts_are_clean_whatever_comes(
    script: list[str | tuple[float, bool, int]],
    max_seconds: float,
    max_bytes: int,
    begin: float,
    length: float,
) -> None:
    ring = PacketRing(max_seconds, max_bytes)
    ring.begin(VIDEO)
    now, connection, offered = 0.0, 0, []
    for item in script:
        if isinstance(item, str):
            connection += 1
            ring.begin(replace(VIDEO, width=connection))
            continue
        gap, key, size = item
        now += gap
        one = packet(now, key=key, data=bytes(size))
        kept = ring.add(one)
        offered.append(one)
        assert ring.bytes <= max_bytes
        assert ring.seconds <= max_seconds + 1e-9
        everything = [p for part in ring.cut(-1, now) for p in part.packets]
        assert not kept or everything[-1] is one
        assert sum(len(p.data) for p in everything) == ring.bytes
        assert all(now - p.arrived <= max_seconds + 1e-9 for p in everything)
    parts = ring.cut(begin, begin + length)
    _assert_clean(parts_packets := [part.packets for part in parts], offered)
    assert all(p.arrived <= begin + length for packets in parts_packets for p in packets)
    assert len({id(part.video) for part in parts}) == len(parts), "one part a connection"


def _assert_clean(parts: list[tuple[Packet, ...]], offered: list[Packet]) -> None:
    assert all(packets[0].is_keyframe for packets in parts)
    order = {id(one): at for at, one in enumerate(offered)}
    places = [order[id(one)] for packets in parts for one in packets]
    assert places == sorted(places)
    for packets in parts:
        own = [order[id(one)] for one in packets]
        for before, after in itertools.pairwise(own):
            assert after == before + 1 or offered[after].is_keyframe, "a hole inside a group"


def _seconds(ring: PacketRing, begin: float, end: float) -> list[list[float]]:
    return [[one.arrived for one in part.packets] for part in ring.cut(begin, end)]


def _filled(seconds: int, gop: int = 2, **bounds: int) -> PacketRing:
    ring = PacketRing(bounds.get("max_seconds", 60), bounds.get("max_bytes", 10**6))
    ring.begin(VIDEO)
    for at in range(seconds):
        ring.add(packet(float(at), key=at % gop == 0, data=bytes(10)))
    return ring


def test_a_cut_begins_with_the_keyframe_at_or_before_its_begin() -> None:
    ring = _filled(10)
    assert _seconds(ring, 4, 6) == [[4, 5, 6]]
    assert _seconds(ring, 5, 6) == [[4, 5, 6]]
    assert _seconds(ring, 5.5, 6) == [[4, 5, 6]], "between the last packet of a group and the next keyframe"
    assert _seconds(ring, 20, 30) == []
    assert _seconds(ring, -5, -1) == []


def test_a_cut_over_a_new_connection_has_two_parts_with_their_formats() -> None:
    ring = _filled(4)
    other = replace(VIDEO, width=640)
    ring.begin(other)
    for at in (10, 11):
        ring.add(packet(float(at), key=at == 10))
    assert _seconds(ring, 0, 20) == [[0, 1, 2, 3], [10, 11]]
    assert [part.video for part in ring.cut(0, 20)] == [VIDEO, other]
    assert _seconds(ring, 5, 20) == [[10, 11]], "what ended before the cut begins is no part of it"


def test_old_groups_leave_whole() -> None:
    assert _seconds(_filled(20, gop=4, max_seconds=10), 0, 99) == [[12, 13, 14, 15, 16, 17, 18, 19]]
    assert _seconds(_filled(20, gop=4, max_bytes=100), 0, 99) == [[12, 13, 14, 15, 16, 17, 18, 19]]


def test_a_group_alone_over_the_bytes_keeps_its_beginning_until_the_next_keyframe() -> None:
    ring = _filled(30, gop=20, max_bytes=100)
    assert _seconds(ring, 0, 99) == [[20, 21, 22, 23, 24, 25, 26, 27, 28, 29]]
    ring = _filled(19, gop=20, max_bytes=100)
    assert _seconds(ring, 0, 99) == [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]
    assert ring.refused == 9


def test_a_group_alone_over_the_seconds_goes_until_the_next_keyframe() -> None:
    assert _seconds(_filled(15, gop=20, max_seconds=10), 0, 99) == []
    assert _seconds(_filled(22, gop=20, max_seconds=10), 0, 99) == [[20, 21]]


def test_a_keyframe_larger_than_the_ring_pushes_nothing_out() -> None:
    ring = _filled(4, max_bytes=100)
    assert not ring.add(packet(4.0, key=True, data=bytes(101)))
    assert not ring.add(packet(5.0)), "it has no keyframe to depend on"
    assert _seconds(ring, 0, 99) == [[0, 1, 2, 3]]


def test_packets_ahead_of_the_first_keyframe_are_refused() -> None:
    ring = PacketRing(60, 1000)
    ring.begin(VIDEO)
    assert not ring.add(packet(0.0))
    assert ring.add(packet(1.0, key=True))
    ring.begin(VIDEO)
    assert not ring.add(packet(2.0)), "a new connection begins with a keyframe, too"
    ring.clear()
    assert (ring.bytes, ring.seconds, ring.cut(0, 9)) == (0, 0.0, [])


def test_packets_before_a_format_are_a_defect_of_the_caller() -> None:
    with pytest.raises(ValueError, match="format"):
        PacketRing(60, 1000).add(packet(0.0))


def test_cuts_while_another_thread_adds_are_clean() -> None:
    ring = PacketRing(5, 10**6)
    ring.begin(VIDEO)
    ring.add(packet(0.0, key=True))
    done = threading.Event()

    def add() -> None:
        for at in range(1, 20000):
            ring.add(packet(at / 100, key=at % 25 == 0, data=bytes(10)))
        done.set()

    thread = threading.Thread(target=add)
    thread.start()
    cuts = 0
    while not done.is_set() or not cuts:
        for part in ring.cut(0, 1000):
            cuts += 1
            assert part.packets[0].is_keyframe
            times = [one.arrived for one in part.packets]
            assert times == sorted(times)
    thread.join()
