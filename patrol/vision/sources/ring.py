"""The last minute of one camera, compressed: what evidence is cut from."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

from patrol.core.media import ClipPart, Packet, VideoFormat


@dataclass(slots=True)
class _Group:
    """A keyframe and what depends on it. `part` counts the formats and connections of the ring."""

    part: int
    video: VideoFormat
    packets: list[Packet] = field(default_factory=list)
    size: int = 0

    @property
    def begin(self) -> float:
        return self.packets[0].arrived

    @property
    def end(self) -> float:
        return self.packets[-1].arrived


class PacketRing:
    """Compressed packets of one camera, bounded in seconds and bytes. Safe to use from several threads.

    Whole groups (a keyframe and what follows it) leave at the old end, because the rest of one without its
    keyframe cannot be decoded. Two laws hold after every call: `bytes <= max_bytes`, and no packet is more
    than `max_seconds` older than the newest one offered. So a group that is alone over the bytes keeps its
    beginning, and its rest is refused; one that is alone over the seconds goes, and its rest is refused.
    """

    def __init__(self, max_seconds: float, max_bytes: int) -> None:
        self._max_seconds = max_seconds
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._groups: deque[_Group] = deque()
        self._video: VideoFormat | None = None
        self._part = 0
        self._open = False
        self._bytes = 0
        self._refused = 0

    def begin(self, video: VideoFormat) -> None:
        """A new connection, or a new format within one: packets before and after never share a part."""
        with self._lock:
            self._video = video
            self._part += 1
            self._open = False

    def add(self, packet: Packet) -> bool:
        """Offer the next packet; False where it was refused (no keyframe before it, or no room).

        Raises:
            ValueError: `begin` was not called.
        """
        with self._lock:
            if self._video is None:
                raise ValueError("packets before a format")
            self._forget_before(packet.arrived - self._max_seconds)
            kept = (packet.is_keyframe or self._open) and self._has_room(packet)
            if kept:
                self._append(packet, self._video)
            self._open = kept
            self._refused += not kept
            return kept

    def cut(self, begin: float, end: float) -> list[ClipPart]:
        """What arrived between two monotonic times, in order.

        Each part is of one connection and format, and begins with a keyframe: the first one with the last
        keyframe at or before `begin` where the connection was up then. Empty where nothing is kept.
        """
        with self._lock:
            groups = list(self._groups)
        parts: list[tuple[int, VideoFormat, list[Packet]]] = []
        for at, group in enumerate(groups):
            follower = groups[at + 1] if at + 1 < len(groups) else None
            seamless = follower is not None and follower.part == group.part
            covered = follower.begin if follower is not None and seamless else group.end
            if group.begin > end or covered < begin or (seamless and covered == begin):
                continue
            packets = [packet for packet in tuple(group.packets) if packet.arrived <= end]
            if parts and parts[-1][0] == group.part:
                parts[-1][2].extend(packets)
            else:
                parts.append((group.part, group.video, packets))
        return [ClipPart(video, tuple(packets)) for _, video, packets in parts]

    @property
    def bytes(self) -> int:
        """Bytes of packets kept."""
        with self._lock:
            return self._bytes

    @property
    def seconds(self) -> float:
        """Seconds between the oldest and the newest packet kept."""
        with self._lock:
            return self._groups[-1].end - self._groups[0].begin if self._groups else 0.0

    @property
    def refused(self) -> int:
        """Packets that were not kept so far."""
        with self._lock:
            return self._refused

    def clear(self) -> None:
        """Forget all packets."""
        with self._lock:
            self._groups.clear()
            self._bytes = 0
            self._open = False

    def _append(self, packet: Packet, video: VideoFormat) -> None:
        if packet.is_keyframe:
            self._groups.append(_Group(self._part, video))
        self._groups[-1].packets.append(packet)
        self._groups[-1].size += len(packet.data)
        self._bytes += len(packet.data)

    def _has_room(self, packet: Packet) -> bool:
        """Make room at the old end; False where the packet's own group would have to go for it."""
        size = len(packet.data)
        own = 0 if packet.is_keyframe else 1
        while size <= self._max_bytes < self._bytes + size and len(self._groups) > own:
            self._drop_oldest()
        return self._bytes + size <= self._max_bytes

    def _forget_before(self, oldest: float) -> None:
        while self._groups and self._groups[0].begin < oldest:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        gone = self._groups.popleft()
        self._bytes -= gone.size
        if not self._groups:
            self._open = False
