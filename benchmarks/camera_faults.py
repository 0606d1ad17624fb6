"""Is each fault of a camera named within 30 s, and none where there is none? Faults made from real clips.

    PATROL_TEST_DATA=... python benchmarks/camera_faults.py [--results FILE] [CLIP ...]

Each clip, looped with its splices marked, is replayed through the vision room (a look each 2 s, no detector:
faults need none). At `BEGINS_S` its pictures change in one of the ways of `FAULTS`, for good; the seconds
until the candidate of the fault's own kind is raised are printed, and any other kind that was raised. Then
the same clips are looped for 600 s untouched: whatever is named there is wrong. Last, milliseconds of
`examine` a look.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from patrol.bench.machine import machine, source
from patrol.bench.replay.nouns import Options, Replayed
from patrol.bench.replay.replaying import replay
from patrol.bench.results import append
from patrol.config.load import Loaded, load
from patrol.core.clock import SystemClock, iso
from patrol.core.detections import Detections, Look
from patrol.core.media import Picture, Pixels
from patrol.core.protocols import DetectorInfo, Prepared
from patrol.vision.sight.camera import CameraSight
from patrol.vision.worker.detecting import SharedDetector

CLIPS = (
    "pets09_s2l1/vtest_480x360_795f.avi",
    "crowd_clips/plaza_bw_720p.mp4",
    "traffic_clips/medium_bridge_640x360.mp4",
    "traffic_clips/light_junction_640x480.mp4",
    "traffic_clips/light_highway_a_720p.mp4",
    "traffic_clips/light_cctv_a01_crocina.mp4",
)
BEGINS_S, LASTS_S, QUIET_S = 61.0, 40.0, 600.0
CONFIG = "site: {name: bench}\ncameras:\n  - {id: clip, name: clip, url: 'rtsp://192.0.2.1/x'}\n"
Make = Callable[[Pixels], Pixels]


class Nothing:
    """A detector that needs no model and finds nothing."""

    info = DetectorInfo("nothing", "none", "u8", 32, 32, ("person",), "faults need no detector")

    def prepare(self, picture: Picture) -> Prepared:
        del picture
        return Prepared(np.zeros((1, 1, 3), np.uint8), (1.0, 1.0), (0.0, 0.0))

    def detect(self, batch: Sequence[Prepared]) -> list[Detections]:
        return [Detections.none(("person",)) for _ in batch]


def blurred(pixels: Pixels) -> Pixels:
    """A Gaussian of 1.5 pixels at a width of 320: 9 pixels of 1080p."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 1.5 * pixels.shape[1] / 320), np.uint8)


def covered(pixels: Pixels) -> Pixels:
    """Something dark and without structure over three fifths of the picture."""
    made = pixels.copy()
    made[:, : int(0.6 * pixels.shape[1])] = (58, 52, 47)
    return made


def shifted(across: float, down: float) -> Make:
    """The picture moved by shares of its width and height; what comes in repeats the edge."""

    def make(pixels: Pixels) -> Pixels:
        height, width = pixels.shape[:2]
        move = np.asarray([[1, 0, across * width], [0, 1, down * height]], np.float32)
        moved = cv2.warpAffine(pixels, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(moved, np.uint8)

    return make


def overexposed(pixels: Pixels) -> Pixels:
    """Three times the light, and some more."""
    return np.asarray(cv2.convertScaleAbs(pixels, alpha=3.0, beta=60.0), np.uint8)


class Frozen:
    """Shows the last picture of before for ever."""

    def __init__(self) -> None:
        self.kept: Pixels | None = None

    def __call__(self, pixels: Pixels) -> Pixels:
        if self.kept is None:
            self.kept = pixels.copy()
        return self.kept


@dataclass(frozen=True)
class Fault:
    """A way to spoil pictures, and the kind of candidate that has to come of it."""

    name: str
    kind: str
    new: Callable[[], Make]


FAULTS = (
    Fault("frozen", "camera-frozen", Frozen),
    Fault("black", "camera-black", lambda: lambda pixels: np.full_like(pixels, 4)),
    Fault("overexposed", "camera-overexposed", lambda: overexposed),
    Fault("blurred", "camera-blurred", lambda: blurred),
    Fault("covered", "camera-covered", lambda: covered),
    Fault("shifted 5 % across", "camera-moved", lambda: shifted(0.05, 0.0)),
    Fault("shifted 5 % down", "camera-moved", lambda: shifted(0.0, 0.05)),
)


def spoilt(clip: Path, loaded: Loaded, fault: Fault) -> dict[str, object]:
    """One fault on one clip."""
    make = fault.new()

    def change(pixels: Pixels, second: float) -> Pixels:
        return make(pixels) if second >= BEGINS_S else pixels

    done = run(clip, loaded, Options(loop_for_s=BEGINS_S + LASTS_S, transform=change))
    named = {c.kind: round((c.raised - done.at).total_seconds() - BEGINS_S, 1) for c in done.candidates}
    within = named.pop(fault.kind, None)
    return {"fault": fault.name, "clip": clip.name, "named_after_s": within, "others": named}


def quiet(clip: Path, loaded: Loaded) -> dict[str, object]:
    """The clip as it is, for ten minutes."""
    done = run(clip, loaded, Options(loop_for_s=QUIET_S))
    return {"clip": clip.name, "splices": len(done.splices), "named": sorted(c.kind for c in done.candidates)}


def run(clip: Path, loaded: Loaded, options: Options) -> Replayed:
    return replay(clip, loaded, "clip", SharedDetector(Nothing(), 0.5), options)


def examine_ms(clip: Path, loaded: Loaded) -> float:
    """Processor time of `CameraSight.examine`, by the clip's own looks, twice each second."""
    looks: list[Look] = []
    options = Options(look_every_s=0.5)
    replay(
        clip, loaded, "clip", SharedDetector(Nothing(), 0.5), options, lambda seen: looks.append(seen.shown)
    )
    sight = CameraSight()
    begun = time.thread_time()
    for look in looks:
        sight.examine(look)
    return round(1000 * (time.thread_time() - begun) / max(1, len(looks)), 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--results", type=Path)
    asked = parser.parse_args()
    clips = asked.clips or [Path(os.environ["PATROL_TEST_DATA"]) / clip for clip in CLIPS]
    with tempfile.TemporaryDirectory() as folder:
        streams = Path(folder) / "streams.yaml"
        streams.write_text(CONFIG)
        loaded = load(streams, {})
        made, untouched, ms = [], [], {}
        for clip in clips:
            for fault in FAULTS:
                made.append(spoilt(clip, loaded, fault))
                print(json.dumps(made[-1]), flush=True)
            untouched.append(quiet(clip, loaded))
            ms[clip.name] = examine_ms(clip, loaded)
            print(json.dumps({**untouched[-1], "examine_ms": ms[clip.name]}), flush=True)
    row = {
        "at": iso(SystemClock().now()),
        **source(Path(__file__).parents[1]),
        "machine": machine(),
        "scenario": {"begins_s": BEGINS_S, "lasts_s": LASTS_S, "quiet_s": QUIET_S, "look_every_s": 2.0},
        "result": {"faults": made, "untouched": untouched, "examine_ms": ms},
    }
    print(json.dumps(row))
    if asked.results:
        append(asked.results, row)


if __name__ == "__main__":
    main()
