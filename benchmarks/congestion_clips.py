"""What cover and staying put come to on real traffic: where the default bounds of `congestion` were set.

    PATROL_TEST_DATA=... PATROL_TEST_MODELS=... python benchmarks/congestion_clips.py
    python benchmarks/congestion_clips.py --table

Replays each clip of traffic_clips, looped for 200 s, with the rule `congestion` on a lane zone as `patrol
eval scenes` draws it (the hull of where vehicles ever are), a look every 0.5, 1 and 2 s. Adds a row a clip
and model to results/congestion_clips.jsonl: the mean of `cover` and `stay_put` over the looks from 60 s on
(the window is full then), by seconds between looks, and the looks that could not tell. Whether the rule
raises a clip is what `patrol eval scenes` says.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import numpy as np

from patrol.bench import results
from patrol.bench.evaluation.labels import Labelled, read_labels
from patrol.bench.evaluation.scenes import VEHICLES, hull
from patrol.bench.evaluation.scenes_rule import CAMERA, Question, configuration, without_rules
from patrol.bench.machine import machine, source
from patrol.bench.replay.nouns import Options, Seen
from patrol.bench.replay.replaying import exact_detector, replay
from patrol.core.clock import SystemClock, iso
from patrol.core.observation import Presence

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "congestion_clips.jsonl"
LOOKS_S = (0.5, 1.0, 2.0)
LOOP_S, FULL_S = 200.0, 60.0
MODELS = ("yolox_nano.onnx", "yolo26n_int8.onnx")
THRESHOLD = 0.35


def measured(file: Labelled, model: str, every_s: float) -> dict[str, object]:
    """Means of one clip at one pace."""
    settings = {"look_every_s": every_s, "detector.threshold": THRESHOLD}
    question = Question("congestion", model, settings, "lane")
    loaded = configuration(question, 0.0)
    detector = exact_detector(loaded, CAMERA, Path("unused"))
    edges = [np.zeros((0, 2), np.float32)]

    def on_pass(seen: Seen) -> None:
        boxes = seen.counted.detections.of(*VEHICLES).boxes
        edges.extend((boxes[:, [0, 3]], boxes[:, [2, 3]]))

    replay(file.path, without_rules(loaded), CAMERA, detector, on_look=on_pass)
    loaded = configuration(question, 0.0, hull(np.concatenate(edges)))
    cover: list[float] = []
    stays: list[float] = []
    silent = 0

    def on_look(seen: Seen) -> None:
        nonlocal silent
        said = seen.observations["congestion"]
        if seen.second < FULL_S:
            return
        if said.presence is Presence.CANNOT_TELL:
            silent += 1
            return
        cover.append(float(said.parts["cover"]))
        stays.append(float(said.parts.get("stay_put", 0.0)))

    replay(file.path, loaded, CAMERA, detector, Options(loop_for_s=LOOP_S), on_look)
    return {
        "every_s": every_s,
        "looks": len(cover),
        "could_not_tell": silent,
        "cover": round(fmean(cover), 3) if cover else None,
        "stay_put": round(fmean(stays), 3) if stays else None,
    }


def table() -> Iterator[str]:
    """The newest row of each clip and model, in Markdown."""
    newest = {}
    for line in RESULTS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        newest[row["model"], row["label"], row["clip"]] = row["result"]
    yield "| clip, a look every 0.5 / 1 / 2 s | label | cover | stays put | could not tell |"
    yield "| --- | --- | --- | --- | --- |"
    for (model, label, clip), runs in sorted(newest.items()):
        columns = (" / ".join(_shown(run[name]) for run in runs) for name in ("cover", "stay_put"))
        silent = (run["could_not_tell"] / (run["looks"] + run["could_not_tell"]) for run in runs)
        shares = " / ".join(f"{share:.0%}" for share in silent)
        yield f"| {clip} ({model}) | {label} | {' | '.join(columns)} | {shares} |"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def main() -> None:
    """Measure, print, and add the rows; or print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--table", action="store_true", help="run nothing; print the stored rows as a table")
    asked = parser.parse_args()
    if asked.table:
        print("\n".join(table()))
        return
    clips = read_labels(Path(os.environ["PATROL_TEST_DATA"]) / "traffic_clips" / "labels.csv")
    for model in asked.models.split(","):
        path = Path(os.environ["PATROL_TEST_MODELS"]) / model
        for file in clips:
            runs = [measured(file, str(path), every_s) for every_s in LOOKS_S]
            print(model, file.name, file.label, json.dumps(runs), flush=True)
            row = {
                "at": iso(SystemClock().now()),
                **source(HERE),
                "machine": machine(),
                "model": path.stem,
                "clip": file.path.stem,
                "label": file.label,
                "threshold": THRESHOLD,
                "result": runs,
            }
            results.append(RESULTS, row)


if __name__ == "__main__":
    main()
