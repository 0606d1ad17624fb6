"""What moves between a source and a decoder: packets, keyframes, pictures, in FFmpeg's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""Shape [height, width, 3]."""
Grey = NDArray[np.uint8]
"""Luma, shape [height, width]."""


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """What one connection's video is. A source announces it once, when it opens.

    Attributes:
        codec: FFmpeg's name, `h264`, `hevc`, ...
        width: pixels, 0 where the stream has not said yet.
        height: pixels, 0 where the stream has not said yet.
        extradata: parameter sets from the container or the SDP, Annex B for H.264 and H.265.
        time_base: seconds per tick of pts and dts.
        rate: frames a second as announced, None where unknown.
    """

    codec: str
    width: int
    height: int
    extradata: bytes
    time_base: Fraction
    rate: Fraction | None


@dataclass(frozen=True, slots=True)
class Packet:
    """One compressed access unit. H.264 and H.265 are always Annex B here, whatever the container.

    Attributes:
        data: the bytes; a keyframe of H.264 or H.265 carries its parameter sets.
        is_keyframe: decodable by itself.
        pts: ticks, None where the stream gives none. Only differences inside one connection mean anything.
        dts: same.
        arrived: monotonic seconds of this process, the base of all durations.
        at: wall-clock arrival, UTC.
    """

    data: bytes
    is_keyframe: bool
    pts: int | None
    dts: int | None
    arrived: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Keyframe:
    """One keyframe on its way to the decoder, with what the decoder needs to know about its stream."""

    camera_id: str
    look_id: str
    packet: Packet
    video: VideoFormat


@dataclass(frozen=True, slots=True)
class ClipPart:
    """Consecutive packets of one connection, beginning with a keyframe: what evidence is cut from."""

    video: VideoFormat
    packets: tuple[Packet, ...]


class Picture(Protocol):
    """A decoded frame that is converted only to the size somebody asks for."""

    @property
    def width(self) -> int:
        """Pixels."""
        ...

    @property
    def height(self) -> int:
        """Pixels."""
        ...

    def pixels(self, width: int, height: int, order: Literal["rgb", "bgr"] = "rgb") -> Pixels:
        """Scaled copy, shape [height, width, 3], uint8."""
        ...

    def grey(self, width: int, height: int) -> Grey:
        """Luma, scaled, shape [height, width], uint8."""
        ...
