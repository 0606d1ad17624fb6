"""Runs a tracker of the packages `trackers` or `supervision` over looks; for benchmarks/tracking.py.

Started by the Python of an environment that has them; knows nothing of Patrol. Reads one JSON object from
stdin, {"jobs": [JOB, ...]}, and writes one to stdout, {"answers": [ANSWER, ...]}:

    JOB     {"tracker": "bytetrack", "options": {...}, "rate": 0.5, "runs": [RUN, ...]}
    RUN     [[seconds, [[left, top, right, bottom, score], ...]], ...]
    ANSWER  {"version": "trackers 2.6.1", "runs": [[[id, ...], ...], ...], "ms_per_look": 1.2}
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import sys
import time
from typing import Any

NAMES = {
    "sort": "SORTTracker",
    "bytetrack": "ByteTrackTracker",
    "ocsort": "OCSORTTracker",
    "cbiou": "CBIoUTracker",
    "botsort": "BoTSORTTracker",
}


class OfTrackers:
    """A tracker of `trackers`, told the time of each look."""

    package = "trackers"

    def __init__(self, name: str, options: dict[str, Any], rate: float) -> None:
        trackers = importlib.import_module("trackers")
        self._sv = importlib.import_module("supervision")
        options = dict(options)
        if "iou" in options:
            options["iou"] = getattr(trackers, options["iou"])()
        self._timed = bool(options.pop("timed", True))
        if name == "botsort":
            options["enable_cmc"] = False  # no picture is handed over; the cameras do not move
        self._tracker = getattr(trackers, NAMES[name])(frame_rate=rate, **options)

    def update(self, at: float, rows: list[list[float]]) -> list[int]:
        given = {"timestamp": at} if self._timed else {}
        found = self._tracker.update(_detections(self._sv, rows), **given)
        return _ids(found, rows)


class OfSupervision:
    """`supervision`'s own ByteTrack, which went in its later versions; it counts looks, not seconds."""

    package = "supervision"

    def __init__(self, options: dict[str, Any], rate: float) -> None:
        self._sv = importlib.import_module("supervision")
        # Below one look a second its buffer comes out as no look at all: max_time_lost = rate / 30 * buffer.
        self._tracker = self._sv.ByteTrack(frame_rate=max(1, round(rate)), **options)

    def update(self, at: float, rows: list[list[float]]) -> list[int]:
        del at
        found = self._tracker.update_with_detections(_detections(self._sv, rows))
        return _ids(found, rows)


def _detections(sv: Any, rows: list[list[float]]) -> Any:
    numpy = importlib.import_module("numpy")
    table = numpy.asarray(rows, numpy.float32).reshape(-1, 5)
    return sv.Detections(
        xyxy=table[:, :4],
        confidence=table[:, 4],
        class_id=numpy.zeros(len(table), int),
        data={"row": list(range(len(table)))},
    )


def _ids(found: Any, rows: list[list[float]]) -> list[int]:
    ids = [-1] * len(rows)
    if len(found) and found.tracker_id is not None:
        for row, track in zip(found.data["row"], found.tracker_id, strict=True):
            ids[int(row)] = int(track)
    return ids


def answer(job: dict[str, Any]) -> dict[str, Any]:
    runs, spent, looks, package = [], 0.0, 0, ""
    for run in job["runs"]:
        tracker = (
            OfSupervision(job["options"], job["rate"])
            if job["tracker"] == "supervision"
            else OfTrackers(job["tracker"], job["options"], job["rate"])
        )
        package = tracker.package
        begun = time.process_time()
        runs.append([tracker.update(at, rows) for at, rows in run])
        spent, looks = spent + time.process_time() - begun, looks + len(run)
    version = f"{package} {importlib.metadata.version(package)}"
    return {"version": version, "runs": runs, "ms_per_look": 1000 * spent / max(1, looks)}


def main() -> None:
    answers = [answer(job) for job in json.load(sys.stdin)["jobs"]]
    json.dump({"answers": answers}, sys.stdout)


if __name__ == "__main__":
    main()
