"""An analytic that looks closer: it names a second look and a density network, sees nothing, and says what
it was built for.
"""

from __future__ import annotations

from dataclasses import dataclass

from patrol.core.detections import Look
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place, Uses
from patrol.core.protocols import Analytic

KIND = "gathering"


@dataclass(frozen=True, slots=True)
class Params:
    """What it looks closer with."""

    second_look: str | None = "lines"
    network: str | None = None


@dataclass(frozen=True, slots=True)
class Angling:
    params: Params
    place: Place

    def observe(self, look: Look) -> Observation:
        place = self.place
        parts: dict[str, float | int | str] = {
            "laws": ", ".join(law.notice.id for law in place.laws),
            "neighbours": ", ".join(zone.id for zone in place.neighbours),
            "excluded": ", ".join(zone.id for zone in place.excluded),
            "second_looks": ", ".join(place.means.second_looks),
            "density_networks": ", ".join(place.means.density_networks),
        }
        return Observation(Presence.ABSENT, 0.0, "persons", 0.0, parts=parts)


def build(params: Params, place: Place) -> Analytic:
    return Angling(params, place)


def uses(params: Params) -> Uses:
    return Uses(
        second_looks=(params.second_look,) if params.second_look else (),
        density_networks=(params.network,) if params.network else (),
    )
