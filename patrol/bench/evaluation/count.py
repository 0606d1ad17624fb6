"""How far the number of persons that a detector counts is from the true one, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray

from patrol.bench.evaluation.count_frames import Footage, Frame
from patrol.bench.evaluation.matching import holding, overlapping, pairs, unmatched
from patrol.bench.evaluation.truth import MotRows, require_inside, seen_frames
from patrol.core.detections import Detections
from patrol.core.errors import ConfigError
from patrol.core.geometry import Boxes
from patrol.core.media import Picture

Size = tuple[int, int]
"""Width and height, pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """What the truth says of one frame, in its own pixels.

    Attributes:
        persons: float64 [n, 4] boxes left, top, right, bottom, or [n, 2] points on heads.
        ignored: float64 [k, 4]: neither persons nor false alarms.
    """

    persons: NDArray[np.float64]
    ignored: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CountTruth:
    """A truth of one kind for many frames.

    Attributes:
        path: of its file.
        kind: `boxes` or `heads`.
        frames: by number for boxes, by file name for heads.
        size: pixels that it was drawn on; None: those of the pictures.
    """

    path: Path
    kind: str
    frames: Mapping[int | str, Marked]
    size: Size | None = None

    def key(self, number: int | None, name: str) -> int | str | None:
        """Under which key a frame would stand."""
        return number if self.kind == "boxes" else name

    def speaks_of(self, number: int | None, name: str) -> bool:
        """Whether a frame can be held against it."""
        return self.key(number, name) in self.frames

    def fractions(self, frame: Frame) -> Marked:
        """What it says of a frame, in fractions of the picture.

        Raises:
            ConfigError: it does not lie in a picture of that size.
        """
        marked = self.frames[self.key(frame.number, frame.name) or 0]
        own = (frame.picture.width, frame.picture.height)
        size = self.size or own
        if self.kind == "heads":
            require_inside(self.path, marked.persons, size, own)
        scale = np.asarray(size * 2, np.float64)
        return Marked(marked.persons / scale[: marked.persons.shape[1]], marked.ignored / scale)


def boxes_truth(path: Path, rows: Mapping[int, MotRows], size: Size | None) -> CountTruth:
    """Of a MOT file: rows with confidence 0 are ignored, as MOT says; a frame between rows has nobody."""
    nobody = np.zeros((0, 4))
    frames: dict[int | str, Marked] = dict.fromkeys(seen_frames(rows), Marked(nobody, nobody))
    for number, row in rows.items():
        frames[number] = Marked(row.boxes[row.scores > 0], row.boxes[row.scores <= 0])
    return CountTruth(path, "boxes", frames, size)


def heads_truth(path: Path, points: Mapping[str, NDArray[np.float64]], size: Size | None) -> CountTruth:
    """Of points on heads; a picture without any is not annotated, which is not the same as empty."""
    frames: dict[int | str, Marked] = {name: Marked(at, np.zeros((0, 4))) for name, at in points.items()}
    return CountTruth(path, "heads", frames, size)


@dataclass(frozen=True, slots=True)
class FrameCount:
    """One frame.

    Attributes:
        name: of the file, or `frame N`.
        number: None where the name has no digits.
        true: persons by the truth.
        counted: detections that are not of an ignored person.
        matched: of those, the ones that are a true person.
        ignored: detections that are of an ignored person.
    """

    name: str
    number: int | None
    true: int
    counted: int
    matched: int
    ignored: int


