"""The tracker: which detection of this look is which object of the looks before, by geometry alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log, pi

import numpy as np
from numpy.typing import NDArray

from patrol.core.detections import Detections, Ids, Look
from patrol.core.geometry import foot_points
from patrol.vision.tracking.assign import Pairs, assign
from patrol.vision.tracking.motion import (
    OTHER,
    PERSON,
    PLACE_NOISE,
    VEHICLE,
    Floats,
    Motion,
    correct,
    fresh,
    predict,
)

LOST_AFTER_S = 10.0
"""Unseen for so long, a track ends. A seated angler is found in half of the looks (data of the project): ten
seconds are five looks in a row, which he is missed in once in 32 times. On PETS09-S2L1 5 and 10 s differ by
less than a point of IDF1 but at 7 looks a second."""
PATIENCE_S = 30.0
"""A track that the detector was never sure of gets its id after so long: somebody far off or camouflaged may
never score high, and staying is evidence of its own; but a lamp post that is taken for a man stays, too.
With 10 s, PETS09-S2L1 loses 5 points of MOTA at 2 looks a second to such places; its 28 s of truth cannot
tell what 30 s cost."""
SIZE_NOISE = 0.1
"""Standard deviation of the logarithm of a detected box's size: 10 %. PETS09-S2L1: 0.08 to 0.2 are alike."""
SIZE_DRIFT = 0.08
"""How the logarithm of an object's size wanders, per square root of a second, as it comes nearer or goes."""
TAIL = 4.0
"""Degrees of freedom of Student's t in place of a Gaussian for how far off an object is found (Lange, Little
and Taylor 1989 take 4): one that turns, or a car that was first seen at speed, is no stranger at once."""
FOUND = 0.85
"""Share of objects that the detector finds in a look: recall of YOLOX-nano at 0.35 on PETS09-S2L1 is 0.84."""
STRANGERS = 0.02
"""New objects and false alarms in a look, per square of the object's own size: a pair is made where it is
likelier than a miss and a stranger. PETS09-S2L1 and TUD-Campus: 0.005 to 0.05 are alike."""

ALONE = -log(STRANGERS) - log(1 - FOUND)
VEHICLES = frozenset({"car", "motorcycle", "bus", "truck"})
"""Followed as one kind: detectors call one vehicle a car now and a truck then."""


