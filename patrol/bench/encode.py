"""Turning footage into what a camera would send: constant rate, closed GOPs of one length, no B-frames."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
from av.container import OutputContainer
from av.filter import Graph
from av.video.stream import VideoStream

from patrol.core.errors import SourceGarbage, SourceNoVideo

Progress = Callable[[str], None]
"""Takes one line for people."""

_REPORT_EVERY = 100
"""Pictures between two lines of progress: every few seconds on two cores."""


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """How a clip is encoded.

    Attributes:
        width: pixels, even.
        height: pixels, even.
        fps: pictures a second.
        gop_s: seconds between keyframes; each GOP is closed, scene cuts start none.
        kbps: mean kilobits a second that the encoder aims at, within a buffer of two seconds.
        noise: strength of temporal noise (FFmpeg's `noise=alls`), 0 for none. Scaled-up material has no
            noise of a sensor and compresses far better than a camera's picture; 5 makes up for it.
        preset: speed of the encoder.
    """

    width: int
    height: int
    fps: Fraction
    gop_s: float = 2.0
    kbps: int = 1800
    codec: Literal["h264", "hevc"] = "h264"
    noise: int = 0
    preset: str = "veryfast"

    @property
    def gop(self) -> int:
        """Pictures in one GOP."""
        return max(1, round(self.fps * Fraction(self.gop_s)))

    def tag(self) -> str:
        """What a file name says of it, so that another setting is another file."""
        noise = f"-n{self.noise}" if self.noise else ""
        rate = f"{float(self.fps):g}fps"
        return f"{self.codec}-{self.width}x{self.height}-{rate}-gop{self.gop_s:g}s-{self.kbps}k{noise}"


@dataclass(frozen=True, slots=True)
class Encoded:
    """What came out. `kbps` is measured over the file's video, not the setting."""

    path: Path
    pictures: int
    duration_s: float
    kbps: float
    keyframes: int


@dataclass(frozen=True, slots=True)
class Footage:
    """What a file is, as far as a transcoder needs to know."""

    width: int
    height: int
    fps: Fraction


def look_at(path: Path) -> Footage:
    """Size and rate of a file's video.

    Raises:
        SourceNoVideo: there is none.
        SourceGarbage: the file cannot be read.
    """
    with _reading(path) as container:
        stream = container.streams.video[0]
        return Footage(stream.width, stream.height, Fraction(stream.average_rate or 25))


def pictures(path: Path) -> Iterator[av.VideoFrame]:
    """Decoded pictures of a file, in order, their times as they are.

    Raises:
        SourceNoVideo: there is none.
        SourceGarbage: the file cannot be read.
    """
    with _reading(path) as container:
        container.streams.video[0].thread_type = "AUTO"
        yield from container.decode(container.streams.video[0])


@contextmanager
def _reading(path: Path) -> Iterator[av.container.InputContainer]:
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise SourceNoVideo(f"{path}: no video in it; name a file that a player shows")
            yield container
    except (av.FFmpegError, OSError, IndexError) as error:
        raise SourceGarbage(f"{path}: cannot be read as video: {error}") from None


def encode(
    frames: Iterable[av.VideoFrame], out: Path, settings: StreamSettings, progress: Progress | None = None
) -> Encoded:
    """Encode pictures, one after the other at the constant rate of `settings`, into an MP4 file.

    The file appears under its name only when it is complete and on the disk.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.", suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        with av.open(str(part), "w", format="mp4") as container:
            encoded = _encode(frames, container, settings, progress or (lambda _line: None))
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.chmod(0o644)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return Encoded(out, *encoded)


def _encode(
    frames: Iterable[av.VideoFrame], container: OutputContainer, settings: StreamSettings, progress: Progress
) -> tuple[int, float, float, int]:
    stream = _stream(container, settings)
    scaler: _Scaler | None = None
    count = size = keyframes = 0
    for frame in frames:
        scaler = scaler or _Scaler(frame, settings)
        ready = scaler(frame)
        ready.pts, ready.time_base = count, 1 / settings.fps
        ready.pict_type = 0  # the source's own keyframes mean nothing here
        for packet in stream.encode(ready):
            size, keyframes = size + packet.size, keyframes + packet.is_keyframe
            container.mux(packet)
        count += 1
        if count % _REPORT_EVERY == 0:
            progress(f"{count} pictures encoded")
    for packet in stream.encode(None):
        size, keyframes = size + packet.size, keyframes + packet.is_keyframe
        container.mux(packet)
    duration = float(count / settings.fps)
    return count, duration, size * 8 / 1000 / duration if count else 0.0, keyframes


def _stream(container: OutputContainer, settings: StreamSettings) -> VideoStream:
    name: Literal["libx264", "libx265"] = "libx264" if settings.codec == "h264" else "libx265"
    stream = container.add_stream(name, rate=settings.fps)
    stream.width, stream.height, stream.pix_fmt = settings.width, settings.height, "yuv420p"
    stream.bit_rate = settings.kbps * 1000
    buffer = f"vbv-maxrate={settings.kbps * 2}:vbv-bufsize={settings.kbps * 2}"
    shape = f"keyint={settings.gop}:min-keyint={settings.gop}:scenecut=0:bframes=0:ref=1:open-gop=0:{buffer}"
    quiet = ":log-level=error" if settings.codec == "hevc" else ""
    key = "x264-params" if settings.codec == "h264" else "x265-params"
    stream.options = {"preset": settings.preset, key: shape + quiet}
    return stream


class _Scaler:
    """FFmpeg's scale, noise and format filters in a row."""

    def __init__(self, like: av.VideoFrame, settings: StreamSettings) -> None:
        self._graph = Graph()
        steps = [
            self._graph.add_buffer(
                width=like.width, height=like.height, format=like.format, time_base=Fraction(1, 1000)
            ),
            self._graph.add("scale", f"{settings.width}:{settings.height}:flags=bicubic"),
        ]
        if settings.noise:
            steps.append(self._graph.add("noise", f"alls={settings.noise}:allf=t"))
        steps += [self._graph.add("format", "yuv420p"), self._graph.add("buffersink")]
        self._graph.link_nodes(*steps).configure()

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        frame.pts = None
        self._graph.vpush(frame)
        pulled = self._graph.vpull()
        if not isinstance(pulled, av.VideoFrame):
            raise SourceGarbage("the scaler gave no picture")
        return pulled
