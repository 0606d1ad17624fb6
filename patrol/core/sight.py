"""Whether a rule can see: never to be mixed up with whether there is something to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from patrol.core.geometry import Boxes


class Sight(StrEnum):
    """What one rule of one camera can do at this moment."""

    LIVE = "live"
    STALLED = "stalled"
    """No picture has been judged for too long."""
    BLIND = "blind"
    """Pictures are judged, and do not say."""
    PAUSED = "paused"
    """The camera looks somewhere else than where the rule's zone lies."""
    REFUSED = "refused"
    """This camera cannot see what the rule asks for; it was never started."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule does not see, as a code with values: the page puts it into words of its own language.

    Attributes:
        code: `frozen`, `too-few-pixels`, ...; the page's words are under `sight.<code>`.
        values: what the words need: numbers with their unit in the name, names of things.
    """

    code: str
    values: Mapping[str, float | int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskSight:
    """One rule of one camera: whether it sees, and if not, why."""

    rule_id: str
    kind: str
    sight: Sight
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Light:
    """The least light that a task needs; an analytic exports it as `LIGHT`. Below, it cannot tell.

    Attributes:
        mean: mean brightness of its zone, 0 black to 255 white.
        over_noise: contrast of things of the size of people and vehicles, in standard deviations of the
            camera's noise; see `patrol.vision.sight.grain`.
    """

    mean: float
    over_noise: float


@dataclass(frozen=True, slots=True, eq=False)
class Seeing:
    """What the pictures of one camera say about its own sight, before any rule is asked.

    Attributes:
        faults: by code: why, where the fault is there; None where it was looked for and is not there. A code
            that is missing cannot be told in this look: another fault hides it, or nothing is known yet.
        conditions: what makes seeing hard and is no fault: night, low sun, haze.
        view: id of the dome's view that the picture shows; "" where it shows none of them; None: this camera
            has no views, or nothing is known yet.
        astray: why zones do not lie where they were drawn; None: they do, as far as is known.
        motion: float32 [n, 4], picture fractions: where something has moved since the look before; None where
            there is none to compare with.
    """

    faults: Mapping[str, Reason | None] = field(default_factory=dict)
    conditions: tuple[Reason, ...] = ()
    view: str | None = None
    astray: Reason | None = None
    motion: Boxes | None = None
