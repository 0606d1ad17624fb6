"""What a camera asks of its detector: the whole picture, and its tiles; by day, and by night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import structlog
from numpy.typing import NDArray

from patrol.config.policy import INPUTS, LookingConfig, Tiles
from patrol.core.detections import Detections, Look
from patrol.core.errors import ConfigError
from patrol.core.media import Grey, Picture
from patrol.core.protocols import DetectionPolicy, Prepared
from patrol.core.zone import Zone
from patrol.vision.candidates.evidence.blur import PERSON, SHOWN_THRESHOLD
from patrol.vision.detection.merging import merged, without_nested
from patrol.vision.detection.tiling import WHOLE, FullSize, Tile, Window, grid, in_picture, touching
from patrol.vision.worker.daylight import Daylight, brightness
from patrol.vision.worker.detecting import SharedDetector, plausible

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WholePicture:
    """A DetectionPolicy: one pass over the whole picture, one threshold for all classes."""

    detector: SharedDetector

    def prepare(self, picture: Picture, grey: Grey) -> tuple[Prepared, ...]:
        """See `DetectionPolicy.prepare`."""
        del grey
        return (self.detector.prepare(picture),)

    def merge(self, answers: Sequence[Detections]) -> Detections:
        """See `DetectionPolicy.merge`."""
        (only,) = answers
        return only

    def counted(self, look: Look) -> Detections:
        """See `DetectionPolicy.counted`."""
        found = look.detections
        return without_nested(found.where(found.scores >= self.detector.threshold), PERSON)


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """What is asked at one time of the day.

    Attributes:
        name: `day` or `night`.
        windows: parts of the picture that are searched; the first one is the whole.
        thresholds: least score by class id, float32 [number of labels].
    """

    name: str
    windows: tuple[Window, ...]
    thresholds: NDArray[np.float32]


class CameraPolicy:
    """A DetectionPolicy with tiles, thresholds by class, and a night of its own.

    The whole picture is always searched too: what is larger than a tile is seen there.
    `prepare`, `merge` and `counted` of one picture come before those of the next. A change from day to night
    holds from the next picture on.

    Args:
        detector: may be shared.
        day: by day, or always.
        night: when `daylight` says so; None: never.
        daylight: day or night; None: always day.
        camera_id: for the log.
    """

    def __init__(
        self,
        detector: SharedDetector,
        day: Profile,
        night: Profile | None = None,
        daylight: Daylight | None = None,
        camera_id: str = "",
    ) -> None:
        self._detector = detector
        self._day, self._night = day, night or day
        self._daylight = daylight
        self._camera_id = camera_id
        self._now = day
        self._light: float | None = None

    @property
    def profile(self) -> str:
        """`day` or `night`: what the last picture was searched by."""
        return self._now.name

    @property
    def light(self) -> float | None:
        """Brightness of the last picture, 0 to 255; None where nobody asks for it."""
        return self._light

    def prepare(self, picture: Picture, grey: Grey) -> tuple[Prepared, ...]:
        """See `DetectionPolicy.prepare`."""
        self._choose(grey)
        whole = FullSize(picture)
        return tuple(self._input(whole, window) for window in self._now.windows)

    def merge(self, answers: Sequence[Detections]) -> Detections:
        """See `DetectionPolicy.merge`."""
        return plausible(merged(answers, self._now.windows))

    def counted(self, look: Look) -> Detections:
        """See `DetectionPolicy.counted`."""
        if self._daylight is not None and look.grey is not None:
            self._daylight.seen(brightness(look.grey), look.arrived)
        found = look.detections
        enough = found.scores >= self._now.thresholds[found.class_ids]
        return without_nested(found.where(enough), PERSON)

    def _input(self, whole: FullSize, window: Window) -> Prepared:
        if window == WHOLE:
            return self._detector.prepare(whole.picture)
        return in_picture(self._detector.prepare(Tile(whole, window)), window)

    def _choose(self, grey: Grey) -> None:
        if self._daylight is None:
            return
        self._light = brightness(grey)
        chosen = self._night if self._daylight.is_night(self._light) else self._day
        if chosen is not self._now:
            log.info("looking_changed", camera=self._camera_id, profile=chosen.name, light=round(self._light))
        self._now = chosen


def policy_for(
    looking: LookingConfig, detector: SharedDetector, zones: Sequence[Zone], camera_id: str = ""
) -> DetectionPolicy:
    """The policy of one camera.

    Args:
        looking: its section of streams.yaml.
        detector: that it uses.
        zones: those that its rules name; none, or the whole picture among them: every tile is searched.
        camera_id: for what is said about mistakes.

    Raises:
        ConfigError: a threshold names a class that the model does not know, or one that is never reached, or
            too many tiles are asked for.
    """
    if looking == LookingConfig():
        return WholePicture(detector)
    builder = _Builder(looking, detector, zones, camera_id)
    day = builder.profile("day", looking.tiles, looking.thresholds)
    if looking.night is None:
        return CameraPolicy(detector, day, camera_id=camera_id)
    night = builder.profile(
        "night", looking.night.tiles or looking.tiles, {**looking.thresholds, **looking.night.thresholds}
    )
    return CameraPolicy(detector, day, night, Daylight(looking.night.below_light), camera_id)


@dataclass(frozen=True, slots=True)
class _Builder:
    """Turns the words of a camera's section into profiles."""

    looking: LookingConfig
    detector: SharedDetector
    zones: Sequence[Zone]
    camera_id: str

    def profile(self, name: str, tiles: Tiles, thresholds: Mapping[str, float]) -> Profile:
        return Profile(name, (WHOLE, *self._tiles(tiles)), self._thresholds(thresholds))

    def _tiles(self, tiles: Tiles) -> tuple[Window, ...]:
        if tiles == (1, 1):
            return ()
        windows = grid(*tiles, self.looking.tile_overlap)
        if self.looking.tile_zones and self.zones:
            windows = touching(windows, [zone.corners() for zone in self.zones])
        if len(windows) + 1 > INPUTS:
            raise ConfigError(
                f"camera {self.camera_id}: looking.tiles {list(tiles)} asks for {len(windows)} tiles and the "
                f"whole picture, and a look may take {INPUTS} passes of the detector; take fewer tiles, or "
                "set `tile_zones: true` and give its rules smaller zones: only tiles that touch them count"
            )
        return windows

    def _thresholds(self, by_name: Mapping[str, float]) -> NDArray[np.float32]:
        labels = self.detector.info.labels
        least = min(self.detector.threshold, SHOWN_THRESHOLD)
        for name, score in by_name.items():
            if name not in labels:
                raise ConfigError(
                    f"camera {self.camera_id}: looking.thresholds names the class {name!r}, which the model "
                    f"{self.detector.info.model_id} does not know; it knows: {', '.join(labels)}"
                )
            if score < least:
                raise ConfigError(
                    f"camera {self.camera_id}: looking.thresholds asks for {name} from {score:g} on, and the "
                    f"detector passes on nothing under {least:g}; name {least:g} or more"
                )
        values = [by_name.get(label, self.detector.threshold) for label in labels]
        return np.asarray(values, np.float32)
