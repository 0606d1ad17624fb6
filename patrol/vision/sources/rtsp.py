"""Source `rtsp`: a camera over RTSP with TCP transport.

FFmpeg's options were tried against a fault-injecting server: `stimeout` and `rw_timeout` do nothing here,
`timeout` (microseconds) and PyAV's own do, at up to twice the time. A whitelist without `rtsp` in it stops
FFmpeg from following a redirect, with the password, to another host.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from patrol.core import annexb
from patrol.core.errors import SourceAuthFailed, SourceEnded, SourceError, SourceRefused
from patrol.core.media import Packet, VideoFormat
from patrol.core.protocols import Clock, Session
from patrol.core.redact import redact_url, register_login
from patrol.vision.sources import Login, ffmpeg

_OPTIONS = {
    "rtsp_transport": "tcp",
    "allowed_media_types": "video",  # sound and ONVIF metadata are not even asked for
    "protocol_whitelist": "tcp,tls,rtp,udp",
    "max_delay": "500000",
    "probesize": "1000000",
    "analyzeduration": "2000000",  # microseconds; a keyframe each 2 s is common
}
_LONGEST_LOGIN = 127
"""FFmpeg keeps `user:password`, percent-encoded, in 128 bytes (libavformat/rtsp.c) and cuts the rest off."""


@dataclass(frozen=True)
class Params:
    """Where the camera is.

    Attributes:
        url: `rtsp://host[:port]/path`, without user and password.
        timeout_s: longest silence, while connecting and later. FFmpeg may take up to twice as long.
    """

    url: str
    timeout_s: float = 5.0


def build(params: Params, clock: Clock, login: Login | None = None) -> RtspSource:
    """The source for one camera."""
    if login is not None:
        register_login(login.username, login.password)
    return RtspSource(params, clock, login)


def shown(url: str) -> str:
    """Host, port and path of an address: what messages call the camera. Queries may hold secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return redact_url(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


class RtspSource:
    """A camera that can be connected to again and again. `open` blocks for up to twice `timeout_s`."""

    def __init__(self, params: Params, clock: Clock, login: Login | None) -> None:
        self._params = params
        self._clock = clock
        self._login = login
        self._where = shown(params.url)

    def open(self) -> Session:
        """Connect, log in, and find the video.

        Raises:
            SourceError: every failure, translated; the message names host and path.
        """
        self._check_address()
        container = self._connect()
        try:
            stream = ffmpeg.video_stream(container, self._where)
            return RtspSession(container, stream, self._clock, self._where, self._params.timeout_s)
        except SourceError:
            ffmpeg.close(container)
            raise

    def _check_address(self) -> None:
        try:
            parts = urlsplit(self._params.url)
            usable = parts.scheme == "rtsp" and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            reason = "this is no address of a camera; write rtsp://host[:port]/path"
            raise SourceRefused(ffmpeg.say(self._where, reason))

    def _connect(self) -> InputContainer:
        limit = self._params.timeout_s
        began = self._clock.monotonic()
        try:
            return av.open(
                self._address(),
                format="rtsp",
                options={**_OPTIONS, "timeout": str(int(limit * 1e6))},
                metadata_errors="replace",  # session names in GBK are common
                timeout=(2 * limit, limit),
            )
        except ffmpeg.TROUBLE as error:
            if isinstance(error, av.error.InvalidDataError) and self._clock.monotonic() - began >= limit:
                error = TimeoutError()  # how FFmpeg reports that no reply came
            failure = ffmpeg.translate(error, self._where, "open", limit)
        raise failure

    def _address(self) -> str:
        """The URL with the login in it: never kept, only handed on."""
        if self._login is None:
            return self._params.url
        user, secret = (_encode(part) for part in (self._login.username, self._login.password.reveal()))
        if len(user) + 1 + len(secret) > _LONGEST_LOGIN:
            raise SourceAuthFailed(
                ffmpeg.say(
                    self._where,
                    f"user and password are longer than FFmpeg can send ({_LONGEST_LOGIN} bytes, of which a "
                    "special character takes three); give Patrol a user with a shorter password",
                )
            )
        parts = urlsplit(self._params.url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{user}:{secret}@{host}"))


def _encode(text: str) -> str:
    """Percent-encode all that has a meaning in an address, and as little as possible: see _LONGEST_LOGIN."""
    return quote(text, safe="!$&'()*+,;=")


class RtspSession:
    """One connection. Only the thread that iterates `packets` touches FFmpeg after that has begun."""

    def __init__(
        self, container: InputContainer, stream: VideoStream, clock: Clock, where: str, limit_s: float
    ) -> None:
        self._container = container
        self._stream = stream
        self._clock = clock
        self._where = where
        self._limit = limit_s
        self._lock = threading.Lock()
        self._reading = False
        self._closed = False
        self._video = ffmpeg.announced(stream)

    @property
    def video(self) -> VideoFormat:
        """What was announced when it opened."""
        return self._video

    def packets(self) -> Iterator[Packet]:
        """Video packets as they arrive, Annex B, keyframes with their parameter sets.

        Raises:
            SourceError: every failure; the end of the stream, and `close`, are SourceEnded.
        """
        with self._lock:
            if self._closed:
                raise SourceEnded(ffmpeg.say(self._where, "closed"))
            self._reading = True
        try:
            yield from self._read()
        finally:
            with self._lock:
                self._reading = False
                self._closed = True
            ffmpeg.close(self._container)

    def close(self) -> None:
        """End the session. While another thread reads, that one closes it: FFmpeg allows nothing else."""
        with self._lock:
            self._closed = True
            if self._reading:
                return
        ffmpeg.close(self._container)

    def _read(self) -> Iterator[Packet]:
        sets = annexb.ParameterSetMemory(self._video.codec, self._video.extradata)
        demuxed = self._container.demux(self._stream)
        while not self._closed:
            raw = self._next(demuxed)
            if raw is None:
                continue
            data = bytes(raw)
            yield Packet(
                data=sets.complete(data) if raw.is_keyframe else data,
                is_keyframe=raw.is_keyframe,
                pts=raw.pts,
                dts=raw.dts,
                arrived=self._clock.monotonic(),
                at=self._clock.now(),
            )
        raise SourceEnded(ffmpeg.say(self._where, "closed"))

    def _next(self, demuxed: Iterator[av.Packet[VideoStream]]) -> av.Packet[VideoStream] | None:
        """The next packet; None for FFmpeg's empty one at the end."""
        try:
            raw = next(demuxed, None)
        except ffmpeg.TROUBLE as error:
            failure = ffmpeg.translate(error, self._where, "read", self._limit)
        else:
            if raw is not None:
                return raw if raw.size else None
            failure = SourceEnded(
                ffmpeg.say(self._where, "the stream ended; the camera went away or ended the session")
            )
        raise failure
