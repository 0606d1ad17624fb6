"""What is wrong with notices and laws, and with zones and rules for fishing that have none of the place.

Laws are read one by one: one that is wrong does not hide what is wrong with its neighbour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import shapely

from patrol.config.law import DaysConfig, LawConfig, NoticeConfig, days_of, end_of, law_of
from patrol.config.models import ZoneConfig
from patrol.config.parts import Complaint, items, mapping, part, twice
from patrol.config.polygons import polygon_complaint
from patrol.config.problems import KeyPath
from patrol.core.hours import hours_of
from patrol.core.law import FISHING_KINDS, WATER_KINDS, Law, Notice

FISHING = "fishing"
"""The analytic that judges by the law of its zone."""
BESIDE = 0.03
"""Widest gap between a shore band and the water beside it, in widths and heights of the picture. Chosen: both
are drawn by hand along one waterline; 58 pixels of 1920, some five times what a careful click is off."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""What no notice holds, and no quoted text may bring in as `\\0`: the desk refuses a candidate with it."""
_KINDS = f"{', '.join(FISHING_KINDS[:-1])} or {FISHING_KINDS[-1]}"


def notice_complaints(data: Mapping[str, Any]) -> Iterator[Complaint]:
    """What is wrong between the notices of streams.yaml.

    Args:
        data: its plain values; parts of a wrong shape are passed over, `shape` has named them.
    """
    notices = items(data.get("notices"))
    yield from twice(("notices",), notices, "notice")
    first: dict[tuple[str, str], int] = {}
    for index, item in enumerate(notices):
        notice = part(NoticeConfig, item)
        if notice is None:
            continue
        for key in ("words", "source"):
            if found := CONTROL.search(getattr(notice, key)):
                message = f"holds the control character U+{ord(found.group()):04X}; expected plain text"
                yield ("notices", index, key), message
        before = first.setdefault((notice.words, notice.source), index)
        if before != index and notices[before].get("id") != notice.id:
            message = f"is what notices[{before}] says, word for word; expected one notice that laws share"
            yield ("notices", index, "words"), message


