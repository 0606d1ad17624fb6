"""The worker's own way from a picture to the persons that rules count, for pictures without a camera."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from patrol.bench.evaluation.count import Judge, Judged
from patrol.config.models import DetectorConfig
from patrol.config.policy import LookingConfig
from patrol.core import plugins
from patrol.core.detections import GREY_WIDTH, Look
from patrol.core.media import Picture
from patrol.vision.candidates.evidence.blur import SHOWN_THRESHOLD, persons
from patrol.vision.detection.automatic import plugin_for, this_machine
from patrol.vision.detection.build import PACKAGE, build_detector
from patrol.vision.detection.manifests import Manifest, catalogue
from patrol.vision.detection.unlisted import infer_manifest
from patrol.vision.worker.detecting import SharedDetector
from patrol.vision.worker.policy import policy_for

PERSON = "person"
BEST_THRESHOLD = {"yolox-grid": 0.45, "end-to-end": 0.2, "yolo-v8": 0.15}
"""Least score that counts a person who is tens of pixels high, by the model's layout: scores of different
networks do not compare. Error of the count in single looks on PETS09-S2L1 (100 frames), TUD-Campus (71):
YOLOX-nano 384x640: 0.40: 0.63, 0.51; 0.45: 0.52, 0.66; 0.50: 0.52, 0.86.
yolo26n_int8: 0.15: 0.49, 1.01; 0.20: 0.50, 0.85; 0.25: 0.62, 0.69.
yolo11n_int8: 0.10: 1.00, 0.87; 0.15: 0.53, 0.82; 0.20: 0.55, 0.86.
The best for PETS among those that are not far off on TUD. Over both, 0.40 and 0.25 are as good for the first
two (within a hundredth of the people): two scenes do not settle it.
Other models: the default of streams.yaml, 0.35, at which the SSD of the wheel is best on both, too. A worker
counts from `detectors.*.threshold` or `looking.thresholds`."""
TINY_THRESHOLD = 0.15
"""Where the truth is points on heads, people are tiny, and so are their scores: on beach_crowd three of four
boxes from 0.15 on are persons (YOLOX-nano in 6x5 tiles: 0.76). From 0.35 on nine of ten are, but two of three
people who were found are lost."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""When a picture without a camera was taken: nothing here goes by time."""


@dataclass(frozen=True, slots=True)
class Running:
    """A detector, and how it came to be.

    Attributes:
        detector: behind its threshold.
        file: name of a model file, empty where the model was named by id.
        sha256: of the model's file.
    """

    detector: SharedDetector
    file: str
    sha256: str

    def words(self) -> dict[str, object]:
        """What runs, for results."""
        info = self.detector.info
        return {
            "model": self.file or info.model_id,
            "sha256": self.sha256,
            "runtime": info.runtime,
            "arithmetic": info.precision,
            "input": [info.height, info.width],
            "threshold": self.detector.threshold,
            "note": info.note,
        }


def running(config: DetectorConfig, cache_dir: Path, *, tiny: bool) -> Running:
    """Load a detector as a worker does: it passes on all that may be blurred, and counts from its threshold.

    Args:
        config: a threshold that is not set there is `TINY_THRESHOLD`, or the layout's `BEST_THRESHOLD`.
        cache_dir: for model files.
        tiny: the persons to be counted are.

    Raises:
        PluginError: see `build_detector`.
        ModelError: see `build_detector`.
    """
    path = Path(config.model)
    is_file = "/" in config.model or config.model.endswith(".onnx")
    asked = config.threshold if "threshold" in config.model_fields_set else None
    least = min(SHOWN_THRESHOLD, SHOWN_THRESHOLD if asked is None else asked)
    built = build_detector(config.model_copy(update={"threshold": least}), cache_dir)
    manifest = catalogue().get(built.info.model_id) or _described(path)
    if asked is None:
        asked = TINY_THRESHOLD if tiny else BEST_THRESHOLD.get(manifest.layout, config.threshold)
    return Running(SharedDetector(built, asked), path.name if is_file else "", manifest.sha256)


def _described(path: Path) -> Manifest:
    """What a file without a manifest is taken for, as `build_detector` took it."""
    plugin = plugins.load(PACKAGE, plugin_for(this_machine(), "onnx"))
    return infer_manifest(path, plugin.describe(path))


def looking(detector: SharedDetector, config: LookingConfig) -> Judge:
    """How one camera with this section would see a picture.

    Raises:
        ConfigError: the section asks for what this detector cannot do.
    """
    policy = policy_for(config, detector, ())

    def judge(picture: Picture) -> Judged:
        width = min(GREY_WIDTH, picture.width)
        grey = picture.grey(width, max(1, round(picture.height * width / picture.width)))
        found = policy.merge(detector.detect(policy.prepare(picture, grey)))
        look = Look("", "", _EPOCH, 0.0, picture.width, picture.height, found, grey)
        return Judged(persons(found), policy.counted(look).of(PERSON))

    return judge
