"""When each packet of a clip is shown: one monotone timeline out of cameras' broken clocks.

Arrival by the monotonic clock is the base; pts serves for differences inside one connection. A pts may be
missing, frozen, jump, or run at another rate than time does; several connections have nothing in common but
their arrival.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median

from patrol.core.errors import EvidenceError
from patrol.core.media import ClipPart, Packet, VideoFormat
from patrol.vision.candidates.evidence import parameter_sets

TICKS = 90_000
"""Ticks a second of the timeline: the RTP clock of video (RFC 6184, RFC 7798), so that nothing is rounded."""

JUMP_S = 3.0
"""A pts that leaps this much further than the arrival did, or back by this much, is a new count and not a
later picture. Reordering by B-frames and network jitter stay under it (16 frames at 10 a second: 1.6 s)."""

MIN_STEP = TICKS // 1000
"""Least distance of two pictures, 1 ms: packets that arrive in one burst without a pts stay in order."""


@dataclass(frozen=True, slots=True)
class TimedPacket:
    """A packet with its place on the timeline.

    Attributes:
        dts: ticks, strictly increasing, negative at the start where pictures are reordered.
        pts: ticks, from 0, no two alike, pts >= dts.
        part: index of the connection that it came by: decoders start anew where it changes.
    """

    packet: Packet
    dts: int
    pts: int
    part: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """A clip, laid out.

    Attributes:
        video: format of all of it; width and height are the true ones of the first keyframe.
        packets: in decoding order, beginning with a keyframe.
        step: ticks that the last picture lasts: the median distance of pictures.
        notes: what is not as the camera sent it, one sentence each.
    """

    video: VideoFormat
    packets: tuple[TimedPacket, ...]
    step: int
    notes: tuple[str, ...]

    @property
    def duration_s(self) -> float:
        """From the first picture's beginning to the last one's end."""
        return (max(p.pts for p in self.packets) + self.step) / TICKS


def lay_out(parts: Sequence[ClipPart]) -> Timeline:
    """Put the packets of one or more connections on one timeline.

    A stretch whose codec or picture size differs from the first one's is left out, and that is noted: one MP4
    track holds one size. Packets ahead of a connection's first keyframe, and pictures that lean on what came
    before it, are left out too.

    Raises:
        EvidenceError: nothing there begins with a keyframe.
    """
    runs = [run for part in parts for run in _runs(_without_noise(part))]
    if not runs:
        raise EvidenceError("no clip: not one keyframe was kept for this time; the camera may have been down")
    first, notes, shown, packets, kept = (
        runs[0].video,
        _noise(parts),
        list[int](),
        list[Packet](),
        list[int](),
    )
    for index, run in enumerate(runs):
        if (run.video.codec, run.video.width, run.video.height) != (first.codec, first.width, first.height):
            notes.append(_left_out(run, first))
            continue
        start = _start_of(run, packets, shown, runs[0].packets[0].arrived, notes)
        for packet, seconds in _in_place(run.packets, _seconds(run)):
            packets.append(packet)
            shown.append(start + round(seconds * TICKS))
            kept.append(index)
    return _finish(first, packets, shown, kept, tuple(notes))


def _without_noise(part: ClipPart) -> ClipPart:
    codec = part.video.codec
    return ClipPart(part.video, tuple(p for p in part.packets if parameter_sets.holds_video(codec, p.data)))


def _noise(parts: Sequence[ClipPart]) -> list[str]:
    count = sum(len(part.packets) - len(_without_noise(part).packets) for part in parts)
    return [f"{count} packets are left out: there was no video in them"] if count else []


def _runs(part: ClipPart) -> Iterator[ClipPart]:
    """Cut a connection where the picture size changes, and before its first keyframe."""
    current, known, begun = part.video, b"", list[Packet]()
    for packet in part.packets:
        if packet.is_keyframe:
            sets = parameter_sets.of(part.video.codec, packet.data)
            if not begun or sets != known:
                video, known = parameter_sets.true_format(current, packet.data), sets
                if begun and (video.width, video.height) != (current.width, current.height):
                    yield ClipPart(current, tuple(begun))
                    begun = []
                current = video
        if begun or packet.is_keyframe:
            begun.append(packet)
    if begun:
        yield ClipPart(current, tuple(begun))


def _left_out(run: ClipPart, first: VideoFormat) -> str:
    span = run.packets[-1].arrived - run.packets[0].arrived
    return (
        f"{span:.1f} s are left out: the camera changed to {run.video.codec} {run.video.width}x"
        f"{run.video.height}, and the clip began as {first.codec} {first.width}x{first.height}"
    )


def _start_of(run: ClipPart, packets: list[Packet], shown: list[int], zero: float, notes: list[str]) -> int:
    """Where a connection begins on the timeline: as long after the clip's beginning as it arrived."""
    start = round((run.packets[0].arrived - zero) * TICKS)
    if not packets:
        return start
    gap = run.packets[0].arrived - packets[-1].arrived
    notes.append(
        f"nothing is shown for {max(0.0, gap):.1f} s: the camera connected anew or changed its picture"
    )
    return max(start, max(shown) + MIN_STEP)


def _in_place(packets: tuple[Packet, ...], seconds: list[float]) -> Iterator[tuple[Packet, float]]:
    """Without the pictures that are shown before the keyframe that they follow at a start (open GOP)."""
    for index, (packet, second) in enumerate(zip(packets, seconds, strict=True)):
        if second >= seconds[0] or index == 0:
            yield packet, second - seconds[0]


def _seconds(run: ClipPart) -> list[float]:
    """Seconds of each packet since the first one, by pts where it can be believed, else by arrival."""
    arrived = [p.arrived - run.packets[0].arrived for p in run.packets]
    media = _by_pts(run.packets, run.video.time_base)
    span, wanted = max(media) - min(media), arrived[-1]
    off = abs(span - wanted)
    return arrived if off > JUMP_S and not wanted / 2 <= span <= wanted * 2 else media


def _by_pts(packets: tuple[Packet, ...], time_base: Fraction) -> list[float]:
    seconds, offset = [0.0], 0.0
    for before, packet in pairwise(packets):
        waited = packet.arrived - before.arrived
        if packet.pts is None or before.pts is None:
            moved, rebased = waited, True
        else:
            moved = float((packet.pts - before.pts) * time_base)
            rebased = moved < -JUMP_S or moved > waited + JUMP_S
        offset = waited if rebased else moved
        seconds.append(seconds[-1] + offset)
    return seconds


def _finish(
    video: VideoFormat, packets: list[Packet], shown: list[int], kept: list[int], notes: tuple[str, ...]
) -> Timeline:
    """Make presentation times unique, and find decoding times that increase and never pass them."""
    order = sorted(range(len(shown)), key=lambda i: (shown[i], i))
    ascending, pts = list[int](), [0] * len(shown)
    for i in order:
        moment = max(shown[i], ascending[-1] + MIN_STEP) if ascending else 0
        ascending.append(moment)
        pts[i] = moment
    delay = max(sorted_pts - own for sorted_pts, own in zip(ascending, pts, strict=True))
    timed = tuple(
        TimedPacket(packet, ascending[i] - delay, pts[i], kept[i]) for i, packet in enumerate(packets)
    )
    steps = [b - a for a, b in pairwise(ascending)]
    return Timeline(video, timed, round(median(steps)) if steps else TICKS // 25, notes)
