"""One direction of one camera, with a reference for each light that it has been seen in."""

from __future__ import annotations

from patrol.vision.sight.measures import Plane
from patrol.vision.sight.reference import Reference, Registration, Standpoint

UNCLEAR_S = 600.0
"""How long the references may say nothing before the light of now is learnt as one more. Dusk changes edges
within minutes and lasts half an hour; a camera that was moved is found long before (`STRANGE`, `MOVED`)."""
LIGHTS = 4
"""References of one view at most: day, night, and what lies between them."""
ORDER = (Standpoint.SAME, Standpoint.MOVED, Standpoint.UNCLEAR, Standpoint.ELSEWHERE)


class Viewpoint:
    """Compares pictures with one view, and learns it.

    Args:
        given: edges of a picture of this view; None: it is learnt from looks.
    """

    def __init__(self, given: Plane | None = None) -> None:
        self._references = [Reference(given)]
        self._best = self._references[0]
        self._unclear_since: float | None = None

    @property
    def known(self) -> bool:
        """Whether there is something to compare with."""
        return self._references[0].known

    def compare(self, edges: Plane) -> Registration:
        """How a picture lies against this view, by the reference that suits it best."""
        found = self._best.compare(edges) if self._best.known else Registration(Standpoint.UNCLEAR, 0.0)
        for other in self._references:
            if found.standpoint is Standpoint.SAME:
                break
            if other is self._best or not other.known:
                continue
            against = other.compare(edges)
            if _rank(against) < _rank(found):
                found, self._best = against, other
        return found

    def learn(self, arrived: float, edges: Plane, found: Registration) -> None:
        """Take a sound picture into account.

        Args:
            arrived: monotonic seconds.
            edges: of the picture.
            found: what `compare` said of it.
        """
        newest = self._references[-1]
        if not newest.known:
            newest.learn(arrived, edges)
            return
        self._best.learn(arrived, edges, found)
        if found.standpoint is not Standpoint.UNCLEAR:
            self._unclear_since = None
            return
        if self._unclear_since is None:
            self._unclear_since = arrived
        if arrived - self._unclear_since >= UNCLEAR_S:
            self._unclear_since = None
            del self._references[1 : len(self._references) - LIGHTS + 2]
            self._references.append(Reference())
            self._references[-1].learn(arrived, edges)


def _rank(found: Registration) -> tuple[int, float]:
    return ORDER.index(found.standpoint), -found.agreement
