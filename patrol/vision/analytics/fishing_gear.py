"""Second looks at those who stay, and what they say together. No plug-in."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import hypot

import numpy as np

from patrol.core.closer import Box, Closer, Crop, Gear, GearKind, around
from patrol.core.detections import Look
from patrol.core.gear import LOOKS, GearMemory
from patrol.core.geometry import foot_points
from patrol.core.ground import Ground
from patrol.core.protocols import SecondLook
from patrol.core.sight import Reason
from patrol.core.spots import Spot
from patrol.vision.analytics.needs import PERSON_M

CROPS = 2
"""Second looks in one look at most: each takes a tenth of a second or so (docs/design/fishing.md). Chosen."""
FRESH_S = 30.0
"""Somebody who was last seen so long ago may have gone: nobody looks closer then. Chosen: at a look every 2 s
and a detector that finds every second, once in 30000 looks."""
SURE = 0.5
"""Confidence from which a rod counts as one. Chosen above what single looks say of paddles and reeds on the
shared stills (up to 0.43, `patrol.vision.closer.lines`): an angler is not accused of a second rod lightly."""
MAYBE = 0.05
"""And from which it may be one: seen at its place in half of the looks, be it faintly. Chosen: the second rod
of the angler on the river bank, thin and far from him, has 0.1 to 0.2 in single looks."""
NET_SHARE = 0.5
"""Share of the looks that have to show a net. Chosen: as for rods."""
UNLOOKED = "gear-not-looked"
"""Code of the reason where too few second looks were made to say anything."""


@dataclass(frozen=True, slots=True)
class Member:
    """One spot of a party.

    Attributes:
        spot: of people, or of a boat.
        boat: whether it is a boat.
        ratio: how long it has stayed, in times of what it takes.
    """

    spot: Spot
    boat: bool
    ratio: float

    @property
    def key(self) -> tuple[bool, int]:
        """Names it for good."""
        return self.boat, self.spot.id


Party = tuple[Member, ...]
"""People, or boats, so near to each other that one crop shows them."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a party's gear.

    Attributes:
        rods: seen; None: not known.
        maybe: rods that are seen again and again, but not surely.
        nets: 1 where one is seen; None: not known.
        confidence: of the surest piece, 0..1.
        unknown: why they are not known.
    """

    rods: int | None = None
    maybe: int = 0
    nets: int | None = None
    confidence: float = 0.0
    unknown: Reason | None = None


@dataclass(slots=True)
class _Memory:
    gear: GearMemory
    rods: tuple[float, ...] = ()
    nets: deque[tuple[float, float]] = field(default_factory=deque)
    looked: float = -np.inf
    why: Reason | None = None


class SecondLooks:
    """Looks closer at parties now and then, and remembers.

    Args:
        closer: None: nobody looks.
        every_s: seconds between looks at the same party.
        window_s: seconds that are remembered.
        ground: of the camera; None: metres follow from the height of people.
    """

    def __init__(
        self, closer: SecondLook | None, every_s: float, window_s: float, ground: Ground | None
    ) -> None:
        self._closer = closer
        self._every_s = every_s
        self._window_s = window_s
        self._ground = ground
        self._memories: dict[tuple[bool, int], _Memory] = {}
        self._no_picture = False

    def step(self, look: Look, parties: Sequence[Party]) -> None:
        """Look at those parties that are due, the one that waits longest first; forget those that have gone.

        Raises:
            ModelError: the second look failed.
        """
        there = {member.key: member for party in parties for member in party}
        aspect = look.width / max(1, look.height)
        self._memories = {
            key: self._fresh(key, look.arrived) or _Memory(GearMemory(self._window_s, aspect))
            for key in there
        }
        self._no_picture = look.picture is None
        if self._closer is None or look.picture is None:
            return
        due = sorted((self._looked(party), n) for n, party in enumerate(parties) if self._due(look, party))
        if not due:
            return
        pixels = look.picture.pixels(look.picture.width, look.picture.height)
        for _, n in due[:CROPS]:
            crop = crop_of(look, parties[n], pixels, self._ground)
            self._note(look.arrived, parties[n], self._closer.examine(crop), aspect)

    def known(self, party: Party) -> Known:
        """What the looks so far say of a party's gear."""
        memories = [self._memories[member.key] for member in party]
        if self._closer is None:
            return Known(unknown=Reason("no-second-look"))
        if all(memory.gear.looks < LOOKS for memory in memories):
            said = [memory.why for memory in memories if memory.why is not None]
            why = Reason("no-picture") if self._no_picture else Reason(UNLOOKED, {"needed": LOOKS})
            return Known(unknown=said[0] if said else why)
        rods = [confidence for memory in memories for confidence in memory.rods]
        nets = [_net(memory) for memory in memories]
        sure = sum(confidence >= SURE for confidence in rods)
        maybe = sum(MAYBE <= confidence < SURE for confidence in rods)
        return Known(sure, maybe, int(max(nets) > 0), max((*rods, *nets), default=0.0))

    def _fresh(self, key: tuple[bool, int], arrived: float) -> _Memory | None:
        """What is remembered; None where nobody has looked for so long that it says nothing now."""
        memory = self._memories.get(key)
        return None if memory is None or arrived - memory.looked > self._window_s else memory

    def _looked(self, party: Party) -> float:
        return min(self._memories[member.key].looked for member in party)

    def _due(self, look: Look, party: Party) -> bool:
        fresh = any(member.spot.unseen_s <= FRESH_S for member in party)
        return fresh and abs(look.arrived - self._looked(party)) >= self._every_s

    def _note(self, arrived: float, party: Party, closer: Closer, aspect: float) -> None:
        """Each piece of gear belongs to whoever is nearest to the end that is held."""
        owners = [_owner(gear, party, aspect) for gear in closer.gear]
        for member in party:
            memory = self._memories[member.key]
            own = tuple(g for g, owner in zip(closer.gear, owners, strict=True) if owner == member.key)
            memory.looked, memory.why = arrived, closer.unseeable
            memory.gear.note(arrived, replace(closer, gear=own))
            memory.rods = tuple(rod.confidence for rod in memory.gear.rods())
            if closer.unseeable is None:
                memory.nets.append(
                    (arrived, max((g.score for g in own if g.kind is GearKind.NET), default=0.0))
                )
            while memory.nets and memory.nets[0][0] < arrived - self._window_s:
                memory.nets.popleft()


