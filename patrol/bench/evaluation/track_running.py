"""One run of `patrol eval track`: from files to figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from patrol.bench.evaluation import count_frames
from patrol.bench.evaluation.count_frames import Frame
from patrol.bench.evaluation.count_looking import looking, running
from patrol.bench.evaluation.track import Followed, Given, Pace, follow, scored, truth_looks
from patrol.bench.evaluation.track_looks import Looked, by_detector, by_file, fps_of, looked
from patrol.bench.evaluation.truth import MotRows, read_mot, seen_frames
from patrol.config.models import DetectorConfig
from patrol.config.policy import LookingConfig
from patrol.core.detections import Detections, Ids
from patrol.core.errors import ConfigError
from patrol.core.media import Pixels
from patrol.core.protocols import Tracker
from patrol.vision.tracking.tracker import GeometryTracker

TRACKERS = ("geometry", "given")
_NAMED = 5
"""Frames that are listed in words; the rest is a number."""
KEPT_PICTURES = 6
"""In a report, spread over the frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command was asked for; see its options."""

    path: Path
    truth: Path
    every_s: float | None = None
    fps: float | None = None
    phases: int = 1
    truth_size: tuple[int, int] | None = None
    detections: Path | None = None
    tracker: str = "geometry"
    model: str = "auto"
    input: tuple[int, int] | None = None
    threshold: float | None = None
    is_clip: bool = False

    def __post_init__(self) -> None:
        if self.tracker not in TRACKERS:
            raise ConfigError(f"--tracker {self.tracker}: there are {', '.join(TRACKERS)}")
        if self.tracker == "given" and self.detections is None:
            raise ConfigError("--tracker given takes the ids of a file: name it with --detections")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out.

    Attributes:
        runs: each look of each run.
        pace: at which it was looked.
        fps_from: where the frame rate stands.
        looks: what was found.
        missing: frames of the runs that have no picture.
        truth_size: pixels that the truth was taken to be drawn on.
        detector: what found the persons, for results.
        pictures: some frames for a report.
    """

    runs: list[list[Followed]]
    pace: Pace
    fps_from: str
    looks: Looked
    missing: int
    truth_size: tuple[int, int]
    detector: Mapping[str, object]
    pictures: Mapping[int, Pixels] = field(default_factory=dict)

    def figures(self) -> dict[str, object]:
        """For `--json`."""
        return {
            **scored(self.runs),
            "looks": sum(map(len, self.runs)),
            "runs": len(self.runs),
            "every_s": round(self.pace.every_s, 4),
            "fps": self.pace.fps,
            "fps_from": self.fps_from,
            "missing_frames": self.missing,
            **self.detector,
        }

    def remarks(self, wanted: Wanted) -> list[str]:
        """What does not match, in words."""
        said = []
        if self.fps_from == "assumed":
            said.append(
                f"{wanted.path} does not say how fast it was filmed: {self.pace.fps:g} frames a second"
            )
        asked = wanted.every_s
        if asked is not None and abs(self.pace.every_s - asked) > 0.05 * asked:
            said.append(
                f"looks are {self.pace.every_s:.3f} s apart, not {asked:g}: frames come at their times"
            )
        if self.missing:
            said.append(f"{self.missing} frames have no picture; they are looks that did not happen")
        if self.looks.unreadable:
            some = ", ".join(self.looks.unreadable[:_NAMED])
            said.append(f"{len(self.looks.unreadable)} of them cannot be decoded: {some}")
        if self.truth_size != self.looks.size:
            said.append(
                f"the truth of {_by(self.truth_size)} is scaled to pictures of {_by(self.looks.size)}"
            )
        elif wanted.truth_size is None:
            said.append(f"the truth is taken to be drawn on pictures of {_by(self.looks.size)}")
        return said


def run(wanted: Wanted, cache_dir: Path, *, with_pictures: bool = False) -> Outcome:
    """Do it.

    Raises:
        ConfigError: a file is not what it should be, or truth and pictures do not match.
        ModelError, PluginError: the detector cannot run.
    """
    rows = read_mot(wanted.truth)
    footage = count_frames.clip(wanted.path) if wanted.is_clip else count_frames.folder(wanted.path)
    fps, fps_from = (wanted.fps, "--fps") if wanted.fps else fps_of(wanted.path)
    pace = Pace.of(fps, wanted.every_s, wanted.phases)
    numbers = pace.runs(seen_frames(rows))
    every_one = {number for run in numbers for number in run}
    find, detector, given = _finding(wanted, cache_dir)
    pictures: dict[int, Pixels] = {}
    shown = _spread(sorted(every_one)) if with_pictures else set()

    def watch(frame: Frame, found: Detections) -> None:
        del found
        if frame.number in shown:
            pictures[frame.number or 0] = frame.picture.pixels(frame.picture.width, frame.picture.height)

    looks = looked(footage, every_one, find, watch)
    truth_size = wanted.truth_size or looks.size
    truth = truth_looks(wanted.truth, rows, truth_size, looks.size)
    runs = [follow(run, looks.found, truth, _tracker(wanted, given), pace, looks.size) for run in numbers]
    missing = sum(number not in looks.found for number in every_one)
    return Outcome(runs, pace, fps_from, looks, missing, truth_size, detector, pictures)


def _finding(
    wanted: Wanted, cache_dir: Path
) -> tuple[Callable[[Frame], Detections], dict[str, object], Mapping[int, MotRows]]:
    """How persons are found, in words for the result, and the rows of a file where one was named."""
    values: dict[str, object] = {"model": wanted.model, "precision": "f32", "input": wanted.input}
    if wanted.threshold is not None:
        values["threshold"] = wanted.threshold
    config = DetectorConfig.model_validate(values)
    if wanted.detections is not None:
        rows = read_mot(wanted.detections)
        words = {"detections": wanted.detections.name, "threshold": config.threshold}
        return by_file(rows, config.threshold), {"tracker": wanted.tracker, **words}, rows
    detector = running(config, cache_dir, tiny=False)
    judge = looking(detector.detector, LookingConfig())
    return by_detector(judge), {"tracker": wanted.tracker, **detector.words()}, {}


def _tracker(wanted: Wanted, given: Mapping[int, MotRows]) -> Tracker:
    if wanted.tracker == "geometry":
        return GeometryTracker()
    threshold = DetectorConfig().threshold if wanted.threshold is None else wanted.threshold
    ids: dict[str, Ids] = {f"eval-{n}": row.ids[row.scores >= threshold] for n, row in given.items()}
    return Given(ids)


def _spread(numbers: list[int]) -> set[int]:
    """Some of the frames, from the first to the last."""
    places = np.linspace(0, len(numbers) - 1, min(KEPT_PICTURES, len(numbers)))
    return {numbers[int(place)] for place in places}


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
