"""Labelled clips and stills held against one rule: which raise it, how sure it is, where it is blind.

A clip is judged by the rule over time, as a camera would be: looped, its splices marked, by a virtual clock.
A still is no time: no candidate can come of it (`raised` is null). Where the rule has a second look, that is
asked of the still (`stills`); else what the rule's own analytic says of one picture is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from patrol.bench.evaluation.labels import Labelled
from patrol.bench.evaluation.scenes_album import Album
from patrol.bench.evaluation.scenes_blind import blindness
from patrol.bench.evaluation.scenes_rule import CAMERA, ZONE, Corners, Question, configuration, without_rules
from patrol.bench.evaluation.stills import Closely, look_closely
from patrol.bench.replay.clock import VirtualClock
from patrol.bench.replay.frames import ClipReader
from patrol.bench.replay.nouns import Options, Replayed, Seen
from patrol.bench.replay.replaying import exact_detector, replay
from patrol.bench.replay.room import Glance, Room
from patrol.config.load import Loaded
from patrol.config.plugins import effective_rules
from patrol.core.closer import GearKind
from patrol.core.errors import DecodeError
from patrol.core.geometry import Points
from patrol.core.law import WATER_KINDS
from patrol.core.media import Pixels
from patrol.core.observation import Observation, Presence
from patrol.core.protocols import SecondLook
from patrol.core.zone import WHOLE_PICTURE, Zone
from patrol.vision.candidates.evidence.people import DecodedPicture
from patrol.vision.worker.detecting import SharedDetector
from patrol.vision.worker.eyes import build_eye
from patrol.vision.worker.means import build_means
from patrol.vision.worker.rules import ANALYTICS, build_rules, uses_of

VEHICLES = ("car", "motorcycle", "bus", "truck")
"""COCO's road vehicles with an engine; where they ever were is the lane of a clip that has none drawn."""
LANE = "lane"
BEYOND_S = 120.0
"""A clip is looped for the rule's own time and so much more: for what an analytic averages over, and for a
rule to turn blind, before anything is called quiet."""
DWELLS = 2.0
"""Times the dwell, of a rule that has one, that a clip is looped for besides: what has not been found within
twice the dwell is called missed."""
NO_SECOND_LOOK = "the rule has no second look: a still is judged by its analytic on one picture"


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One labelled file, judged.

    Attributes:
        rule_id: the rule's.
        raised: whether a candidate of it began; None for a still.
        grade: the one that most looks gave, where the analytic gives any.
        grades: share of the looks that told in which each grade was given.
        score: of the candidate, else of the look with the highest value; None where nothing was told.
        parts: named figures of the same look.
        value: the highest value.
        blind: code of the reason for which the rule was blind for longest; None: it never was.
        blind_s: seconds that it was.
        could_not_tell: looks that did not tell, by the reason's code; a rule is called blind only where they
            last.
        zone: where the rule looked.
        replayed: the clip's replay; None for a still.
        closely: what a second look says of a still; None for a clip, and where the rule has none.
    """

    file: Labelled
    rule_id: str
    raised: bool | None
    grade: str | None
    grades: Mapping[str, float]
    score: float | None
    parts: Mapping[str, float | int | str]
    value: float | None
    blind: str | None
    blind_s: float
    could_not_tell: Mapping[str, int]
    zone: Zone
    album: Album
    replayed: Replayed | None = None
    closely: Closely | None = None


@dataclass(slots=True)
class _Told:
    """The observations of one file, as they come."""

    rule: str
    album: Album = field(default_factory=Album)
    best: Observation | None = None
    grades: Counter[str] = field(default_factory=Counter)
    told: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def __call__(self, seen: Seen) -> None:
        self.album(seen)
        said = seen.observations.get(self.rule)
        if said is None:
            return
        if said.presence is Presence.CANNOT_TELL:
            self.reasons[said.reason.code if said.reason else "cannot-tell"] += 1
            return
        self.told += 1
        if grade := said.parts.get("grade"):
            self.grades[str(grade)] += 1
        if self.best is None or said.value > self.best.value:
            self.best = said


class Scenes:
    """One question, put to many files with one detector.

    Args:
        question: what is asked.
        cache_dir: of models.
        progress: takes one line for people.

    Raises:
        ConfigError, PluginError: the rule, or a setting, is not what it should be.
        ModelError: a model is not there, or cannot be run.
    """

    def __init__(self, question: Question, cache_dir: Path, progress: Callable[[str], None]) -> None:
        loaded = configuration(question, 0.0)
        build_rules(loaded)
        self._second_look = _second_look(loaded)
        self._question = question
        self._progress = progress
        self.detector: SharedDetector = exact_detector(loaded, CAMERA, cache_dir)

    def judge(self, files: Sequence[Labelled]) -> Iterator[Item]:
        """Each file in order.

        Raises:
            SourceError: a clip cannot be read.
            DecodeError: a still cannot be.
            ModelError: the detector failed.
        """
        for number, file in enumerate(files, 1):
            item = self._still(file) if file.is_still else self._clip(file)
            self._progress(f"{number} of {len(files)}: {file.name}, {file.label}: {_words(item)}")
            yield item

    def _clip(self, file: Labelled) -> Item:
        clip_s = ClipReader(file.path).announced_s
        corners = self._lane(file.path, clip_s) if self._question.zone_kind == LANE else None
        loaded = configuration(self._question, clip_s, corners)
        (rule,) = build_rules(loaded).get(CAMERA, ()) or (None,)
        long_enough = (rule.timing.for_s if rule else 0.0) + dwell_s(loaded) + BEYOND_S
        loop_for_s = self._question.loop_for_s or max(long_enough, clip_s)
        options = Options(loop_for_s=loop_for_s, at=self._question.at)
        told = _Told(self._question.rule)
        replayed = replay(file.path, loaded, CAMERA, self.detector, options, told)
        blind, blind_s = blindness(replayed, told.rule)
        if blind is None and not told.told and told.reasons:
            (blind, _), blind_s = told.reasons.most_common(1)[0], replayed.seconds
        zone = replayed.zones.get(told.rule, WHOLE_PICTURE)
        return _item(file, told, (blind, blind_s), zone, replayed)

    def _still(self, file: Labelled) -> Item:
        loaded = configuration(self._question, 0.0)
        rules = build_rules(loaded).get(CAMERA, ())
        eye = build_eye(loaded.streams.cameras[0], self.detector, rules)
        pixels = _read(file.path)
        zone = rules[0].zone if rules else WHOLE_PICTURE
        if self._second_look is not None:
            return _seen_closely(
                file, self._question.rule, zone, look_closely(pixels, eye, self._second_look)
            )
        room = Room(CAMERA, "still", eye, rules, VirtualClock(self._question.at))
        told = _Told(self._question.rule)
        told(room.look(Glance(0.0, 0, 0, DecodedPicture(pixels), lambda: pixels)))
        blind = next(iter(told.reasons), None)
        return _item(file, told, (blind, 0.0), zone, None)

    def _lane(self, clip: Path, clip_s: float) -> Corners | None:
        """The convex hull of the lower edges of all vehicles of the clip; None where there are too few."""
        edges: list[Points] = [np.zeros((0, 2), np.float32)]

        def on_look(seen: Seen) -> None:
            boxes = seen.counted.detections.of(*VEHICLES).boxes
            edges.extend((boxes[:, [0, 3]], boxes[:, [2, 3]]))

        alone = without_rules(configuration(self._question, clip_s))
        replay(clip, alone, CAMERA, self.detector, on_look=on_look)
        return hull(np.concatenate(edges))


def hull(points: Points) -> Corners | None:
    """Corners of the convex hull of points [n, 2] in picture fractions; None where it has no area."""
    if len(points) < 3:
        return None
    corners = cv2.convexHull(np.clip(points, 0, 1).astype(np.float32)).reshape(-1, 2)
    if len(corners) < 3 or cv2.contourArea(corners) < 1e-4:
        return None
    return [(round(float(x), 4), round(float(y), 4)) for x, y in corners]


def _item(
    file: Labelled, told: _Told, blind: tuple[str | None, float], zone: Zone, replayed: Replayed | None
) -> Item:
    candidates = [c for c in replayed.candidates if c.rule_id == told.rule] if replayed else []
    first = max(candidates, key=lambda c: c.peak, default=None)
    parts = dict(first.parts) if first else dict(told.best.parts) if told.best else {}
    score = first.score if first else told.best.score if told.best else None
    return Item(
        file=file,
        rule_id=told.rule,
        raised=None if replayed is None else bool(candidates),
        grade=max(told.grades, key=lambda grade: told.grades[grade], default=None),
        grades={grade: round(count / told.told, 4) for grade, count in sorted(told.grades.items())},
        score=score,
        parts=parts,
        value=first.peak if first else told.best.value if told.best else None,
        blind=blind[0],
        blind_s=blind[1],
        could_not_tell=dict(sorted(told.reasons.items())),
        zone=zone,
        album=told.album,
        replayed=replayed,
    )


def _seen_closely(file: Labelled, rule: str, zone: Zone, closely: Closely) -> Item:
    best = closely.best
    parts: dict[str, float | int | str] = {f"{kind.value}s": closely.count(kind) for kind in GearKind}
    return Item(
        file=file,
        rule_id=rule,
        raised=None,
        grade=None,
        grades={},
        score=best.score,
        parts=parts,
        value=None,
        blind=None,
        blind_s=0.0,
        could_not_tell={best.unseeable.code: 1} if best.unseeable else {},
        zone=zone,
        album=Album(),
        closely=closely,
    )


def dwell_s(loaded: Loaded) -> float:
    """Seconds that a clip is looped for so that somebody can stay; 0 for a rule that asks nobody to.

    They follow from its parameters `stay_s` and, in a zone on water, `drift_s`.
    """
    (effective,) = effective_rules(loaded, ANALYTICS)
    on_water = any(zone.kind in WATER_KINDS for zone in effective.camera.zones if zone.id == ZONE)
    names = ("stay_s", "drift_s") if on_water else ("stay_s",)
    return DWELLS * max(float(getattr(effective.params, name, 0.0)) for name in names)


def _second_look(loaded: Loaded) -> SecondLook | None:
    """What the rule looks closer with, for gear; None where it does not."""
    (effective,) = effective_rules(loaded, ANALYTICS)
    uses = uses_of(effective)
    if not uses.second_looks:
        return None
    return build_means(loaded, [uses]).second_looks[uses.second_looks[0]]


def _read(path: Path) -> Pixels:
    """A still as RGB, turned as its EXIF data say."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise DecodeError(f"{path}: that cannot be read as a picture; take a JPEG or PNG file")
    return np.asarray(picture, np.uint8)


def _words(item: Item) -> str:
    state = "a still" if item.raised is None else "raised" if item.raised else "quiet"
    if item.closely is not None:
        unseen = f", cannot see: {why.code}" if (why := item.closely.best.unseeable) else ""
        return f"a still, score {item.score or 0:.2f}{unseen}"
    seen = f", grade {item.grade}" if item.grade else ""
    return f"{state}{seen}" + (f", blind: {item.blind} for {item.blind_s:.0f} s" if item.blind else "")
