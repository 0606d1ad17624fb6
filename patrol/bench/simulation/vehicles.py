"""Vehicles as cuboids on the ground, and their outlines in a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from patrol.bench.simulation.camera import Array, Pinhole
from patrol.bench.simulation.outlines import outlined
from patrol.core.geometry import Boxes


@dataclass(frozen=True, slots=True)
class Shape:
    """Length, width, height in metres, and the detector's word for it."""

    length: float
    width: float
    height: float
    label: str


SHAPES = {
    "car": Shape(4.5, 1.8, 1.5, "car"),
    "van": Shape(5.5, 2.0, 2.2, "car"),
    "truck": Shape(9.0, 2.5, 3.5, "truck"),
    "bus": Shape(12.0, 2.5, 3.2, "bus"),
}
"""Vehicle types by name. Sizes: near SUMO's defaults for its classes passenger, delivery, truck and bus,
within what GB 1589-2016 lets on the road (2.55 m wide, a bus of two axles 12 m)."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle at one instant.

    Attributes:
        id: of the simulation.
        kind: a key of `SHAPES`.
        x: of the middle of its front bumper, metres.
        y: of the same.
        heading: direction of travel, degrees, counter-clockwise from the x axis.
        speed: m/s.
    """

    id: str
    kind: str
    x: float
    y: float
    heading: float
    speed: float

    def corners(self) -> Array:
        """The cuboid's corners, shape [8, 3], the lower four first."""
        shape = SHAPES[self.kind]
        turn = math.radians(self.heading)
        along = np.array([math.cos(turn), math.sin(turn)])
        across = np.array([-along[1], along[0]]) * shape.width / 2
        front = np.array([self.x, self.y])
        back = front - along * shape.length
        base = np.stack([front + across, front - across, back - across, back + across])
        return np.concatenate(
            [
                np.concatenate([base, np.zeros((4, 1))], axis=1),
                np.concatenate([base, np.full((4, 1), shape.height)], axis=1),
            ]
        )


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What of a scene lies in the picture, nearest first.

    Attributes:
        vehicles: in the order of the rows below.
        boxes: float32 [n, 4], the outline's box cut off at the picture's edges, fractions.
        outlines: convex hulls, fractions, each [k, 2].
    """

    vehicles: tuple[Vehicle, ...]
    boxes: Boxes
    outlines: tuple[Array, ...]


def see(camera: Pinhole, vehicles: Sequence[Vehicle]) -> Seen:
    """Project all vehicles; those beside the picture or behind the lens are left out."""
    corners = np.array([vehicle.corners() for vehicle in vehicles]).reshape(-1, 8, 3)
    there = outlined(camera, corners)
    return Seen(tuple(vehicles[row] for row in there.rows), there.boxes, there.outlines)