def fishing_complaints(camera: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[Complaint]:
    """What is wrong with the laws of a camera's zones, and with the zones that rules for fishing name.

    Args:
        camera: its plain values.
        data: those of streams.yaml, for the notices.
    """
    notices = [item["id"] for item in items(data.get("notices")) if isinstance(mapping(item).get("id"), str)]
    zones = [mapping(item) for item in items(camera.get("zones"))]
    for index, zone in enumerate(zones):
        yield from _laws(("zones", index), zone, notices)
    yield from _fished(camera, zones)
    yield from _shores(camera, zones)


def _laws(at: KeyPath, zone: Mapping[str, Any], notices: list[str]) -> Iterator[Complaint]:
    laws = items(zone.get("laws"))
    kind = zone.get("kind", "ground")
    if laws and isinstance(kind, str) and kind not in FISHING_KINDS:
        yield (*at, "laws"), f"stand on a zone of kind {kind!r}, where nobody fishes; expected kind {_KINDS}"
    sound: list[tuple[int, Law]] = []
    for number, item in enumerate(laws):
        law = part(LawConfig, item)
        if law is None:
            continue
        wrong = list(_law(law, notices))
        yield from (((*at, "laws", number, *path), said) for path, said in wrong)
        if not wrong:
            sound.append((number, law_of(law, Notice(law.notice, "", ""))))
    for (before, one), (number, other) in combinations(sound, 2):
        if message := _clash(before, one, other):
            yield (*at, "laws", number), message


def _law(law: LawConfig, notices: list[str]) -> Iterator[Complaint]:
    if law.notice not in notices:
        there_are = ", ".join(notices) or "none (there are none)"
        message = (
            f"names the notice {law.notice!r}, which `notices` does not have; expected one of: {there_are}"
        )
        yield ("notice",), message
    if law.fishing == "forbidden":
        for key in ("rods", "boats", "night"):
            if getattr(law, key) is not None:
                message = (
                    "contradicts `fishing: forbidden`, which has no exception; expected `fishing: leisure`"
                )
                yield (key,), f"{message}, or the law without `{key}`"
    elif law.night is not None:
        yield from ((("night",), message) for message in _night(law.night))
    for number, days in enumerate(law.days):
        yield from ((("days", number, *path), message) for path, message in _days(days))


def _night(words: str) -> Iterator[str]:
    try:
        hours = hours_of(words)
    except ValueError as error:
        yield str(error)
        return
    if len(hours) == 24:
        yield "is the whole day; expected the hours of a night as '20-6', or `fishing: forbidden`"


def _days(days: DaysConfig) -> Iterator[Complaint]:
    found = 0
    for key in ("first", "last"):
        try:
            end_of(getattr(days, key))
        except ValueError as error:
            found += 1
            yield (key,), str(error)
    if found:
        return
    try:
        days_of(days)
    except ValueError as error:
        yield ("last",), str(error)


def _clash(before: int, one: Law, other: Law) -> str | None:
    """What is wrong between two laws of a zone: one notice cannot say two things on one day."""
    if one.notice != other.notice or not _meet(one, other):
        return None
    if one == other:
        return f"is what laws[{before}] says already; expected every law once"
    return (
        f"says something else than laws[{before}], by the same notice {one.notice.id!r}, on the same days; "
        "expected `days` that do not meet, or one law"
    )


def _meet(one: Law, other: Law) -> bool:
    if not one.days or not other.days:
        return True
    return any(mine.meet(theirs) for mine in one.days for theirs in other.days)


def _fished(camera: Mapping[str, Any], zones: list[Mapping[str, Any]]) -> Iterator[Complaint]:
    """Rules for fishing where no law can be."""
    by_id = {str(zone.get("id")): zone for zone in zones}
    for index, item in enumerate(items(camera.get("rules"))):
        rule = mapping(item)
        if rule.get("use") != FISHING:
            continue
        name = rule.get("zone")
        zone = by_id.get(str(name), {})
        kind = zone.get("kind", "ground")
        if name is None:
            message = "names no zone, and fishing is judged by the law of one; expected a zone of kind "
            yield ("rules", index, "zone"), message + _KINDS
        elif zone and kind not in FISHING_KINDS:
            message = f"names the zone {name!r} of kind {kind!r}, where nobody fishes; expected one of kind "
            yield ("rules", index, "zone"), message + _KINDS
        elif zone and not zone.get("laws"):
            message = f"names the zone {name!r}, which has no `laws`: nothing says what is forbidden there; "
            yield (
                ("rules", index, "zone"),
                message + "expected one at least, with the notice that it rests on",
            )


def _shores(camera: Mapping[str, Any], zones: list[Mapping[str, Any]]) -> Iterator[Complaint]:
    """Shore bands that are asked about fishing and have no water beside them."""
    asked = {
        str(rule.get("zone"))
        for rule in map(mapping, items(camera.get("rules")))
        if rule.get("use") == FISHING
    }
    for index, zone in enumerate(zones):
        if zone.get("kind") != "shore" or not (items(zone.get("laws")) or str(zone.get("id")) in asked):
            continue
        if not _has_water(zone, zones):
            message = "is 'shore', and no water lies beside it in the same view; expected a zone of kind "
            message += f"{', '.join(WATER_KINDS[:-1])} or {WATER_KINDS[-1]} that touches it, or is at most "
            yield ("zones", index, "kind"), f"{message}{BESIDE:g} of the picture away"


def _has_water(shore: Mapping[str, Any], zones: list[Mapping[str, Any]]) -> bool:
    """Whether water lies beside a zone, or may: what is drawn wrongly has a complaint of its own."""
    outline = _outline(shore)
    waters = [
        zone for zone in zones if zone.get("kind") in WATER_KINDS and zone.get("view") == shore.get("view")
    ]
    if outline is None:
        return True
    return any(water is None or shapely.distance(outline, water) <= BESIDE for water in map(_outline, waters))


def _outline(zone: Mapping[str, Any]) -> shapely.Polygon | None:
    """The area of a zone; None where it is drawn wrongly."""
    drawn = part(ZoneConfig, {"id": "drawn", "polygon": zone.get("polygon")})
    return shapely.Polygon(drawn.polygon) if drawn and polygon_complaint(drawn.polygon) is None else None
