"""From a calibration in streams.yaml to a ground plane, or to the words that say why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from patrol.config.calibration import CalibrationConfig, PointConfig
from patrol.config.problems import KeyPath
from patrol.core.errors import ConfigError
from patrol.core.ground import Ground
from patrol.core.homography import Plane, distances, fit, on_a_line, rms
from patrol.core.surveying import Pair, Unplaceable, local_plane, residuals, survey

SAME_PLACE = 0.002
"""Two points of the picture that are nearer than this are one: 4 pixels of 1920, as far as clicking goes."""
SAME_GROUND_M = 0.01
"""A tape tells no more apart; nearer than this is a number that was typed twice."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A calibration that fits.

    Attributes:
        ground: the plane, with its root mean square error.
        errors_m: by point, how far from its place it comes out, or how wrong the worst of its distances is.
        checked: there are more measurements than a plane takes, so the error says something.
    """

    ground: Ground
    errors_m: dict[str, float]
    checked: bool

    @property
    def worst(self) -> str:
        """The point with the greatest error."""
        return max(self.errors_m, key=lambda name: self.errors_m[name])


class Misfit(ConfigError):  # noqa: N818  named after what happened, as the tree reads
    """A calibration that cannot be used.

    Attributes:
        at: where in the section.
        message: what was found and what was expected.
    """

    def __init__(self, at: KeyPath, message: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message


@lru_cache(maxsize=1024)
def calibrated(config: CalibrationConfig) -> Calibrated:
    """The ground plane of a calibration; worked out once, asked for by every zone and rule.

    Raises:
        Misfit: it cannot be used; says why.
    """
    for at, message in _repeated(config):
        raise Misfit(at, message)
    picture = np.array([point.at for point in config.points], np.float64)
    if line := on_a_line(picture):
        raise Misfit(("points",), f"of the picture {_line_words(config, line)}")
    places, spare, inexact = _places(config, picture)
    if line := on_a_line(places):
        raise Misfit(("points",), f"on the ground {_line_words(config, line)}")
    ground = fit(picture, places)
    if ground is None:
        raise Misfit(
            ("points",),
            "fit no ground: some would lie above the horizon that the others imply; expected points in the "
            "order in which they lie there (are two exchanged?), all of them on flat ground"
            f"{_suspect(config, picture, places)}",
        )
    off = np.maximum(distances(ground.to_metres, picture, places), inexact)
    ground = replace(ground, error_m=rms(off))
    names = [point.id for point in config.points]
    found = Calibrated(ground, dict(zip(names, off.tolist(), strict=True)), spare or len(names) > 4)
    _within(config, found, picture, places)
    return found


def calibration_complaints(config: CalibrationConfig) -> Iterator[tuple[KeyPath, str]]:
    """What keeps a calibration from being used; the first thing only, the rest follows from it."""
    try:
        calibrated(config)
    except Misfit as misfit:
        yield misfit.at, misfit.message


def _repeated(config: CalibrationConfig) -> Iterator[tuple[KeyPath, str]]:
    for number, point in enumerate(config.points):
        for earlier in config.points[:number]:
            at: KeyPath = ("points", number)
            if point.id == earlier.id:
                yield (*at, "id"), f"is {point.id!r}, which a point above has already; expected another"
            if max(abs(a - b) for a, b in zip(point.at, earlier.at, strict=True)) < SAME_PLACE:
                yield (
                    (*at, "at"),
                    f"is the place of {earlier.id!r} too; expected points apart from each other",
                )
            if point.ground and earlier.ground and _metres(point.ground, earlier.ground) < SAME_GROUND_M:
                yield (*at, "ground"), f"is the place of {earlier.id!r} too; expected another: `at` differs"


def _places(config: CalibrationConfig, picture: Plane) -> tuple[Plane, bool, Plane]:
    """Metres of all points; whether there are measurements to spare; and how wrong each point's are."""
    nothing = np.zeros(len(config.points))
    forms = [_form(number, point) for number, point in enumerate(config.points)]
    for number, form in enumerate(forms):
        if form != forms[0]:
            raise Misfit(
                ("points", number),
                f"has {form}, and the first point has {forms[0]}; expected the same of every point",
            )
    if config.distances and forms[0] != "no place":
        raise Misfit(
            ("distances",), f"are given, and the points have {forms[0]} as well; expected one of the two"
        )
    if forms[0] == "`ground`":
        return np.array([point.ground for point in config.points], np.float64), False, nothing
    if forms[0] == "degrees":
        degrees = np.array([(point.latitude, point.longitude) for point in config.points], np.float64)
        plane = local_plane(degrees)
        _seen_from_above(config, picture, plane)
        return plane, False, nothing
    return _surveyed(config, picture)


