"""A river bank: a shore band below, water above, people and boats on it, and second looks that are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from patrol.core.closer import Box, Closer, Crop, Gear, GearKind
from patrol.core.detections import Detections, Look
from patrol.core.law import Law, Notice
from patrol.core.media import Grey, Picture
from patrol.core.place import Means, Place
from patrol.core.protocols import SecondLook
from patrol.core.sight import Reason, Seeing
from patrol.core.zone import Zone
from tests.fakes.looks import LABELS, at
from tests.fakes.models import ArrayPicture

SHORE = Zone("bank", "bank", "shore", ((0.0, 0.7), (1.0, 0.7), (1.0, 1.0), (0.0, 1.0)))
WATER = Zone("river", "river", "water", ((0.0, 0.2), (1.0, 0.2), (1.0, 0.7), (0.0, 0.7)))
NOTICE = Notice("county-2021", "No fishing in the reserve.", "County (2021) 1")
BAN = Law(NOTICE, "forbidden")
ONE_ROD = Law(NOTICE, "leisure", rods=1)
BY_DAY = Law(NOTICE, "leisure", rods=1, night=frozenset({20, 21, 22, 23, 0, 1, 2, 3, 4, 5}))
TALL = 0.2
"""Height of everybody who stands, picture heights."""
WIDTH, HEIGHT = 1280, 720


@dataclass
class Told:
    """A second look that says what it is told to, and keeps what it was shown."""

    answer: Closer = field(default_factory=Closer)
    crops: list[Crop] = field(default_factory=list)

    def examine(self, crop: Crop) -> Closer:
        self.crops.append(crop)
        return self.answer


def rods(*xs: float, score: float = 0.9) -> Closer:
    """As many rods, each held at x on the bank and pointing up over the water."""
    gear = tuple(Gear(GearKind.ROD, (x, 0.75, x + 0.02, 0.5), score) for x in xs)
    return Closer(gear, score)


TOO_FAR = Closer(unseeable=Reason("rods-too-far", {"px_per_m": 12, "needed": 25}))
NET = Closer((Gear(GearKind.NET, (0.38, 0.7, 0.42, 0.75), 0.9),), 0.9)


def place(*laws: Law, zone: Zone = SHORE, closer: SecondLook | None = None, **more: object) -> Place:
    """A zone with its laws; without any: no fishing at all."""
    means = Means({"lines": closer} if closer is not None else {})
    return Place(zone, laws=laws or (BAN,), means=means, **more)  # type: ignore[arg-type]


def person(x: float, y: float = 0.8, tall: float = TALL) -> Box:
    """Somebody whose feet are there."""
    wide = 0.4 * tall * HEIGHT / WIDTH
    return (x - wide / 2, y - tall, x + wide / 2, y)


def boat(x: float, y: float = 0.5, long: float = 0.15) -> Box:
    """A boat whose middle is there."""
    return (x - long / 2, y - 0.06, x + long / 2, y)


def rower(x: float, y: float = 0.48) -> Box:
    """Somebody who sits in `boat` at the same place."""
    return (x - 0.01, y - 0.1, x + 0.01, y)


def picture(seed: int = 1) -> Picture:
    """Something to crop."""
    dice = np.random.default_rng(seed)
    return ArrayPicture(dice.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8))


PICTURE = picture()


def look(
    second: float,
    people: Sequence[Box] = (),
    boats: Sequence[Box] = (),
    *,
    shown: Picture | None = None,
    grey: Grey | None = None,
    scene: int = 0,
    when: datetime | None = None,
    night: bool = False,
    blind: Reason | None = None,
) -> Look:
    """One look at the bank; `when` is the wall-clock time of second 0."""
    boxes = np.asarray([*people, *boats], np.float32).reshape(-1, 4)
    kinds = [LABELS.index("person")] * len(people) + [LABELS.index("boat")] * len(boats)
    found = Detections(boxes, np.full(len(boxes), 0.6, np.float32), np.asarray(kinds, np.int32), LABELS)
    moment = at(second) if when is None else when + timedelta(seconds=second)
    seeing = Seeing(conditions=(Reason("night", {"light": 20}),) if night else ())
    return Look(
        "cam-1",
        f"look-{second}",
        moment,
        second,
        WIDTH,
        HEIGHT,
        found,
        grey,
        scene=scene,
        blind=blind,
        seeing=seeing,
        picture=shown,
    )
