"""One analytic, one instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from patrol.core.geometry import Boxes
from patrol.core.sight import Reason


class Presence(Enum):
    """What one look says about the condition that a rule watches."""

    PRESENT = "present"
    """At or above the level at which it begins."""
    BETWEEN = "between"
    """Under that level and above the one at which it ends: keeps what was."""
    ABSENT = "absent"
    """Looked, and not there."""
    CANNOT_TELL = "cannot_tell"
    """Looked, and this picture does not say. Never the same as absent."""


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What an analytic measured in one look.

    Attributes:
        presence: see `Presence`.
        value: the measured quantity, in `unit` (a count, a share, ...).
        unit: what `value` counts, for the page: `persons`, `vehicles`, ...
        score: how sure, 0..1, for sorting and for "why did this fire"; never for priority.
        boxes: float32 [n, 4], what it rests on, picture fractions.
        parts: named figures that make up the decision, shown to the operator.
        reason: why it cannot tell; set where presence is CANNOT_TELL.
    """

    presence: Presence
    value: float
    unit: str
    score: float
    boxes: Boxes = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    parts: Mapping[str, float | int | str] = field(default_factory=dict)
    reason: Reason | None = None
