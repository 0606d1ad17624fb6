"""The clip that the page plays: small, few pictures a second, heads blurred, always H.264."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from av.stream import Stream
from av.video.reformatter import Interpolation, VideoReformatter

from patrol.core.errors import EvidenceError
from patrol.core.geometry import Boxes
from patrol.core.media import ClipPart, Pixels
from patrol.vision.candidates.evidence.blur import blur_heads, persons, union
from patrol.vision.candidates.evidence.clip import open_decoder
from patrol.vision.candidates.evidence.failure import write_failure
from patrol.vision.candidates.evidence.people import Detect
from patrol.vision.candidates.evidence.timeline import TICKS, TimedPacket, Timeline, lay_out
from patrol.vision.packets import packet_of

REACH = 3
"""Pictures before and after one whose boxes it is blurred with, too: a detector that loses somebody for a
moment finds them again within 0.6 s at 5 pictures a second."""
BATCH = 4
"""Pictures handed to the detector at once: what else is held in memory is 2 * REACH + 1 small pictures."""
GOP_S = 2.0
"""Seconds between keyframes: a player seeks to any place within that much decoding."""
_SLACK = TICKS // 20
"""A picture counts for a moment of the grid that it misses by a twentieth of a step: clocks round."""
_ENCODER = {"preset": "veryfast", "crf": "27", "bf": "0", "threads": "1"}
"""About 0.3 Mb/s at 640x360 and 5 a second. One thread: evidence must not take a second core from looks."""


@dataclass(frozen=True, slots=True)
class PreviewInfo:
    """What the file holds.

    Attributes:
        pictures: written.
        corrupt: decoded with holes or not at all, and left out.
        duration_s: as a player shows it; equals the original's, where the first picture is whole.
    """

    width: int
    height: int
    pictures: int
    corrupt: int
    duration_s: float


@dataclass(frozen=True, slots=True, eq=False)
class _Shot:
    """One picture of the preview: its number on the grid of `fps`, RGB, and the persons in it."""

    index: int
    pixels: Pixels
    boxes: Boxes


def make_preview(
    parts: Sequence[ClipPart],
    detect: Detect,
    path: Path,
    *,
    width: int = 640,
    fps: int = 5,
    cancelled: Callable[[], bool] = lambda: False,
) -> PreviewInfo:
    """Decode a clip, blur heads and encode it small at `path`, in one pass and little memory.

    Args:
        parts: what the original is made of; what does not fit into that is left out here, too.
        detect: finds persons; its time is the larger part of the whole.
        path: an existing or new file, overwritten, not synced. What is left there after an error is no clip.
        width: greatest width, pixels; smaller pictures are not enlarged.
        fps: pictures a second.
        cancelled: asked before each picture.

    Raises:
        DiskFull: the disk said that nothing more fits.
        EvidenceError: nothing there decodes, or `cancelled`.
        ModelError: the detector failed; without it nothing may be shown.
    """
    timeline = lay_out(parts)
    decoder = _Sampler(timeline, width, fps)
    shots = _blurred(_boxed(_until(cancelled, decoder.pictures()), detect))
    try:
        count, last = _encode(shots, path, decoder.size, fps)
    except FFmpegError as error:
        raise write_failure(error.errno, f"cannot write the preview {path}") from None
    if count == 0:
        raise EvidenceError(f"no preview: not one picture decoded, {decoder.corrupt} packets were damaged")
    return PreviewInfo(*decoder.size, count, decoder.corrupt, (last + 1) / fps)


class _Sampler:
    """Decodes a timeline and gives the first whole picture at or after each moment of the grid."""

    def __init__(self, timeline: Timeline, max_width: int, fps: int) -> None:
        self._timeline = timeline
        self._fps = fps
        self.size = _even_size(timeline, max_width)
        self.corrupt = 0

    def pictures(self) -> Iterator[tuple[int, Pixels]]:
        """Numbers on the grid, ascending, and pictures."""
        scaler, last = VideoReformatter(), -1
        for frame in self._frames():
            index = ((frame.pts or 0) * self._fps + _SLACK) // TICKS
            if index <= last:
                continue
            last = index
            small = scaler.reformat(
                frame, *self.size, "rgb24", interpolation=Interpolation.BILINEAR, threads=1
            )
            yield index, small.to_ndarray().astype(np.uint8, copy=False)

    def _frames(self) -> Iterator[av.VideoFrame]:
        part, context = -1, None
        for timed in self._timeline.packets:
            if context is None or timed.part != part:
                if context is not None:
                    yield from self._decoded(context, None)
                part, context = timed.part, self._open()
            yield from self._decoded(context, timed)
        if context is not None:
            yield from self._decoded(context, None)

    def _open(self) -> av.VideoCodecContext:
        context = open_decoder(self._timeline.video)
        context.thread_count = 1  # more would start threads of normal priority
        return context

    def _decoded(self, context: av.VideoCodecContext, timed: TimedPacket | None) -> Iterator[av.VideoFrame]:
        try:
            frames = context.decode(None if timed is None else _packet(timed))
        except FFmpegError:
            self.corrupt += 1
            return
        for frame in frames:
            if frame.is_corrupt:
                self.corrupt += 1
            else:
                yield frame


def _packet(timed: TimedPacket) -> av.Packet[Stream]:
    packet = packet_of(timed.packet.data)
    packet.time_base = Fraction(1, TICKS)
    packet.pts, packet.dts = timed.pts, timed.dts
    return packet


def _even_size(timeline: Timeline, max_width: int) -> tuple[int, int]:
    """Width and height of the preview: even, as 4:2:0 needs, in the picture's shape."""
    v = timeline.video
    width = min(max_width, v.width) // 2 * 2
    return max(2, width), max(2, round(v.height * width / max(1, v.width) / 2) * 2)


