"""Density: persons per square metre on calibrated ground, by cells of some square metres, or "cannot tell".

Two regimes: the detector's people where they can be told apart, corrected for those who hide behind others,
and a density network where they cannot. Which one is believed follows from the picture (`saturation`), never
from the count alone. Where neither holds it cannot tell, and says so; where people are known to be there, the
companion rule raises that. **A picture full of people is never reported as empty.** The guide is
docs/guide/density.md, the figures are in docs/design/density.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from patrol.core.detections import Look
from patrol.core.errors import ConfigError
from patrol.core.feasibility import Level, Needs
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place, Uses
from patrol.core.sight import Light, Reason
from patrol.vision.analytics.bands import BANDS, RELEASE, band_of
from patrol.vision.analytics.counting import mean_score, unknown_classes
from patrol.vision.analytics.crowd_measures import Measured, Measures
from patrol.vision.analytics.crowding import Crowding, Regime
from patrol.vision.analytics.dense import Dense
from patrol.vision.analytics.ground_cells import Cells, cells_of
from patrol.vision.analytics.trend import Trend
from patrol.vision.analytics.unreadable import Known, Unreadable

Parts = dict[str, float | int | str]

KIND = "density"
COMPANION = "density-unreadable"
CLASSES = ("person",)
UNIT = "persons/m2"
TIMING = {"for_s": 10.0, "clear_s": 30.0, "share": 0.6}
"""Chosen: with `smooth_s` before it, and a network asked every `network_every_s`, a density is raised within
30 s of being reached (issue 4, line 4). A crowd that disperses takes longer than half a minute."""
LIGHT = Light(mean=25.0, over_noise=12.0)
"""As for `gathering`: in the dark neither boxes nor texture show people."""
LEAST_INPUT_PX_PER_M = 22.0
"""Pixels of the detector's input to a metre: at 22 to 28 a fifth fewer are found at middling loads, below a
third (`patrol.core.occlusion.INPUT_PX_PER_M`). Chosen: more would refuse most cameras without tiles."""
TWICE = 2.0
"""`low` and `high` lie so many standard deviations off: 95 % of the time, were errors normal."""


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of the rule.

    Attributes:
        network: one of `density_networks`, for where people hide each other; none: it cannot tell there.
        raise_at: persons per square metre in any cell from which it is raised. The default is the band that
            is uncomfortable and can become dangerous (Still); below it, people walk slowly and nobody is
            crushed.
        cell_m2: about how large a ground cell is. Chosen: ten square metres hold fifty people at 5 per
            square metre, and a crush is local; in one or two, one person more is half a band.
        smooth_s: findings are averaged over the looks of so many seconds.
        network_every_s: the network is asked at most so often.
    """

    network: str | None = None
    raise_at: float = 5.0
    cell_m2: float = 10.0
    smooth_s: float = 10.0
    network_every_s: float = 5.0

    def __post_init__(self) -> None:
        if not 0.1 <= self.raise_at <= 12:
            raise ValueError(f"raise_at must lie between 0.1 and 12 persons per m2, is {self.raise_at:g}")
        if not 4 <= self.cell_m2 <= 400:
            raise ValueError(f"cell_m2 must lie between 4 and 400 square metres, is {self.cell_m2:g}")
        if not 0 <= self.smooth_s <= 60:
            raise ValueError(f"smooth_s must lie between 0 and 60 seconds, is {self.smooth_s:g}")
        if not 1 <= self.network_every_s <= 60:
            raise ValueError(
                f"network_every_s must lie between 1 and 60 seconds, is {self.network_every_s:g}"
            )


