"""For how long a rule was blind in a replay, and why: time in which nothing was seen is no quiet time."""

from __future__ import annotations

from patrol.bench.replay.nouns import Replayed
from patrol.core.sight import Sight


def blindness(replayed: Replayed, rule: str) -> tuple[str | None, float]:
    """Why a rule was blind for longest, and for how many seconds in all; (None, 0) where it always saw."""
    lost: dict[str, float] = {}
    mine = [change for change in replayed.sights if change.task.rule_id == rule]
    ends = [change.second for change in mine[1:]] + [replayed.seconds]
    for change, end in zip(mine, ends, strict=False):
        if change.task.sight is not Sight.LIVE:
            code = change.task.reason.code if change.task.reason else change.task.sight.value
            lost[code] = lost.get(code, 0.0) + max(0.0, end - change.second)
    if not lost:
        return None, 0.0
    return max(lost, key=lambda code: lost[code]), sum(lost.values())
