"""How objects move between two looks, in seconds: what is expected, and how unsure that is.

Lengths are in sizes of the object itself (a person's height), so that one set of figures serves near and
far, and every camera. Speed fades towards a stand (an Ornstein-Uhlenbeck process): over a fraction of a
second that is constant velocity; over many seconds people turn and stop, and "somewhere near" is a better
guess than "straight on for ever".
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Motion:
    """What is known of a kind of object before it is seen.

    Attributes:
        speed: standard deviation of its speed along one axis when it is first seen, sizes a second.
        sure: score at which one detection begins a track; what scores less has to last, see `tracker.py`.
    """

    speed: float
    sure: float


PERSON = Motion(speed=0.6, sure=0.65)
"""Walking is 1.3 m/s (Weidmann 1993, "Transporttechnik der Fussgänger"), 0.76 heights of 1.7 m a second in
any direction, so 0.54 along an axis; 0.4 to 0.9 were tried on PETS09-S2L1 (docs/design/tracking.md). `sure`:
ByteTrack begins tracks a tenth above its threshold of 0.6 (arXiv 2110.06864); on PETS09-S2L1 and TUD-Campus
0.65 and 0.7 differ by about a point of MOTA, and 0.6 is up to 2.6 worse (8.3 at 25 looks a second)."""
VEHICLE = Motion(speed=1.0, sure=0.0)
"""Right for what creeps or stands: 1.7 m/s for a car whose box is 1.7 m in size. By simulated traffic
(benchmarks/tracking_vehicles.py) 0.7 to 1.5 are alike at every speed, and 2 and more lose what stands at
looks 4 s apart. At 2 s a car at 60 km/h is 33 m on, where another one may be: no prior tells those apart. No
score is asked for: the ones that cross quickly are seen once or twice, and a share of what stays put must not
leave them out."""
OTHER = Motion(speed=0.6, sure=0.0)
"""Boats, animals: taken to be as slow as people. Not measured."""

FADE_S = 5.0
"""Time in which speed fades to 1/e. Measured on PETS09-S2L1: at 0.25 and 0.5 looks a second IDF1 gains 4 to 6
points over constant velocity, and nothing changes above (3 to 8 s are alike)."""
JOLT = 0.35
"""Change of speed, sizes a second per square root of a second. Same clip: 0.2 and 0.6 are worse."""
PLACE_NOISE = 0.06
"""Standard deviation of a detected box's foot point, sizes. Same clip: 0.06 to 0.1 are alike."""


def predict(state: Floats, cov: Floats, dt: float) -> tuple[Floats, Floats]:
    """Place and speed `dt` seconds later.

    Args:
        state: [n, 4]: x, y, and speed along both.
        cov: [n, 3]: variance of place, covariance of place and speed, variance of speed, the same along both
            axes, in sizes.
        dt: seconds, 0 or more.
    """
    fade = exp(-dt / FADE_S)
    gain = FADE_S * (1 - fade)
    moved = state.copy()
    moved[:, :2] += state[:, 2:] * gain
    moved[:, 2:] *= fade
    place, both, speed = cov.T
    power = JOLT**2
    square = (1 - fade * fade) * FADE_S / 2
    noise_place = power * FADE_S**2 * (dt - 2 * gain + square)
    noise_both = power * gain * gain / 2
    later = np.stack(
        [
            place + 2 * gain * both + gain * gain * speed + max(0.0, noise_place),
            fade * (both + gain * speed) + noise_both,
            fade * fade * speed + power * square,
        ],
        axis=1,
    )
    return moved, later


def correct(state: Floats, cov: Floats, seen: Floats) -> tuple[Floats, Floats]:
    """State and covariance after a detection at `seen`, [n, 2], of each (the Kalman filter's update)."""
    place, both, speed = cov.T
    gain_place = place / (place + PLACE_NOISE**2)
    gain_speed = both / (place + PLACE_NOISE**2)
    off = seen - state[:, :2]
    better = np.concatenate(
        [state[:, :2] + gain_place[:, None] * off, state[:, 2:] + gain_speed[:, None] * off], axis=1
    )
    left = 1 - gain_place
    return better, np.stack([left * place, left * both, speed - gain_speed * both], axis=1)


def fresh(places: Floats, speed: Floats) -> tuple[Floats, Floats]:
    """State and covariance of objects that are seen for the first time at `places`, [n, 2]."""
    zeros = np.zeros_like(places)
    noise = np.full(len(places), PLACE_NOISE**2)
    return np.concatenate([places, zeros], axis=1), np.stack([noise, zeros[:, 0], speed**2], axis=1)