@dataclass(frozen=True, slots=True)
class Counted:
    """All frames of one run, in order.

    Attributes:
        frames: those that were held against the truth.
        without_truth: names of frames that the truth does not speak of; they count for nothing.
        without_picture: how many frames of the truth have no picture.
        unreadable: names of frames that could not be decoded.
        picture_size: of the first one.
        truth_size: that the truth was taken to be in.
    """

    frames: tuple[FrameCount, ...]
    without_truth: tuple[str, ...]
    without_picture: int
    unreadable: tuple[str, ...]
    picture_size: Size
    truth_size: Size


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What was found in one picture: all that may be blurred, and the persons that rules would count."""

    shown: Boxes
    persons: Detections


Judge = Callable[[Picture], Judged]
Watch = Callable[[Frame, FrameCount, Judged, Marked], None]
"""Told of every frame while its picture is good: for reports."""


def held_against(footage: Footage, truth: CountTruth, judge: Judge, watch: Watch | None = None) -> Counted:
    """Count in every frame that the truth speaks of.

    Raises:
        ConfigError: no frame has a truth, or the truth was drawn on pictures of another size.
        SourceError: a clip cannot be read.
    """
    run = _Run(truth)
    for frame in footage.frames(run.wanted, run.unreadable):
        marked = run.marked(frame)
        judged = judge(frame.picture)
        aspect = frame.picture.width / frame.picture.height
        count = counted_in(frame, marked, judged.persons.boxes, heads=truth.kind == "heads", aspect=aspect)
        run.frames.append(count)
        if watch is not None:
            watch(frame, count, judged, marked)
    return run.result()


@dataclass(slots=True)
class _Run:
    """What adds up while frames go by."""

    truth: CountTruth
    frames: list[FrameCount] = field(default_factory=list)
    without_truth: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    size: Size | None = None

    def wanted(self, number: int | None, name: str) -> bool:
        """Whether there is a truth for it; notes those without."""
        there = self.truth.speaks_of(number, name)
        if not there:
            self.without_truth.append(name)
        return there

    def marked(self, frame: Frame) -> Marked:
        """The frame's truth, in fractions; the first frame says whether its size can be right."""
        size = (frame.picture.width, frame.picture.height)
        if self.size is None:
            self.size = size
            self._require_inside(size)
        if self.truth.kind == "boxes" and self.truth.size is None and size != self.size:
            raise ConfigError(
                f"{frame.name} is {size[0]}x{size[1]} and those before are {self.size[0]}x{self.size[1]}: "
                f"which of them {self.truth.path} was drawn on is not known; say it with --truth-size WxH"
            )
        return self.truth.fractions(frame)

    def _require_inside(self, size: Size) -> None:
        if self.truth.kind != "boxes":
            return
        boxes = np.concatenate([marked.persons for marked in self.truth.frames.values()])
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        require_inside(self.truth.path, middles, self.truth.size or size, size)

    def result(self) -> Counted:
        """Everything, when all frames went by."""
        if not self.frames or self.size is None:
            there = ", ".join((self.without_truth + self.unreadable)[:3]) or "none"
            known = ", ".join(str(key) for key in list(self.truth.frames)[:3])
            raise ConfigError(
                f"{self.truth.path}: no frame can be held against it: it speaks of {known}, ..., and the "
                f"frames are {there}, ... A frame's number is the last number in the name of its file"
            )
        return Counted(
            tuple(self.frames),
            tuple(self.without_truth),
            len(self.truth.frames) - len(self.frames),
            tuple(self.unreadable),
            self.size,
            self.truth.size or self.size,
        )


def counted_in(frame: Frame, marked: Marked, found: Boxes, *, heads: bool, aspect: float) -> FrameCount:
    """Match what was found in one frame with its truth; persons first, then the ignored.

    Args:
        frame: which.
        marked: its truth, in fractions.
        found: boxes of persons [n, 4], in fractions.
        heads: the truth is points.
        aspect: the picture's width by its height.
    """
    persons, ignored = marked.persons.astype(np.float32), marked.ignored.astype(np.float32)
    possible = holding(found, persons, aspect) if heads else overlapping(found, persons)
    matched = pairs(possible)
    rest = unmatched(len(found), [row for row, _ in matched])
    of_ignored = len(pairs(overlapping(found[rest], ignored)))
    counted = len(found) - of_ignored
    return FrameCount(frame.name, frame.number, len(persons), counted, len(matched), of_ignored)


def smoothed(values: Sequence[float], looks: int) -> list[float]:
    """Median of each value and up to `looks` - 1 before it; what comes later is not known to a live camera.

    Raises:
        ValueError: `looks` is less than 1.
    """
    if looks < 1:
        raise ValueError(f"smoothing over {looks} looks; expected 1 or more")
    return [float(median(values[max(0, end - looks) : end])) for end in range(1, len(values) + 1)]


def figures(frames: Sequence[FrameCount], looks: int) -> dict[str, object]:
    """The measures of a run; `mae`, `bias` and `relative_error` are of the smoothed count.

    mae: mean of |counted - true|. bias: mean of counted - true. relative_error: mean of |counted - true| by
    true, over the frames with anybody in them. recall and precision are of single looks: matched by true, and
    by counted; None where nobody is there, or nothing was counted.
    """
    true = [frame.true for frame in frames]
    single = [float(frame.counted) for frame in frames]
    matched, counted = sum(frame.matched for frame in frames), sum(frame.counted for frame in frames)
    return {
        "frames": len(frames),
        "persons": sum(true),
        **_errors(true, smoothed(single, looks)),
        "recall": _share(matched, sum(true)),
        "precision": _share(matched, counted),
        "smooth": looks,
        "single_look": _errors(true, single),
    }


def _errors(true: Sequence[int], counted: Sequence[float]) -> dict[str, object]:
    relative = [abs(c - t) / t for c, t in zip(counted, true, strict=True) if t]
    return {
        "mae": round(fmean(abs(c - t) for c, t in zip(counted, true, strict=True)), 4),
        "bias": round(fmean(c - t for c, t in zip(counted, true, strict=True)), 4),
        "relative_error": round(fmean(relative), 4) if relative else None,
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
