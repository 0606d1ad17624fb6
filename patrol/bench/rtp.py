"""Access units of H.264 and H.265 as RTP packets, interleaved in RTSP's TCP connection.

Packets are built once, when a clip is loaded, with their sequence numbers and timestamps left blank; sending
one is a copy and a patch a packet. That is what lets one process play dozens of cameras (RFC 6184, RFC 7798,
and RFC 2326 section 10.12 for the interleaving).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Codec = Literal["h264", "hevc"]

CLOCK_RATE = 90_000
"""RTP ticks a second; both payload formats fix it."""
PAYLOAD_TYPE = 96
"""First dynamic payload type (RFC 3551)."""
MAX_PAYLOAD = 1400
"""Bytes of payload a packet: an Ethernet frame less the headers, as cameras do it."""

_INTERLEAVED = struct.Struct(">cBHBBHII")
_PATCH = struct.Struct(">HI")
_PATCH_AT = 6
"""Offset of sequence number and timestamp in an interleaved packet: 4 bytes of RTSP, 2 of RTP before them."""

_PARAMETER_SETS: dict[Codec, tuple[int, ...]] = {"h264": (7, 8), "hevc": (32, 33, 34)}
_NOT_SENT: dict[Codec, tuple[int, ...]] = {"h264": (6, 9), "hevc": (35, 39, 40)}
"""Access unit delimiters and SEI: nothing that a picture needs."""


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One picture, packed and ready to be stamped.

    Attributes:
        template: its interleaved RTP packets, one after the other, sequence numbers and timestamps zero.
        patches: where in `template` each packet's sequence number stands.
        is_keyframe: decodable by itself; carries its parameter sets.
        due_s: when it is sent, seconds from the beginning of the clip.
        ticks: when it is shown, RTP ticks from the beginning of the clip.
    """

    template: bytes
    patches: tuple[int, ...]
    is_keyframe: bool
    due_s: float
    ticks: int

    def stamped(self, sequence: int, base_ticks: int) -> bytes:
        """The bytes to send; numbers wrap as RTP's do."""
        out = bytearray(self.template)
        ticks = (base_ticks + self.ticks) & 0xFFFFFFFF
        for number, at in enumerate(self.patches, sequence):
            _PATCH.pack_into(out, at, number & 0xFFFF, ticks)
        return bytes(out)


def split_annex_b(data: bytes) -> list[bytes]:
    """NAL units of an Annex B byte stream, without their start codes."""
    units: list[bytes] = []
    at = data.find(b"\0\0\1")
    while at >= 0:
        following = data.find(b"\0\0\1", at + 3)
        unit = data[at + 3 :] if following < 0 else data[at + 3 : following]
        # A four-byte start code leaves its first zero here, and an encoder may pad with more.
        units.append(unit.rstrip(b"\0") if following >= 0 else unit)
        at = following
    return [unit for unit in units if unit]


def nal_type(codec: Codec, unit: bytes) -> int:
    """The type field of a NAL unit's header."""
    return unit[0] & 0x1F if codec == "h264" else (unit[0] >> 1) & 0x3F


def is_parameter_set(codec: Codec, unit: bytes) -> bool:
    """Whether it is a VPS, SPS or PPS."""
    return nal_type(codec, unit) in _PARAMETER_SETS[codec]


def is_sent(codec: Codec, unit: bytes) -> bool:
    """Whether the farm sends it at all."""
    return nal_type(codec, unit) not in _NOT_SENT[codec]


def payloads(codec: Codec, unit: bytes, limit: int = MAX_PAYLOAD) -> Iterator[bytes]:
    """RTP payloads of one NAL unit: itself, or fragments (FU-A, FU) where it is longer than `limit`."""
    if len(unit) <= limit:
        yield unit
        return
    kind = nal_type(codec, unit)
    if codec == "h264":
        head, body = bytes([(unit[0] & 0xE0) | 28]), unit[1:]
    else:
        head, body = bytes([(unit[0] & 0x81) | (49 << 1), unit[1]]), unit[2:]
    step = limit - len(head) - 1
    for start in range(0, len(body), step):
        first, last = start == 0, start + step >= len(body)
        yield (
            head + bytes([(0x80 if first else 0) | (0x40 if last else 0) | kind]) + body[start : start + step]
        )


def pack(units: Sequence[bytes], codec: Codec, ssrc: int) -> tuple[bytes, tuple[int, ...]]:
    """Template and patch offsets of one access unit; the last packet carries the marker bit.

    Raises:
        ValueError: there is no NAL unit.
    """
    parts = [part for unit in units for part in payloads(codec, unit)]
    if not parts:
        raise ValueError("an access unit without a NAL unit")
    out, patches = bytearray(), []
    for number, part in enumerate(parts, 1):
        patches.append(len(out) + _PATCH_AT)
        marked = PAYLOAD_TYPE | (0x80 if number == len(parts) else 0)
        out += _INTERLEAVED.pack(b"$", 0, len(part) + 12, 0x80, marked, 0, 0, ssrc) + part
    return bytes(out), tuple(patches)
