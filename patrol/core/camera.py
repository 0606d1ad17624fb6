"""The states of a camera, and what is said about one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CameraState(StrEnum):
    """Where a camera's connection stands. Everything but LIVE means: Patrol does not see there."""

    CONNECTING = "connecting"
    LIVE = "live"
    STALLED = "stalled"
    """Connected or reconnecting, and no packet for longer than the time allowed."""
    AUTH_FAILED = "auth-failed"
    REFUSED = "refused"
    """Refused, unknown path, or redirected to another host."""
    NO_VIDEO = "no-video"
    NO_KEYFRAMES = "no-keyframes"
    """Packets arrive, but no keyframe for too long: nothing can be looked at."""
    BLIND = "blind"
    """Keyframes arrive, and none can be decoded."""


@dataclass(frozen=True, slots=True)
class CameraHealth:
    """One camera at one moment, as the state machine knows it.

    Attributes:
        since: when `state` began, UTC.
        detail: one sentence for people: why, and what to do. Without credentials.
        packet_age_s: seconds since the last packet, None before the first one.
        keyframe_gap_s: seconds between the last two keyframes, None before there were two.
        connects: connections made so far.
    """

    camera_id: str
    state: CameraState
    since: datetime
    detail: str
    packet_age_s: float | None
    keyframe_gap_s: float | None
    connects: int
