"""Faults of the camera itself, and how long they last before they are said."""

from __future__ import annotations

from typing import Literal

from patrol.config.section import Seconds, Section

FaultName = Literal["frozen", "black", "overexposed", "blurred", "covered", "moved", "offline", "blind"]
"""What can be wrong with a camera; `blind`: a rule of it has not seen for long."""


class FaultsConfig(Section):
    """Faults of the camera itself, and how long they last before they are said."""

    enabled: bool = True
    """Whether pictures are judged at all. Off: no fault is named, and a frozen or black picture counts as one
    in
    which nothing happens; for drawn or looped test pictures only."""
    ignore: tuple[FaultName, ...] = ()
    """Faults that become no incident: `frozen`, `black`, `overexposed`, `blurred`, `covered`, `moved`,
    `offline`,
    `blind`. Rules still do not judge a picture that shows nothing."""
    for_s: Seconds = 16.0
    """How long the picture must show a fault before it is an incident. A lorry that stops at the lens takes
    longer; 30 s is what the maintenance unit is promised."""
    clear_s: Seconds = 30.0
    """How long it must be gone before the incident ends."""
    offline_s: Seconds = 60.0
    """How long a camera must be anything but live. A camera that restarts takes 30 to 60 s."""
    blind_s: Seconds = 600.0
    """How long a rule must have been blind for a reason that is no fault of its own (low sun, haze,
    night)."""
