"""Sources, sessions and packets that do what a test says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from patrol.core.errors import SourceEnded, SourceError
from patrol.core.media import Keyframe, Packet, VideoFormat
from patrol.core.protocols import Session

EPOCH = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
VIDEO = VideoFormat("h264", 320, 240, b"", Fraction(1, 90000), Fraction(25))


def packet(arrived: float, *, key: bool = False, data: bytes = b"x") -> Packet:
    """A packet that arrived at this monotonic time."""
    ticks = round(arrived * 90000)
    return Packet(data, key, ticks, ticks, arrived, EPOCH + timedelta(seconds=arrived))


def keyframe(
    data: bytes, codec: str = "h264", camera_id: str = "cam", extradata: bytes = b"", look_id: str = "look"
) -> Keyframe:
    """A keyframe of these bytes."""
    video = VideoFormat(codec, 0, 0, extradata, Fraction(1, 90000), None)
    return Keyframe(camera_id, look_id, packet(0.0, key=True, data=data), video)


Step = Packet | SourceError | threading.Event | Callable[[], None]
"""What a session does next: give a packet, fail, wait for an event (hang), or call something."""


class ScriptedSession:
    """Does its steps and then ends. `close` does not wake it from an event: that is what hanging means."""

    def __init__(self, steps: Sequence[Step], video: VideoFormat) -> None:
        self._steps = steps
        self._video = video
        self.closed = 0

    @property
    def video(self) -> VideoFormat:
        return self._video

    def packets(self) -> Iterator[Packet]:
        for step in self._steps:
            match step:
                case Packet():
                    yield step
                case SourceError():
                    raise step
                case threading.Event():
                    step.wait(60)
                case _:
                    step()
        raise SourceEnded("scripted: over")

    def close(self) -> None:
        self.closed += 1


class ScriptedSource:
    """Opens one session after the other; the last one again and again. An error among them fails to open."""

    def __init__(self, *script: Sequence[Step] | SourceError, video: VideoFormat = VIDEO) -> None:
        self._script = list(script)
        self._video = video
        self.sessions: list[ScriptedSession] = []
        self.opens = 0

    def open(self) -> Session:
        turn = self._script[min(self.opens, len(self._script) - 1)]
        self.opens += 1
        if isinstance(turn, SourceError):
            raise turn
        session = ScriptedSession(turn, self._video)
        self.sessions.append(session)
        return session


def eventually(condition: Callable[[], object], within: float = 60.0) -> None:
    """Poll until something holds; the deadline is the failure."""
    gone = threading.Event()
    for _ in range(int(within / 0.01)):
        if condition():
            return
        gone.wait(0.01)
    raise AssertionError(f"did not come true within {within} s")
