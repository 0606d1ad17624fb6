"""The stages between cameras and candidates, wired."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from patrol.config.load import Loaded
from patrol.config.settings import Settings
from patrol.core.candidate import Evidence
from patrol.core.protocols import CandidateSink, Clock
from patrol.vision.candidates.engine import CandidateEngine
from patrol.vision.candidates.evidence.blur import blur_heads
from patrol.vision.candidates.evidence.recorder import EvidenceRecorder
from patrol.vision.candidates.evidence.vault import Vault
from patrol.vision.decode.keyframes import KeyframeDecoder
from patrol.vision.decode.still import decode_full, encode_jpeg
from patrol.vision.media.looks import Looks
from patrol.vision.sources.mailbox import Mailbox
from patrol.vision.worker.cameras import CameraUnit, build_cameras
from patrol.vision.worker.detecting import SharedDetector, build_detectors
from patrol.vision.worker.eyes import build_eye
from patrol.vision.worker.loop import LookedAt, LookLoop
from patrol.vision.worker.seeing import PictureSizes

MB = 1_000_000


class LastLooks:
    """The newest look of each camera, for the status and for the picture that is shown."""

    def __init__(self) -> None:
        self.pictures = Looks(decode_full, encode_jpeg, blur_heads)
        self._looks: dict[str, LookedAt] = {}

    def seen(self, looked: LookedAt) -> None:
        """Remember a look."""
        self._looks[looked.look.camera_id] = looked
        self.pictures.set(looked.look.camera_id, looked.keyframe, looked.look)

    def get(self, camera_id: str) -> LookedAt | None:
        """The newest look of a camera."""
        return self._looks.get(camera_id)


@dataclass(frozen=True, slots=True)
class Vision:
    """All that looks, built and not started."""

    units: Mapping[str, CameraUnit]
    detectors: Mapping[str, SharedDetector]
    vault: Vault
    recorder: EvidenceRecorder
    engine: CandidateEngine
    loop: LookLoop
    last: LastLooks = field(default_factory=LastLooks)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the stages are built into: the worker's id, its sink, and what may go when the disk is full."""

    worker_id: str
    sink: CandidateSink
    removable: Callable[[], Iterable[str]]
    data_dir: Path
    clock: Clock


def build_vision(
    loaded: Loaded, settings: Settings, environ: Mapping[str, str], around: Surroundings
) -> Vision:
    """Build every stage.

    Raises:
        ConfigError, PluginError: the configuration cannot be run.
        ModelError: a detector cannot do what its manifest says.
        EvidenceError: the evidence folder cannot be used.
    """
    cv2.setNumThreads(1)  # its own threads know nothing of the evidence thread's low priority
    mailbox = Mailbox()
    detectors = build_detectors(loaded.streams, settings.cache_dir, around.clock)
    inputs = {name: (one.info.height, one.info.width) for name, one in detectors.items()}
    units = build_cameras(loaded, environ, mailbox, around.clock, inputs)
    vault = Vault(
        around.data_dir / "evidence", settings.evidence_max_mb * MB, settings.evidence_min_free_mb * MB
    )
    recorder, engine = _candidates(units, detectors, vault, around)
    last, sizes = LastLooks(), PictureSizes(loaded.streams.cameras)

    def seen(looked: LookedAt) -> None:
        sizes.seen(looked.look)
        last.seen(looked)

    loop = LookLoop(
        keyframes=mailbox,
        decoder=KeyframeDecoder(),
        eyes={
            camera: build_eye(unit.config, detectors[unit.config.detector], unit.watched.rules)
            for camera, unit in units.items()
        },
        engine=engine,
        looked=lambda camera, ok, why: units[camera].reader.looked(ok, why),
        seen=seen,
        full=decode_full,
        clock=around.clock,
    )
    return Vision(units, detectors, vault, recorder, engine, loop, last)


def _candidates(
    units: Mapping[str, CameraUnit],
    detectors: Mapping[str, SharedDetector],
    vault: Vault,
    around: Surroundings,
) -> tuple[EvidenceRecorder, CandidateEngine]:
    """Recorder and engine, which call each other."""

    def done(candidate: str, pieces: tuple[Evidence, ...]) -> None:
        engine.evidence_done(candidate, pieces)

    people = next(iter(detectors.values())).people
    recorder = EvidenceRecorder(vault, people, done, removable=around.removable)
    watched = [unit.watched for unit in units.values()]
    engine = CandidateEngine(around.worker_id, watched, around.sink, recorder, around.clock)
    return recorder, engine
