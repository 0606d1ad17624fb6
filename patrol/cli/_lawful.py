"""What law holds where a rule looks, and what it looks closer with: for `patrol check`."""

from __future__ import annotations

from typing import Any

from patrol.config.law import LawConfig
from patrol.config.load import Loaded
from patrol.config.plugins import EffectiveRule
from patrol.vision.worker.means import PACKAGES, configured, named
from patrol.vision.worker.rules import uses_of


def law_facts(effective: EffectiveRule) -> list[dict[str, Any]]:
    """The laws of a rule's zone, each with its words."""
    zone = next((zone for zone in effective.camera.zones if zone.id == effective.rule.zone), None)
    laws = zone.laws if zone else ()
    return [{**law.model_dump(mode="json"), "words": law_words(law)} for law in laws]


def means_facts(loaded: Loaded, effective: EffectiveRule) -> dict[str, dict[str, str]]:
    """What a rule looks closer with: by section, the plug-in of each name."""
    uses = uses_of(effective)
    return {
        section: {name: configured(loaded, section)[name].plugin for name in named(uses, section)}
        for section in PACKAGES
    }


def law_words(law: LawConfig) -> str:
    """A law in one line: `leisure: 1 rod a person, no nets, no boats, not at 20-6 (notice county-2021)`."""
    if law.fishing == "forbidden":
        said = "no fishing"
    else:
        rods = 1 if law.rods is None else law.rods
        said = f"leisure: {rods} rod{'s' if rods > 1 else ''} a person, no nets"
        said += ", boats allowed" if law.boats == "allowed" else ", no boats"
        said += f", not at {law.night}" if law.night else ""
    ranges = ", ".join(f"{days.first} to {days.last}" for days in law.days)
    return f"{said}{f', {ranges} only' if ranges else ''} (notice {law.notice})"


def lines_of(rule: dict[str, Any]) -> list[str]:
    """The lines of one rule of the plan."""
    lines = [f"{rule['zone']}: {law['words']}" for law in rule["laws"]]
    words = {"second_looks": "second look", "density_networks": "density network"}
    for section, there_are in rule["means"].items():
        lines += [f"{words[section]} {name} (plug-in {plugin})" for name, plugin in there_are.items()]
    return lines
