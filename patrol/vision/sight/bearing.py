"""Where a camera points: still where it did, and, for a dome, at which of its views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from patrol.core.media import Grey
from patrol.core.sight import Reason
from patrol.vision.sight.measures import Measures, Plane, correlation, measure
from patrol.vision.sight.reference import AGREES, Registration, Standpoint
from patrol.vision.sight.viewpoint import Viewpoint

HOME = ""
"""View of a camera that has none by name, and what a dome shows that shows none of its views."""
NO_VIEW_S = 120.0
"""How long a dome may show none of its views before a preset is called gone: on patrol it stays 10 to 60 s at
each and turns for a few."""
RELIT = 2.0
"""Change of the median light by which different edges are explained: lamps go on, infrared begins."""
BARE = 0.4
"""Part of the usual detail under which edges are missing rather than others: fog, rain on the lens."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One view of a dome; without a picture, the first view without one is learnt where the dome points."""

    id: str
    picture: Grey | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Pointing:
    """Where one picture says that the camera points; see `patrol.core.sight.Seeing`.

    `turned` says that the dome has just left one view, or reached one.
    """

    faults: Mapping[str, Reason | None] = field(default_factory=dict)
    view: str | None = None
    astray: Reason | None = None
    turned: bool = False


@dataclass(slots=True)
class _Known:
    """Light and detail of the pictures that agreed."""

    light: float
    fine: float


class Bearing:
    """Follows where one camera points.

    Args:
        views: of a dome; none: it looks one way.
    """

    def __init__(self, views: Sequence[View] = ()) -> None:
        self._dome = bool(views)
        self._points = {
            view.id: Viewpoint(None if view.picture is None else measure(view.picture).edges)
            for view in views
        } or {HOME: Viewpoint()}
        self._to_learn = next((name for name, point in self._points.items() if not point.known), None)
        self._view: str | None = None
        self._none_since: float | None = None
        self._last: Plane | None = None
        self._known: _Known | None = None

    def forget(self) -> None:
        """Another place is shown, as the source says: a camera that looks one way learns it anew."""
        if not self._dome:
            self._points = {HOME: Viewpoint()}
            self._to_learn = HOME
        self._last = self._known = None

    def recognises(self, now: Measures) -> bool:
        """Whether a picture may show a place that is known, or nothing is known yet."""
        known = [point for point in self._points.values() if point.known]
        return not known or any(p.compare(now.edges).standpoint is not Standpoint.ELSEWHERE for p in known)

    def judge(self, arrived: float, now: Measures) -> Pointing:
        """Say where a sound picture points.

        Args:
            arrived: monotonic seconds.
            now: the picture.
        """
        before, self._last = self._last, now.edges
        return self._of_dome(arrived, now) if self._dome else self._of_fixed(arrived, now, before)

    def _of_fixed(self, arrived: float, now: Measures, before: Plane | None) -> Pointing:
        point = self._points[HOME]
        if not point.known:
            point.learn(arrived, now.edges, _NOTHING)
            self._remember(now)
            return Pointing()
        found = point.compare(now.edges)
        if found.standpoint is Standpoint.ELSEWHERE and not self._elsewhere(now, before):
            found = Registration(Standpoint.UNCLEAR, found.agreement)
        point.learn(arrived, now.edges, found)
        if found.standpoint is Standpoint.SAME:
            self._remember(now)
            return Pointing({"moved": None})
        if found.standpoint is Standpoint.UNCLEAR:
            return Pointing()
        reason = _moved(found)
        return Pointing({"moved": reason}, astray=reason)

    def _elsewhere(self, now: Measures, before: Plane | None) -> bool:
        """Whether different edges mean another direction: not where light or detail explain them."""
        known = self._known
        if known is None or before is None or before.shape != now.edges.shape:
            return False
        relit = max(now.middle, 1.0) / max(known.light, 1.0)
        plain = 1 / RELIT <= relit <= RELIT and now.fine >= BARE * known.fine
        return plain and correlation(before, now.edges) >= AGREES

    def _remember(self, now: Measures) -> None:
        self._known = _Known(now.middle, now.fine)

    def _of_dome(self, arrived: float, now: Measures) -> Pointing:
        name, found = self._which(now)
        if name is None and self._to_learn is not None:
            point = self._points[self._to_learn]
            point.learn(arrived, now.edges, _NOTHING)
            if not point.known:
                return Pointing()
            name, found, self._to_learn = self._to_learn, point.compare(now.edges), None
        turned = self._view is not None and (name or HOME) != self._view
        self._view = name or HOME
        if name is None:
            return self._nowhere(arrived, turned=turned)
        self._none_since = None
        self._points[name].learn(arrived, now.edges, found)
        reason = _moved(found) if found.standpoint is Standpoint.MOVED else None
        return Pointing({"moved": reason}, name, reason, turned)

    def _which(self, now: Measures) -> tuple[str | None, Registration]:
        """The view that a picture shows, the one of before first."""
        names = sorted((n for n, p in self._points.items() if p.known), key=lambda n: n != self._view)
        shifted: tuple[str | None, Registration] = None, _NOTHING
        for name in names:
            found = self._points[name].compare(now.edges)
            if found.standpoint is Standpoint.SAME:
                return name, found
            if found.standpoint is Standpoint.MOVED and shifted[0] is None:
                shifted = name, found
        return shifted

    def _nowhere(self, arrived: float, *, turned: bool) -> Pointing:
        if self._none_since is None:
            self._none_since = arrived
        lasts = arrived - self._none_since
        if lasts < NO_VIEW_S:
            return Pointing(view=HOME, turned=turned)
        gone = Reason("no-view", {"seconds": round(lasts)})
        return Pointing({"moved": gone}, HOME, gone, turned)


_NOTHING = Registration(Standpoint.UNCLEAR, 0.0)


def _moved(found: Registration) -> Reason:
    """In words: by how much of the picture, or to somewhere else."""
    if found.standpoint is Standpoint.ELSEWHERE:
        return Reason("turned", {"agreement": round(found.agreement, 2)})
    percent = {"across_percent": round(100 * found.across, 1), "down_percent": round(100 * found.down, 1)}
    return Reason("moved", percent)
