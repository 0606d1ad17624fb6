"""Who may be fishing in one look: people in the zone, and small boats with people in them. No plug-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.core.closer import Box
from patrol.core.detections import Detections, Look
from patrol.core.geometry import Boxes, Mask, box_areas, foot_points
from patrol.core.place import Place
from patrol.core.spots import Sighted
from patrol.vision.analytics.counting import in_zone

PERSON, BOAT = "person", "boat"
ABOARD = 0.3
"""Share of a person's box that lies in a boat's for somebody who is in it: the feet are hidden by the side,
and the boat's box takes in who sits in it. Chosen."""
SMALL_M = 12.0
"""Longest small boat, metres: boats of anglers and of netters are 3 to 10 m, barges 40 and more. Chosen."""
SMALL_HEIGHTS = 10.0
"""The same in heights of the people aboard, where nothing is known in metres: somebody who sits is 1.2 m
high. Chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class Subjects:
    """What one look shows in the zone: people who are in no boat, and small boats."""

    people: Sighted
    boats: Sighted


def subjects(look: Look, place: Place, followed: Sequence[Box] = ()) -> Subjects | None:
    """Whoever may be fishing; None where the detector knows no people.

    Args:
        look: the look.
        place: on a shore only people count; elsewhere boats do as well.
        followed: newest boxes of boats that are followed and that this look may have missed: who is in one of
            these stands nowhere else.
    """
    found = in_zone(look, (PERSON,), place)
    if found is None:
        return None
    boats = look.detections.of(BOAT) if place.zone.kind != "shore" else Detections.none(found.labels)
    boats = boats.where(place.holds(boats.boxes))
    everybody = look.detections.of(PERSON)
    inside = _share_in(everybody.boxes, boats.boxes) >= ABOARD
    manned = _boats(look, place, boats, everybody.boxes, inside)
    known = np.concatenate([boats.boxes, np.asarray(followed, np.float32).reshape(-1, 4)])
    ashore = ~(_share_in(found.boxes, known) >= ABOARD).any(axis=1)
    return Subjects(Sighted.of_people(found.boxes[ashore], found.scores[ashore]), manned)


def _boats(look: Look, place: Place, boats: Detections, people: Boxes, inside: Mask) -> Sighted:
    """Boats but those that are known to be large, with those aboard."""
    heights = np.asarray(people[:, 3] - people[:, 1], np.float64)
    aboard = np.where(inside, heights[:, None], 0.0)
    tall = aboard.max(axis=0, initial=0.0)
    small = ~_large(look, place, boats.boxes, tall)
    return Sighted(
        boats.boxes[small],
        boats.scores[small],
        np.asarray(inside.sum(axis=0), np.int64)[small],
        np.asarray(tall, np.float64)[small],
    )


def _large(look: Look, place: Place, boxes: Boxes, tall: NDArray[np.float64]) -> Mask:
    """Which boats are too large; one whose size nobody knows is not."""
    wide = (boxes[:, 2] - boxes[:, 0]) * look.width
    if place.ground is not None:
        scale = place.ground.pixels_per_metre(foot_points(boxes), look.width, look.height)
        return np.asarray((scale > 0) & (wide > SMALL_M * scale), np.bool_)
    return np.asarray((tall > 0) & (wide > SMALL_HEIGHTS * tall * look.height), np.bool_)


def _share_in(boxes: Boxes, others: Boxes) -> NDArray[np.float32]:
    """How much of each box lies in each of the others. Shape [len(boxes), len(others)]."""
    size = np.minimum(boxes[:, None, 2:], others[None, :, 2:]) - np.maximum(
        boxes[:, None, :2], others[None, :, :2]
    )
    both = np.prod(np.clip(size, 0, None), axis=2)
    own = box_areas(boxes)[:, None]
    share: NDArray[np.float32] = np.where(own > 0, both / np.where(own > 0, own, 1), 0).astype(np.float32)
    return share
