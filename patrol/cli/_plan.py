"""What a streams.yaml would run, as plain values and as text."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from patrol.cli._ground import ground_lines, ground_warnings, grounds_of, zone_facts, zone_words
from patrol.cli._lawful import law_facts, lines_of, means_facts
from patrol.config.load import Loaded
from patrol.config.models import CameraConfig
from patrol.config.plugins import EffectiveRule
from patrol.config.secrets import login_of
from patrol.config.settings import unknown_variables
from patrol.core.feasibility import words
from patrol.core.redact import SHORT, redact_url
from patrol.core.sight import TaskSight

Plan = dict[str, Any]
Refused = Mapping[str, tuple[TaskSight, ...]]
"""Rules that their camera cannot see, by camera id."""


def plan_of(
    loaded: Loaded, rules: tuple[EffectiveRule, ...], refused: Refused, environ: Mapping[str, str]
) -> Plan:
    """Site, detectors and cameras with all their parameters, defaults included; no credentials."""
    streams = loaded.streams
    return {
        "ok": True,
        "file": str(loaded.path),
        "site": streams.site.model_dump(mode="json"),
        "detectors": {name: d.model_dump(mode="json") for name, d in streams.detectors.items()},
        "cameras": [
            _camera(camera, refused.get(camera.id, ()))
            | {"rules": [_rule(loaded, rule) for rule in rules if rule.camera is camera]}
            for camera in streams.cameras
        ],
        "warnings": list(_warnings(loaded, environ)),
    }


def text_of(plan: Plan) -> Iterator[str]:
    """The plan as lines for people."""
    site = plan["site"]
    yield f"site: {site['name']}, {site['time_zone']}, {site['language']}"
    for name, detector in plan["detectors"].items():
        yield f"detector {name}: {_pairs(detector)}"
    for camera in plan["cameras"]:
        yield from _camera_lines(camera)
    for warning in plan["warnings"]:
        yield f"warning: {warning}"
    refused = [f"{camera['id']}/{one['rule']}" for camera in plan["cameras"] for one in camera["cannot_see"]]
    rules = sum(len(camera["rules"]) for camera in plan["cameras"]) - len(refused)
    yield f"{plan['file']} is right: {len(plan['cameras'])} camera(s), {rules} rule(s) would run"
    if refused:
        yield f"CANNOT SEE: {len(refused)} rule(s) would NOT run: {', '.join(refused)}"


def _camera(camera: CameraConfig, refused: tuple[TaskSight, ...]) -> Plan:
    plain = camera.model_dump(mode="json", exclude={"credentials", "rules", "zones"})
    plain["url"] = redact_url(camera.url)
    plain["login"] = _login_from(camera)
    plain["ground"] = grounds_of(camera)
    plain["zones"] = [zone.model_dump(mode="json") | zone_facts(camera, zone) for zone in camera.zones]
    plain["cannot_see"] = [_refused(task) for task in refused]
    return plain


def _rule(loaded: Loaded, effective: EffectiveRule) -> Plan:
    return {
        **effective.rule.model_dump(mode="json"),
        "params": _plain(effective.params),
        "laws": law_facts(effective),
        "means": means_facts(loaded, effective),
    }


def _refused(task: TaskSight) -> Plan:
    if task.reason is None:
        return {"rule": task.rule_id, "code": "", "values": {}, "why": "no reason was given"}
    return {
        "rule": task.rule_id,
        "code": task.reason.code,
        "values": dict(task.reason.values),
        "why": words(task.reason),
    }


def _login_from(camera: CameraConfig) -> str:
    if camera.credentials is None:
        return "none"
    return "environment" if camera.credentials.password_env is not None else "file"


def _plain(params: object) -> Plan:
    if not dataclasses.is_dataclass(params):
        return {}
    return {field.name: getattr(params, field.name) for field in dataclasses.fields(params)}


def _camera_lines(camera: Plan) -> Iterator[str]:
    yield f"camera {camera['id']} ({camera['name']})"
    yield f"  {camera['url']}, login: {camera['login']}"
    yield f"  detector {camera['detector']}, a look every {camera['look_every_s']:g} s"
    for ground in camera["ground"]:
        yield from ground_lines(ground)
    for zone in camera["zones"]:
        named = f"{zone['id']} ({zone['name']})" if zone["name"] else zone["id"]
        yield f"  zone {named}: {zone['kind']}, {len(zone['polygon'])} corners{zone_words(zone)}"
    for rule in camera["rules"]:
        where = f"zone {rule['zone']}" if rule["zone"] else "the whole picture"
        timing = f"for_s={rule['for_s']:g} clear_s={rule['clear_s']:g} share={rule['share']:g}"
        yield f"  rule {rule['id']}: {rule['use']} in {where}, {timing}"
        yield f"    {_pairs(rule['params']) or 'no parameters'}"
        yield from (f"    {line}" for line in lines_of(rule))
        for one in camera["cannot_see"]:
            if one["rule"] == rule["id"]:
                yield f"    CANNOT SEE, will not run: {one['why']}"
    yield f"  evidence: {_pairs(camera['evidence'])}"


def _pairs(values: Mapping[str, object]) -> str:
    return " ".join(f"{key}={'default' if value is None else value}" for key, value in values.items())


def _warnings(loaded: Loaded, environ: Mapping[str, str]) -> Iterator[str]:
    for name in unknown_variables(environ, [loaded.streams]):
        yield f"environment variable {name} means nothing to Patrol; see docs/reference/environment.md"
    base = loaded.path.absolute().parent
    for index, camera in enumerate(loaded.streams.cameras):
        where = loaded.locate(("cameras", index))
        if not camera.rules:
            yield f"{where}: camera {camera.id} has no rules: it is shown, and nothing is looked for"
        for ground in grounds_of(camera):
            which = f"view {ground['view']} of " if ground["view"] else ""
            for said in ground_warnings(ground):
                yield f"{where}: {which}camera {camera.id}: {said}"
        login = login_of(camera, base, environ)
        if login is not None and len(login.password.reveal()) < SHORT:
            yield (
                f"{where}: the password of camera {camera.id} has fewer than {SHORT} characters: anybody can "
                f"guess it, and it can be kept out of addresses only, not out of other text"
            )
