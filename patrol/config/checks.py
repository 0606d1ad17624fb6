"""What depends on several places of streams.yaml, or on the machine.

Checked on whatever part has its right shape: a camera with one wrong number still has its ids, zones and
addresses checked, so that one run names everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from patrol.config.addresses import camera_url_complaints, picture_complaints, playback_complaints
from patrol.config.calibrating import Misfit, calibrated, calibration_complaints
from patrol.config.calibration import CalibrationConfig
from patrol.config.lawful import fishing_complaints, notice_complaints
from patrol.config.models import CredentialsConfig, EvidenceConfig, ZoneConfig
from patrol.config.parts import Complaint, items, mapping, part, twice
from patrol.config.polygons import polygon_complaint
from patrol.config.problems import KeyPath
from patrol.config.secrets import credential_complaints
from patrol.core.ground import Ground
from patrol.core.zone import Zone

KEYFRAME_MARGIN_S = 5.0
"""A clip begins at a keyframe; more than this between two of them is a state of its own (`no-keyframes`)."""

RESERVED = "camera."
"""Beginning of the ids of built-in rules about a camera itself."""
COMPANION_SUFFIX = ".companion"
"""End of the ids of rules that come with another one: `crowd.companion` with `crowd`."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What values are checked against, outside the file."""

    base: Path
    environ: Mapping[str, str]


def complaints(data: Mapping[str, Any], around: Surroundings) -> Iterator[Complaint]:
    """All that is wrong between the parts of streams.yaml.

    Args:
        data: its plain values; parts of a wrong shape are passed over, `shape` has named them.
        around: folder and environment.
    """
    yield from _time_zone(mapping(data.get("site")).get("time_zone"))
    cameras = items(data.get("cameras"))
    yield from twice(("cameras",), cameras, "camera")
    yield from notice_complaints(data)
    detectors = tuple(mapping(data.get("detectors"))) if "detectors" in data else ("default",)
    for index, item in enumerate(cameras):
        camera = mapping(item)
        for check in _CAMERA_CHECKS:
            for path, message in check(camera, around):
                yield ("cameras", index, *path), message
        for path, message in (*_detector(camera, detectors), *fishing_complaints(camera, data)):
            yield ("cameras", index, *path), message


def _time_zone(name: object) -> Iterator[Complaint]:
    if not isinstance(name, str):
        return
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError; folders of tzdata: OSError
        yield (
            ("site", "time_zone"),
            f"is {name[:60]!r}, a time zone nobody knows; expected one as `Asia/Shanghai`",
        )


def _detector(camera: Mapping[str, Any], detectors: tuple[str, ...]) -> Iterator[Complaint]:
    name = camera.get("detector", "default")
    if not isinstance(name, str) or name in detectors:
        return
    there_are = ", ".join(detectors) or "none"
    if "detector" in camera:
        yield ("detector",), f"names the detector {name!r}, which is missing; expected one of: {there_are}"
    else:
        message = f"names none, and `detectors` has no `default`; expected one of: {there_are}"
        yield ("detector",), message


def _addresses(camera: Mapping[str, Any], around: Surroundings) -> Iterator[Complaint]:
    url, playback = camera.get("url"), camera.get("playback_url")
    if isinstance(url, str):
        yield from ((("url",), message) for message in camera_url_complaints(url, around.base))
    if isinstance(playback, str) and playback:
        yield from ((("playback_url",), message) for message in playback_complaints(playback))


def _credentials(camera: Mapping[str, Any], around: Surroundings) -> Iterator[Complaint]:
    credentials = part(CredentialsConfig, camera.get("credentials"))
    if credentials is not None:
        for key, message in credential_complaints(credentials, around.base, around.environ):
            yield (("credentials", key) if key else ("credentials",)), message


def _zones(camera: Mapping[str, Any], _: Surroundings) -> Iterator[Complaint]:
    zones = items(camera.get("zones"))
    yield from twice(("zones",), zones, "zone")
    for index, item in enumerate(zones):
        zone = part(ZoneConfig, item)
        message = (polygon_complaint(zone.polygon) or _off_the_ground(camera, zone)) if zone else None
        if message:
            yield ("zones", index, "polygon"), message


