"""H.264 and H.265 byte streams in Annex B form: units, parameter sets, and who lacks them.

Pure functions on bytes (ITU-T H.264 and H.265, annex B and table 7-1 of each). What both a source and a
decoder need to know about a keyframe, without a library.
"""

from __future__ import annotations

from collections.abc import Iterator

START = b"\0\0\0\1"
PARAMETER_SETS = {"h264": (7, 8), "hevc": (32, 33, 34)}
"""Unit types of SPS and PPS; of VPS, SPS and PPS."""
_LAST_SLICE = {"h264": 5, "hevc": 31}
_SPS = {"h264": 7, "hevc": 33}


def unit_type(codec: str, unit: bytes) -> int:
    """nal_unit_type of one unit without its start code; -1 for an empty one."""
    if not unit:
        return -1
    return unit[0] & 0x1F if codec == "h264" else (unit[0] >> 1) & 0x3F


def is_slice(codec: str, kind: int) -> bool:
    """Whether units of this type carry picture data."""
    return (1 if codec == "h264" else 0) <= kind <= _LAST_SLICE[codec]


def units(data: bytes) -> Iterator[bytes]:
    """The units of a byte stream, without start codes, in order."""
    at = data.find(b"\0\0\1")
    while at >= 0:
        begin = at + 3
        at = data.find(b"\0\0\1", begin)
        end = len(data) if at < 0 else at
        yield data[begin:end].rstrip(b"\0")


def parameter_sets(codec: str, data: bytes) -> dict[int, tuple[bytes, ...]]:
    """Parameter sets ahead of the first slice, by unit type; empty for other codecs."""
    wanted = PARAMETER_SETS.get(codec)
    found: dict[int, tuple[bytes, ...]] = {}
    if wanted is None:
        return found
    for unit in units(data):
        kind = unit_type(codec, unit)
        if is_slice(codec, kind):
            break
        if kind in wanted:
            found[kind] = (*found.get(kind, ()), unit)
    return found


def has_parameter_sets(codec: str, data: bytes) -> bool:
    """Whether the units ahead of the first slice suffice to decode it. True for other codecs."""
    return parameter_sets(codec, data).keys() == set(PARAMETER_SETS.get(codec, ()))


def sps(codec: str, data: bytes) -> tuple[bytes, ...]:
    """Sequence parameter sets ahead of the first slice: they change when the picture's size does."""
    return parameter_sets(codec, data).get(_SPS.get(codec, -1), ())


def extradata_to_annexb(codec: str, extradata: bytes) -> bytes:
    """Codec configuration of a container (avcC, hvcC) as Annex B; what already is Annex B stays.

    Returns b"" for a configuration that cannot be read: keyframes then have to carry their own.
    """
    if codec not in PARAMETER_SETS or not extradata or extradata.startswith((b"\0\0\1", START)):
        return extradata
    try:
        found = _avcc(extradata) if codec == "h264" else _hvcc(extradata)
    except IndexError:
        return b""
    return b"".join(START + unit for unit in found)


class ParameterSetMemory:
    """The latest parameter sets of one connection, so that each keyframe can be given those it lacks."""

    def __init__(self, codec: str, extradata: bytes) -> None:
        self._codec = codec
        self._latest = parameter_sets(codec, extradata)

    def complete(self, data: bytes) -> bytes:
        """A keyframe with all its parameter sets ahead of it: its own, else the latest known ones."""
        own = parameter_sets(self._codec, data)
        self._latest.update(own)
        missing = [kind for kind in PARAMETER_SETS.get(self._codec, ()) if kind not in own]
        if not missing:
            return data
        prefix = b"".join(START + unit for kind in missing for unit in self._latest.get(kind, ()))
        return prefix + data


def _avcc(extradata: bytes) -> list[bytes]:
    """ISO/IEC 14496-15, 5.3.3.1: counted lists of SPS, then PPS, each with a 16-bit length."""
    found: list[bytes] = []
    at = 5
    for mask in (0x1F, 0xFF):
        count = extradata[at] & mask
        at += 1
        for _ in range(count):
            unit, at = _sized(extradata, at)
            found.append(unit)
    return found


def _hvcc(extradata: bytes) -> list[bytes]:
    """ISO/IEC 14496-15, 8.3.3.1: arrays of units by type after 22 bytes of header."""
    found: list[bytes] = []
    at = 23
    for _ in range(extradata[22]):
        count = extradata[at + 1] << 8 | extradata[at + 2]
        at += 3
        for _ in range(count):
            unit, at = _sized(extradata, at)
            found.append(unit)
    return found


def _sized(data: bytes, at: int) -> tuple[bytes, int]:
    size = data[at] << 8 | data[at + 1]
    end = at + 2 + size
    if end > len(data):
        raise IndexError
    return data[at + 2 : end], end
