"""Painted crowds on a square, seen by a camera whose calibration is exact."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from patrol.bench.simulation.camera import Pinhole
from patrol.bench.simulation.packing import packed
from patrol.bench.simulation.painted import painted
from patrol.bench.simulation.pedestrians import People, see_people
from patrol.bench.simulation.plaza import Square, ground_zone
from patrol.core.detections import Detections, Look
from patrol.core.geometry import Boxes
from patrol.core.media import Picture, Pixels
from patrol.core.place import Place
from tests.fakes.looks import LABELS, at
from tests.fakes.models import ArrayPicture

CAMERA = Pinhole(x=10, y=-4, height=12, yaw=90, tilt=45, field=60, width=1280, rows=720)
SQUARE = Square((4.0, 2.0), (16.0, 12.0))
"""120 square metres, seen at 37 to 63 degrees of depression."""
SIZE = (CAMERA.width, CAMERA.rows)
NOTHING = np.zeros((0, 4), np.float32)


def place(error_m: float = 0.0, **more: object) -> Place:
    """The square as a rule's place."""
    return Place(ground_zone(CAMERA, SQUARE), ground=CAMERA.ground(error_m), **more)  # type: ignore[arg-type]


def crowd(per_m2: float, seed: int = 1, size: tuple[float, float] = (20.0, 14.0)) -> People:
    """People who stand on the square and around it."""
    number = round(per_m2 * size[0] * size[1])
    places = packed(number, size, seed) if number else np.zeros((0, 2))
    turned = np.random.default_rng(seed).uniform(0, 360, number)
    return People(np.arange(number, dtype=np.int64), places, turned)


def stepped(people: People, second: float, reach_m: float = 0.4) -> People:
    """The same people a little later: everybody has shifted."""
    random = np.random.default_rng(round(second * 1000))
    return People(people.ids, people.places + random.normal(0, reach_m, people.places.shape), people.headings)


def picture_of(people: People, seed: int = 0) -> Picture:
    """Painted, with the noise of a sensor; `seed` is of the noise."""
    return painted(see_people(CAMERA, people), people.ids, SIZE, seed)


def boxes_of(people: People) -> Boxes:
    """The box of everybody in the picture, hidden or not."""
    return see_people(CAMERA, people).boxes


def grey_picture(grey: np.ndarray) -> Picture:
    """A picture of a grey raster, uint8 [720, 1280]."""
    rgb: Pixels = np.repeat(grey[:, :, None], 3, axis=2).astype(np.uint8)
    return ArrayPicture(rgb)


def look(
    second: float,
    picture: Picture | None = None,
    boxes: Boxes = NOTHING,
    *,
    label: str = "person",
    labels: Sequence[str] = LABELS,
    scene: int = 0,
    size: tuple[int, int] = SIZE,
) -> Look:
    """One look at a monotonic second."""
    kinds = np.full(len(boxes), labels.index(label) if len(boxes) else 0, np.int32)
    found = Detections(boxes, np.full(len(boxes), 0.8, np.float32), kinds, tuple(labels))
    return Look("cam-1", f"look-{second}", at(second), second, *size, found, scene=scene, picture=picture)
