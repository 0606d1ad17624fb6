"""Ground truth as it comes in files: MOT15 boxes by frame, and points on heads by picture.

A line that cannot be read refuses the whole file, with its number: a figure that rests on a part of the truth
is worse than none.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from patrol.core.errors import ConfigError

MOT_COLUMNS = (7, 10)
"""frame,id,left,top,width,height,conf, and in MOT15 the place on the ground, which is not used here. MOT16
has nine columns that mean something else (class, visibility): not read."""
HEADS_HEADER = ["file", "x", "y"]


@dataclass(frozen=True, slots=True, eq=False)
class MotRows:
    """The rows of one frame, aligned.

    Attributes:
        ids: int64 [n]; -1 in files of detections.
        boxes: float64 [n, 4], left, top, right, bottom in the pixels of the truth.
        scores: float64 [n], column 7. In a truth 0 means: ignored, neither a person nor a false alarm.
    """

    ids: NDArray[np.int64]
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Row:
    frame: int
    id: int
    box: tuple[float, float, float, float]
    score: float


def read_mot(path: Path) -> dict[int, MotRows]:
    """Read a file in MOT15's form (Leal-Taixé et al., MOTChallenge 2015, arXiv 1504.01942), by frame, from 1.

    Files of detections are read, too: their ids are -1, which may stand any number of times in a frame.

    Raises:
        ConfigError: the file cannot be read, is empty, or a line is none: says which and what was expected.
    """
    rows: dict[int, dict[tuple[int, int], _Row]] = {}
    for number, fields in _lines(path):
        if not fields:
            continue
        row = _mot_row(path, number, fields)
        frame = rows.setdefault(row.frame, {})
        key = (row.id, number if row.id < 0 else 0)
        if key in frame:
            raise ConfigError(f"{path}:{number}: id {row.id} stands twice in frame {row.frame}; remove one")
        frame[key] = row
    if not rows:
        raise ConfigError(f"{path}: no rows in it; expected frame,id,left,top,width,height,conf,...")
    return {frame: _aligned(list(rows[frame].values())) for frame in sorted(rows)}


def _aligned(rows: list[_Row]) -> MotRows:
    return MotRows(
        np.asarray([row.id for row in rows], np.int64),
        np.asarray([row.box for row in rows], np.float64),
        np.asarray([row.score for row in rows], np.float64),
    )


def _mot_row(path: Path, number: int, fields: list[str]) -> _Row:
    if len(fields) not in MOT_COLUMNS:
        raise ConfigError(
            f"{path}:{number}: {len(fields)} columns; expected 7 or 10 as in MOT15: "
            "frame,id,left,top,width,height,conf[,X,Y,Z]"
        )
    frame, identity, left, top, width, height, score = _numbers(path, number, fields)[:7]
    if frame != int(frame) or frame < 1 or identity != int(identity):
        raise ConfigError(
            f"{path}:{number}: frame {fields[0]}, id {fields[1]}; expected whole numbers, frames from 1"
        )
    if width <= 0 or height <= 0:
        raise ConfigError(f"{path}:{number}: a box of {width:g} x {height:g} pixels; expected more than 0")
    return _Row(int(frame), int(identity), (left, top, left + width, top + height), score)


def read_heads(path: Path) -> tuple[dict[str, NDArray[np.float64]], int]:
    """Read points on heads: a head line `file,x,y`, then one head a line, in pixels of that picture.

    Returns:
        points [n, 2] by the name of the picture's file, without folders; and how many points were left out
        because they stand twice.

    Raises:
        ConfigError: the file cannot be read, is empty, or a line is none: with its number.
    """
    points: dict[str, dict[tuple[float, float], None]] = {}
    lines = _lines(path)
    if next(lines, (0, []))[1] != HEADS_HEADER:
        raise ConfigError(f"{path}:1: expected the line `file,x,y`, then one head a line")
    read = 0
    for number, fields in lines:
        if not fields:
            continue
        if len(fields) != 3 or not Path(fields[0]).name:
            raise ConfigError(f"{path}:{number}: {len(fields)} columns; expected file,x,y")
        x, y = _numbers(path, number, fields[1:])
        points.setdefault(Path(fields[0]).name, {})[(x, y)] = None
        read += 1
    if not points:
        raise ConfigError(f"{path}: no heads in it; expected lines file,x,y")
    by_file = {name: np.asarray(list(there), np.float64) for name, there in points.items()}
    return by_file, read - sum(map(len, by_file.values()))


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Numbered lines, split and trimmed; an empty line gives no fields."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: the truth cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: the truth is no text; expected comma-separated values") from None
    for number, line in enumerate(text.splitlines(), 1):
        fields = next(csv.reader([line]), [])
        yield number, [field.strip() for field in fields] if line.strip() else []


def _numbers(path: Path, line: int, fields: list[str]) -> list[float]:
    try:
        values = [float(field) for field in fields]
    except ValueError:
        values = [math.nan]
    if not all(map(math.isfinite, values)):
        raise ConfigError(f"{path}:{line}: {','.join(fields)[:80]!r}; expected numbers") from None
    return values


OUTSIDE_SHARE = 0.01
"""Share of boxes or heads whose middle may lie outside of the picture: annotators follow people who leave it
(PETS09-S2L1 to frame 200: none of 1223; TUD-Campus: none of 359). More says that the truth is of another
size."""


def require_inside(
    path: Path, points: NDArray[np.float64], truth_size: tuple[int, int], picture_size: tuple[int, int]
) -> None:
    """Refuse a truth whose places do not lie in a picture of the size that it is taken for.

    Args:
        path: of the truth, for the message.
        points: [n, 2], middles of boxes or points on heads, in pixels of the truth.
        truth_size: width and height that they are taken to be in.
        picture_size: of the pictures.

    Raises:
        ConfigError: more than `OUTSIDE_SHARE` lie outside.
    """
    if len(points) == 0:
        return
    outside = int(((points < 0) | (points > np.asarray(truth_size))).any(axis=1).sum())
    if outside > OUTSIDE_SHARE * len(points):
        reach = points.max(axis=0)
        raise ConfigError(
            f"{path}: {outside} of {len(points)} places lie outside of {truth_size[0]}x{truth_size[1]} "
            f"(they reach {reach[0]:.0f},{reach[1]:.0f}); the pictures are {'x'.join(map(str, picture_size))}"
            ". The truth was drawn on another size: say which with --truth-size WxH"
        )


def seen_frames(rows: Mapping[int, MotRows]) -> range:
    """Frames that the truth speaks of: from its first to its last. One in between without rows is empty."""
    return range(min(rows), max(rows) + 1)
