"""Parameters of plug-ins: what streams.yaml says, as the plug-in's own `Params`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from types import ModuleType
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from patrol.config.load import Loaded
from patrol.config.models import CameraConfig, RuleConfig
from patrol.config.problems import ConfigFileError, KeyPath, Problem, key_words
from patrol.config.shape import complaints, unknown_key
from patrol.core import plugins
from patrol.core.errors import ConfigError, PluginError, PluginInvalid
from patrol.core.redact import redact

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class EffectiveRule:
    """One rule with all its parameters, defaults included."""

    camera: CameraConfig
    rule: RuleConfig
    """With its effective timing: what streams.yaml leaves out is the plug-in's own default, if it has one."""
    params: Any
    """Instance of the plug-in's `Params`."""


def build_params(params_type: type[T], values: Mapping[str, Any], where: str) -> T:
    """The plug-in's parameters, validated strictly; keys that it does not have are refused.

    Args:
        params_type: the plug-in's `Params`, a dataclass; a ValueError of its `__post_init__` counts.
        values: what the configuration says.
        where: `file:line` of the values.

    Raises:
        ConfigError: a line for each key that is wrong, with what was expected; no value is repeated.
    """
    params, wrong = validated(params_type, values)
    if params is None:
        raise ConfigError("\n".join(redact(f"{where}: {key_words(path)}: {said}") for path, said in wrong))
    return params


def effective_rules(loaded: Loaded, package: str) -> tuple[EffectiveRule, ...]:
    """All rules of a streams.yaml with their parameters; imports the analytics that it names, and runs none.

    Args:
        loaded: the file.
        package: where analytics are, `patrol.vision.analytics`.

    Raises:
        ConfigFileError: every rule whose analytic cannot be had, and every wrong parameter, with its line.
    """
    rules: list[EffectiveRule] = []
    problems: list[Problem] = []
    for index, camera in enumerate(loaded.streams.cameras):
        for number, rule in enumerate(camera.rules):
            at: KeyPath = ("cameras", index, "rules", number)
            try:
                module = plugins.load(package, rule.use, "KIND")
                timed = _with_timing(rule, module)
                params, wrong = validated(module.Params, rule.params)
            except PluginError as error:
                problems.append(loaded.problem((*at, "use"), f"cannot be used: {error}"))
                continue
            problems += (loaded.problem((*at, *path), said) for path, said in wrong)
            rules.append(EffectiveRule(camera, timed, params))
    if problems:
        raise ConfigFileError(problems)
    return tuple(rules)


def detector_problems(loaded: Loaded, package: str) -> tuple[Problem, ...]:
    """Detectors whose plug-in file does not exist. Imports none: an inference runtime takes seconds."""
    there_are = ("auto", *plugins.available(package))
    return tuple(
        loaded.problem(
            ("detectors", name, "plugin"),
            f"is {detector.plugin!r}, which is missing; expected one of: {', '.join(there_are)}",
        )
        for name, detector in loaded.streams.detectors.items()
        if "." not in detector.plugin and detector.plugin not in there_are
    )


TIMING = ("for_s", "clear_s", "share")
"""Keys of a rule whose default a plug-in may set, by exporting a mapping `TIMING`."""


def _with_timing(rule: RuleConfig, module: ModuleType) -> RuleConfig:
    """The rule with the plug-in's own timing where streams.yaml says nothing.

    Raises:
        PluginInvalid: the plug-in's `TIMING` has another key, or a value that no rule may have.
    """
    timing: Mapping[str, Any] = getattr(module, "TIMING", {})
    own = {key: value for key, value in timing.items() if key not in rule.model_fields_set}
    if unknown := set(timing) - set(TIMING):
        raise PluginInvalid(
            f"TIMING of {module.__name__} has {', '.join(sorted(unknown))}; it may have {', '.join(TIMING)}"
        )
    try:
        RuleConfig.model_validate({**rule.model_dump(), **timing})
    except ValueError as error:
        raise PluginInvalid(f"TIMING of {module.__name__} does not hold: {error}") from None
    return rule.model_copy(update=own)


def validated(params_type: type[T], values: Mapping[str, Any]) -> tuple[T | None, list[tuple[KeyPath, str]]]:
    """A plug-in's parameters, or what is wrong with them: key paths that begin with `params`.

    Raises:
        ConfigError: the plug-in's `Params` is no dataclass.
    """
    if not dataclasses.is_dataclass(params_type):
        raise ConfigError(f"{params_type.__module__}.Params is no dataclass; it has to be one, frozen")
    known = tuple(field.name for field in dataclasses.fields(params_type) if field.init)
    wrong: list[tuple[KeyPath, str]] = [
        (("params", key), unknown_key(key, known)) for key in values if key not in known
    ]
    given = {key: value for key, value in values.items() if key in known}
    try:
        params = TypeAdapter(params_type).validate_json(json.dumps(given), strict=True)
    except ValidationError as error:
        return None, [*wrong, *complaints(error, lambda _: known, ("params",))]
    return (None if wrong else params), wrong