def parties(members: Sequence[Member], look: Look) -> list[Party]:
    """Members whose crops overlap, together; boats and people apart."""
    regions = [around(_boxes((member,)), look.width, look.height) for member in members]
    left = list(range(len(members)))
    found: list[Party] = []
    while left:
        group = [left.pop(0)]
        for one in group:  # grows while it is walked through
            near = [
                n for n in left if members[n].boat is members[one].boat and _meet(regions[n], regions[one])
            ]
            group += near
            left = [n for n in left if n not in near]
        found.append(tuple(members[n] for n in sorted(group)))
    return found


def crop_of(look: Look, party: Party, pixels: np.ndarray, ground: Ground | None) -> Crop:
    """The part of the full picture around a party."""
    height, width = pixels.shape[:2]
    boxes = np.clip(_boxes(party), 0.0, 1.0).astype(np.float32)
    region = around(boxes, width, height)
    left, top, right, bottom = (round(v * side) for v, side in zip(region, (width, height) * 2, strict=True))
    part = np.ascontiguousarray(pixels[top:bottom, left:right])
    return Crop(part, region, boxes, _px_per_m(party, boxes, width, height, ground), dark(look))


def dark(look: Look) -> bool:
    """Whether the picture is one of the night."""
    return look.seeing is not None and any(one.code == "night" for one in look.seeing.conditions)


def _px_per_m(
    party: Party, boxes: np.ndarray, width: int, height: int, ground: Ground | None
) -> float | None:
    """By calibration, else by the tallest of the party: whoever sits is taken for further away than he is."""
    if ground is not None:
        scale = float(np.median(ground.pixels_per_metre(foot_points(boxes), width, height)))
        if scale > 0:
            return scale
    tall = max(member.spot.tall for member in party)
    return tall * height / PERSON_M if tall > 0 else None


def _boxes(party: Party) -> np.ndarray:
    return np.asarray([member.spot.box for member in party], np.float32).reshape(-1, 4)


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _owner(gear: Gear, party: Party, aspect: float) -> tuple[bool, int]:
    return min(party, key=lambda member: _off(member.spot.box, gear, aspect)).key


def _off(box: Box, gear: Gear, aspect: float) -> float:
    """How far the end that is held lies off a box, picture heights."""
    x, y = gear.ends[:2] if gear.kind is GearKind.ROD else _centre(gear.ends)
    return hypot(max(box[0] - x, x - box[2], 0.0) * aspect, max(box[1] - y, y - box[3], 0.0))


def _centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _net(memory: _Memory) -> float:
    """How sure a net is there, 0 where it was not seen often enough."""
    seen = [score for _, score in memory.nets if score >= SURE]
    share = len(seen) / len(memory.nets) if memory.nets else 0.0
    return share * float(np.median(seen)) if share >= NET_SHARE else 0.0
