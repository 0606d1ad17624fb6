"""Single pictures under a second look: people or boats found as a camera would, each in a crop of its own.

A still has no time, so the ladder of a rule cannot be climbed in it; what can be held against labels is how
much each picture looks like fishing to the second look alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from patrol.bench.evaluation.marks import YELLOW, blurred, with_boxes
from patrol.bench.evaluation.report import WIDEST
from patrol.bench.replay.nouns import BEGINS
from patrol.core.closer import Closer, Gear, GearKind, cut
from patrol.core.detections import Detections
from patrol.core.geometry import Boxes
from patrol.core.media import Keyframe, Packet, Pixels, VideoFormat
from patrol.core.protocols import SecondLook
from patrol.vision.candidates.evidence.people import DecodedPicture, Detect, find_people
from patrol.vision.candidates.evidence.still import fit
from patrol.vision.worker.eye import Eye

SUBJECTS = ("person", "boat")
"""Whom a second look is about: people; boats where there is nobody."""
MOST = 4
"""People, or boats, of a picture that are looked at closer: the tallest ones. Chosen: a picture of a crowd
would take a second for each forty, and the nearest are seen best."""
NIGHT = "night"
_ROD = (255, 0, 90)
_NO_VIDEO = VideoFormat("still", 0, 0, b"", Fraction(1, 1000), None)


@dataclass(frozen=True, slots=True, eq=False)
class Closely:
    """A picture as a second look sees it.

    Attributes:
        of: `person` or `boat`; "" where neither was found, and the whole picture is the crop.
        subjects: float32 [n, 4], those that were looked at, picture fractions.
        closers: what was said of each, or of the whole picture, in their order.
        pixels: the picture, reduced to what a report shows; unblurred: for `drawn` alone.
    """

    of: str
    subjects: Boxes
    closers: tuple[Closer, ...]
    pixels: Pixels

    @property
    def best(self) -> Closer:
        """The one that looks most like fishing; one that could see goes before those that could not."""
        return max(self.closers, key=lambda closer: (closer.unseeable is None, closer.score))

    def count(self, kind: GearKind) -> int:
        """Pieces of one kind in the best crop: crops of neighbours share their gear."""
        return sum(gear.kind is kind for gear in self.best.gear)


def look_closely(pixels: Pixels, eye: Eye, second_look: SecondLook) -> Closely:
    """Find people, or boats, in one picture and look closer at each.

    Args:
        pixels: uint8 [h, w, 3], RGB, in full.
        eye: new: its detector, tiles and thresholds decide who is found.
        second_look: asked of each crop.

    Raises:
        ModelError: the detector or the second look failed.
    """
    picture = DecodedPicture(pixels)
    glimpse = eye.glimpse(picture)
    packet = Packet(b"", True, None, None, 0.0, BEGINS)
    keyframe = Keyframe("still", "still", packet, _NO_VIDEO)
    look = eye.judge(keyframe, glimpse, eye.detector.detect(glimpse.prepared)).counted
    dark = look.seeing is not None and any(one.code == NIGHT for one in look.seeing.conditions)
    of, subjects = _subjects(look.detections)
    each = [subjects[row : row + 1] for row in range(len(subjects))] or [subjects]
    closers = tuple(second_look.examine(cut(picture, one, dark=dark)) for one in each)
    return Closely(of, subjects, closers, fit(pixels, WIDEST))


def drawn(closely: Closely, detect: Detect) -> Pixels:
    """The picture as a report shows it: heads blurred as in evidence, subjects and gear drawn."""
    out = blurred(closely.pixels, find_people(closely.pixels, detect))
    out = with_boxes(out, closely.subjects, YELLOW)
    height, width = out.shape[:2]
    thick = max(2, round(width / 480))
    for gear in closely.best.gear:
        _draw(out, gear, width, height, thick)
    return out


def _draw(out: Pixels, gear: Gear, width: int, height: int, thick: int) -> None:
    x1, y1, x2, y2 = (round(end * side) for end, side in zip(gear.ends, (width, height) * 2, strict=True))
    if gear.kind is GearKind.ROD:
        cv2.line(out, (x1, y1), (x2, y2), _ROD, thick, cv2.LINE_AA)
    else:
        cv2.rectangle(out, (x1, y1), (x2, y2), _ROD, thick)
    words = f"{gear.kind.value} {gear.score:.2f}"
    cv2.putText(out, words, (x2, max(14, y2)), cv2.FONT_HERSHEY_SIMPLEX, 0.5, _ROD, 1, cv2.LINE_AA)


def _subjects(found: Detections) -> tuple[str, Boxes]:
    for name in SUBJECTS:
        boxes = found.of(name).boxes
        if len(boxes):
            tallest = np.argsort(boxes[:, 1] - boxes[:, 3], kind="stable")[:MOST]
            return name, np.asarray(boxes[tallest], np.float32)
    return "", np.zeros((0, 4), np.float32)
