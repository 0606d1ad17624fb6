"""How many people there are, by how many a detector finds: in a crowd, people hide people.

Under an angle of depression a, whoever stands in front covers `PERSON_M / tan(a)` metres of ground behind
them. Recall falls with the number of bodies that stand there,

    hiding = density x WIDTH_M x PERSON_M / (tan a x (1 + STEEP x tan a)),
    found / true = 1 / (WHOLE + ONE x hiding + TWO x hiding^2),

where STEEP is for what is seen of bodies from above, and for those that hide less of another one than it
takes to miss them. So found = density x recall rises with the density only up to hiding =
sqrt(WHOLE / TWO), 4.0, and falls beyond: **a crush can look like a few people.** There is therefore no
estimate (None) where one per cent more people found would mean too many per cent more people (`MOST_GAIN`),
nor where as few would be found of a crush (`CRUSH_FOUND`).

The figures are of a simulation, with people placed by the tops of their boxes (`Viewpoint.standing`) and
recall by visible share and size as measured for YOLOX-nano:
`python benchmarks/density_jupedsim.py --recall`, docs/design/truth-by-simulation.md. They hold for people
of `INPUT_PX_PER_M` or more in the detector's input, seen at 8 to 80 degrees, up to 6 per square metre. A
detector that fails in crowds for other reasons than hiding (heads of ten pixels on a stand) is not in them:
whether this relation may be used at all has to come from the picture.
"""

from __future__ import annotations

import math

import numpy as np

WIDTH_M, PERSON_M = 0.5, 1.7
"""Of a body, as in the simulation."""
WHOLE, ONE, TWO, STEEP = 1.0, 0.286, 0.0624, 0.7
"""Least squares over some 1,900 strips of ground (9 densities, 8 places of the camera 4 to 12 m high, 3
tilings, 2 instants), weighted by their sampling error: the command above prints them. `WHOLE` is held at
one: people who are seen whole and large are found at 0.90 to 1.00, and false boxes make up for the rest."""
TOPS = 0.5
"""Of the shadow of a body, for its top that hides nobody. Chosen."""
MODEL_SPREAD = 0.06
"""Relative, of what is found about this relation, one camera and density against another: the root mean
square over those where an estimate is given (0.049; same command). Crowds that bunch are another matter: with
people who drift to the middle of the square, up to a fifth fewer were found than of an even crowd."""
INPUT_PX_PER_M = 35.0
"""Pixels of the detector's input to a metre from which on the relation holds within `MODEL_SPREAD`; at 22
to 28 a fifth fewer are found where half is, at 15 to 22 a third. Same command."""
MOST_GAIN = 2.2
"""Per cent of people to a per cent of found above which nothing is said. Chosen: `MODEL_SPREAD` becomes 0.13
there."""
CRUSH_AT = (0.0, 10.0, 14.0, 18.0, 22.5, 27.5, 32.5, 37.5, 45.0, 55.0, 70.0)
CRUSH_FOUND = (0.0, 0.21, 0.30, 0.47, 0.86, 1.16, 1.37, 1.70, 2.28, 3.08, 4.72)
"""Found per square metre of a crowd of 6 per square metre, by angle of depression, degrees: as counted in the
simulation (`by_depression` of the command above), not as fitted, for the curve is fitted to looser crowds."""
APART = 0.85
"""What is found is at most so much of what would be found of a crush: two to three times `MODEL_SPREAD`."""
DENSEST_PER_M2 = 6.0
"""The densest that was simulated; no estimate above."""


def load(persons_per_m2: float, depression_deg: float) -> float:
    """Bodies in the shadow of one, their tops left out: how much of the ground behind people is covered.

    Args:
        persons_per_m2: not negative.
        depression_deg: over 0 and below 90.
    """
    rise = math.tan(math.radians(depression_deg))
    return persons_per_m2 * WIDTH_M * PERSON_M / (rise * (1 + TOPS * rise))


def recall(persons_per_m2: float, depression_deg: float) -> float:
    """Share of the people that is found, 0..1, in an even crowd. Arguments as of `load`."""
    bodies = _hiding(persons_per_m2, depression_deg)
    return 1 / (WHOLE + ONE * bodies + TWO * bodies**2)


def gain(persons_per_m2: float, depression_deg: float) -> float:
    """Per cent of people to one per cent of found: 1 where all is seen; infinite where found stops rising."""
    bodies = _hiding(persons_per_m2, depression_deg)
    left = WHOLE - TWO * bodies**2
    return (WHOLE + ONE * bodies + TWO * bodies**2) / left if left > 0 else math.inf


def most_found_per_m2(depression_deg: float) -> float:
    """Found per square metre above which there is no estimate; 0 at a depression that never allows one."""
    if not 0 < depression_deg < 90:
        return 0.0
    dense = min(_most_hiding() / _hiding(1.0, depression_deg), DENSEST_PER_M2)
    crush = APART * float(np.interp(depression_deg, CRUSH_AT, CRUSH_FOUND))
    return min(dense * recall(dense, depression_deg), crush)


def most_per_m2(depression_deg: float) -> float:
    """The stated limit: persons per square metre up to which there is an estimate at this depression."""
    most = most_found_per_m2(depression_deg)
    return _inverted(most, depression_deg) if most > 0 else 0.0


def persons_estimate(
    found_per_m2: float, depression_deg: float, found: float | None = None
) -> tuple[float, float] | None:
    """Persons per square metre by those found, and the relative standard deviation of that.

    Args:
        found_per_m2: found by the detector, placed by `Viewpoint.standing`; not negative.
        depression_deg: angle below the horizontal at which the place is seen, over 0 and below 90.
        found: how many persons `found_per_m2` rests on, over all looks that were averaged and differ: adds
            the error of counting. None: not asked.

    Returns:
        never less than `found_per_m2`, rising with it; None: cannot be told, see above. What is said above
        zero found of few is a matter of `found`: its error of counting is that of one person at least.
    """
    if found_per_m2 > most_found_per_m2(depression_deg) or not 0 < depression_deg < 90:
        return None
    persons = max(found_per_m2, _inverted(found_per_m2, depression_deg))
    counting = 0.0 if found is None else 1 / math.sqrt(max(found, 1.0))
    return persons, math.hypot(MODEL_SPREAD, counting) * gain(persons, depression_deg)


def _hiding(persons_per_m2: float, depression_deg: float) -> float:
    rise = math.tan(math.radians(depression_deg))
    return persons_per_m2 * WIDTH_M * PERSON_M / (rise * (1 + STEEP * rise))


def _most_hiding() -> float:
    """What hides at which the gain is `MOST_GAIN`: root of TWO (1 + G) x^2 + ONE x + WHOLE (1 - G) = 0."""
    a, c = TWO * (1 + MOST_GAIN), WHOLE * (1 - MOST_GAIN)
    return (math.sqrt(ONE**2 - 4 * a * c) - ONE) / (2 * a)


def _inverted(found_per_m2: float, depression_deg: float) -> float:
    """The smaller root: found x (WHOLE + ONE x + TWO x^2) = x, both as what hides."""
    unit = _hiding(1.0, depression_deg)
    seen = found_per_m2 * unit
    if seen == 0:
        return 0.0
    b = 1 / seen - ONE
    root = math.sqrt(max(b * b - 4 * TWO * WHOLE, 0.0))
    return 2 * WHOLE / (b + root) / unit
