"""What a report shows of a replay: values over time, and the pictures that tell most. Heads are blurred."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from patrol.bench.evaluation.plots import Series
from patrol.bench.evaluation.report import WIDEST, Report
from patrol.bench.replay.nouns import Replayed, Seen
from patrol.core.candidate import Candidate
from patrol.core.detections import Detections
from patrol.core.media import Pixels
from patrol.core.observation import Observation, Presence
from patrol.core.zone import Zone
from patrol.vision.candidates.evidence.blur import blur_heads
from patrol.vision.candidates.evidence.people import find_people
from patrol.vision.candidates.evidence.still import annotate, fit

Detect = Callable[[Sequence[Pixels]], list[Detections]]
"""Finds persons that are to be blurred: `SharedDetector.people`."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One look that is worth showing."""

    second: float
    rule_id: str
    pixels: Pixels
    said: Observation


_FAULT = Observation(Presence.PRESENT, 1.0, "", 1.0)
"""In the place of what a rule about the camera itself says."""


@dataclass(slots=True)
class _Kept:
    """What is remembered of one rule."""

    seconds: list[float] = field(default_factory=list)
    values: list[float | None] = field(default_factory=list)
    best: Shot | None = None
    highest: float = -math.inf


class Album:
    """An `on_look` of `replay`: remembers each rule's values, and a few pictures.

    Kept is, for each rule, the look with the highest value (the first one where it never told anything), and
    each look with which a candidate began.
    """

    def __init__(self) -> None:
        self._rules: dict[str, _Kept] = {}
        self._began: dict[str, Shot] = {}

    def __call__(self, seen: Seen) -> None:
        """Take one look into account."""
        for rule, said in seen.observations.items():
            kept = self._rules.setdefault(rule, _Kept())
            tells = said.presence is not Presence.CANNOT_TELL
            kept.seconds.append(seen.second)
            kept.values.append(said.value if tells else None)
            value = said.value if tells else -math.inf
            if kept.best is None or value > kept.highest:
                kept.best, kept.highest = self._shot(seen, rule, said), value
        for candidate in seen.began:
            said = seen.observations.get(candidate.rule_id, _FAULT)
            self._began[candidate.id] = self._shot(seen, candidate.rule_id, said)

    def rules(self) -> tuple[str, ...]:
        """Ids of the rules that said something."""
        return tuple(self._rules)

    def series(self, rule_id: str, name: str) -> Series:
        """A rule's values over time; gaps where it could not tell."""
        kept = self._rules.get(rule_id, _Kept())
        return Series(name, kept.seconds, kept.values)

    def began(self, candidate: Candidate) -> Shot | None:
        """The look with which a candidate began."""
        return self._began.get(candidate.id)

    def best(self, rule_id: str) -> Shot | None:
        """The look with the rule's highest value."""
        kept = self._rules.get(rule_id)
        return kept.best if kept else None

    def _shot(self, seen: Seen, rule_id: str, said: Observation) -> Shot:
        return Shot(seen.second, rule_id, fit(seen.pixels(), WIDEST), said)


def drawn(pixels: Pixels, said: Observation, zone: Zone, detect: Detect) -> Pixels:
    """A picture as a report shows it: heads blurred as in evidence, then boxes, zone and value drawn."""
    return annotate(blur_heads(pixels, find_people(pixels, detect)), said, zone)


def replay_report(replayed: Replayed, album: Album, detect: Detect) -> Report:
    """The report of one replay."""
    clip = replayed.clip
    report = Report(f"Replay of {clip.path.name}")
    report.text(
        f"{clip.seconds:.1f} s of footage ({clip.frames} frames, sha256 {clip.sha256}), replayed for "
        f"{replayed.seconds:.1f} s with a look every {replayed.look_every_s:g} s: {replayed.looks} looks, "
        f"{len(replayed.splices)} splices. {replayed.model.model_id} {replayed.model.width}x"
        f"{replayed.model.height}, {replayed.model.precision}; {replayed.model.note}."
    )
    if not clip.complete:
        report.text(f"The clip is not complete: {clip.shortfall}.")
    for measured in replayed.values:
        rule = measured.rule_id
        report.heading(f"Rule {rule}")
        unit = measured.unit or "value"
        report.plot(f"{unit} over time", album.series(rule, rule), across="second", up=unit)
        _sights(report, replayed, rule)
        _candidates(report, replayed, rule)
        _pictures(report, replayed, rule, album, detect)
    rules = {measured.rule_id for measured in replayed.values}
    for rule in sorted({c.rule_id for c in replayed.candidates} - rules):
        report.heading(f"The camera itself: {rule}")
        _candidates(report, replayed, rule)
        _pictures(report, replayed, rule, album, detect)
    return report


def _sights(report: Report, replayed: Replayed, rule: str) -> None:
    rows = [
        (change.second, change.task.sight.value, change.task.reason.code if change.task.reason else "")
        for change in replayed.sights
        if change.task.rule_id == rule
    ]
    report.table(("second", "sight", "why"), rows)


def _candidates(report: Report, replayed: Replayed, rule: str) -> None:
    found = [c for c in replayed.candidates if c.rule_id == rule]
    if not found:
        report.text("No candidate.")
        return
    rows = [
        (
            c.id,
            replayed.second_of(c.begin),
            replayed.second_of(c.raised),
            None if c.end is None else replayed.second_of(c.end),
            c.end_reason or "open at the end",
            c.peak,
        )
        for c in found
    ]
    report.table(("candidate", "begins, s", "raised, s", "ends, s", "why", "peak"), rows)


def _pictures(report: Report, replayed: Replayed, rule: str, album: Album, detect: Detect) -> None:
    found = [(c, album.began(c)) for c in replayed.candidates if c.rule_id == rule]
    shots = [(shot, f"candidate {c.id[:8]} is raised") for c, shot in found if shot is not None]
    best = album.best(rule)
    if not shots and best is not None:
        shots = [(best, "highest value")]
    for shot, what in shots:
        caption = f"{shot.second:.1f} s: {what}"
        report.picture(rule, drawn(shot.pixels, shot.said, replayed.zones[rule], detect), caption)
