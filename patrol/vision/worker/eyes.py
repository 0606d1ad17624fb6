"""The Eye of a camera out of its configuration: one builder for the worker, replays and evaluations."""

from __future__ import annotations

from collections.abc import Sequence

from patrol.config.models import CameraConfig
from patrol.core.protocols import DetectionPolicy, Sighting, Tracker
from patrol.vision.candidates.engine import Rule
from patrol.vision.tracking.tracker import GeometryTracker
from patrol.vision.worker.detecting import SharedDetector
from patrol.vision.worker.eye import Eye
from patrol.vision.worker.policy import policy_for
from patrol.vision.worker.sighting import build_sighting


def build_eye(camera: CameraConfig, detector: SharedDetector, rules: Sequence[Rule]) -> Eye:
    """What looks at one camera: its policy, its sighting and its tracker around a detector.

    Each call gives an Eye with a state of its own; only the detector may be shared.

    Args:
        camera: its section of streams.yaml.
        detector: the one that it names.
        rules: of this camera, built: what is looked for, and in which zones.

    Raises:
        ConfigError: the camera asks for something that cannot be had.
    """
    return Eye(detector, _policy(camera, detector, rules), _sighting(camera), _tracker(rules))


def _policy(camera: CameraConfig, detector: SharedDetector, rules: Sequence[Rule]) -> DetectionPolicy:
    """Tiles, thresholds, day and night."""
    return policy_for(camera.looking, detector, [rule.zone for rule in rules], camera.id)


def _sighting(camera: CameraConfig) -> Sighting | None:
    """Judges the picture itself."""
    return build_sighting(camera)


def _tracker(rules: Sequence[Rule]) -> Tracker | None:
    """Follows objects from look to look, where there is a rule that may ask for it."""
    return GeometryTracker() if rules else None
