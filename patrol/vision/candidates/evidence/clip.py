"""The original clip: packets as the camera sent them, put into MP4 without being encoded again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError
from av.stream import Stream

from patrol.core.errors import EvidenceError
from patrol.core.media import ClipPart, VideoFormat
from patrol.vision.candidates.evidence.failure import write_failure
from patrol.vision.candidates.evidence.timeline import TICKS, TimedPacket, Timeline, lay_out
from patrol.vision.packets import packet_of


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """What the file holds.

    Attributes:
        codec: FFmpeg's name.
        duration_s: as a player shows it.
        packets: pictures in it.
        notes: what is not as the camera sent it, one sentence each (`8.0 s are left out: ...`).
    """

    codec: str
    width: int
    height: int
    duration_s: float
    packets: int
    notes: tuple[str, ...]


def write_clip(parts: Sequence[ClipPart], path: Path) -> ClipInfo:
    """Remux `parts` into an MP4 file at `path`, index first, so that a browser plays it while it loads.

    The file is written where it is told; it is not synced: `Vault.store_file` does that.

    Args:
        parts: connections in order of arrival; H.264 and H.265 as Annex B.
        path: an existing or new file, overwritten. What is left there after an error is no clip.

    Raises:
        DiskFull: the disk said that nothing more fits.
        EvidenceError: nothing to write, or the first keyframe does not decode.
    """
    timeline = lay_out(parts)
    _check_decodes(timeline)
    try:
        _mux(timeline, path)
    except FFmpegError as error:
        raise write_failure(error.errno, f"cannot write the clip {path}") from None
    _check_whole(timeline, path)
    v = timeline.video
    count = len(timeline.packets)
    return ClipInfo(v.codec, v.width, v.height, timeline.duration_s, count, timeline.notes)


def open_decoder(video: VideoFormat) -> av.VideoCodecContext:
    """A fresh decoder for this format.

    Raises:
        EvidenceError: FFmpeg knows no video decoder of that name.
    """
    try:
        context = av.CodecContext.create(video.codec, "r")
    except (FFmpegError, ValueError):
        context = None
    if not isinstance(context, av.VideoCodecContext):
        raise EvidenceError(f"no clip: {video.codec!r} is no video codec that can be decoded here")
    if video.extradata:
        context.extradata = video.extradata
    return context


def _mux(timeline: Timeline, path: Path) -> None:
    v = timeline.video
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        # No encoder and no template: the MP4 muxer builds avcC/hvcC from the first keyframe's parameter sets
        # and turns Annex B into lengths. Later sets stay in the packets, so a camera may change them.
        stream = out.add_mux_stream(v.codec, rate=v.rate or 25, width=v.width, height=v.height)
        stream.time_base = Fraction(1, TICKS)
        for timed in timeline.packets:
            packet = _packet(timed, timeline.step)
            packet.stream = stream
            out.mux_one(packet)


def _packet(timed: TimedPacket, step: int) -> av.Packet[Stream]:
    packet = packet_of(timed.packet.data)
    packet.time_base = Fraction(1, TICKS)
    packet.pts, packet.dts, packet.duration = timed.pts, timed.dts, step
    packet.is_keyframe = timed.packet.is_keyframe
    return packet


def _check_decodes(timeline: Timeline) -> None:
    """Decode the first keyframe: a clip that no player opens is no evidence, and is not stored as such."""
    v, first = timeline.video, timeline.packets[0].packet
    try:
        context = open_decoder(v)
        frames = [*context.decode(packet_of(first.data)), *context.decode(None)]
    except FFmpegError:
        frames = []
    if not frames:
        raise EvidenceError(
            f"no clip: what the camera sent as {v.codec} {v.width}x{v.height} does not decode; "
            f"look at the camera's own picture"
        )


def _check_whole(timeline: Timeline, path: Path) -> None:
    """Count the packets in the file: a write error inside FFmpeg's buffers must not pass as a clip."""
    try:
        with av.open(str(path)) as clip:
            found = sum(1 for packet in clip.demux(video=0) if packet.size)
    except (FFmpegError, IndexError):
        found = 0
    if found != len(timeline.packets):
        raise EvidenceError(
            f"the clip {path} holds {found} of {len(timeline.packets)} pictures after it was written; "
            f"check the disk"
        )
