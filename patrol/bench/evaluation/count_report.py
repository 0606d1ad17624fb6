"""The page of a count: figures, the count over the frames, and the frames that were counted worst."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from patrol.bench.evaluation import marks
from patrol.bench.evaluation.count import Counted, FrameCount, Judged, Marked, smoothed
from patrol.bench.evaluation.count_frames import Frame
from patrol.bench.evaluation.plots import Series
from patrol.bench.evaluation.report import Report
from patrol.core.geometry import Boxes
from patrol.core.media import Pixels

WORST, FIRST = 5, 1
"""Pictures in the report: the first frame, and those with the largest error of a single look."""
SHOWN_ROWS = 60
"""Frames in the table; the plot shows all of them."""
SPARSE = 100
"""Numbers a frame, above which they are no places on an axis but times: one after the other then."""


class Samples:
    """Keeps the pictures that a report will show, blurred and marked, while the frames go by."""

    def __init__(self) -> None:
        self._first: list[tuple[FrameCount, Pixels]] = []
        self._worst: list[tuple[int, int, FrameCount, Pixels]] = []
        self._seen = 0

    def watch(self, frame: Frame, count: FrameCount, judged: Judged, marked: Marked) -> None:
        """Look at one frame; its picture is only drawn where it may be shown."""
        self._seen += 1
        error = abs(count.counted - count.true)
        if len(self._first) < FIRST:
            self._first.append((count, drawn(frame, judged, marked)))
        elif error and (len(self._worst) < WORST or error > self._worst[0][0]):
            kept = heapq.heappushpop if len(self._worst) == WORST else heapq.heappush
            # Of two equal errors the earlier frame stays.
            kept(self._worst, (error, -self._seen, count, drawn(frame, judged, marked)))

    def shown(self) -> list[tuple[FrameCount, Pixels]]:
        """The first frame, then the worst ones in the order of the frames."""
        worst = sorted(self._worst, key=lambda kept: -kept[1])
        return self._first + [(count, pixels) for _, _, count, pixels in worst]


def drawn(frame: Frame, judged: Judged, marked: Marked) -> Pixels:
    """The picture of a frame with heads blurred: truth green, counted orange, ignored blue."""
    pixels = frame.picture.pixels(frame.picture.width, frame.picture.height)
    true = marked.persons.astype(np.float32)
    heads = true.shape[1] == 2
    everybody = _around(true, judged) if heads else true
    pixels = marks.blurred(
        pixels, np.concatenate([judged.shown, everybody, marked.ignored]).astype(np.float32)
    )
    pixels = marks.with_boxes(pixels, judged.persons.boxes, marks.ORANGE)
    pixels = marks.with_boxes(pixels, marked.ignored.astype(np.float32), marks.BLUE, dashed=True)
    if heads:
        return marks.with_points(pixels, true, marks.GREEN)
    return marks.with_boxes(pixels, true, marks.GREEN, dashed=True)


def _around(points: Boxes, judged: Judged) -> Boxes:
    """A person's box for each head, of the median size of those that were found; small where none was."""
    size = np.array([0.01, 0.03], np.float32)
    if len(judged.persons):
        boxes = judged.persons.boxes
        size = np.median(boxes[:, 2:] - boxes[:, :2], axis=0).astype(np.float32)
    top = points - size * np.array([0.5, 1 / 15], np.float32)  # a head is 1/7.5 of a body: its middle 1/15
    around: Boxes = np.concatenate([top, top + size], axis=1)
    return around


def written(
    folder: Path, title: str, result: Mapping[str, object], counted: Counted, samples: Samples
) -> Path:
    """Make and write the page.

    Args:
        folder: for the page and its pictures.
        title: of the page.
        result: what the command prints, of single values and one level of tables.
        counted: all frames.
        samples: pictures to be shown.

    Raises:
        ConfigError: the folder cannot be written.
    """
    report = Report(title)
    report.table(("measure", "value"), _rows(result))
    report.heading("Over the frames")
    _plots(report, counted.frames, int(str(result["smooth"])))
    report.heading("Pictures")
    report.text(
        "Green corners or crosses: the truth. Orange boxes: counted. Blue corners: persons whom the truth "
        "ignores. Heads are blurred."
    )
    for frame, pixels in samples.shown():
        caption = f"{frame.name}: {frame.true} true, {frame.counted} counted"
        report.picture(Path(frame.name).stem, pixels, caption)
    report.heading("Frames")
    if len(counted.frames) > SHOWN_ROWS:
        report.text(f"The first {SHOWN_ROWS} of {len(counted.frames)}.")
    report.table(
        ("frame", "true", "counted", "matched", "ignored"),
        [(f.name, f.true, f.counted, f.matched, f.ignored) for f in counted.frames[:SHOWN_ROWS]],
    )
    return report.write(folder)


def _plots(report: Report, frames: Sequence[FrameCount], looks: int) -> None:
    places = [frame.number for frame in frames if frame.number is not None]
    if len(places) < len(frames) or max(places) - min(places) > SPARSE * len(places):
        places = list(range(1, len(frames) + 1))
    single = [float(frame.counted) for frame in frames]
    lines = [
        Series("true", places, [float(frame.true) for frame in frames]),
        Series("counted in a single look", places, single, "points"),
    ]
    if looks > 1:
        lines.insert(1, Series(f"median of {looks} looks", places, smoothed(single, looks)))
    report.plot("Persons in each frame", *lines, across="frame", up="persons")
    errors = Counter(frame.counted - frame.true for frame in frames)
    steps = sorted(errors)
    bars = Series("frames", steps, [float(errors[step]) for step in steps], "bars")
    report.plot("Error of a single look", bars, across="counted minus true, persons", up="frames")


def _rows(result: Mapping[str, object]) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for name, value in result.items():
        if isinstance(value, Mapping):
            rows += [(f"{name}: {inner}", _plain(of_it)) for inner, of_it in value.items()]
        else:
            rows.append((name, _plain(value)))
    return rows


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or None
    return value
