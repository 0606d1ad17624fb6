"""The figures of `patrol eval alarms` as JSON, and its report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from patrol.bench.evaluation.alarms import BUDGET_PER_DAY, Quiet, Rate
from patrol.bench.evaluation.report import Report
from patrol.bench.evaluation.scenes_album import Detect, drawn
from patrol.bench.evaluation.scenes_blind import blindness
from patrol.bench.replay.written import candidate_json, clip_json, model_json
from patrol.core.sight import Sight

RESTS_ON = (
    "A loop shows the same minutes again: it adds to what is replayed, not to what the figure rests on, and "
    "does not narrow the interval."
)


def alarms_json(clips: Sequence[Quiet], rates: Sequence[Rate]) -> dict[str, Any]:
    """All figures."""
    first = clips[0].replayed
    return {
        "camera": first.camera_id,
        "config_sha256": first.config_sha256,
        "model": model_json(first.model),
        "look_every_s": first.look_every_s,
        "replayed_s": round(sum(clip.replayed.seconds for clip in clips), 3),
        "camera_days": round(rates[-1].camera_days, 6),
        "distinct_minutes": round(rates[-1].distinct_minutes, 3),
        "refused": refused(clips),
        "budget_per_camera_day": BUDGET_PER_DAY,
        "rules": [_rate(rate) for rate in rates],
        "clips": [_clip(clip) for clip in clips],
    }


def alarms_report(clips: Sequence[Quiet], rates: Sequence[Rate], detect: Detect) -> Report:
    """The report: the figures, then each clip with its values and the pictures of its candidates."""
    report = Report(f"Candidates per camera-day: {clips[0].replayed.camera_id}")
    report.text(
        f"{rates[-1].distinct_minutes:.1f} distinct minutes of footage, replayed for "
        f"{sum(clip.replayed.seconds for clip in clips) / 60:.1f} minutes. {RESTS_ON} Two seats bear "
        f"{BUDGET_PER_DAY} candidates per camera and day well with 500 cameras, the true ones among them."
    )
    head = ("rule", "candidates", "per camera-day", "from (95 %)", "to (95 %)", "blind, s")
    rows = [
        (r.rule_id, r.candidates, *(_rounded(x, 2) for x in (r.per_camera_day, r.low, r.high)), r.blind_s)
        for r in rates
    ]
    report.table(head, rows)
    for rule, code in refused(clips).items():
        report.text(f"Rule {rule} is refused ({code}): of it nothing is known.")
    for clip in clips:
        _one(report, clip, detect)
    return report


def refused(clips: Sequence[Quiet]) -> dict[str, str]:
    """Rules that this camera cannot see, with the reason's code."""
    tasks = [change.task for change in clips[0].replayed.sights]
    return {t.rule_id: t.reason.code if t.reason else "" for t in tasks if t.sight is Sight.REFUSED}


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _rate(rate: Rate) -> dict[str, Any]:
    return {
        "rule": rate.rule_id,
        "candidates": rate.candidates,
        "per_camera_day": _rounded(rate.per_camera_day, 4),
        "interval_95": [_rounded(rate.low, 4), _rounded(rate.high, 4)],
        "blind_s": round(rate.blind_s, 3),
        "camera_days": round(rate.camera_days, 6),
        "distinct_minutes": round(rate.distinct_minutes, 3),
    }


def _clip(clip: Quiet) -> dict[str, Any]:
    replayed = clip.replayed
    blind = {m.rule_id: blindness(replayed, m.rule_id) for m in replayed.values}
    return {
        "clip": clip_json(replayed.clip),
        "seconds": round(replayed.seconds, 3),
        "distinct_s": round(clip.distinct_s, 3),
        "looks": replayed.looks,
        "splices": list(replayed.splices),
        "blind": {rule: {"code": code, "seconds": round(s, 3)} for rule, (code, s) in blind.items() if code},
        "candidates": [candidate_json(replayed, candidate) for candidate in replayed.candidates],
    }


def _one(report: Report, clip: Quiet, detect: Detect) -> None:
    replayed = clip.replayed
    report.heading(replayed.clip.path.name)
    report.text(
        f"{replayed.clip.seconds:.1f} s of footage replayed for {replayed.seconds:.1f} s; "
        f"{replayed.looks} looks, {len(replayed.splices)} splices."
    )
    if not replayed.clip.complete:
        report.text(f"The clip is not complete: {replayed.clip.shortfall}.")
    for candidate in replayed.candidates:
        shot = clip.album.began(candidate)
        if shot is not None and candidate.rule_id not in clip.album.rules():
            zone = replayed.zones[candidate.rule_id]
            picture = drawn(shot.pixels, shot.said, zone, detect)
            report.picture(candidate.rule_id, picture, f"{candidate.rule_id}, {shot.second:.1f} s")
    for measured in replayed.values:
        rule = measured.rule_id
        code, seconds = blindness(replayed, rule)
        if code:
            report.text(f"Rule {rule} was blind for {seconds:.0f} s ({code}): that is not quiet.")
        report.plot(rule, clip.album.series(rule, rule), across="second", up=measured.unit or "value")
        best = clip.album.best(rule)
        shots = [clip.album.began(c) for c in replayed.candidates if c.rule_id == rule] or [best]
        for shot in shots:
            if shot is not None:
                picture = drawn(shot.pixels, shot.said, replayed.zones[rule], detect)
                report.picture(replayed.clip.path.name, picture, f"{rule}, {shot.second:.1f} s")
