"""The state of one camera, from what happens to it. Pure: no clock, no threads, no I/O.

The state is judged from facts (connected or not, when the last packet and keyframe came, how the last looks
went, what the last error was) and not stepped from state to state, so that no order of events leads to a
state that the facts do not bear out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from patrol.core.camera import CameraHealth, CameraState
from patrol.core.errors import SourceAuthFailed, SourceError, SourceGarbage, SourceNoVideo, SourceRefused


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on both clocks.

    Attributes:
        mono: monotonic seconds, for durations.
        at: UTC, for people.
    """

    mono: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """When silence becomes a state. Seconds.

    Attributes:
        stall: without a packet. Frigate restarts its reader after 20; a person should know sooner.
        keyframe: without a keyframe. Looks are taken from keyframes only.
        blind: since the first of the bad looks; `blind_looks` of them in a row count as well.
        sparse: a gap between keyframes that is said aloud; smart codecs stretch it to 10 s and more.
    """

    stall: float = 10.0
    keyframe: float = 10.0
    blind: float = 10.0
    blind_looks: int = 3
    sparse: float = 5.0


_STICKY: tuple[tuple[type[SourceError], CameraState], ...] = (
    (SourceAuthFailed, CameraState.AUTH_FAILED),
    (SourceRefused, CameraState.REFUSED),
    (SourceNoVideo, CameraState.NO_VIDEO),
)


class CameraStates:
    """The state machine of one camera. Not thread-safe: its owner locks.

    `since` is when the state was first found to hold: `health` has to be asked about once a second.
    """

    def __init__(self, camera_id: str, now: Moment, limits: Limits = Limits()) -> None:
        self._id = camera_id
        self._limits = limits
        self._state = CameraState.CONNECTING
        self._since = now.at
        self._begin = now.mono
        self._connects = 0
        self._opened: float | None = None
        self._packet: float | None = None
        self._keyframe: float | None = None
        self._seen_keyframe = False
        self._gap: float | None = None
        self._error: SourceError | None = None
        self._retry: float | None = None
        self._bad_looks = 0
        self._bad_since = 0.0
        self._bad_detail = ""

    def connecting(self, now: Moment) -> None:
        """A connection is being tried."""
        if self._connects == 0 and self._error is None:
            self._begin = now.mono  # the first try: a detector that took long to load is no silent camera
        self._opened = None
        self._retry = None
        self._judge(now)

    def opened(self, now: Moment) -> None:
        """It is up; nothing has come yet."""
        self._opened = now.mono
        self._connects += 1
        self._seen_keyframe = False
        self._gap = None
        self._judge(now)

    def packet(self, now: Moment, *, is_keyframe: bool) -> None:
        """A packet came: whatever was wrong with the connection is over."""
        if self._opened is None:
            return
        self._packet = now.mono
        self._error = None
        if is_keyframe:
            if self._seen_keyframe and self._keyframe is not None:
                self._gap = now.mono - self._keyframe
            self._keyframe = now.mono
            self._seen_keyframe = True
        self._judge(now)

    def looked(self, now: Moment, *, ok: bool, detail: str = "") -> None:
        """A keyframe was decoded, or could not be (`detail` says why)."""
        if ok:
            self._bad_looks = 0
        else:
            self._bad_since = self._bad_since if self._bad_looks else now.mono
            self._bad_looks += 1
            self._bad_detail = detail
        self._judge(now)

    def failed(self, now: Moment, error: SourceError, retry_s: float) -> None:
        """The connection could not be made, or ended; the next try is in `retry_s` seconds."""
        self._opened = None
        if not isinstance(self._error, SourceAuthFailed) or isinstance(error, SourceAuthFailed):
            self._error = error
        self._retry = now.mono + retry_s
        self._judge(now)

    def health(self, now: Moment) -> CameraHealth:
        """The camera at this moment."""
        self._judge(now)
        return CameraHealth(
            camera_id=self._id,
            state=self._state,
            since=self._since,
            detail=self._detail(now),
            packet_age_s=None if self._packet is None else max(0.0, now.mono - self._packet),
            keyframe_gap_s=self._gap,
            connects=self._connects,
        )

    def _judge(self, now: Moment) -> None:
        state = self._state_at(now.mono)
        if state is not self._state:
            self._state = state
            self._since = now.at

    def _state_at(self, mono: float) -> CameraState:
        for kind, state in _STICKY:
            if isinstance(self._error, kind):
                return state
        if mono - self._last_sign() > self._limits.stall:
            # What is there answers, and it is no video: another device, a text file. Waiting helps nobody.
            garbage = isinstance(self._error, SourceGarbage)
            return CameraState.NO_VIDEO if garbage else CameraState.STALLED
        if self._opened is None or self._packet is None or self._packet < self._opened:
            return CameraState.CONNECTING
        return self._state_of_pictures(mono, self._packet)

    def _state_of_pictures(self, mono: float, last_packet: float) -> CameraState:
        """Packets come: do pictures?"""
        if last_packet - self._last_keyframe_or_opened() > self._limits.keyframe:
            return CameraState.NO_KEYFRAMES
        if not self._seen_keyframe:
            return CameraState.CONNECTING
        bad_for_long = self._bad_looks > 0 and mono - self._bad_since > self._limits.blind
        if self._bad_looks >= self._limits.blind_looks or bad_for_long:
            return CameraState.BLIND
        return CameraState.LIVE

    def _last_sign(self) -> float:
        return self._begin if self._packet is None else self._packet

    def _last_keyframe_or_opened(self) -> float:
        times = (self._opened, self._keyframe if self._seen_keyframe else None)
        return max(time for time in (*times, self._begin) if time is not None)

    def _detail(self, now: Moment) -> str:
        match self._state:
            case CameraState.LIVE:
                return self._live_detail()
            case CameraState.BLIND:
                why = f": {self._bad_detail}" if self._bad_detail else ""
                return (
                    f"the last {self._bad_looks} looks could not be decoded{why}; "
                    "restart the camera, or look at its network for losses"
                )
            case CameraState.NO_KEYFRAMES:
                age = now.mono - self._last_keyframe_or_opened()
                return (
                    f"video comes, but no keyframe for {age:.0f} s, so nothing can be looked at; "
                    "set the camera's I-frame interval to 2 s and switch its smart codec off"
                )
            case CameraState.CONNECTING if self._opened is not None:
                return "connected, waiting for the first keyframe"
            case CameraState.CONNECTING if self._error is None:
                return "connecting"
        return self._trouble(now)

    def _live_detail(self) -> str:
        if self._gap is not None and self._gap > self._limits.sparse:
            return (
                f"live, but keyframes come only every {self._gap:.1f} s, and so do looks; "
                "set the camera's I-frame interval to 2 s and switch its smart codec off"
            )
        return "live"

    def _trouble(self, now: Moment) -> str:
        why = str(self._error) if self._error else ""
        if not why or self._opened is not None:
            age = now.mono - self._last_sign()
            why = f"no packet for {age:.0f} s; check the camera's power and network"
        if self._retry is not None and self._opened is None:
            why += f" (next try in {max(0.0, self._retry - now.mono):.0f} s)"
        return why
