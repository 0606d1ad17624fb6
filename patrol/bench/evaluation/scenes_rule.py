"""A streams.yaml with one camera and one rule, made for an evaluation out of what the command line says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from patrol.config.document import Document
from patrol.config.load import Loaded
from patrol.config.problems import ConfigFileError
from patrol.config.shape import streams_of
from patrol.core.errors import ConfigError

CAMERA = "scene"
"""Id of its camera."""
ZONE = "zone"
"""Id of its zone, where there is one."""
NAME = "the evaluation's settings"
"""In the place of a file's name in messages."""

_TIMING = ("for_s", "clear_s", "share")
_LONG_S = 60.0
"""A clip from here on gives thirty looks at the default rate. Chosen."""
_SHORT_LOOK_S, _LOOK_S = 0.5, 2.0
"""Seconds between looks: 2 s as by default, and half a second in clips shorter than a minute: a clip of 5 s
then gives ten looks before its splice instead of three."""
_WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))

Corners = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Question:
    """One rule, and how it is asked.

    Attributes:
        rule: name of an analytic.
        model: manifest id or file.
        settings: `key` to value, see `settings_of`.
        zone_kind: kind of the rule's zone; None: the rule names no zone.
        loop_for_s: see `Options.loop_for_s`; None: long enough for the rule, see `scenes`.
    """

    rule: str
    model: str = "auto"
    settings: Mapping[str, Any] = field(default_factory=dict)
    zone_kind: str | None = None
    loop_for_s: float | None = None


def settings_of(words: Sequence[str]) -> dict[str, Any]:
    """`KEY=VALUE` words as values: numbers, true, false, null, lists as JSON has them, `2x2`, else text.

    Raises:
        ConfigError: a word without `=`, or a key that is there twice.
    """
    found: dict[str, Any] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals or not key:
            raise ConfigError(f"--set {word!r} says nothing; expected KEY=VALUE, such as min_count=30")
        if key in found:
            raise ConfigError(f"--set {key} is there twice; expected each key once")
        found[key] = _value(text)
    return found


def configuration(question: Question, clip_s: float, corners: Corners | None = None) -> Loaded:
    """The configuration that a question means.

    `for_s`, `clear_s`, `share` are the rule's timing; `tiles` and `look_every_s` are the camera's; what
    begins with `camera.`, `detector.` or `zone.` goes there; everything else is a parameter of the rule.

    Args:
        question: what is asked.
        clip_s: seconds of footage, which the time between looks follows where nothing is said of it.
        corners: of the zone, picture fractions; None: the whole picture.

    Raises:
        ConfigFileError: a setting is not what it should be.
    """
    rule: dict[str, Any] = {"id": question.rule, "use": question.rule}
    camera: dict[str, Any] = {
        "id": CAMERA,
        "name": "scene",
        "url": "rtsp://192.0.2.1/scene",  # of the block that is kept for documents (RFC 5737); never opened
        "look_every_s": _SHORT_LOOK_S if clip_s < _LONG_S else _LOOK_S,
    }
    detector: dict[str, Any] = {"model": question.model}
    zone: dict[str, Any] = {"id": ZONE, "kind": question.zone_kind, "polygon": corners or _WHOLE}
    for key, value in question.settings.items():
        section, _, rest = key.partition(".")
        if key in _TIMING:
            rule[key] = value
        elif key == "tiles":
            camera.setdefault("looking", {})["tiles"] = value
        elif key == "look_every_s":
            camera[key] = value
        elif rest and section in ("camera", "detector", "zone"):
            _put({"camera": camera, "detector": detector, "zone": zone}[section], rest.split("."), value)
        else:
            rule.setdefault("params", {})[key] = value
    if question.zone_kind is not None:
        camera["zones"], rule["zone"] = [zone], ZONE
    return loaded_of(camera | {"rules": [rule]}, detector)


def without_rules(loaded: Loaded) -> Loaded:
    """The same camera that only looks."""
    (camera,) = loaded.streams.cameras
    alone = camera.model_copy(update={"rules": ()})
    streams = loaded.streams.model_copy(update={"cameras": (alone,)})
    return Loaded(streams, loaded.path, loaded.document)


def loaded_of(camera: Mapping[str, Any], detector: Mapping[str, Any]) -> Loaded:
    """A configuration of plain values, validated like streams.yaml.

    Raises:
        ConfigFileError: all that is wrong with it.
    """
    data = {"site": {"name": "evaluation"}, "detectors": {"default": detector}, "cameras": [camera]}
    document = Document(NAME, json.loads(json.dumps(data)), {}, ())
    streams, wrong = streams_of(document.data)
    if wrong or streams is None:
        raise ConfigFileError([document.problem(at, message) for at, message in wrong])
    return Loaded(streams, Path(NAME), document)


def _value(text: str) -> Any:
    if re.fullmatch(r"\d+x\d+", text):
        return [int(side) for side in text.split("x")]
    try:
        return json.loads(text)
    except ValueError:
        return text


def _put(section: dict[str, Any], keys: Sequence[str], value: Any) -> None:
    for key in keys[:-1]:
        section = section.setdefault(key, {})
    section[keys[-1]] = value