def _off_the_ground(camera: Mapping[str, Any], zone: ZoneConfig) -> str | None:
    """What is wrong with a zone that a calibrated camera sees in the sky."""
    ground = _ground(camera, zone.view)
    if ground is None:
        return None
    corners = Zone(zone.id, zone.name, zone.kind, zone.polygon).corners()
    off = [
        f"[{x:g}, {y:g}]"
        for (x, y), on in zip(zone.polygon, ground.on_ground(corners), strict=True)
        if not on
    ]
    if not off:
        return None
    return (
        f"lies off the ground: {', '.join(off)} above the horizon of the calibration; expected corners on "
        "the ground, or the calibration corrected"
    )


def _ground(camera: Mapping[str, Any], view: str | None) -> Ground | None:
    """The ground of a view, or of the camera; None where there is none, or none that can be used."""
    section = camera.get("calibration")
    if view is not None:
        there_are = [mapping(item) for item in items(camera.get("views"))]
        section = next((item.get("calibration") for item in there_are if item.get("id") == view), None)
    config = part(CalibrationConfig, section)
    try:
        return None if config is None else calibrated(config).ground
    except Misfit:
        return None  # `_calibration` says why


def _calibration(camera: Mapping[str, Any], _: Surroundings) -> Iterator[Complaint]:
    sections: list[tuple[KeyPath, object]] = [((), camera.get("calibration"))]
    for index, item in enumerate(items(camera.get("views"))):
        sections.append((("views", index), mapping(item).get("calibration")))
    for path, section in sections:
        config = part(CalibrationConfig, section)
        for at, message in calibration_complaints(config) if config else ():
            yield (*path, "calibration", *at), message


def _views(camera: Mapping[str, Any], around: Surroundings) -> Iterator[Complaint]:
    views = items(camera.get("views"))
    yield from twice(("views",), views, "view")
    there_are = [view["id"] for view in views if isinstance(mapping(view).get("id"), str)]
    for index, item in enumerate(views):
        reference = mapping(item).get("reference")
        if isinstance(reference, str):
            yield from (
                (("views", index, "reference"), said) for said in picture_complaints(reference, around.base)
            )
    for index, item in enumerate(items(camera.get("zones"))):
        view = mapping(item).get("view")
        if isinstance(view, str) and view not in there_are:
            message = (
                f"names the view {view!r}, which this camera does not have (any more); expected one of: "
            )
            yield ("zones", index, "view"), message + (", ".join(there_are) or "none (it has no views)")


def _rules(camera: Mapping[str, Any], _: Surroundings) -> Iterator[Complaint]:
    rules = items(camera.get("rules"))
    yield from twice(("rules",), rules, "rule")
    there_are = [
        zone["id"] for zone in items(camera.get("zones")) if isinstance(mapping(zone).get("id"), str)
    ]
    for index, item in enumerate(rules):
        name, zone = (mapping(item).get(key) for key in ("id", "zone"))
        if isinstance(name, str) and name.startswith(RESERVED):
            message = f"begins with `{RESERVED}`, which is kept for faults of the camera; expected another id"
            yield ("rules", index, "id"), message
        if isinstance(name, str) and name.endswith(COMPANION_SUFFIX):
            message = f"ends with `{COMPANION_SUFFIX}`, kept for what comes with a rule; expected another id"
            yield ("rules", index, "id"), message
        if isinstance(zone, str) and zone not in there_are:
            message = f"names the zone {zone!r}, which this camera does not have; expected one of: "
            yield ("rules", index, "zone"), message + (", ".join(there_are) or "none (it has no zones)")


def _ring(camera: Mapping[str, Any], _: Surroundings) -> Iterator[Complaint]:
    evidence = part(EvidenceConfig, camera.get("evidence", {}))
    if evidence is None:
        return
    least = evidence.pre_s + evidence.post_s + KEYFRAME_MARGIN_S
    if evidence.ring_s < least:
        message = f"is {evidence.ring_s:g} s, too short for the clip that is cut from it; expected pre_s + "
        message += f"post_s + {KEYFRAME_MARGIN_S:g} s = {least:g} s or more"
        yield ("evidence", "ring_s"), message


_CAMERA_CHECKS: tuple[Callable[[Mapping[str, Any], Surroundings], Iterator[Complaint]], ...] = (
    _addresses,
    _credentials,
    _zones,
    _views,
    _calibration,
    _rules,
    _ring,
)