class StreamIds:
    """Allocator of track ids of one stream: counts up, over every reset of every tracker that shares it."""

    def __init__(self) -> None:
        self._next = 0

    def take(self, count: int) -> Ids:
        """`count` ids that were never given before. Shape [count]."""
        first = self._next
        self._next += count
        return np.arange(first, self._next, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _Kinds:
    """What a detector's class names mean here; arrays by class id."""

    kind: NDArray[np.intp]
    speed: Floats
    sure: Floats
    person: NDArray[np.bool_]

    @staticmethod
    def of(labels: tuple[str, ...]) -> _Kinds:
        names = ["vehicle" if label in VEHICLES else label for label in labels]
        motion: list[Motion] = [{"person": PERSON, "vehicle": VEHICLE}.get(name, OTHER) for name in names]
        return _Kinds(
            np.asarray([names.index(name) for name in names], np.intp),
            np.asarray([m.speed for m in motion], np.float64),
            np.asarray([m.sure for m in motion], np.float64),
            np.asarray([label == "person" for label in labels], np.bool_),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Tracks:
    """What is followed, as aligned arrays. Places are in picture heights, speeds in those a second.

    Attributes:
        state: [n, 4], see `motion.predict`.
        cov: [n, 3], in squares of the object's size.
        size: [n], picture heights.
        size_var: [n], variance of its logarithm.
        kind: [n].
        ids: [n], the internal ids; given away once `known`.
        known: [n], whether somebody was sure of it.
        since: [n], seconds.
        seen: [n], seconds.
    """

    state: Floats
    cov: Floats
    size: Floats
    size_var: Floats
    kind: NDArray[np.intp]
    ids: Ids
    known: NDArray[np.bool_]
    since: Floats
    seen: Floats

    def where(self, keep: NDArray[np.bool_]) -> _Tracks:
        if keep.all():
            return self
        return _Tracks(*(getattr(self, name)[keep] for name in _FIELDS))

    def with_more(self, more: _Tracks) -> _Tracks:
        return _Tracks(*(np.concatenate([getattr(self, name), getattr(more, name)]) for name in _FIELDS))


_FIELDS = tuple(_Tracks.__dataclass_fields__)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """The detections of one look in the tracker's units, aligned; `speed` as its kind has it."""

    place: Floats
    size: Floats
    kind: NDArray[np.intp]
    speed: Floats
    sure: NDArray[np.bool_]

    @staticmethod
    def of(look: Look, kinds: _Kinds) -> _Seen:
        found: Detections = look.detections
        aspect = look.width / max(1, look.height)
        boxes = found.boxes.astype(np.float64)
        width, height = (boxes[:, 2] - boxes[:, 0]) * aspect, boxes[:, 3] - boxes[:, 1]
        person = kinds.person[found.class_ids]
        size = np.where(person, height, np.sqrt(np.maximum(width * height, 0)))
        return _Seen(
            foot_points(found.boxes).astype(np.float64) * (aspect, 1.0),
            np.maximum(size, 1e-4),  # boxes without an area come from detectors that do not check
            kinds.kind[found.class_ids],
            kinds.speed[found.class_ids],
            found.scores >= kinds.sure[found.class_ids],
        )


class GeometryTracker:
    """A Tracker for looks 0.2 to 4 s apart, of one camera.

    Each object's place is predicted with an uncertainty that grows with the seconds since it was seen; the
    likeliest assignment of all detections to all objects wins, in which an object may have been missed and a
    detection may be a stranger (global nearest neighbour; Blackman and Popoli, "Design and Analysis of Modern
    Tracking Systems", 1999, ch. 6). Place, size and class decide; what somebody looks like never does.
    Nothing is kept of an object that was not seen for `LOST_AFTER_S`.

    Args:
        ids: of the stream; hand the same one to a tracker that replaces this one.
    """

    def __init__(self, ids: StreamIds | None = None) -> None:
        self._ids = ids or StreamIds()
        self._tracks = _nothing()
        self._at: float | None = None
        self._scene = 0
        self._kinds: Mapping[tuple[str, ...], _Kinds] = {}

    def update(self, look: Look) -> Ids:
        """See `Tracker.update`. Time that stands still or runs backwards counts as no time at all."""
        if look.scene != self._scene:
            self._tracks, self._scene = _nothing(), look.scene
        now = look.arrived if self._at is None else max(self._at, look.arrived)
        dt = 0.0 if self._at is None else now - self._at
        self._at = now
        seen = _Seen.of(look, self._kinds_of(look.detections.labels))
        tracks = self._tracks.where(self._tracks.seen >= now - LOST_AFTER_S)
        tracks = _predicted(tracks, dt)
        rows, columns = _pairs(tracks, seen)
        _follow(tracks, seen, rows, columns, now)
        internal = np.full(len(seen.size), -1, np.int64)
        given = internal.copy()
        internal[columns] = tracks.ids[rows]
        given[columns] = np.where(tracks.known[rows], tracks.ids[rows], -1)
        new = np.flatnonzero(internal < 0)
        new = new[np.lexsort((seen.place[new, 1], seen.place[new, 0]))]  # ids do not go by the rows' order
        begun = self._begin(seen, new, now)
        given[new] = np.where(begun.known, begun.ids, -1)
        self._tracks = tracks.with_more(begun) if len(new) else tracks
        return given

    def _begin(self, seen: _Seen, new: NDArray[np.intp], now: float) -> _Tracks:
        state, cov = fresh(seen.place[new], seen.speed[new])
        many = np.full(len(new), now)
        noise = np.full(len(new), SIZE_NOISE**2)
        ids = self._ids.take(len(new))
        return _Tracks(
            state, cov, seen.size[new], noise, seen.kind[new], ids, seen.sure[new], many, many.copy()
        )

    def _kinds_of(self, labels: tuple[str, ...]) -> _Kinds:
        if labels not in self._kinds:
            self._kinds = {labels: _Kinds.of(labels)}
            self._tracks = _nothing()  # another detector: its class ids mean something else
        return self._kinds[labels]


def _nothing() -> _Tracks:
    none = np.zeros(0)
    ids, known = np.zeros(0, np.int64), np.zeros(0, np.bool_)
    kind = np.zeros(0, np.intp)
    return _Tracks(np.zeros((0, 4)), np.zeros((0, 3)), none, none, kind, ids, known, none, none)


def _predicted(tracks: _Tracks, dt: float) -> _Tracks:
    """Copies of what changes, so that the arrays of the look before stay as they are."""
    state, cov = predict(tracks.state, tracks.cov, dt)
    return replace(
        tracks,
        state=state,
        cov=cov,
        size=tracks.size.copy(),
        size_var=tracks.size_var + SIZE_DRIFT**2 * dt,
        known=tracks.known.copy(),
        seen=tracks.seen.copy(),
    )


def _pairs(tracks: _Tracks, seen: _Seen) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Tracks and the detections that are theirs, aligned."""
    matched = assign(_possible(tracks, seen), len(tracks.size), ALONE)
    rows = np.flatnonzero(matched >= 0)
    return rows, matched[rows]


def _possible(tracks: _Tracks, seen: _Seen) -> Pairs:
    """What may belong together, with minus the logarithm of its likelihood.

    The square of the distance alone rules most pairs out; logarithms are taken of the few that it leaves.
    """
    spread = tracks.cov[:, 0] + PLACE_NOISE**2
    size_var = tracks.size_var + SIZE_NOISE**2
    constant = np.log(2 * pi * spread) + np.log(size_var / (2 * SIZE_NOISE**2)) / 2 - log(FOUND)
    scale = spread * tracks.size**2
    reach = TAIL * np.expm1(np.maximum(ALONE - constant, 0) * 2 / (TAIL + 2))
    squares = np.square(seen.place[:, 0] - tracks.state[:, 0, None])
    squares += np.square(seen.place[:, 1] - tracks.state[:, 1, None])
    rows, columns = np.nonzero(squares < (reach * scale)[:, None])
    same = tracks.kind[rows] == seen.kind[columns]
    rows, columns = rows[same], columns[same]
    growth = np.log(seen.size[columns] / tracks.size[rows])
    costs = (
        (TAIL + 2) / 2 * np.log1p(squares[rows, columns] / scale[rows] / TAIL)
        + growth * growth / (2 * size_var[rows])
        + constant[rows]
    )
    return Pairs(rows, columns, costs)


def _follow(
    tracks: _Tracks, seen: _Seen, rows: NDArray[np.intp], columns: NDArray[np.intp], now: float
) -> None:
    """Take what was seen into the tracks of `rows`."""
    size = tracks.size[rows, None]
    relative = tracks.state[rows]
    relative[:, :2] /= size
    relative[:, 2:] /= size
    better, cov = correct(relative, tracks.cov[rows], seen.place[columns] / size)
    tracks.state[rows], tracks.cov[rows] = better * size, cov
    gain = tracks.size_var[rows] / (tracks.size_var[rows] + SIZE_NOISE**2)
    tracks.size[rows] *= (seen.size[columns] / tracks.size[rows]) ** gain
    tracks.size_var[rows] *= 1 - gain
    tracks.seen[rows] = now
    tracks.known[rows] |= seen.sure[columns] | (now - tracks.since[rows] >= PATIENCE_S)
