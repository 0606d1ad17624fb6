"""What the second look makes of labelled stills: does its score tell gear from none, and by how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from patrol.bench.evaluation.plots import Series
from patrol.bench.evaluation.report import Report
from patrol.bench.evaluation.roc import CONFIDENCE, FEW, Area, measured
from patrol.bench.evaluation.scenes import Item
from patrol.bench.evaluation.scenes_album import Detect
from patrol.bench.evaluation.stills import Closely, drawn


class Side(StrEnum):
    """What is expected of a label."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    NEITHER = "not judged"


@dataclass(frozen=True, slots=True)
class Judged:
    """What labels mean.

    Attributes:
        positive: labels of which something is expected; none: nothing is held against anything.
        aside: labels that are listed and not judged; all others are negative.
    """

    positive: frozenset[str] = frozenset()
    aside: frozenset[str] = frozenset()

    def side(self, label: str) -> Side:
        """On which side of a comparison a label stands."""
        if label in self.aside:
            return Side.NEITHER
        return Side.POSITIVE if label in self.positive else Side.NEGATIVE


def separation(items: Sequence[Item], judged: Judged) -> dict[str, Any] | None:
    """How well the second look's score tells positive stills from negative ones.

    A picture in which gear cannot be seen has its score of 0 like any other, and stays in; `seen` leaves such
    pictures out, since a negative that nobody could see into is won cheaply.

    Returns:
        `area` under the ROC curve with its `interval` at `confidence`, the number of `positive` and
        `negative` pictures, `few`, how many of them `cannot_see`; `seen` the same without those; `by_label`
        the same of each label against the other side, and of those set aside their scores alone. None where
        no still was looked at closer, or nothing is positive.
    """
    scores = _scores(items)
    sides = _sides(scores, judged)
    found = measured(sides[Side.POSITIVE], sides[Side.NEGATIVE])
    if found is None:
        return None
    open_eyed = _sides(_scores(items, seen=True), judged)
    seen = measured(open_eyed[Side.POSITIVE], open_eyed[Side.NEGATIVE])
    return {
        **_area_json(found),
        "confidence": CONFIDENCE,
        "few": found.few,
        "cannot_see": sum(len(sides[side]) - len(open_eyed[side]) for side in (Side.POSITIVE, Side.NEGATIVE)),
        "seen": _area_json(seen) if seen else None,
        "by_label": {label: _label_json(each, judged.side(label), sides) for label, each in scores.items()},
    }


def closely_json(closely: Closely) -> dict[str, Any]:
    """One still as its second look saw it."""
    best = closely.best
    why = best.unseeable
    return {
        "of": closely.of or "the whole picture",
        "subjects": [[round(float(edge), 4) for edge in box] for box in closely.subjects],
        "scores": [round(closer.score, 4) for closer in closely.closers],
        "gear": [
            {
                "kind": one.kind.value,
                "ends": [round(end, 4) for end in one.ends],
                "score": round(one.score, 4),
            }
            for one in best.gear
        ],
        "unseeable": None if why is None else {"code": why.code, **why.values},
    }


def words(found: Mapping[str, Any]) -> str:
    """A separation in one sentence."""
    low, high = found["interval"]
    seen = found["seen"]
    without = "" if seen is None else f"; {seen['area']:.2f} without those"
    few = f" Fewer than {FEW} of a side are few: go by the interval." if found["few"] else ""
    return (
        f"Area under the ROC curve {found['area']:.2f}, {found['confidence']:.0%} interval {low:.2f} to "
        f"{high:.2f} (Newcombe's method 5), {found['positive']} pictures with gear against "
        f"{found['negative']} without. In {found['cannot_see']} of them gear cannot be seen, and their score "
        f"is 0{without if found['cannot_see'] else ''}.{few}"
    )


def stills_part(report: Report, items: Sequence[Item], judged: Judged) -> None:
    """The section about all stills; nothing where none was looked at closer."""
    scores = _scores(items)
    if not scores:
        return
    report.heading("Stills by the second look")
    found = separation(items, judged)
    if found is not None:
        report.text(words(found))
        rows = [
            (label, each["side"], each["pictures"], each["area"], *(each["interval"] or (None, None)))
            for label, each in found["by_label"].items()
        ]
        report.table(("label", "side", "pictures", "area against the other side", "from", "to"), rows)
    lines = [
        Series(f"{number}: {label}", [float(number)] * len(each), each, "points")
        for number, (label, each) in enumerate(scores.items(), 1)
    ]
    report.plot("one point a picture", *lines, across="label, numbered below", up="score")


def still_picture(report: Report, item: Item, closely: Closely, detect: Detect) -> None:
    """What stands under the heading of one still, with its picture."""
    what = f"{len(closely.subjects)} x {closely.of}" if closely.of else "nobody found: the whole picture"
    best = closely.best
    gear = ", ".join(f"{one.kind.value} {one.score:.2f}" for one in best.gear) or "no gear"
    why = (
        f"; it cannot be seen here: {best.unseeable.code} {dict(best.unseeable.values)}"
        if best.unseeable
        else ""
    )
    line = f"{item.file.label}: score {best.score:.2f}; {what}; {gear}{why}"
    report.text(f"Label {line}.")
    report.picture(item.file.name, drawn(closely, detect), line)


def _scores(items: Sequence[Item], *, seen: bool = False) -> dict[str, list[float]]:
    """Scores of stills by label, in the order of the file; `seen`: only where gear can be seen."""
    found: dict[str, list[float]] = {}
    for item in items:
        if item.closely is not None and not (seen and item.closely.best.unseeable):
            found.setdefault(item.file.label, []).append(item.closely.best.score)
    return found


def _sides(scores: Mapping[str, Sequence[float]], judged: Judged) -> dict[Side, list[float]]:
    return {
        side: [score for label, each in scores.items() if judged.side(label) is side for score in each]
        for side in Side
    }


def _label_json(scores: Sequence[float], side: Side, sides: Mapping[Side, Sequence[float]]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "side": side.value,
        "pictures": len(scores),
        "scores": [round(score, 4) for score in scores],
        "area": None,
        "interval": None,
    }
    if side is Side.NEITHER:
        return facts
    pair = (scores, sides[Side.NEGATIVE]) if side is Side.POSITIVE else (sides[Side.POSITIVE], scores)
    found = measured(*pair)
    return facts | (_area_json(found) if found else {})


def _area_json(found: Area) -> dict[str, Any]:
    return {
        "area": round(found.area, 4),
        "interval": [round(found.low, 4), round(found.high, 4)],
        "positive": found.positive,
        "negative": found.negative,
    }