def _form(number: int, point: PointConfig) -> str:
    degrees = (point.latitude is not None) + (point.longitude is not None)
    if degrees == 1 or (degrees and point.ground):
        raise Misfit(("points", number), "has a mixture; expected `ground`, or `latitude` and `longitude`")
    if degrees:
        return "degrees"
    return "`ground`" if point.ground else "no place"


def _seen_from_above(config: CalibrationConfig, picture: Plane, plane: Plane) -> None:
    """Degrees have a handedness: exchanged, they show the ground from below."""
    ground = fit(picture, plane)
    if ground is not None and np.linalg.det(ground.to_metres) > 0:
        raise Misfit(
            ("points", len(config.points) - 1),
            "and the points before it lie mirrored to the picture; expected `latitude` north and `longitude` "
            "east (are they exchanged?)",
        )


def _surveyed(config: CalibrationConfig, picture: Plane) -> tuple[Plane, bool, Plane]:
    if not config.distances:
        raise Misfit(
            ("points", 0),
            "has no place on the ground; expected `ground`, or `latitude` and `longitude`, with every point, "
            "or `distances` between them",
        )
    known = _known(config)
    try:
        places = survey(picture, known)
    except Unplaceable as failed:
        names = ", ".join(config.points[number].id for number in failed.points)
        if failed.contradiction:
            raise Misfit(("distances",), f"contradict each other: {names} make no triangle") from None
        raise Misfit(
            ("distances",),
            f"do not say where {names} lie; expected two or more from each point to points that are fixed: "
            "five or six for four points",
        ) from None
    wrong = np.zeros(len(places))
    for (i, j), metres in residuals(places, known).items():
        wrong[[i, j]] = np.maximum(wrong[[i, j]], abs(metres))
    if wrong.max() > config.max_error_m:
        one, other = max(known, key=lambda pair: abs(residuals(places, known)[pair]))
        raise Misfit(
            ("distances",),
            f"contradict each other by {wrong.max():.1f} m, most between {config.points[one].id} and "
            f"{config.points[other].id}; expected {config.max_error_m:g} m or less (max_error_m)",
        )
    return places, len(known) > 2 * len(places) - 3, wrong


def _known(config: CalibrationConfig) -> dict[Pair, float]:
    numbers = {point.id: number for number, point in enumerate(config.points)}
    known: dict[Pair, float] = {}
    for row, distance in enumerate(config.distances):
        at: KeyPath = ("distances", row, "between")
        for name in distance.between:
            if name not in numbers:
                raise Misfit(at, f"names {name!r}, which is no point; expected two of: {', '.join(numbers)}")
        a, b = sorted(numbers[name] for name in distance.between)
        if a == b or (a, b) in known:
            said = "is one point twice" if a == b else "is a pair that stands above already"
            raise Misfit(at, f"{said}; expected another pair")
        known[a, b] = distance.metres
    return known


def _within(config: CalibrationConfig, found: Calibrated, picture: Plane, places: Plane) -> None:
    """Refuse an error that is too large."""
    error, most = found.ground.error_m, config.max_error_m
    if error <= most:
        return
    raise Misfit(
        ("points",),
        f"fit with an error of {error:.1f} m, most at {found.worst} ({found.errors_m[found.worst]:.1f} m); "
        f"expected {most:g} m or less (max_error_m){_suspect(config, picture, places)}",
    )


def _suspect(config: CalibrationConfig, picture: Plane, places: Plane) -> str:
    """The one point without which the others fit; of five or fewer, any four others would."""
    without = {
        point.id: other.error_m
        for number, point in enumerate(config.points)
        if len(config.points) > 5
        and (other := fit(np.delete(picture, number, 0), np.delete(places, number, 0))) is not None
    }
    best = min(without, key=lambda name: without[name], default="")
    if not best or without[best] > config.max_error_m:
        return ""
    return f". Without {best} the error is {without[best]:.1f} m: measure that one again"


def _line_words(config: CalibrationConfig, line: tuple[int, ...]) -> str:
    names = ", ".join(config.points[number].id for number in line)
    return f"lie on one line: {names}; expected four points of which no three do"


def _metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(np.hypot(a[0] - b[0], a[1] - b[1]))
