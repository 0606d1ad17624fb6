"""The frames of a clip or a folder, as a tracker is to be given them."""

from __future__ import annotations

import configparser
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import av

from patrol.bench.evaluation.count import Judge, Size
from patrol.bench.evaluation.count_frames import TROUBLE, Footage, Frame
from patrol.bench.evaluation.track import detections
from patrol.bench.evaluation.truth import MotRows
from patrol.core.detections import Detections
from patrol.core.errors import ConfigError

FALLBACK_FPS = 25.0
"""Taken for a folder that says nothing; the command says that it was."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in each frame that could be had.

    Attributes:
        found: by frame number.
        size: of the pictures.
        unreadable: names of frames that could not be decoded.
    """

    found: Mapping[int, Detections]
    size: Size
    unreadable: tuple[str, ...]


Watch = Callable[[Frame, Detections], None]


def looked(
    footage: Footage, numbers: Collection[int], find: Callable[[Frame], Detections], watch: Watch | None
) -> Looked:
    """Find what there is in the frames of these numbers.

    Raises:
        ConfigError: none of them has a picture, or the pictures are of several sizes.
        SourceError: the clip is none.
    """
    found: dict[int, Detections] = {}
    sizes: dict[Size, str] = {}
    unreadable: list[str] = []
    for frame in footage.frames(lambda number, _: number in numbers, unreadable):
        sizes.setdefault((frame.picture.width, frame.picture.height), frame.name)
        if len(sizes) > 1:
            (first, one), (second, other) = sizes.items()
            raise ConfigError(
                f"{one} is {first[0]}x{first[1]} and {other} is {second[0]}x{second[1]}: "
                "frames of one camera have one size"
            )
        assert frame.number is not None  # noqa: S101  only numbers are wanted
        found[frame.number] = find(frame)
        if watch is not None:
            watch(frame, found[frame.number])
    if not found:
        raise ConfigError(
            f"no picture for any of the frames {min(numbers)} to {max(numbers)} that the truth speaks of; "
            "a frame's number is the last one in its file's name, and in a clip it counts from 1"
        )
    return Looked(found, next(iter(sizes)), tuple(unreadable))


def by_detector(judge: Judge) -> Callable[[Frame], Detections]:
    """Find persons as a worker would."""
    return lambda frame: judge(frame.picture).persons


def by_file(rows: Mapping[int, MotRows], threshold: float) -> Callable[[Frame], Detections]:
    """Take them from a file of detections, in pixels of the pictures."""

    def find(frame: Frame) -> Detections:
        size = (frame.picture.width, frame.picture.height)
        return detections(rows.get(frame.number or 0), size, threshold)

    return find


def fps_of(path: Path) -> tuple[float, str]:
    """Frames a second of a clip or a folder, and where that stands."""
    if path.is_dir():
        for folder in (path, path.parent):
            rate = _seqinfo(folder / "seqinfo.ini")
            if rate:
                return rate, "seqinfo.ini"
        return FALLBACK_FPS, "assumed"
    try:
        with av.open(str(path)) as container:
            rate = float(container.streams.video[0].average_rate or 0)
    except TROUBLE:
        return FALLBACK_FPS, "assumed"  # the frames will say what is wrong with the clip
    return (rate, "the clip") if rate > 0 else (FALLBACK_FPS, "assumed")


def _seqinfo(file: Path) -> float:
    """`frameRate` of MOT's description of a sequence; 0 where there is none."""
    parser = configparser.ConfigParser()
    try:
        parser.read(file, encoding="utf-8")
        return max(0.0, parser.getfloat("Sequence", "frameRate", fallback=0.0))
    except (configparser.Error, ValueError, UnicodeDecodeError):
        return 0.0