class Density:
    """An analytic: how dense people stand in the zone.

    Attributes:
        companion: raises that people are there and it cannot tell.
    """

    def __init__(self, params: Params, place: Place) -> None:
        if place.ground is None:
            raise ConfigError("density is measured in metres: the camera needs a `calibration`")
        self._params, self._place, self._ground = params, place, place.ground
        self._dense = _dense(params, place)
        self._trend = Trend(0.0)
        self._band = BANDS[0]
        self._regime = Regime.DETECTOR
        self._size = (0, 0)
        self._scene: int | None = None
        self._arrived = 0.0
        self._measures: Measures | None = None
        self.companion = Unreadable()

    def observe(self, look: Look) -> Observation:
        """Judge one look.

        Cannot tell without a person class, without the picture itself, where none of the zone's ground can be
        seen, and where neither regime holds.

        Raises:
            ModelError: the density network failed.
            DecodeError: the picture cannot be scaled.
        """
        self.companion.told(None)
        if not set(CLASSES) & set(look.detections.labels):
            return unknown_classes(CLASSES, UNIT)
        self._follow(look)
        if self._measures is None:
            return Observation(Presence.CANNOT_TELL, 0.0, UNIT, 0.0, reason=Reason("ground-unseen"))
        measured = self._measures.step(look, look.detections.of(*CLASSES))
        said = self._said(look, measured, self._measures.cells)
        self.companion.told(_known(look, said, measured, self._measures.cells))
        return said

    def _follow(self, look: Look) -> None:
        """Begin anew where the picture is of another size, another scene, or earlier than the one before."""
        size = (look.width, look.height)
        anew = size != self._size or look.scene != self._scene or look.arrived < self._arrived
        if size != self._size:
            self._measures = self._measures_of(size)
        elif anew and self._measures is not None:
            self._measures.clear()
        if anew:
            self._trend.clear()
            self.companion.clear()
            self._band = BANDS[0]
        self._size, self._scene, self._arrived = size, look.scene, look.arrived

    def _measures_of(self, size: tuple[int, int]) -> Measures | None:
        # A network sees heads where a detector needs whole people.
        level = Level.DETECT if self._dense is None else Level.MONITOR
        cells = cells_of(self._place, self._ground, self._params.cell_m2, level.pixels_per_metre, size)
        return None if cells is None else Measures(cells, size, self._params.smooth_s, self._dense)

    def _said(self, look: Look, measured: Measured, cells: Cells) -> Observation:
        crowd, found = measured.crowd, measured.found
        peak = int(np.argmax(np.where(cells.whole, np.nan_to_num(crowd.persons), -1.0)))
        density = float(crowd.persons[peak])
        parts = self._parts(measured, cells, density)
        if crowd.regime is not self._regime:
            self._trend.clear()
            self._regime = crowd.regime
        score = mean_score(found)
        if crowd.why is None:
            parts |= self._told(look.arrived, crowd, cells, peak)
            score = score if crowd.regime is Regime.DETECTOR else max(0.01, 1 - float(crowd.spread[peak]))
        elif density < self._params.raise_at:
            reason = crowd.why
            return Observation(Presence.CANNOT_TELL, density, UNIT, score, found.boxes, parts, reason)
        # As many as it takes were found, whatever else can be told.
        # A network reads low as often as high: its deviation counts, so that no crush is hidden by that.
        likely = density * (1 + float(crowd.spread[peak])) if crowd.regime is Regime.NETWORK else density
        return Observation(self._presence(likely), density, UNIT, score, found.boxes, parts)

    def _presence(self, density: float) -> Presence:
        if density >= self._params.raise_at:
            return Presence.PRESENT
        return Presence.BETWEEN if density >= RELEASE * self._params.raise_at else Presence.ABSENT

    def _parts(self, measured: Measured, cells: Cells, density: float) -> Parts:
        parts: Parts = {
            "density": round(density, 2),
            "regime": measured.crowd.regime.value,
            "found": len(measured.found),
            "area_m2": round(float(cells.area_m2.sum()), 1),
            "raise_at": self._params.raise_at,
        }
        if measured.saturation is not None:
            parts["saturation"] = round(float(measured.saturation.share[cells.whole].max()), 2)
            parts["unseen"] = round(measured.crowd.unseen, 1)
        if measured.network is not None:
            parts["network_persons"] = round(float(np.sum(measured.network * cells.area_m2)), 1)
        return parts

    def _told(self, arrived: float, crowd: Crowding, cells: Cells, peak: int) -> Parts:
        """What is said besides of a zone that can be told."""
        density, area = float(crowd.persons[peak]), float(cells.area_m2[peak])
        self._band = band_of(density, self._band)
        known = np.isfinite(crowd.persons)
        persons = float(np.sum(crowd.persons[known] * cells.area_m2[known]))
        mean = persons / float(cells.area_m2[known].sum())
        # Who is placed so far off crosses the edge of a cell.
        off = TWICE * float(np.hypot(crowd.spread[peak], self._ground.error_m / np.sqrt(area)))
        parts: Parts = {
            "band": self._band.name,
            "low": round(density * max(0.0, 1 - off), 2),
            "high": round(density * (1 + off) + float(crowd.hidden[peak]), 2),
            "mean": round(mean, 3),
            "persons": round(persons),
        }
        self._trend.step(arrived, mean)
        growth = self._trend.growth_per_min()
        return parts if growth is None else {**parts, "growth_per_min": round(growth, 2)}


def build(params: Params, place: Place) -> Density:
    """The analytic for one zone of one camera.

    Raises:
        ConfigError: the camera is not calibrated, or the network is not there.
    """
    return Density(params, place)


def needs(params: Params) -> Needs:
    """What the camera has to show of the zone; a network sees heads where a detector needs whole people."""
    if params.network is not None:
        return Needs(
            "a head", Level.MONITOR, 0.0, "EN 62676-4 (monitor): a head is three pixels wide", ground=True
        )
    return Needs(
        "a person",
        Level.DETECT,
        LEAST_INPUT_PX_PER_M,
        "EN 62676-4 (detect); people found in crowds by pixels, benchmarks/density_jupedsim.py --recall",
        ground=True,
    )


def uses(params: Params) -> Uses:
    """The density network that it asks."""
    return Uses(density_networks=() if params.network is None else (params.network,))


def _dense(params: Params, place: Place) -> Dense | None:
    if params.network is None:
        return None
    network = place.means.density_networks.get(params.network)
    if network is None:
        raise ConfigError(f"the density network {params.network!r} is not there")
    return Dense(network, params.network_every_s)


def _known(look: Look, said: Observation, measured: Measured, cells: Cells) -> Known:
    network, saturation = measured.network, measured.saturation
    return Known(
        look.look_id,
        said,
        float(len(measured.found)),
        0.0 if saturation is None else saturation.moving,
        None if network is None else float(np.sum(network * cells.area_m2)),
        saturation is not None and saturation.settled,
    )
