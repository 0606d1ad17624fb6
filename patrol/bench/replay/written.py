"""A replay as plain values for JSON; its observations line by line. Twice the same gives the same bytes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from patrol.bench.replay.nouns import ClipFacts, Measured, Replayed, Seen, SightChange
from patrol.core.candidate import Candidate
from patrol.core.clock import iso
from patrol.core.errors import ConfigError
from patrol.core.observation import Observation
from patrol.core.protocols import DetectorInfo
from patrol.core.sight import Reason

DIGITS = 6
"""After the point: finer than anything that is measured here."""


def as_json(replayed: Replayed) -> dict[str, Any]:
    """All of a replay. Names of folders are not in it: a clip elsewhere gives the same."""
    return {
        "clip": clip_json(replayed.clip),
        "camera": replayed.camera_id,
        "at": iso(replayed.at),
        "config_sha256": replayed.config_sha256,
        "model": model_json(replayed.model),
        "look_every_s": replayed.look_every_s,
        "seconds": _number(replayed.seconds),
        "looks": replayed.looks,
        "looks_skipped": replayed.skipped,
        "splices": [_number(second) for second in replayed.splices],
        "candidates": [candidate_json(replayed, candidate) for candidate in replayed.candidates],
        "sights": [_sight(change) for change in replayed.sights],
        "rules": [_measured(measured) for measured in replayed.values],
    }


def clip_json(clip: ClipFacts) -> dict[str, Any]:
    """What a clip is."""
    return {
        "name": clip.path.name,
        "sha256": clip.sha256,
        "width": clip.width,
        "height": clip.height,
        "frames": clip.frames,
        "seconds": _number(clip.seconds),
        "complete": clip.complete,
        "shortfall": clip.shortfall,
    }


def model_json(model: DetectorInfo) -> dict[str, Any]:
    """What looked; of the labels only their number."""
    facts = dataclasses.asdict(model)
    return {**facts, "labels": len(model.labels)}


def candidate_json(replayed: Replayed, candidate: Candidate) -> dict[str, Any]:
    """Every field of a candidate, and the seconds of the replay at which it began, was raised and ended."""
    fields = {f.name: getattr(candidate, f.name) for f in dataclasses.fields(candidate)}
    seconds = {
        f"{name}_s": None if moment is None else _number(replayed.second_of(moment))
        for name, moment in (("begin", candidate.begin), ("raised", candidate.raised), ("end", candidate.end))
    }
    return {**{name: _plain(value) for name, value in fields.items()}, **seconds}


def observation_json(rule_id: str, said: Observation) -> dict[str, Any]:
    """What one rule said of one look."""
    return {
        "rule": rule_id,
        "presence": said.presence.value,
        "value": _number(said.value),
        "unit": said.unit,
        "score": _number(said.score),
        "parts": {name: _plain(value) for name, value in said.parts.items()},
        "boxes": [[round(float(edge), 4) for edge in box] for box in said.boxes],
        "reason": reason_json(said.reason),
    }


def reason_json(reason: Reason | None) -> dict[str, Any] | None:
    """Why something cannot be told."""
    return None if reason is None else {"code": reason.code, "values": _plain(dict(reason.values))}


class ObservationLog:
    """A file with one JSON line for each look and rule; an `on_look` of `replay`.

    Raises:
        ConfigError: the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = path.open("w", encoding="utf-8")
        except OSError as error:
            raise self._refused(error) from None

    def __call__(self, seen: Seen) -> None:
        """Write what the rules said of one look."""
        where = {"second": _number(seen.second), "frame": seen.frame, "scene": seen.counted.scene}
        lines = [
            json.dumps({**where, **observation_json(rule, said)}, ensure_ascii=False, allow_nan=False) + "\n"
            for rule, said in seen.observations.items()
        ]
        try:
            self._file.writelines(lines)
        except OSError as error:
            raise self._refused(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
        except OSError as failed:
            raise self._refused(failed) from None

    def _refused(self, error: OSError) -> ConfigError:
        return ConfigError(
            f"{self._path}: observations cannot be written: {error.strerror}; name another --observations"
        )


def _sight(change: SightChange) -> dict[str, Any]:
    task = change.task
    return {
        "second": _number(change.second),
        "rule": task.rule_id,
        "kind": task.kind,
        "sight": task.sight.value,
        "reason": reason_json(task.reason),
    }


def _measured(measured: Measured) -> dict[str, Any]:
    facts = dataclasses.asdict(measured)
    return {"rule": facts.pop("rule_id"), **{name: _plain(value) for name, value in facts.items()}}


def _plain(value: object) -> Any:
    """A value as JSON has it."""
    match value:
        case datetime():
            return iso(value)
        case float():
            return _number(value)
        case tuple() | list():
            return [_plain(one) for one in value]
        case Mapping():
            return {str(key): _plain(one) for key, one in value.items()}
        case np.generic():
            return _plain(value.item())
    return value


def _number(value: float) -> float:
    return round(float(value), DIGITS)
