"""Replays without a model: a configuration whose detector finds drawn squares."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from patrol.bench.evaluation.scenes_rule import CAMERA, loaded_of
from patrol.bench.replay.nouns import Options, Replayed, Seen
from patrol.bench.replay.replaying import exact_detector, replay
from patrol.config.load import Loaded
from patrol.vision.worker.detecting import SharedDetector

SQUARES = {"plugin": "tests.fakes.squares"}
GATHER = {
    "id": "gather",
    "use": "gathering",
    "for_s": 2.0,
    "clear_s": 1.0,
    "params": {"min_count": 5, "smooth_s": 0.0},
}


def loaded(*rules: dict[str, Any], **camera: Any) -> Loaded:
    """A camera `scene` that looks each half second, with these rules; with none: a gathering of five."""
    section = {
        "id": CAMERA,
        "name": "scene",
        "url": "rtsp://192.0.2.1/1",
        "look_every_s": 0.5,
        "rules": list(rules or (GATHER,)),
        "faults": {"enabled": False},  # what is drawn is flat: no camera shows that
        **camera,
    }
    return loaded_of(section, SQUARES)


@cache
def squares() -> SharedDetector:
    """The detector; it keeps nothing between pictures."""
    return exact_detector(loaded(), CAMERA, Path("unused"))


def replayed(
    clip: Path,
    config: Loaded | None = None,
    options: Options = Options(),  # noqa: B008  frozen
    on_look: Callable[[Seen], None] | None = None,
) -> Replayed:
    """Replay a clip."""
    return replay(clip, config or loaded(), CAMERA, squares(), options, on_look)
