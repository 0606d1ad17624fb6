"""The confusion of labels and candidates, the items as JSON, and the report of `patrol eval scenes`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from patrol.bench.evaluation.report import Report
from patrol.bench.evaluation.scenes import NO_SECOND_LOOK, Item
from patrol.bench.evaluation.scenes_album import Detect, Shot, drawn
from patrol.bench.evaluation.scenes_stills import Judged, Side, closely_json, still_picture, stills_part
from patrol.bench.replay.written import clip_json

COLUMNS = ("raised", "quiet", "blind", "stills")


def column(item: Item) -> str:
    """Where an item stands in the table: a rule that was blind at any time is never called quiet."""
    if item.raised is None:
        return "stills"
    if item.raised:
        return "raised"
    return "blind" if item.blind else "quiet"


def confusion(items: Sequence[Item], judged: Judged) -> dict[str, Any]:
    """How labels and candidates agree.

    Args:
        items: all of them.
        judged: what their labels mean; those set aside are counted in `by_label` alone.

    Returns:
        `by_label`: for each label how many were raised, quiet, blind (and not raised) and stills. With
        `positive` labels also true and false positives and negatives; blind ones are in none of them but
        `blind_positive` and `blind_negative`.
    """
    by_label: dict[str, dict[str, int]] = {}
    for item in items:
        row = by_label.setdefault(item.file.label, dict.fromkeys(COLUMNS, 0))
        row[column(item)] += 1
    table: dict[str, Any] = {"by_label": by_label}
    if judged.positive:
        names = {
            "true_positive": ("raised", Side.POSITIVE),
            "false_positive": ("raised", Side.NEGATIVE),
            "false_negative": ("quiet", Side.POSITIVE),
            "true_negative": ("quiet", Side.NEGATIVE),
            "blind_positive": ("blind", Side.POSITIVE),
            "blind_negative": ("blind", Side.NEGATIVE),
        }
        table["positive"] = sorted(judged.positive)
        table["not_judged"] = sorted(judged.aside)
        for name, (where, wanted) in names.items():
            table[name] = sum(row[where] for label, row in by_label.items() if judged.side(label) is wanted)
    return table


def item_json(item: Item) -> dict[str, Any]:
    """One item."""
    facts: dict[str, Any] = {
        "file": item.file.name,
        "label": item.file.label,
        "raised": item.raised,
        "grade": item.grade,
        "grades": dict(item.grades),
        "score": _rounded(item.score),
        "value": _rounded(item.value),
        "parts": {name: _rounded(part) for name, part in item.parts.items()},
        "blind": item.blind,
        "blind_s": round(item.blind_s, 3),
        "could_not_tell": dict(item.could_not_tell),
        "zone": {"kind": item.zone.kind, "polygon": [list(corner) for corner in item.zone.polygon]},
    }
    if item.closely is not None:
        return {**facts, "second_look": closely_json(item.closely)}
    if item.replayed is None:
        return {**facts, "note": NO_SECOND_LOOK}
    replayed = item.replayed
    mine = [c for c in replayed.candidates if c.rule_id == item.rule_id]
    return {
        **facts,
        "candidates": len(mine),
        "raised_s": [round(replayed.second_of(c.raised), 3) for c in mine],
        "camera_faults": [c.kind for c in replayed.candidates if c.rule_id != item.rule_id],
        "seconds": round(replayed.seconds, 3),
        "look_every_s": replayed.look_every_s,
        "looks": replayed.looks,
        "splices": list(replayed.splices),
        "clip": clip_json(replayed.clip),
    }


def scenes_report(title: str, items: Sequence[Item], judged: Judged, detect: Detect, settings: str) -> Report:
    """The report: the tables, then each file with its values and its picture."""
    report = Report(title)
    report.text(settings)
    table = confusion(items, judged)
    report.heading("Labels and candidates")
    rows = [(label, *(row[name] for name in COLUMNS)) for label, row in table["by_label"].items()]
    report.table(("label", *COLUMNS), rows)
    if judged.positive:
        counts = [(name.replace("_", " "), table[name]) for name in table if isinstance(table[name], int)]
        report.table((f"positive: {', '.join(sorted(judged.positive))}", "clips"), counts)
    report.table(("file", "label", "raised", "grade", "score", "blind"), [_row(item) for item in items])
    stills_part(report, items, judged)
    for item in items:
        _one(report, item, detect)
    return report


def _row(item: Item) -> tuple[object, ...]:
    raised = "no time in a still" if item.raised is None else "yes" if item.raised else "no"
    blind = f"{item.blind}, {item.blind_s:.0f} s" if item.blind else ""
    return item.file.name, item.file.label, raised, item.grade, _rounded(item.score), blind


def _one(report: Report, item: Item, detect: Detect) -> None:
    report.heading(item.file.name)
    if item.closely is not None:
        still_picture(report, item, item.closely, detect)
        return
    replayed = item.replayed
    if replayed is not None:
        state = "raised" if item.raised else "not raised"
        report.text(
            f"Label {item.file.label}; {state}. {replayed.clip.seconds:.1f} s of footage replayed for "
            f"{replayed.seconds:.1f} s, {replayed.looks} looks, {len(replayed.splices)} splices."
        )
        if not replayed.clip.complete:
            report.text(f"The clip is not complete: {replayed.clip.shortfall}.")
    else:
        report.text(f"Label {item.file.label}; {NO_SECOND_LOOK}.")
    if item.blind:
        report.text(f"The rule was blind for {item.blind_s:.0f} s: {item.blind}.")
    if item.could_not_tell:
        why = ", ".join(f"{code} {looks}" for code, looks in item.could_not_tell.items())
        report.text(f"Looks that could not tell, by reason: {why}.")
    if item.parts:
        report.table(("part", "at the highest value"), [(k, _rounded(v)) for k, v in item.parts.items()])
    for rule in item.album.rules():
        if replayed is not None:
            values = item.album.series(rule, rule)
            report.plot("value over time; a gap: it could not tell", values, across="second", up="value")
        shot = _shot(item, rule)
        if shot is not None:
            picture = drawn(shot.pixels, shot.said, item.zone, detect)
            report.picture(item.file.name, picture, f"{item.file.name}, {shot.second:.1f} s")


def _shot(item: Item, rule: str) -> Shot | None:
    """The look with which a candidate began, else the one with the highest value."""
    candidates = item.replayed.candidates if item.replayed else ()
    began = [item.album.began(candidate) for candidate in candidates if candidate.rule_id == rule]
    return next((shot for shot in began if shot is not None), None) or item.album.best(rule)


def _rounded(value: float | str | None) -> float | int | str | None:
    return round(value, 4) if isinstance(value, float) else value
