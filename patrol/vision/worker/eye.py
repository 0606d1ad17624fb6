"""One camera between decoder and rules: what is asked of the detector, and what becomes of its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from patrol.core.detections import GREY_WIDTH, Detections, Look
from patrol.core.media import Grey, Keyframe, Picture
from patrol.core.protocols import DetectionPolicy, Prepared, Sighting, Tracker
from patrol.vision.worker.detecting import SharedDetector


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """A decoded picture, and the forms of it that are judged.

    Attributes:
        prepared: what the detector is to judge: the whole picture, or its tiles.
        grey: see `Look.grey`.
        picture: itself, for what looks closer: see `Look.picture`.
    """

    prepared: tuple[Prepared, ...]
    grey: Grey
    picture: Picture


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One look in its two forms.

    Attributes:
        shown: with every detection that may be blurred; without the picture, since it is kept.
        counted: with those that rules may count, followed by the camera's tracker, and the picture.
    """

    shown: Look
    counted: Look


class Eye:
    """Order of work of one camera's looks, the same in the worker and in a replay.

    Args:
        detector: may be shared with other cameras.
        policy: tiles, thresholds, day and night.
        sighting: judges the picture itself; None: nobody does.
        tracker: follows objects; None: nobody does.
    """

    def __init__(
        self,
        detector: SharedDetector,
        policy: DetectionPolicy,
        sighting: Sighting | None = None,
        tracker: Tracker | None = None,
    ) -> None:
        self.detector = detector
        self._policy = policy
        self._sighting = sighting
        self._tracker = tracker

    def glimpse(self, picture: Picture) -> Glimpse:
        """Take from a decoded picture all that is judged.

        Raises:
            DecodeError: it cannot be scaled.
        """
        width = min(GREY_WIDTH, picture.width)
        height = max(1, round(picture.height * width / max(1, picture.width)))
        grey = picture.grey(width, height)
        return Glimpse(self._policy.prepare(picture, grey), grey, picture)

    def judge(
        self, keyframe: Keyframe, glimpse: Glimpse, answers: Sequence[Detections], scene: int = 0
    ) -> Judged:
        """Make the look of one picture out of the detector's answers to `glimpse.prepared`, in order.

        `scene` is what the source says (`Look.scene`): a replay counts its splices; a sighting adds its own.
        """
        packet = keyframe.packet
        look = Look(
            keyframe.camera_id,
            keyframe.look_id,
            packet.at,
            packet.arrived,
            glimpse.picture.width,
            glimpse.picture.height,
            self._policy.merge(answers),
            glimpse.grey,
            scene=scene,
        )
        if self._sighting is not None:
            look = self._sighting.examine(look)
        counted = replace(look, detections=self._policy.counted(look), picture=glimpse.picture)
        if self._tracker is not None:
            counted = replace(counted, tracks=self._tracker.update(counted))
        return Judged(look, counted)
