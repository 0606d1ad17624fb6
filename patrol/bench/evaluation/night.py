"""What is left of a task in less light: persons, vehicles, rods, by pictures that `dark` has changed.

Pictures pass through the worker's own scaler after they were changed, as they would if a camera had sent
them so: detector input and grey picture are what a worker would have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from patrol.bench.evaluation import dark
from patrol.bench.evaluation.count import CountTruth, FrameCount, Judge, counted_in, figures
from patrol.bench.evaluation.count_frames import Frame
from patrol.bench.evaluation.dark import Dark, Make
from patrol.bench.evaluation.matching import overlapping, pairs
from patrol.bench.replay.frames import ClipReader
from patrol.core.closer import GearKind, cut
from patrol.core.detections import GREY_WIDTH
from patrol.core.geometry import Boxes
from patrol.core.media import Grey, Picture, Pixels
from patrol.core.protocols import SecondLook
from patrol.vision.decode.picture import FramePicture
from patrol.vision.sight import grain
from patrol.vision.worker.detecting import SharedDetector

_SCALER, _FULL = VideoReformatter(), VideoReformatter()
DAY = Dark("day", 1.0, lambda pixels: pixels)
LIGHTS = (20, 50, 100, 200, 300, 500, 1000)
"""Parts of the light of day that are tried; 1000 is 10 electrons at white."""
LAMPS = (1, 5, 10, 20, 50)
"""The same of the infrared lamp's."""


def variants(*, quick: bool = False) -> tuple[Dark, ...]:
    """Every way in which pictures are darkened, day first.

    Args:
        quick: about half of them.
    """
    lights, lamps = (LIGHTS[2::2], LAMPS[::2]) if quick else (LIGHTS, LAMPS)
    made = [DAY]
    made += [Dark(f"gained 1/{n}", 1 / n, dark.gained(1 / n)) for n in lights]
    made += [Dark(f"dimmed 1/{n}", 1 / n, dark.dimmed(1 / n)) for n in lights]
    made += [Dark(f"smoothed 1/{n}", 1 / n, dark.smoothed(1 / n)) for n in lights[::2]]
    made += [Dark(f"infrared 1/{n}", 1 / n, dark.infrared(1 / n)) for n in lamps]
    made += [Dark(f"streaked {share:.0%}", 1.0, dark.streaked(share)) for share in (0.01, 0.02)]
    made += [Dark("compressed 10", 1.0, dark.compressed(10))]
    made += [
        Dark("gained 1/100, compressed 10", 0.01, dark.after(dark.gained(0.01), dark.compressed(10))),
    ]
    return tuple(made)


def full(picture: Picture) -> Pixels:
    """All of a picture as RGB, with even sides, as video has them."""
    return picture.pixels(picture.width // 2 * 2, picture.height // 2 * 2)


def shown(pixels: Pixels) -> Picture:
    """Pixels as a decoder gives them: 4:2:0, scaled by the worker's own scaler."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    return FramePicture(frame.reformat(format="yuv420p", threads=1), _SCALER)


def grey_of(picture: Picture) -> Grey:
    """As a look's."""
    width = min(GREY_WIDTH, picture.width)
    return picture.grey(width, max(1, round(picture.height * width / picture.width)))


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """One picture of a scene, by day.

    Attributes:
        number: of its frame, as the scene's truth counts them.
        pixels: RGB uint8 [h, w, 3].
    """

    number: int
    pixels: Pixels


def every(clip: Path, seconds: float, most: int) -> list[Still]:
    """Pictures of a clip, so many seconds apart, at most so many; frames are numbered from 1.

    Raises:
        SourceError: it cannot be read.
    """
    found: list[Still] = []
    for frame in ClipReader(clip).frames():
        if frame.second >= len(found) * seconds:
            found.append(Still(frame.index + 1, full(FramePicture(frame.frame, _FULL))))
        if len(found) >= most:
            break
    return found


def darkened(stills: Sequence[Still], make: Make) -> list[tuple[int, Picture]]:
    """The same pictures in less light, with their numbers."""
    return [(still.number, shown(make(still.pixels))) for still in stills]


def lit(greys: Sequence[Grey]) -> dict[str, float | None]:
    """What a rule is refused by: mean brightness, and contrast over noise, of looks at a fixed place."""
    noises = [grain.noise(a, b) for a, b in pairwise(greys)]
    least = min((noise for noise in noises if noise is not None), default=None)
    contrast = float(np.median([grain.contrast(grey) for grey in greys]))
    return {
        "light": round(float(np.mean(greys)), 1),
        "noise": None if least is None else round(least, 2),
        "over_noise": None if least is None else round(contrast / max(grain.LEAST_NOISE, least), 1),
    }


def people(pictures: Sequence[tuple[int, Picture]], truth: CountTruth, judge: Judge) -> dict[str, object]:
    """Recall, precision and errors of the count against a truth."""
    counts: list[FrameCount] = []
    for number, picture in pictures:
        frame = Frame(number, f"frame {number}", picture)
        found = judge(picture).persons.boxes
        aspect = picture.width / picture.height
        counts.append(counted_in(frame, truth.fractions(frame), found, heads=False, aspect=aspect))
    told = figures(counts, 1)
    return {name: told[name] for name in ("recall", "precision", "mae", "bias")}


def found_in(
    pictures: Sequence[tuple[int, Picture]], detector: SharedDetector, classes: Sequence[str]
) -> list[Boxes]:
    """Boxes of these classes in each picture, as rules count them."""
    prepared = [detector.prepare(picture) for _, picture in pictures]
    answers = [detector.detect([one])[0] for one in prepared]
    return [found.of(*classes, at_least=detector.threshold).boxes for found in answers]


def kept(by_day: Sequence[Boxes], now: Sequence[Boxes]) -> dict[str, object]:
    """What is found again, of what the same detector found by day: no truth, only what less light costs."""
    matched = sum(len(pairs(overlapping(b, a))) for a, b in zip(by_day, now, strict=True))
    day, night = sum(map(len, by_day)), sum(map(len, now))
    return {"by_day": day, "found": night, "kept": round(matched / day, 4) if day else None}


def rods_of(
    pictures: Sequence[tuple[int, Picture]], subjects: Sequence[Boxes], look: SecondLook
) -> dict[str, object]:
    """Rods that a second look names beside these people, a picture, and why it could not see.

    It is not told that it is night, when it would name none: what is measured is where they are lost.
    """
    said = [
        look.examine(cut(picture, boxes))
        for (_, picture), boxes in zip(pictures, subjects, strict=True)
        if len(boxes)
    ]
    reasons = Counter(one.unseeable.code for one in said if one.unseeable)
    rods = sum(gear.kind is GearKind.ROD for one in said for gear in one.gear)
    return {
        "crops": len(said),
        "rods": round(rods / len(said), 2) if said else None,
        "score": round(fmean(one.score for one in said), 3) if said else None,
        "unseeable": dict(reasons),
    }
