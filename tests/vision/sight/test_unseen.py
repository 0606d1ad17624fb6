"""Motion that no detection explains makes a task blind; everything else does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from patrol.core.detections import Detections, Look
from patrol.core.geometry import Boxes
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place
from patrol.core.sight import Seeing
from patrol.core.zone import WHOLE_PICTURE, Zone
from patrol.vision.analytics import vehicles
from patrol.vision.sight.camera import CameraSight
from patrol.vision.sight.unseen import QUIET_S, MotionUnseen
from tests.fakes import pictures

CARS = ("person", "car", "umbrella")
LOW = Zone("low", "low", "lane", ((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)))


def boxes(*places: float) -> Boxes:
    """Boxes in a row, standing at two thirds of the height."""
    found = [(x, 0.6, x + 0.05, 0.68) for x in places]
    return np.asarray(found, np.float32).reshape(-1, 4)


def seen(label: str, *places: float) -> Detections:
    count = len(places)
    ids = np.full(count, CARS.index(label), np.int32)
    return Detections(boxes(*places), np.full(count, 0.8, np.float32), ids, CARS)


def rule(zone: Zone = WHOLE_PICTURE, min_count: int = 2) -> MotionUnseen:
    place = Place(zone)
    analytic = vehicles.build(vehicles.Params(min_count=min_count), place)
    return MotionUnseen(analytic, vehicles.CLASSES, place)


def look(second: float, moving: Boxes | None, found: Detections, scene: int = 0) -> Look:
    made = pictures.look(second, None, scene=scene, found=found)
    return replace(made, seeing=Seeing(motion=moving))


def drive(watched: MotionUnseen, label: str | None, start: float = 0.0, looks: int = 12) -> list[Observation]:
    """Two things pass, 0.1 of the picture each look; the detector sees them as `label`, or not at all."""
    said = []
    for step in range(looks):
        here = [(0.1 * step + shift) % 0.9 for shift in (0.0, 0.45)]
        before = [(place - 0.1) % 0.9 for place in here]
        found = seen(label, *here) if label else seen("car")
        said.append(watched.observe(look(start + 2 * step, boxes(*here, *before), found)))
    return said


def test_what_passes_unseen_makes_the_task_blind_and_says_why() -> None:
    said = drive(rule(), None)
    assert said[0].presence is Presence.ABSENT, "one look says nothing"
    assert said[-1].presence is Presence.CANNOT_TELL
    assert said[-1].reason is not None
    assert said[-1].reason.code == "motion-unseen"


def test_what_passes_and_is_seen_does_not_also_where_it_was_the_look_before() -> None:
    assert {s.presence for s in drive(rule(min_count=9), "car")} == {Presence.ABSENT}


def test_pedestrians_do_not_make_the_vehicles_rule_blind_but_a_wrong_class_does() -> None:
    assert drive(rule(), "person")[-1].presence is Presence.ABSENT
    assert drive(rule(), "umbrella")[-1].presence is Presence.CANNOT_TELL


def test_motion_outside_of_the_zone_is_nobodys_business() -> None:
    high = replace(LOW, polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5)))
    assert drive(rule(high), None)[-1].presence is Presence.ABSENT
    assert drive(rule(LOW), None)[-1].presence is Presence.CANNOT_TELL


def test_it_sees_again_when_detections_come_back() -> None:
    watched = rule(min_count=9)
    drive(watched, None)
    assert drive(watched, "car", 24.0, 20)[-1].presence is Presence.ABSENT


def test_an_empty_road_in_glare_stays_blind_for_a_while() -> None:
    watched = rule()
    drive(watched, None)
    nothing = boxes()
    assert watched.observe(look(60.0, nothing, seen("car"))).presence is Presence.CANNOT_TELL
    assert watched.observe(look(60.0 + QUIET_S, nothing, seen("car"))).presence is Presence.ABSENT


def test_what_is_found_present_was_seen() -> None:
    watched = rule(min_count=2)
    drive(watched, None)
    assert watched.observe(look(25.0, boxes(), seen("car", 0.1, 0.5))).presence is Presence.PRESENT


def test_without_anything_known_of_motion_nothing_changes() -> None:
    watched = rule()
    for step in range(20):
        assert watched.observe(pictures.look(step, None)).presence is Presence.ABSENT


def test_the_pictures_themselves_lead_to_it() -> None:
    """Drawn things pass; a detector that finds none of them is blind, and on an empty place it is not."""
    place = pictures.place()
    for passing, presence in ((2, Presence.CANNOT_TELL), (0, Presence.ABSENT)):
        sight, watched = CameraSight(), rule()
        looks = pictures.looks(place, np.arange(0.0, 40.0, 2.0), passing=passing)
        said = [watched.observe(sight.examine(seen_now)) for seen_now in looks]
        assert said[-1].presence is presence
