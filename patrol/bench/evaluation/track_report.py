"""The page of `patrol eval track`: figures, tracks over time, and some pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from patrol.bench.evaluation import marks
from patrol.bench.evaluation.matching import MIN_OVERLAP
from patrol.bench.evaluation.plots import Series
from patrol.bench.evaluation.report import Report
from patrol.bench.evaluation.track import Followed
from patrol.bench.evaluation.track_running import Outcome
from patrol.core.geometry import iou
from patrol.core.media import Pixels

TRUE_SHOWN = 40
"""True tracks in the diagram; more are a smear."""


def written(folder: Path, title: str, result: Mapping[str, object], outcome: Outcome) -> Path:
    """Make and write the page.

    Raises:
        ConfigError: the folder cannot be written.
    """
    report = Report(title)
    rows = [(name, ", ".join(map(str, v)) if isinstance(v, list) else v) for name, v in result.items()]
    report.table(("measure", "value"), rows)
    first = outcome.runs[0]
    report.heading("Over time (first run)")
    report.plot(
        "Persons in each look",
        Series("true", [look.at for look in first], [float(len(look.true.ids)) for look in first]),
        Series("followed", [look.at for look in first], [float(len(look.ids)) for look in first], "points"),
        across="time, s",
        up="persons",
    )
    times, which, changed_at, changed = _held(first)
    report.plot(
        "True persons that were followed, one line of points each",
        Series("followed", times, which, "points"),
        Series("under another id than before", changed_at, changed, "points"),
        across="time, s",
        up="true person",
    )
    report.heading("Pictures")
    report.text("Green corners: the truth. Orange: followed. Heads are blurred.")
    for look in sorted((look for run in outcome.runs for look in run), key=lambda look: look.number):
        if look.number in outcome.pictures:
            ids = ", ".join(map(str, sorted(look.ids.tolist()))) or "none"
            report.picture(f"frame {look.number}", _drawn(look, outcome), f"frame {look.number}: ids {ids}")
    return report.write(folder)


def _held(run: list[Followed]) -> tuple[list[float], list[float], list[float], list[float]]:
    """When each true person was followed, and when under an id that is not the one before."""
    lines: dict[int, int] = {}
    last: dict[int, int] = {}
    times, which, changed_at, changed = list[float](), list[float](), list[float](), list[float]()
    for look in run:
        overlap = iou(look.true.boxes, look.boxes)
        for row, person in enumerate(look.true.ids.tolist()):
            line = lines.setdefault(person, len(lines) + 1)
            if line > TRUE_SHOWN or not overlap.shape[1] or overlap[row].max() < MIN_OVERLAP:
                continue
            track = int(look.ids[int(np.argmax(overlap[row]))])
            known = last.get(person, track) == track
            (times if known else changed_at).append(look.at)
            (which if known else changed).append(float(line))
            last[person] = track
    return times, which, changed_at, changed


def _drawn(look: Followed, outcome: Outcome) -> Pixels:
    pixels = outcome.pictures[look.number]
    people = [outcome.looks.found[look.number].boxes, look.true.boxes, look.true.ignored]
    pixels = marks.blurred(pixels, np.concatenate(people).astype(np.float32))
    pixels = marks.with_boxes(pixels, look.true.boxes, marks.GREEN, dashed=True)
    return marks.with_boxes(pixels, look.boxes, marks.ORANGE)
