"""How well objects are followed from look to look: MOTA and IDF1 by the library `motmetrics`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from patrol.bench.evaluation.count import Size
from patrol.bench.evaluation.matching import MIN_OVERLAP
from patrol.bench.evaluation.truth import MotRows, require_inside, seen_frames
from patrol.core.detections import Detections, Ids, Look
from patrol.core.errors import ConfigError, PluginUnavailable
from patrol.core.geometry import Boxes, iou
from patrol.core.protocols import Tracker

LABELS = ("person",)
_SHARES = ("mota", "idf1", "idp", "idr")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAMES = {
    "mota": "mota",
    "idf1": "idf1",
    "idp": "idp",
    "idr": "idr",
    "idsw": "num_switches",
    "fragments": "num_fragmentations",
    "fp": "num_false_positives",
    "fn": "num_misses",
    "objects": "num_objects",
    "tracks_true": "num_unique_objects",
    "mostly_tracked": "mostly_tracked",
    "mostly_lost": "mostly_lost",
}
"""Our names for motmetrics' figures (Bernardin and Stiefelhagen 2008, "Evaluating multiple object tracking
performance"; Ristani et al. 2016, arXiv 1609.01775)."""


@dataclass(frozen=True, slots=True, eq=False)
class TrueLook:
    """What the truth says of one frame, in fractions of the picture.

    Attributes:
        ids: int64 [n].
        boxes: float32 [n, 4].
        ignored: float32 [k, 4]: rows with confidence 0; what lies on one is neither right nor wrong.
    """

    ids: Ids
    boxes: Boxes
    ignored: Boxes


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """One look that a tracker was given, with its answer: `ids` and `boxes` of what it follows, aligned."""

    number: int
    at: float
    true: TrueLook
    ids: Ids
    boxes: Boxes


def truth_looks(
    path: Path, rows: Mapping[int, MotRows], truth_size: Size, picture: Size
) -> dict[int, TrueLook]:
    """The truth by frame, from its first to its last one; one without rows in between is empty.

    Raises:
        ConfigError: it does not lie in a picture of that size.
    """
    boxes = np.concatenate([row.boxes for row in rows.values()])
    require_inside(path, (boxes[:, :2] + boxes[:, 2:]) / 2, truth_size, picture)
    nothing = MotRows(np.zeros(0, np.int64), np.zeros((0, 4)), np.zeros(0))
    return {number: _true(rows.get(number, nothing), truth_size) for number in seen_frames(rows)}


def _true(row: MotRows, size: Size) -> TrueLook:
    boxes = (row.boxes / np.asarray(size * 2, np.float64)).astype(np.float32)
    counts = row.scores > 0
    return TrueLook(row.ids[counts], boxes[counts], boxes[~counts])


def detections(row: MotRows | None, size: Size, threshold: float) -> Detections:
    """Rows of a MOT file of detections in pixels of `size`, those that score `threshold` or more."""
    if row is None:
        return Detections.none(LABELS)
    keep = row.scores >= threshold
    boxes = (row.boxes[keep] / np.asarray(size * 2, np.float64)).astype(np.float32)
    return Detections(boxes, row.scores[keep].astype(np.float32), np.zeros(len(boxes), np.int32), LABELS)


@dataclass(frozen=True, slots=True)
class Pace:
    """Which frames are looked at.

    Attributes:
        fps: frames a second, as they were filmed.
        step: frames from look to look.
        phases: runs, each of which begins some frames later than the one before: at a slow pace one run has
            few looks, and its figures are luck.
    """

    fps: float
    step: int
    phases: int

    @staticmethod
    def of(fps: float, every_s: float | None, phases: int) -> Pace:
        """Looks `every_s` seconds apart, as near as whole frames come; None: each frame."""
        step = max(1, round(fps * every_s)) if every_s is not None else 1
        return Pace(fps, step, min(phases, step))

    @property
    def every_s(self) -> float:
        """Seconds from look to look."""
        return self.step / self.fps

    def runs(self, numbers: range) -> list[range]:
        """The frames of each run."""
        starts = [run * self.step // self.phases for run in range(self.phases)]
        return [numbers[start :: self.step] for start in starts if start < len(numbers)]


def follow(
    run: Sequence[int], found: Mapping[int, Detections], truth: Mapping[int, TrueLook],
    tracker: Tracker, pace: Pace, picture: Size,
) -> list[Followed]:  # fmt: skip
    """Give a tracker the frames of one run; those without a picture are looks that did not happen."""
    followed = []
    for number in run:
        if number not in found:
            continue
        at = number / pace.fps
        seen = found[number]
        look = Look(
            "eval", f"eval-{number}", _EPOCH + timedelta(seconds=at), at, picture[0], picture[1], seen
        )
        ids = tracker.update(look)
        keep = (ids >= 0) & ~_on_ignored(seen.boxes, truth[number])
        followed.append(Followed(number, at, truth[number], ids[keep], seen.boxes[keep]))
    return followed


def _on_ignored(boxes: Boxes, true: TrueLook) -> NDArray[np.bool_]:
    """Boxes that lie on an ignored object and on no other."""
    on = (iou(boxes, true.ignored) >= MIN_OVERLAP).any(axis=1)
    other = (iou(boxes, true.boxes) >= MIN_OVERLAP).any(axis=1)
    return np.asarray(on & ~other, np.bool_)


def scored(runs: Sequence[Sequence[Followed]]) -> dict[str, float | int | None]:
    """The figures of all runs together; `motp` is the mean IoU of what was matched.

    Raises:
        PluginUnavailable: the library is not installed.
        ConfigError: there is nothing to score.
    """
    library = _library()
    if not any(len(look.true.ids) for run in runs for look in run):
        raise ConfigError("the truth has nobody in the frames that were looked at: there is nothing to score")
    accumulators = [_accumulated(library, run) for run in runs]
    host = library.metrics.create()
    table = host.compute_many(
        accumulators, metrics=[*_NAMES.values(), "motp", "num_detections"], generate_overall=True
    )
    overall = table.loc["OVERALL"]
    figures = {
        name: _share(float(overall[theirs])) if name in _SHARES else int(overall[theirs])
        for name, theirs in _NAMES.items()
    }
    return {**figures, "motp": _share(1 - float(overall["motp"]))}


def _accumulated(library: ModuleType, run: Sequence[Followed]) -> object:
    accumulator = library.MOTAccumulator(auto_id=False)
    for look in run:
        far = 1 - iou(look.true.boxes, look.boxes).astype(np.float64)
        far[far > 1 - MIN_OVERLAP] = np.nan
        accumulator.update(look.true.ids.tolist(), look.ids.tolist(), far, frameid=look.number)
    return accumulator


def _share(value: float) -> float | None:
    """As JSON has it: without NaN, which is what a share of nothing is."""
    return round(value, 4) if math.isfinite(value) else None


def _library() -> ModuleType:
    try:
        import motmetrics
    except ImportError:
        raise PluginUnavailable(
            "MOTA and IDF1 are computed by the package motmetrics, which is not installed; "
            "install Patrol with its extra: pip install 'patrol[eval]'"
        ) from None
    return motmetrics  # type: ignore[no-any-return]


class Given:
    """A Tracker that hands on ids that somebody else has given.

    Args:
        ids: by look id; a look that is not there had nobody in it.
    """

    def __init__(self, ids: Mapping[str, Ids]) -> None:
        self._ids = ids

    def update(self, look: Look) -> Ids:
        """See `Tracker.update`."""
        return self._ids.get(look.look_id, np.zeros(0, np.int64))
