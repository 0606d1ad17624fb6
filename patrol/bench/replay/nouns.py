"""What a replay is given and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from patrol.core.candidate import Candidate
from patrol.core.detections import Look
from patrol.core.media import Pixels
from patrol.core.observation import Observation
from patrol.core.protocols import DetectorInfo
from patrol.core.sight import TaskSight
from patrol.core.zone import Zone

BEGINS = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
"""Wall-clock time at which a replay begins where nobody says otherwise: noon in China on an
ordinary Monday. Any fixed instant would do; it is part of every candidate's id."""

Transform = Callable[[Pixels, float], Pixels]
"""Changes a picture on its way to the detector and everything after it: RGB uint8 [h, w, 3] and the seconds
since the replay began, to RGB uint8 of any size. Called for the pictures that are looked at, in order. It may
keep pictures to show them again (a frozen camera), and must not change the one that it is given."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a clip is replayed.

    Attributes:
        loop_for_s: the clip begins anew until so many seconds are over, and is cut off there; None: once.
        at: wall-clock time of the first frame, aware.
        look_every_s: instead of the camera's own.
        transform: see `Transform`.
    """

    loop_for_s: float | None = None
    at: datetime = BEGINS
    look_every_s: float | None = None
    transform: Transform | None = None


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """One clip, as far as it could be read.

    Attributes:
        sha256: of the file.
        frames: decoded in one pass.
        seconds: of one pass, the last frame's own time included.
        complete: whether all that the container announces could be decoded; True, too, where it announces
            nothing (MPEG-TS).
        shortfall: what is missing, one sentence; empty where nothing is.
    """

    path: Path
    sha256: str
    width: int
    height: int
    frames: int
    seconds: float
    complete: bool
    shortfall: str


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One look of a replay, as `on_look` gets it.

    Attributes:
        second: since the replay began.
        frame: which frame of the clip, from 0.
        shown: with every detection that may be blurred.
        counted: with those that rules count, and their tracks.
        observations: what each rule said, by rule id; refused rules say nothing.
        began: candidates that began with this look.
        pixels: the picture as it was judged, full size, RGB; only until `on_look` returns.
    """

    second: float
    frame: int
    shown: Look
    counted: Look
    observations: Mapping[str, Observation]
    began: tuple[Candidate, ...]
    pixels: Callable[[], Pixels]


@dataclass(frozen=True, slots=True)
class SightChange:
    """A rule began to see, or ceased to, `second` seconds after the replay began."""

    second: float
    task: TaskSight


@dataclass(frozen=True, slots=True)
class Measured:
    """The values of one rule over a replay.

    Attributes:
        told: looks that said something; the others could not tell.
        present: looks at or above the level at which it begins.
        least, mean, most: of the value over the looks that told; None where none did.
        reasons: looks that could not tell, by the reason's code.
    """

    rule_id: str
    unit: str
    told: int
    present: int
    least: float | None
    mean: float | None
    most: float | None
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """All that one replay gave.

    Attributes:
        seconds: replayed, loops included.
        looks: taken.
        skipped: looks that were due and had to wait for a later frame, because theirs had holes.
        splices: seconds at which the clip began anew.
        candidates: newest revision of each, in order of beginning; open where the clip ended first.
        sights: whether each rule sees: refused ones, all others at the first look, then each change.
        values: by rule, in the order of the configuration.
        config_sha256: of the camera, its detector, its laws with their notices, what its rules look closer
            with, and the site's time zone, with all defaults filled in.
        zones: where each rule looks, by rule id; those about the camera itself (`camera.frozen`) among them.
    """

    clip: ClipFacts
    camera_id: str
    at: datetime
    look_every_s: float
    seconds: float
    looks: int
    skipped: int
    splices: tuple[float, ...]
    candidates: tuple[Candidate, ...]
    sights: tuple[SightChange, ...]
    values: tuple[Measured, ...]
    model: DetectorInfo
    config_sha256: str
    zones: Mapping[str, Zone]

    def second_of(self, moment: datetime) -> float:
        """Seconds since the replay began of a wall-clock time in it."""
        return (moment - self.at) / timedelta(seconds=1)
