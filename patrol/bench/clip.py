"""A video file as a camera's stream: loaded once, packed for RTP, described for SDP."""

from __future__ import annotations

import base64
from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, cast

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer

from patrol.bench.rtp import (
    CLOCK_RATE,
    PAYLOAD_TYPE,
    AccessUnit,
    Codec,
    is_parameter_set,
    is_sent,
    nal_type,
    pack,
    split_annex_b,
)
from patrol.core.errors import SourceGarbage, SourceNoVideo

_FILTER = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}
_SSRC = 0x50415452
"""Any constant will do: every camera has a connection of its own."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip in memory that can be played for ever.

    Attributes:
        codec: `h264` or `hevc`.
        width: pixels.
        height: pixels.
        rate: frames a second, the mean over the clip.
        duration_s: of one loop, the last frame's own time included.
        units: in decoding order; the first is a keyframe.
        keyframes: indices into `units`.
        parameter_sets: VPS (H.265 only), SPS, PPS, without start codes.
        video_bytes: of the video itself, RTP not counted.
    """

    path: Path
    codec: Codec
    width: int
    height: int
    rate: float
    duration_s: float
    units: tuple[AccessUnit, ...]
    keyframes: tuple[int, ...]
    parameter_sets: tuple[bytes, ...]
    video_bytes: int

    @property
    def kbps(self) -> float:
        """Kilobits a second, the mean over the clip."""
        return self.video_bytes * 8 / 1000 / self.duration_s

    @property
    def gop_s(self) -> float:
        """Mean seconds between keyframes; of a clip with only one, its whole length."""
        return self.duration_s / len(self.keyframes)

    def start(self, phase: int, phases: int) -> int:
        """Where in the clip the camera group `phase` of `phases` begins.

        The scenes are spread over the clip, and the keyframes evenly over one keyframe interval, so that
        cameras show different things and their keyframes do not coincide.
        """
        key = self.keyframes[phase * len(self.keyframes) // phases]
        target = self.units[key].due_s + self.gop_s * phase / phases
        return bisect_left(self.units, target, key=lambda unit: unit.due_s) % len(self.units)

    def sdp(self) -> str:
        """The session description that DESCRIBE answers with."""
        lines = (
            "v=0",
            "o=- 0 0 IN IP4 127.0.0.1",
            "s=patrol farm",
            "c=IN IP4 127.0.0.1",
            "t=0 0",
            "a=control:*",
            "a=range:npt=now-",
            f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
            *self._format_lines(),
            f"a=framerate:{self.rate:g}",
            "a=control:trackID=0",
        )
        return "".join(f"{line}\r\n" for line in lines)

    def _format_lines(self) -> tuple[str, str]:
        sets = [base64.b64encode(unit).decode() for unit in self.parameter_sets]
        if self.codec == "h264":
            profile = self.parameter_sets[0][1:4].hex()
            detail = f"packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={','.join(sets)}"
            return f"a=rtpmap:{PAYLOAD_TYPE} H264/{CLOCK_RATE}", f"a=fmtp:{PAYLOAD_TYPE} {detail}"
        detail = f"sprop-vps={sets[0]};sprop-sps={sets[1]};sprop-pps={sets[2]}"
        return f"a=rtpmap:{PAYLOAD_TYPE} H265/{CLOCK_RATE}", f"a=fmtp:{PAYLOAD_TYPE} {detail}"


@dataclass(frozen=True, slots=True)
class _Raw:
    nals: list[bytes]
    is_keyframe: bool
    pts: int | None
    dts: int | None


def load_clip(path: Path) -> Clip:
    """Read a clip whose video is H.264 or H.265.

    Raises:
        SourceNoVideo: no video, a codec that cameras do not send, or no keyframe.
        SourceGarbage: the file cannot be read.
    """
    try:
        with av.open(str(path)) as container:
            return _load(path, container)
    except (av.FFmpegError, OSError, IndexError) as error:
        raise SourceGarbage(f"{path}: cannot be read as a clip: {error}; name an MP4 or MKV file") from None


def _load(path: Path, container: InputContainer) -> Clip:
    if not container.streams.video:
        raise SourceNoVideo(f"{path}: no video in it; name a clip with H.264 or H.265")
    stream = container.streams.video[0]
    name = stream.codec_context.name
    if name not in _FILTER:
        raise SourceNoVideo(f"{path}: its video is {name}; a farm camera sends H.264 or H.265: transcode it")
    codec = cast("Codec", name)
    raws = _read(container, stream, codec)
    if not raws:
        raise SourceNoVideo(f"{path}: no keyframe in it; transcode it with a keyframe every 2 s")
    rate = Fraction(stream.average_rate or 25)
    return _assemble(
        path, codec, (stream.width, stream.height), raws, (rate, Fraction(stream.time_base or 1))
    )


def _read(container: InputContainer, stream: Any, codec: Codec) -> list[_Raw]:
    """Access units from the first keyframe on, in decoding order."""
    annex_b = BitStreamFilterContext(_FILTER[codec], stream)
    raws: list[_Raw] = []
    for packet in container.demux(stream):
        if not packet.size:
            continue
        is_keyframe, pts, dts = packet.is_keyframe, packet.pts, packet.dts  # the filter empties the packet
        nals = [
            unit
            for filtered in annex_b.filter(packet)
            for unit in split_annex_b(bytes(filtered))
            if is_sent(codec, unit)
        ]
        if nals and (raws or is_keyframe):
            raws.append(_Raw(nals, is_keyframe, pts, dts))
    return raws


def _assemble(
    path: Path,
    codec: Codec,
    size: tuple[int, int],
    raws: list[_Raw],
    timing: tuple[Fraction, Fraction],
) -> Clip:
    sets = _parameter_sets(path, codec, raws)
    due, shown, duration = _times(raws, *timing)
    units = []
    for raw, due_s, shown_s in zip(raws, due, shown, strict=True):
        nals = [unit for unit in raw.nals if not is_parameter_set(codec, unit)]
        own = [unit for unit in raw.nals if is_parameter_set(codec, unit)]
        template, patches = pack([*(own or (sets if raw.is_keyframe else ())), *nals], codec, _SSRC)
        units.append(AccessUnit(template, patches, raw.is_keyframe, due_s, round(shown_s * CLOCK_RATE)))
    return Clip(
        path=path,
        codec=codec,
        width=size[0],
        height=size[1],
        rate=len(units) / duration,
        duration_s=duration,
        units=tuple(units),
        keyframes=tuple(index for index, unit in enumerate(units) if unit.is_keyframe),
        parameter_sets=sets,
        video_bytes=sum(len(unit) + 4 for raw in raws for unit in raw.nals),
    )


def _parameter_sets(path: Path, codec: Codec, raws: list[_Raw]) -> tuple[bytes, ...]:
    """One of each kind, in the order that decoders and SDP want: by type."""
    found: dict[int, bytes] = {}
    for raw in raws:
        for unit in raw.nals:
            if is_parameter_set(codec, unit):
                found.setdefault(nal_type(codec, unit), unit)
    if len(found) != (2 if codec == "h264" else 3):
        raise SourceGarbage(f"{path}: its parameter sets are incomplete; transcode it")
    return tuple(found[kind] for kind in sorted(found))


def _times(raws: list[_Raw], rate: Fraction, base: Fraction) -> tuple[list[float], list[float], float]:
    """When each unit is sent and shown, seconds from the first one sent, and the length of one loop."""
    dts = [raw.dts for raw in raws]
    if any(value is None for value in dts):  # a raw elementary stream: evenly spaced
        even = [float(index / rate) for index in range(len(raws))]
        return even, even, float(len(raws) / rate)
    sent = [float((value - cast("int", dts[0])) * base) for value in dts if value is not None]
    shown = [
        at if raw.pts is None else float((raw.pts - cast("int", dts[0])) * base)
        for raw, at in zip(raws, sent, strict=True)
    ]
    gaps = [b - a for a, b in pairwise(sent)]
    return sent, shown, sent[-1] + (median(gaps) if gaps else float(1 / rate))
