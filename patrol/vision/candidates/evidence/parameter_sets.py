"""What is read from Annex B without decoding it: is there video, has its format changed, to what size."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import av
from av.error import FFmpegError

from patrol.core.media import VideoFormat

_START = re.compile(rb"\x00\x00\x01")
_LIMIT = 4096
"""Bytes of a keyframe that are searched: parameter sets come first and take some hundred bytes at most."""


def of(codec: str, keyframe: bytes) -> bytes:
    """The sequence parameter sets of an Annex B keyframe, b"" for other codecs: equal bytes, equal format."""
    if codec not in {"h264", "hevc"}:
        return b""
    starts = [match.end() for match in _START.finditer(keyframe, 0, _LIMIT)]
    ends = [start - 3 for start in starts[1:]] + [len(keyframe)]
    units = [keyframe[start:end] for start, end in zip(starts, ends, strict=False) if start < end]
    return b"".join(unit.rstrip(b"\x00") for unit in units if _is_sequence_set(codec, unit[0]))


def holds_video(codec: str, data: bytes) -> bool:
    """Whether there is any unit in an access unit. Without a start code it is noise that no file can hold."""
    if codec not in {"h264", "hevc"}:
        return bool(data)
    first = _START.search(data)
    return first is not None and first.end() < len(data)


def _is_sequence_set(codec: str, header: int) -> bool:
    """By the unit type in the header's first byte: 7 in H.264 (7.4.1), 33 in H.265 (7.4.2.2)."""
    return header & 0x1F == 7 if codec == "h264" else header >> 1 & 0x3F == 33


def true_format(announced: VideoFormat, keyframe: bytes) -> VideoFormat:
    """`announced` with the size that the keyframe itself states; unchanged where that cannot be read."""
    if announced.codec not in {"h264", "hevc"}:
        return announced
    try:
        with av.open(io.BytesIO(keyframe), format=announced.codec) as container:
            stated = container.streams.video[0].codec_context
            width, height = stated.width, stated.height
    except (FFmpegError, IndexError):
        return announced
    return replace(announced, width=width, height=height) if width and height else announced
