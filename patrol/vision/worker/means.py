"""What looks closer than detectors do, built once for all cameras; only what rules name is loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from patrol.config.load import Loaded
from patrol.config.means import DensityNetworkConfig, SecondLookConfig
from patrol.config.plugins import EffectiveRule, validated
from patrol.config.problems import ConfigFileError, KeyPath, Problem
from patrol.core import plugins
from patrol.core.errors import PluginError
from patrol.core.place import Means, Uses

SECOND_LOOKS = "second_looks"
DENSITY_NETWORKS = "density_networks"
PACKAGES: Mapping[str, str] = {
    SECOND_LOOKS: "patrol.vision.closer",
    DENSITY_NETWORKS: "patrol.vision.density",
}
"""Sections of streams.yaml, and where the plug-ins of each lie."""
Configured = Mapping[str, SecondLookConfig | DensityNetworkConfig]


def configured(loaded: Loaded, section: str) -> Configured:
    """What a section, of `PACKAGES`, holds by name."""
    found: Configured = getattr(loaded.streams, section)
    return found


def named(uses: Uses, section: str) -> tuple[str, ...]:
    """What a rule asks for of a section."""
    return uses.second_looks if section == SECOND_LOOKS else uses.density_networks


def missing_means(loaded: Loaded, wanted: Iterable[tuple[EffectiveRule, Uses]]) -> tuple[Problem, ...]:
    """Rules that name a second look or a density network which streams.yaml does not have.

    Args:
        loaded: the file.
        wanted: each rule with what it asks for.
    """
    return tuple(
        _missing(loaded, effective, section, name)
        for effective, uses in wanted
        for section in PACKAGES
        for name in named(uses, section)
        if name not in configured(loaded, section)
    )


def unknown_means(loaded: Loaded) -> tuple[Problem, ...]:
    """Second looks and density networks of the file whose plug-in does not exist. Imports none."""
    return tuple(
        loaded.problem(
            (section, name, "plugin"),
            f"is {config.plugin!r}, which is missing; expected one of: {', '.join(there_are) or 'none'}",
        )
        for section, package in PACKAGES.items()
        for there_are in (plugins.available(package),)
        for name, config in configured(loaded, section).items()
        if "." not in config.plugin and config.plugin not in there_are
    )


def wrong_means(loaded: Loaded, wanted: Iterable[Uses]) -> tuple[Problem, ...]:
    """Wrong parameters of what rules ask for. Imports the plug-ins that have been given some; builds none."""
    problems: list[Problem] = []
    for section, name in _asked(wanted):
        if configured(loaded, section)[name].params:
            try:
                _with_params(loaded, section, name)
            except ConfigFileError as error:
                problems += error.problems
    return tuple(problems)


def build_means(loaded: Loaded, wanted: Iterable[Uses]) -> Means:
    """Build what these rules ask for, each once.

    Args:
        loaded: the file; relative paths of parameters start from its folder.
        wanted: by all rules; what is named is there (`missing_means`).

    Raises:
        ConfigFileError: a plug-in cannot be used, or a parameter is wrong; names the line.
        ModelError: a model is not there, or is none of its kind.
    """
    built: dict[str, dict[str, Any]] = {section: {} for section in PACKAGES}
    for section, name in _asked(wanted):
        built[section][name] = _built(loaded, section, name)
    return Means(built[SECOND_LOOKS], built[DENSITY_NETWORKS])


def means_facts(loaded: Loaded, wanted: Iterable[Uses]) -> dict[str, dict[str, Any]]:
    """What rules look closer with as plain values: by section and name, the plug-in with all its parameters.

    A parameter that names a file stands as the SHA-256 of what is in it: the same file elsewhere is the same.

    Raises:
        ConfigFileError: as `build_means`.
    """
    facts: dict[str, dict[str, Any]] = {section: {} for section in PACKAGES}
    base = loaded.path.absolute().parent
    for section, name in _asked(wanted):
        _, params = _with_params(loaded, section, name)
        plain = TypeAdapter(type(params)).dump_python(params, mode="json")
        plugin = configured(loaded, section)[name].plugin
        facts[section][name] = {"plugin": plugin, "params": _with_contents(plain, base)}
    return facts


def _with_contents(value: Any, base: Path) -> Any:
    if isinstance(value, dict):
        return {key: _with_contents(each, base) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_contents(each, base) for each in value]
    if not isinstance(value, str) or not value:
        return value
    try:
        with (base / Path(value).expanduser()).open("rb") as file:
            return {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    except (OSError, ValueError, RuntimeError):  # no file; a character that no name has; no such home
        return value


def _asked(wanted: Iterable[Uses]) -> Iterator[tuple[str, str]]:
    """Section and name of each of them once, sorted."""
    asked = {(section, name) for uses in wanted for section in PACKAGES for name in named(uses, section)}
    yield from sorted(asked)


def _built(loaded: Loaded, section: str, name: str) -> Any:
    build, params = _with_params(loaded, section, name)
    return build(params, loaded.path.absolute().parent)


def _with_params(loaded: Loaded, section: str, name: str) -> tuple[Any, Any]:
    """A plug-in's `build` and its parameters.

    Raises:
        ConfigFileError: it cannot be used, or a parameter is wrong.
    """
    config = configured(loaded, section)[name]
    try:
        module = plugins.load(PACKAGES[section], config.plugin)
    except PluginError as error:
        said = loaded.problem((section, name, "plugin"), f"cannot be used: {error}")
        raise ConfigFileError([said]) from None
    params, wrong = validated(module.Params, config.params)
    if wrong:
        raise ConfigFileError(loaded.problem((section, name, *path), said) for path, said in wrong)
    return module.build, params


def _missing(loaded: Loaded, effective: EffectiveRule, section: str, name: str) -> Problem:
    """The problem, at the parameter that names it; at the rule, where it is a default."""
    index = [camera.id for camera in loaded.streams.cameras].index(effective.camera.id)
    number = [rule.id for rule in effective.camera.rules].index(effective.rule.id)
    at: KeyPath = ("cameras", index, "rules", number)
    key = next((key for key, value in effective.rule.params.items() if value == name), None)
    there_are = ", ".join(configured(loaded, section)) or "none (there are none)"
    said = f"names {name!r}" if key else f"asks for {name!r}, its default"
    message = f"{said}, which `{section}` does not have; expected one of: {there_are}"
    return loaded.problem((*at, "params", key) if key else at, message)
