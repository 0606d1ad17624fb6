"""A streams.yaml with one camera and one rule, made for an evaluation out of what the command line says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from patrol.bench.replay.nouns import BEGINS
from patrol.config.document import Document
from patrol.config.lawful import fishing_complaints
from patrol.config.load import Loaded
from patrol.config.problems import ConfigFileError
from patrol.config.shape import streams_of
from patrol.core.errors import ConfigError
from patrol.core.law import FISHING_KINDS

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
_SHORE, _WATER = "shore", "water"
_SECTIONS = ("camera", "detector", "zone", "law", "second_look")
_DEFAULT_LOOK = "lines"
SECOND_LOOK = "asked-for"
"""Id of the second look of an evaluation that names one."""
NOTICE = {
    "id": "evaluation",
    "words": "Made up for this evaluation: all fishing is forbidden here, or as `law.*` says.",
    "source": "patrol eval scenes",
}
"""In the place of a county's own; the law of the zone rests on it."""
_LAW = {"notice": NOTICE["id"], "fishing": "forbidden"}

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
        at: see `Options.at`: by night another law holds.
        second_look: a plug-in of `patrol.vision.closer`; None: the rule's own default.
    """

    rule: str
    model: str = "auto"
    settings: Mapping[str, Any] = field(default_factory=dict)
    zone_kind: str | None = None
    loop_for_s: float | None = None
    at: datetime = BEGINS
    second_look: str | None = None


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
    begins with `camera.`, `detector.`, `zone.`, `law.` or `second_look.` goes there; everything else is a
    parameter of the rule. A zone of a kind where people fish has a law, by default that nobody may; beside a
    shore band lies water.

    Args:
        question: what is asked.
        clip_s: seconds of footage, which the time between looks follows where nothing is said of it.
        corners: of the zone, picture fractions; None: the whole picture.

    Raises:
        ConfigFileError: a setting is not what it should be.
    """
    camera: dict[str, Any] = {
        "id": CAMERA,
        "name": "scene",
        "url": "rtsp://192.0.2.1/scene",  # of the block that is kept for documents (RFC 5737); never opened
        "look_every_s": _SHORT_LOOK_S if clip_s < _LONG_S else _LOOK_S,
    }
    rule: dict[str, Any] = {"id": question.rule, "use": question.rule}
    said = _by_section(question.settings)
    camera |= said["camera"]
    rule |= said["rule"]
    zone: dict[str, Any] = {"id": ZONE, "kind": question.zone_kind, "polygon": corners or _WHOLE} | said[
        "zone"
    ]
    if question.zone_kind is not None:
        camera["zones"], rule["zone"] = _zones(zone, said["law"]), ZONE
    more: dict[str, Any] = {"notices": [NOTICE]}
    if question.second_look is not None or said["second_look"]:
        plugin = question.second_look or _DEFAULT_LOOK
        more["second_looks"] = {SECOND_LOOK: {"plugin": plugin, "params": said["second_look"]}}
        rule["params"] = {"second_look": SECOND_LOOK} | rule.get("params", {})
    return loaded_of(camera | {"rules": [rule]}, {"model": question.model} | said["detector"], more)


def _by_section(settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Settings by the section that they belong to."""
    said: dict[str, dict[str, Any]] = {name: {} for name in ("rule", *_SECTIONS)}
    for key, value in settings.items():
        section, _, rest = key.partition(".")
        if key in _TIMING:
            said["rule"][key] = value
        elif key == "tiles":
            said["camera"].setdefault("looking", {})["tiles"] = value
        elif key == "look_every_s":
            said["camera"][key] = value
        elif rest and section in _SECTIONS:
            _put(said[section], rest.split("."), value)
        else:
            said["rule"].setdefault("params", {})[key] = value
    return said


def _zones(zone: dict[str, Any], law: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rule's zone with its law, and the water beside a shore band: nobody draws it for an evaluation."""
    if zone["kind"] not in FISHING_KINDS and not law:
        return [zone]
    with_law = {"laws": [{**_LAW, **law}]} | zone  # on other kinds loading refuses it, in words
    water = {"id": _WATER, "kind": _WATER, "polygon": _WHOLE}
    return [with_law, water] if zone["kind"] == _SHORE else [with_law]


def without_rules(loaded: Loaded) -> Loaded:
    """The same camera that only looks."""
    (camera,) = loaded.streams.cameras
    alone = camera.model_copy(update={"rules": ()})
    streams = loaded.streams.model_copy(update={"cameras": (alone,)})
    return Loaded(streams, loaded.path, loaded.document)


def loaded_of(
    camera: Mapping[str, Any], detector: Mapping[str, Any], more: Mapping[str, Any] = MappingProxyType({})
) -> Loaded:
    """A configuration of plain values, validated like streams.yaml.

    Args:
        camera: its only one.
        detector: that of the camera.
        more: other sections.

    Raises:
        ConfigFileError: all that is wrong with it.
    """
    data: dict[str, Any] = {
        "site": {"name": "evaluation"},
        "detectors": {"default": detector},
        "cameras": [camera],
        **more,
    }
    document = Document(NAME, json.loads(json.dumps(data)), {}, ())
    streams, wrong = streams_of(document.data)
    wrong = list(wrong) or [
        (("cameras", 0, *at), said) for at, said in fishing_complaints(data["cameras"][0], data)
    ]
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
