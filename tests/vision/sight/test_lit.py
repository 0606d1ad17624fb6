"""Too little light makes a task say that it cannot tell; light enough, and what has been seen, do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from patrol.core import plugins
from patrol.core.detections import Look
from patrol.core.media import Grey
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place
from patrol.core.sight import Light, Reason
from patrol.core.zone import WHOLE_PICTURE, Zone
from patrol.vision.analytics import congestion, gathering, vehicles
from patrol.vision.sight.lit import HOLD_S, Lit
from tests.fakes import pictures

PLACE = pictures.place()
NEEDED = Light(mean=40.0, over_noise=10.0)
TOP = Zone("top", "top", "ground", ((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5)))


@dataclass
class Says:
    """An analytic that always says the same."""

    presence: Presence = Presence.ABSENT
    reason: Reason | None = None

    def observe(self, look: Look) -> Observation:
        del look
        return Observation(self.presence, 3.0, "persons", 0.5, parts={"count": 3}, reason=self.reason)


def lit(says: Says | None = None, needed: Light = NEEDED, zone: Zone = WHOLE_PICTURE) -> Lit:
    return Lit(says or Says(), needed, Place(zone))


def dark(second: float) -> Grey:
    return np.asarray(pictures.live(PLACE, second) // 8, np.uint8)


def day(second: float) -> Grey:
    return pictures.live(PLACE, second)


def grainy(second: float) -> Grey:
    return pictures.live(PLACE, second, noise=30.0)


def watch(task: Lit, *parts: tuple[Callable[[float], Grey], float]) -> list[Observation]:
    """Looks every 2 s: each picture for so many seconds."""
    said, second = [], 0.0
    for picture, lasts in parts:
        until = second + lasts
        while second < until:
            said.append(task.observe(pictures.look(second, picture(second))))
            second += 2.0
    return said


def codes(said: list[Observation]) -> list[str]:
    return [one.reason.code if one.reason else "" for one in said]


def test_a_day_is_never_refused() -> None:
    assert set(codes(watch(lit(), (day, 120)))) == {""}


def test_a_camera_that_starts_in_the_dark_cannot_tell_from_its_first_look_on_and_says_why() -> None:
    said = watch(lit(), (dark, 20))
    assert {one.presence for one in said} == {Presence.CANNOT_TELL}
    assert said[0].reason is not None
    assert said[0].reason.code == "too-dark"
    assert 0 < float(said[0].reason.values["light"]) < float(said[0].reason.values["needed"]) == 40
    assert said[0].parts == {"count": 3}, "what it found is still shown"


def test_a_picture_that_the_camera_has_made_bright_is_refused_for_its_noise() -> None:
    said = watch(lit(), (grainy, 60))
    assert said[-1].presence is Presence.CANNOT_TELL
    assert said[-1].reason is not None
    assert said[-1].reason.code == "too-noisy"
    assert float(said[-1].reason.values["contrast"]) < 10
    assert said[-1].reason.values["needed"] == 10


def test_a_night_that_falls_is_refused_after_the_hold_and_a_flash_before_it_is_not() -> None:
    said = codes(watch(lit(), (day, 30), (dark, HOLD_S - 2), (day, 30), (dark, 30)))
    turned = said.index("too-dark")
    assert turned == (30 + HOLD_S - 2 + 30 + HOLD_S) / 2
    assert set(said[turned:]) == {"too-dark"}


def test_lightning_does_not_make_it_see_and_the_morning_does() -> None:
    said = codes(watch(lit(), (dark, 30), (day, HOLD_S - 2), (dark, 30), (day, 60)))
    assert set(said[:34]) == {"too-dark"}
    assert said[-1] == ""


def test_light_that_sways_around_the_level_does_not_come_and_go() -> None:
    def sways(second: float) -> Grey:
        return np.full((180, 320), 38 if second % 40 < 20 else 44, np.uint8)

    assert set(codes(watch(lit(), (sways, 200)))) == {"too-dark"}


def test_what_has_been_seen_stays_present() -> None:
    assert {one.presence for one in watch(lit(Says(Presence.PRESENT)), (dark, 30))} == {Presence.PRESENT}


def test_what_keeps_what_was_cannot_tell() -> None:
    assert watch(lit(Says(Presence.BETWEEN)), (dark, 4))[-1].presence is Presence.CANNOT_TELL


def test_an_analytic_s_own_reason_comes_first() -> None:
    own = Says(Presence.CANNOT_TELL, Reason("no-class"))
    assert set(codes(watch(lit(own), (dark, 30)))) == {"no-class"}


def test_a_zone_in_the_dark_is_refused_while_the_rest_is_lit_and_the_other_way_round() -> None:
    def upper_half_dark(second: float) -> Grey:
        grey = day(second)
        grey[:90] //= 8
        return grey

    assert set(codes(watch(lit(zone=TOP), (upper_half_dark, 30)))) == {"too-dark"}
    low = Zone("low", "low", "ground", ((0.0, 0.6), (1.0, 0.6), (1.0, 1.0), (0.0, 1.0)))
    assert set(codes(watch(lit(zone=low), (upper_half_dark, 30)))) == {""}


def test_a_zone_of_less_than_a_pixel_and_a_look_without_a_picture_are_judged_without_error() -> None:
    speck = Zone("speck", "speck", "ground", ((0.5, 0.5), (0.5001, 0.5), (0.5, 0.5001)))
    assert set(codes(watch(lit(zone=speck), (day, 30)))) == {""}
    task = lit()
    assert task.observe(pictures.look(0.0, None)).presence is Presence.ABSENT
    assert task.observe(pictures.look(2.0, np.zeros((1, 1), np.uint8))).reason is not None


@pytest.mark.parametrize("module", [gathering, vehicles, congestion])
def test_every_task_whose_least_light_is_measured_says_so(module: object) -> None:
    needed = plugins.load("patrol.vision.analytics", str(getattr(module, "KIND", ""))).LIGHT
    assert isinstance(needed, Light)
    assert 0 < needed.mean < 100
    assert needed.over_noise > 0


@pytest.mark.data
@pytest.mark.parametrize("every_s", [0.5, 2.0])
@pytest.mark.parametrize(
    "clip",
    [
        "crowd_clips/plaza_bw_720p.mp4",
        "fishing/clip_river_bank_angler_720p.mp4",
        "traffic_clips/heavy_india_junction_848x480.mp4",
        "traffic_clips/medium_bridge_640x360.mp4",
        "traffic_clips/light_cctv_a04_glare.mp4",
    ],
)
def test_real_clips_by_day_are_never_refused(data_dir: Path, clip: str, every_s: float) -> None:
    """The clips that come nearest to it; all of them are in benchmarks/night.py untouched."""
    from patrol.bench.evaluation import night

    stills = [still for still in night.every(data_dir / clip, every_s, 40) if still.pixels.mean() > 1]
    greys = [night.grey_of(night.shown(still.pixels)) for still in stills] * 6
    for needed in (gathering.LIGHT, vehicles.LIGHT, congestion.LIGHT):
        task = lit(needed=needed)
        said = [task.observe(pictures.look(i * every_s, grey)) for i, grey in enumerate(greys)]
        assert set(codes(said)) == {""}
