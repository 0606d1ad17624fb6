"""A clip as frames with times: each one decoded, in the order in which it is shown, on one thread."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import TypeAlias

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from patrol.bench.replay.nouns import ClipFacts
from patrol.core.errors import SourceGarbage, SourceRefused
from patrol.vision.sources import ffmpeg

_OPTIONS = {
    # As source `file` has them: a playlist could name addresses and other files.
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,h264,hevc,m4v,mjpeg,asf",
}
_LONGEST_STEP_S = 10
"""A gap longer than this between two frames is taken for a broken time stamp, as by source `file`."""
_TRIED = 32
"""Frames by which it is judged whether pts can be believed: more than the 16 that H.264 can hold back."""
_SHORT_S = 1.0
"""By so much the length that a container announces may differ from what is in it where it does not count its
frames: it includes sound, and is rounded."""

_NO_CLIP = (
    "that cannot be read as a video file: it is of another kind, or was cut off before its index (an MP4 "
    "keeps it at the end); take a whole copy"
)

_Stamp = Callable[[av.VideoFrame], int | None]
_Packet: TypeAlias = "av.Packet[VideoStream]"


@dataclass(frozen=True, slots=True)
class ClipFrame:
    """One decoded frame.

    Attributes:
        index: from 0, in the order in which frames are shown.
        second: since the clip's first frame.
        whole: False where parts of it are missing: it must not be judged.
    """

    index: int
    second: float
    whole: bool
    frame: av.VideoFrame


class ClipReader:
    """A clip that can be read again and again.

    Raises:
        SourceRefused: it is missing, unreadable or a folder.
        SourceGarbage: it is no video file.
        SourceNoVideo: it holds no video.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with contextlib.closing(self._opened()) as container:
            stream = ffmpeg.video_stream(container, str(path))
            rate = Fraction(stream.average_rate or 25)
            self._nominal = 1 / rate if 0 < rate <= 240 else Fraction(1, 25)
            self._announced_frames = stream.frames
            self._announced_s = _announced_seconds(container, stream)
            self._size = stream.width, stream.height
        self._sha256 = file_sha256(path)
        self._frames = self._packets = self._damaged = 0
        self._seconds = Fraction(0)
        self._at_end = False
        self._whole: ClipFacts | None = None
        self._stamp = self._believable()

    @property
    def sha256(self) -> str:
        """Of the file."""
        return self._sha256

    @property
    def announced_s(self) -> float:
        """How long the container says that it is; 0 where it says nothing."""
        return self._announced_s

    @property
    def seconds(self) -> Fraction:
        """How long the frames of the newest pass last, the last frame's own time included."""
        return self._seconds

    def frames(self) -> Iterator[ClipFrame]:
        """One pass over the clip: what of it can be decoded.

        Raises:
            SourceGarbage: nothing can be.
        """
        self._frames = self._packets = self._damaged = 0
        self._seconds, self._at_end = Fraction(0), False
        before: int | None = None
        for frame in self._decoded():
            now = self._stamp(frame)
            step = self._step(before, now, Fraction(frame.time_base or 0)) if self._frames else Fraction(0)
            before = now
            start = self._seconds - self._nominal + step if self._frames else Fraction(0)
            self._seconds = start + self._nominal
            yield ClipFrame(self._frames, float(start), not frame.is_corrupt, frame)
            self._frames += 1
        self._at_end = True
        if not self._frames:
            raise SourceGarbage(
                ffmpeg.say(
                    str(self._path),
                    "no picture in this clip can be decoded; it has no keyframe, or is damaged from the "
                    "beginning on: take another copy, or encode it anew",
                )
            )
        self._whole = self._whole or self.facts()

    def facts(self) -> ClipFacts:
        """What the first whole pass has shown; before it, what the pass under way has, as far as it went."""
        if self._whole is not None:
            return self._whole
        shortfall = self._shortfall()
        return ClipFacts(
            self._path,
            self._sha256,
            *self._size,
            self._frames,
            float(self._seconds),
            complete=not shortfall,
            shortfall=shortfall,
        )

    def _step(self, before: int | None, now: int | None, base: Fraction) -> Fraction:
        """Seconds from one frame to the next; the usual step where the stamps make no sense."""
        if before is None or now is None or not 0 < (now - before) * base <= _LONGEST_STEP_S:
            return self._nominal
        return (now - before) * base

    def _believable(self) -> _Stamp:
        """What tells the time of this clip's frames: pts, or dts where those jump to and fro.

        AVI has no pts: what FFmpeg makes up for B-frames is in the wrong order (pets09_s2l1: 1, 4, 3, 5, 2).
        """
        tried = [frame.pts for frame in islice(self._decoded(), _TRIED)]
        rising = all(a is not None and b is not None and a < b for a, b in pairwise(tried))
        return _pts if rising else _dts

    def _decoded(self) -> Iterator[av.VideoFrame]:
        with contextlib.closing(self._opened()) as container:
            stream = ffmpeg.video_stream(container, str(self._path))
            stream.codec_context.thread_count = 1
            for packet in _packets(container, stream):
                if packet.size:
                    self._packets += 1
                    self._damaged += packet.is_corrupt
                try:
                    frames = packet.decode()
                except ffmpeg.TROUBLE:
                    self._damaged += 1
                    continue
                yield from (frame for frame in frames if isinstance(frame, av.VideoFrame))

    def _opened(self) -> InputContainer:
        where = str(self._path)
        if self._path.is_dir():  # FFmpeg would read pictures out of it
            raise SourceRefused(ffmpeg.say(where, "that is a folder; name a video file"))
        try:
            # `file:` keeps a colon in the name from being read as a protocol.
            return av.open(f"file:{where}", options=_OPTIONS, metadata_errors="replace")
        except ffmpeg.TROUBLE as error:
            failure = ffmpeg.translate(error, where, "file", 0)
        if isinstance(failure, SourceGarbage):
            failure = SourceGarbage(ffmpeg.say(where, _NO_CLIP))
        raise failure

    def _shortfall(self) -> str:
        """What is missing of what the container announces, as far as a pass to its end has shown."""
        said = []
        if self._at_end and self._packets < self._announced_frames:
            said.append(f"it announces {self._announced_frames} frames and holds {self._packets}")
        elif self._at_end and not self._announced_frames and self._seconds < self._announced_s - _SHORT_S:
            said.append(f"it announces {self._announced_s:.1f} s and holds {float(self._seconds):.1f}")
        if self._damaged:
            said.append(f"{self._damaged} of its {self._packets} packets are damaged")
        return "; ".join(said)


def _pts(frame: av.VideoFrame) -> int | None:
    return frame.pts


def _dts(frame: av.VideoFrame) -> int | None:
    return frame.dts


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[_Packet]:
    """All that can be read, and an empty packet at the end, which brings out what the decoder still holds."""
    demuxed = container.demux(stream)
    while True:
        try:
            packet = next(demuxed, None)
        except ffmpeg.TROUBLE:
            packet = None
        if packet is None:
            return
        yield packet


def _announced_seconds(container: InputContainer, stream: VideoStream) -> float:
    """The length that a container states for its video, or for all that is in it; 0 where it says nothing."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else 0.0


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