def _until(
    cancelled: Callable[[], bool], pictures: Iterable[tuple[int, Pixels]]
) -> Iterator[tuple[int, Pixels]]:
    for picture in pictures:
        if cancelled():
            raise EvidenceError("no preview: the worker was stopped before it was ready")
        yield picture


def _boxed(pictures: Iterator[tuple[int, Pixels]], detect: Detect) -> Iterator[_Shot]:
    """Find the persons, a few pictures at a time."""
    while batch := list(islice(pictures, BATCH)):
        results = detect([pixels for _, pixels in batch])
        for (index, pixels), found in zip(batch, results, strict=True):
            yield _Shot(index, pixels, persons(found))


def _blurred(shots: Iterable[_Shot]) -> Iterator[tuple[int, Pixels]]:
    """Blur each picture with its own boxes and those of `REACH` pictures on either side."""
    past: deque[_Shot] = deque(maxlen=REACH)
    ahead: deque[_Shot] = deque()
    for shot in shots:
        ahead.append(shot)
        if len(ahead) > REACH:
            yield _blur_next(past, ahead)
    while ahead:
        yield _blur_next(past, ahead)


def _blur_next(past: deque[_Shot], ahead: deque[_Shot]) -> tuple[int, Pixels]:
    boxes = union(shot.boxes for shot in (*past, *ahead))
    shot = ahead.popleft()
    past.append(shot)
    return shot.index, blur_heads(shot.pixels, boxes)


def _encode(
    shots: Iterable[tuple[int, Pixels]], path: Path, size: tuple[int, int], fps: int
) -> tuple[int, int]:
    """Write the file. Returns the count of pictures, and the last one's number on the grid."""
    count, index = 0, -1
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        stream = out.add_stream("libx264", rate=fps, options={**_ENCODER, "g": str(round(GOP_S * fps))})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for index, pixels in shots:
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            out.mux(stream.encode(frame))
            count += 1
        out.mux(stream.encode(None))
    return count, index
