"""Source `file`: a video file that plays in real time, for ever, as if it were a camera.

For demos, tests and trying out rules. Times of broken files are mended, so that its packets look like those
of one long, well-behaved connection.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.video.stream import VideoStream

from patrol.core import annexb
from patrol.core.errors import SourceEnded, SourceGarbage, SourceRefused
from patrol.core.media import Packet, VideoFormat
from patrol.core.protocols import Clock, Session
from patrol.vision.sources import Login, ffmpeg

_OPTIONS = {
    # A playlist could name addresses and other files: only the file itself, in formats that hold video.
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,h264,hevc,m4v,mjpeg,asf",
}
_LONGEST_STEP_S = 10.0
"""A gap longer than this between two packets is taken for a broken time stamp, not for a pause."""
_LATE_S = 1.0
"""Later than this, playing goes on from now: a burst to catch up is nothing that a camera does."""
_NAP_S = 0.2
"""Longest sleep at a time, so that closing is quick."""
_ANNEXB_FILTER = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}

_Raw: TypeAlias = "av.Packet[VideoStream]"


@dataclass(frozen=True)
class Params:
    """Which file.

    Attributes:
        path: of the file.
        speed: 2.0 plays it in half the time. More than 0.
    """

    path: str
    speed: float = 1.0


def build(params: Params, clock: Clock, login: Login | None = None) -> FileSource:
    """The source for one file. A login has no meaning here."""
    del login
    return FileSource(params, clock)


class FileSource:
    """A file that can be played again and again."""

    def __init__(self, params: Params, clock: Clock) -> None:
        self._params = params
        self._clock = clock

    def open(self) -> Session:
        """Open the file and find the video.

        Raises:
            SourceRefused: it is missing, unreadable or a folder.
            SourceGarbage: it is no video file.
            SourceNoVideo: it holds no video.
        """
        return FileSession(Path(self._params.path), self._params.speed, self._clock)


class FileSession:
    """One playing of a file, over and over. `close` takes effect within `_NAP_S`."""

    def __init__(self, path: Path, speed: float, clock: Clock) -> None:
        self._path = path
        self._where = str(path)
        self._speed = speed
        self._clock = clock
        self._closed = False
        with contextlib.closing(self._opened()) as container:
            stream = ffmpeg.video_stream(container, self._where)
            self._video = ffmpeg.announced(stream)

    @property
    def video(self) -> VideoFormat:
        """What the file says about its video."""
        return self._video

    def packets(self) -> Iterator[Packet]:
        """Packets at the pace of their time stamps. pts and dts go on rising when the file begins anew.

        Raises:
            SourceError: the file has become unreadable; SourceEnded after `close`.
        """
        times = _Times(self._video)
        sets = annexb.ParameterSetMemory(self._video.codec, self._video.extradata)
        due = self._clock.monotonic()
        while True:
            seen = 0
            for raw in self._one_pass():
                seen += 1
                step, pts, dts = times.mend(raw.pts, raw.dts)
                due = self._wait(due + step / self._speed)
                data = bytes(raw)
                yield Packet(
                    data=sets.complete(data) if raw.is_keyframe else data,
                    is_keyframe=raw.is_keyframe,
                    pts=pts,
                    dts=dts,
                    arrived=self._clock.monotonic(),
                    at=self._clock.now(),
                )
            if not seen:
                raise SourceGarbage(
                    ffmpeg.say(self._where, "no picture in this file can be read; replace it")
                )
            times.begin_again()

    def close(self) -> None:
        """Stop playing. The thread that iterates `packets` gets SourceEnded."""
        self._closed = True

    def _opened(self) -> InputContainer:
        if self._path.is_dir():  # FFmpeg would read pictures out of it
            raise SourceRefused(ffmpeg.say(self._where, "that is a folder; name a video file"))
        try:
            # `file:` keeps a colon in the name from being read as a protocol.
            return av.open(f"file:{self._path}", options=_OPTIONS, metadata_errors="replace")
        except ffmpeg.TROUBLE as error:
            failure = ffmpeg.translate(error, self._where, "file", 0)
        raise failure

    def _one_pass(self) -> Iterator[_Raw]:
        """The packets from beginning to end; a damaged rest is left out."""
        with contextlib.closing(self._opened()) as container:
            stream = ffmpeg.video_stream(container, self._where)
            to_annexb = self._annexb_filter(stream)
            demuxed = container.demux(stream)
            while (raw := _next(demuxed)) is not None:
                if raw.size:
                    yield from _converted(raw, to_annexb)

    def _annexb_filter(self, stream: VideoStream) -> BitStreamFilterContext | None:
        name = _ANNEXB_FILTER.get(self._video.codec)
        try:
            return BitStreamFilterContext(name, stream) if name else None
        except ffmpeg.TROUBLE as error:
            failure = ffmpeg.translate(error, self._where, "file", 0)
        raise failure

    def _wait(self, due: float) -> float:
        """Sleep until `due`; returns the time from which the next step counts."""
        while (left := due - self._clock.monotonic()) > 0 and not self._closed:
            self._clock.sleep(min(left, _NAP_S))
        if self._closed:
            raise SourceEnded(ffmpeg.say(self._where, "closed"))
        return self._clock.monotonic() if left < -_LATE_S else due


def _next(demuxed: Iterator[_Raw]) -> _Raw | None:
    """The next packet; None at the end of the file, or of what of it can be read."""
    try:
        return next(demuxed, None)
    except ffmpeg.TROUBLE:
        return None


def _converted(raw: _Raw, to_annexb: BitStreamFilterContext | None) -> list[_Raw]:
    """A packet as Annex B; nothing where it is damaged."""
    if to_annexb is None:
        return [raw]
    try:
        return to_annexb.filter(raw)
    except ffmpeg.TROUBLE:
        return []


class _Times:
    """Time stamps of a file, mended: dts rises in steps of at most `_LONGEST_STEP_S`, pts stays near it."""

    def __init__(self, video: VideoFormat) -> None:
        self._base = video.time_base
        rate = video.rate if video.rate and 0 < video.rate <= 240 else Fraction(25)
        self._nominal = max(1, round(1 / rate / self._base))
        self._longest = max(1, round(_LONGEST_STEP_S / self._base))
        self._last: int | None = None
        self._out = -self._nominal

    def begin_again(self) -> None:
        """The file starts over: the next step is one frame long."""
        self._last = None

    def mend(self, pts: int | None, dts: int | None) -> tuple[float, int, int]:
        """(seconds since the packet before, pts, dts) of the next packet; the first one comes at once."""
        now = dts if dts is not None else pts
        step = self._nominal
        if now is not None and self._last is not None and 0 < now - self._last <= self._longest:
            step = now - self._last
        self._last = now
        first, self._out = self._out < 0, self._out + step
        ahead = pts - dts if pts is not None and dts is not None else 0
        shown = self._out + ahead if 0 <= ahead <= self._longest else self._out
        return (0.0 if first else float(step * self._base)), shown, self._out
