"""FFmpeg packets from bytes, the one safe way."""

from __future__ import annotations

import av
from av.stream import Stream


def packet_of(data: bytes) -> av.Packet[Stream]:
    """A packet that owns a copy of `data`, zero-padded behind its end as FFmpeg's readers require.

    `av.Packet(data)` points at Python's own bytes: a bit reader that runs over the end of a damaged stream
    (it may, by up to `AV_INPUT_BUFFER_PADDING_SIZE`, 64 bytes) then reads whatever lies behind them: foreign
    memory, steered by a camera. Seen: a cut H.265 keyframe that decoded or did not, by chance.
    """
    packet: av.Packet[Stream] = av.Packet(len(data))
    packet.update(data)
    return packet
