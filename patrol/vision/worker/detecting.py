"""One detector, used by two threads: the looks, and the previews that need their heads found."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from patrol.config.models import DetectorConfig, StreamsConfig
from patrol.core.detections import Detections
from patrol.core.media import Picture, Pixels
from patrol.core.protocols import Clock, Detector, DetectorInfo, Prepared
from patrol.vision.candidates.evidence.blur import SHOWN_THRESHOLD
from patrol.vision.candidates.evidence.people import DecodedPicture
from patrol.vision.detection.build import build_detector

HUGE_WIDTH, HUGE_AREA, SURE_SCORE = 0.5, 0.4, 0.6
"""A "person" wider than half of the picture, or over two fifths of it, is one only when the detector is
sure. SSD MobileNet v2 takes groups, and whole squares, for one person: on PETS09-S2L1 in 5 of 199 pictures,
0.8 wide, at scores of 0.30 to 0.43, while real people there are at most 0.13 wide. It would count as one
more, and its blurred head would hide the scene. Somebody who really stands in front of the lens scores far
higher."""

TURN = 8
"""Inputs that are judged before another thread may have the detector: tiles of a few cameras are many. Eight
take 0.1 to 0.2 s with YOLOX-nano on one core; a preview waits for no more."""
PREVIEW_BATCH = 4
"""Pictures of a preview that are judged in one go: a look waits for at most four of them."""


class SharedDetector:
    """A detector behind a lock."""

    def __init__(self, detector: Detector, threshold: float) -> None:
        self._detector = detector
        self._lock = threading.Lock()
        self.threshold = threshold

    @property
    def info(self) -> DetectorInfo:
        """What runs."""
        return self._detector.info

    def words(self) -> str:
        """What runs and why, in one sentence."""
        i = self.info
        why = f"; {i.note}" if i.note else ""
        return f"{i.model_id} {i.width}x{i.height} on {i.runtime}, {i.precision}{why}"

    def prepare(self, picture: Picture) -> Prepared:
        """See `Detector.prepare`."""
        return self._detector.prepare(picture)

    def detect(self, batch: Sequence[Prepared]) -> list[Detections]:
        """See `Detector.detect`."""
        found: list[Detections] = []
        for start in range(0, len(batch), TURN):
            with self._lock:
                found += self._detector.detect(batch[start : start + TURN])
        return [plausible(each) for each in found]

    def people(self, pictures: Sequence[Pixels]) -> list[Detections]:
        """Find people to be blurred in pictures of shape [h, w, 3], RGB."""
        found: list[Detections] = []
        for start in range(0, len(pictures), PREVIEW_BATCH):
            batch = [self.prepare(DecodedPicture(p)) for p in pictures[start : start + PREVIEW_BATCH]]
            found += [seen.of("person", at_least=SHOWN_THRESHOLD) for seen in self.detect(batch)]
        return found


def plausible(found: Detections) -> Detections:
    """Without persons as large as the picture that the detector itself is not sure of."""
    size = found.boxes[:, 2:] - found.boxes[:, :2]
    huge = (size[:, 0] > HUGE_WIDTH) | (np.prod(size, axis=1) > HUGE_AREA)
    person = np.asarray([label == "person" for label in found.labels], np.bool_)[found.class_ids]
    return found.where(~(person & huge & (found.scores < SURE_SCORE)))


def build_detectors(streams: StreamsConfig, cache_dir: Path, clock: Clock) -> dict[str, SharedDetector]:
    """The detectors that cameras name, by name; one that no camera names is not loaded.

    Raises:
        PluginError: a plug-in cannot be used.
        ModelError: a model is not there, or does not do what its manifest says.
    """
    used = {camera.detector for camera in streams.cameras}
    built: dict[str, SharedDetector] = {}
    for name in sorted(used):
        config = streams.detectors.get(name, DetectorConfig())
        # A missed head is worse than a blurred lamp post: showing starts lower than counting.
        lower = config.model_copy(update={"threshold": min(config.threshold, SHOWN_THRESHOLD)})
        built[name] = SharedDetector(build_detector(lower, cache_dir, clock=clock), config.threshold)
    return built
