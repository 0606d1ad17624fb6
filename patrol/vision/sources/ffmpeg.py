"""What both sources need of FFmpeg: its errors in Patrol's words, its streams and packets as plain values.

FFmpeg puts the whole address, password included, into its exceptions. So nothing of an exception's text
leaves this file, and whoever translates one raises the result outside the `except` block, which keeps the
original out of `__context__` as well.
"""

from __future__ import annotations

import contextlib
import io
from dataclasses import replace
from fractions import Fraction
from typing import Literal

import av
import av.error
import av.logging
from av.container import InputContainer
from av.video.stream import VideoStream

from patrol.core import annexb
from patrol.core.errors import (
    SourceAuthFailed,
    SourceEnded,
    SourceError,
    SourceGarbage,
    SourceNoVideo,
    SourceRefused,
    SourceTimeout,
)
from patrol.core.media import VideoFormat
from patrol.core.redact import redact

av.logging.set_level(None)  # FFmpeg's own log goes through the GIL and can deadlock (PyAV 751, 2276)

TROUBLE = (av.error.FFmpegError, OSError, ValueError, LookupError, RuntimeError, ArithmeticError, MemoryError)
"""What PyAV raises on bad input: damaged streams give IndexError and UnicodeDecodeError, too."""

Phase = Literal["open", "read", "file"]

_BAD_STREAM = (
    "what it sends cannot be read as a stream; restart the camera, or check that the address is video"
)
_SLOW = (TimeoutError, av.error.ExitError, BlockingIOError)
_GARBAGE = (
    av.error.InvalidDataError,
    av.error.DemuxerNotFoundError,
    av.error.PatchWelcomeError,
    av.error.BugError,
    IndexError,
    UnicodeError,
)
_ANY: tuple[Phase, ...] = ("open", "read", "file")
_MEANING: tuple[
    tuple[type[BaseException] | tuple[type[BaseException], ...], tuple[Phase, ...], type[SourceError], str],
    ...,
] = (
    (
        _SLOW,
        ("open",),
        SourceTimeout,
        (
            "no answer that can be read in {limit:g} s; check that the camera is on, that this is "
            "its RTSP port, and that its limit of clients is not reached"
        ),
    ),
    (
        _SLOW,
        ("read",),
        SourceTimeout,
        "connected, but nothing came for {limit:g} s; the camera or the network on the way is stuck",
    ),
    (
        av.error.HTTPUnauthorizedError,
        _ANY,
        SourceAuthFailed,
        (
            "user or password refused; check `credentials` of this camera: Patrol tries again only every "
            "five minutes, so that the camera does not lock the account"
        ),
    ),
    (_GARBAGE, _ANY, SourceGarbage, _BAD_STREAM),
    (
        av.error.HTTPForbiddenError,
        ("open",),
        SourceRefused,
        "this user may not see the stream; allow it in the camera's user settings",
    ),
    (
        av.error.HTTPNotFoundError,
        ("open",),
        SourceRefused,
        "there is no such path on the camera; check the address",
    ),
    (
        av.error.HTTPClientError,
        ("open",),
        SourceRefused,
        "the camera refused the request; check the address and the stream's settings",
    ),
    (
        av.error.HTTPServerError,
        ("open",),
        SourceRefused,
        "the camera reports a fault of its own, or too many clients; try fewer, or restart it",
    ),
    (
        av.error.ArgumentError,  # what the protocol whitelist gives for an address to be redirected to
        ("open",),
        SourceRefused,
        (
            "redirected to another address - refused, because the login would follow; if the camera has "
            "moved, enter its new address"
        ),
    ),
    (
        ConnectionRefusedError,
        ("open",),
        SourceRefused,
        "the connection was refused; check host and port, and that RTSP is switched on",
    ),
    (FileNotFoundError, ("file",), SourceRefused, "there is no such file; check the path"),
    (PermissionError, ("file",), SourceRefused, "it may not be read; check the file's owner and mode"),
    (
        av.error.ArgumentError,  # what the format whitelist gives
        ("file",),
        SourceGarbage,
        "this is no video file of a known kind; convert it to MP4 with H.264",
    ),
    (
        (EOFError, ConnectionError),
        _ANY,
        SourceEnded,
        "the other side closed the connection; the camera may be restarting",
    ),
    (
        OSError,
        _ANY,
        SourceTimeout,
        "not reachable ({reason}); check the host's name, its power and the network",
    ),
)
"""First match counts: most of FFmpeg's errors are also one of Python's."""


def translate(error: BaseException, where: str, phase: Phase, limit_s: float) -> SourceError:
    """The SourceError that an exception of PyAV means.

    Args:
        error: what PyAV raised; its text is not used.
        where: the camera or file for the message, without credentials.
        phase: whether it happened while connecting, while reading, or on opening a file.
        limit_s: the time that was allowed, for the message.
    """
    reason = getattr(error, "strerror", None) or type(error).__name__
    for kinds, phases, meaning, template in _MEANING:
        if phase in phases and isinstance(error, kinds):
            return meaning(say(where, template.format(limit=limit_s, reason=reason)))
    return SourceGarbage(say(where, f"{_BAD_STREAM} ({reason})"))


def say(where: str, reason: str) -> str:
    """`where: reason`, cleaned."""
    return redact(f"{where}: {reason}")


def video_stream(container: InputContainer, where: str) -> VideoStream:
    """The first video stream.

    Raises:
        SourceNoVideo: there is none.
    """
    for stream in container.streams.video:
        if stream.codec_context is not None:
            return stream
    raise SourceNoVideo(
        say(where, "no video in this stream; check the address: it may be the audio or a data channel")
    )


def announced(stream: VideoStream) -> VideoFormat:
    """What a stream says about itself, as plain values."""
    codec = stream.codec_context.name
    return VideoFormat(
        codec=codec,
        width=stream.codec_context.width,
        height=stream.codec_context.height,
        extradata=annexb.extradata_to_annexb(codec, bytes(stream.codec_context.extradata or b"")),
        time_base=stream.time_base or Fraction(1, 90000),
        rate=stream.average_rate or None,
    )


def reannounced(video: VideoFormat, keyframe: bytes) -> VideoFormat:
    """The format of a stream whose parameter sets changed, read from the keyframe that brought them."""
    sets = annexb.parameter_sets(video.codec, keyframe)
    extradata = b"".join(annexb.START + unit for kind in sorted(sets) for unit in sets[kind])
    width, height = 0, 0
    with contextlib.suppress(*TROUBLE), av.open(io.BytesIO(keyframe), format=video.codec) as container:
        context = container.streams.video[0].codec_context
        width, height = context.width, context.height
    return replace(video, width=width, height=height, extradata=extradata)


def close(container: InputContainer) -> None:
    """Close, whatever state a damaged stream has left the library in."""
    with contextlib.suppress(*TROUBLE):
        container.close()
