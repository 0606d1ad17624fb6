"""Density: persons per square metre, by which regime, or that it cannot tell. Never empty where full."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.bench.simulation.camera import Pinhole
from patrol.bench.simulation.pedestrians import People
from patrol.core.crowd import Crowd
from patrol.core.errors import ConfigError, ModelError
from patrol.core.media import Picture
from patrol.core.observation import Observation, Presence
from patrol.core.place import Means, Place, Uses
from patrol.core.zone import WHOLE_PICTURE, Zone
from patrol.vision.analytics import density
from patrol.vision.analytics.density import Density, Params
from tests.fakes.crowds import (
    NOTHING,
    SQUARE,
    boxes_of,
    crowd,
    grey_picture,
    look,
    picture_of,
    place,
    stepped,
)

EMPTY = crowd(0.0)
DEFAULT = Params()


@dataclass
class Told:
    """A density network that says what it is told: persons per square metre of the picture's ground."""

    persons: float = 0.0
    fails: bool = False
    error: float | None = 0.14
    asked: list[int] = field(default_factory=list)

    def look(self, picture: Picture) -> Crowd:
        self.asked.append(1)
        if self.fails:
            raise ModelError("it is broken")
        rows, columns = 72, 128
        return Crowd(np.full((rows, columns), self.persons / (rows * columns), np.float32), self.error)


def built(params: Params = DEFAULT, network: Told | None = None, error_m: float = 0.0) -> Density:
    means = Means(density_networks={} if network is None else {"net": network})
    if network is not None:
        params = replace(params, network="net")
    return density.build(params, place(error_m, means=means))


def watched(
    analytic: Density, people: People, *, seen: bool = True, seconds: int = 12, start: int = 0
) -> Iterator[Observation]:
    """Looks at a crowd, two seconds apart; not `seen`: the detector's boxes are removed."""
    for second in range(start, start + seconds, 2):
        now = stepped(people, second, 0.1)
        yield analytic.observe(look(second, picture_of(now, second), boxes_of(now) if seen else NOTHING))


def test_an_empty_square_is_empty() -> None:
    *_, last = watched(built(), EMPTY)
    assert (last.presence, last.value, last.unit) == (Presence.ABSENT, 0.0, "persons/m2")
    assert last.parts["regime"] == "detector"
    assert last.parts["band"] == "free"
    assert last.parts["area_m2"] == pytest.approx(SQUARE.area_m2, rel=0.03)


@pytest.mark.parametrize("per_m2", [0.1, 0.3])
def test_people_who_are_told_apart_are_counted_by_the_square_metre(per_m2: float) -> None:
    people = crowd(per_m2)
    *_, last = watched(built(), people)
    # Everybody was found, and the correction for hidden ones is for a detector that does not find all.
    assert last.parts["mean"] == pytest.approx(SQUARE.density(people), rel=0.25)
    assert last.parts["regime"] == "detector"
    assert float(last.parts["low"]) < last.value < float(last.parts["high"])


def test_levels_with_hysteresis() -> None:
    people = crowd(0.3)
    *_, counted = watched(built(), people)

    def presence(raise_at: float) -> Presence:
        *_, last = watched(built(Params(raise_at=raise_at)), people)
        return last.presence

    assert presence(counted.value * 0.95) is Presence.PRESENT
    assert presence(counted.value * 1.1) is Presence.BETWEEN
    assert presence(counted.value * 1.4) is Presence.ABSENT


def test_a_full_picture_without_boxes_cannot_be_told_and_is_an_incident_of_its_own() -> None:
    analytic, people = built(), crowd(3.0)
    besides = []
    for second in range(0, 20, 2):
        now = stepped(people, second)
        seen = look(second, picture_of(now, second))
        said = analytic.observe(seen)
        besides.append(analytic.companion.observe(seen))
        assert said.presence is Presence.CANNOT_TELL
        assert said.reason is not None
        assert said.reason.code == "crowd-unreadable"
        assert int(said.reason.values["unseen"]) > 20
        assert said.parts["regime"] == "cannot-tell"
    beside = besides[-1]
    assert beside.presence is Presence.PRESENT
    assert (beside.parts["known_by"], beside.parts["why"]) == ("moving", "crowd-unreadable")


def test_what_does_not_move_and_was_never_found_is_no_incident_but_no_emptiness_either() -> None:
    analytic, seen = built(), look(0.0, picture_of(crowd(3.0)))
    for second in range(0, 40, 2):
        again = replace(seen, arrived=float(second))
        assert analytic.observe(again).presence is Presence.CANNOT_TELL
        assert analytic.companion.observe(again).presence is Presence.CANNOT_TELL


def test_a_detector_that_finds_a_few_of_many_is_not_believed() -> None:
    analytic, people = built(), crowd(2.5)
    for second in range(0, 12, 2):
        now = stepped(people, second, 0.1)
        said = analytic.observe(look(second, picture_of(now, second), boxes_of(now)[:5]))
        assert said.presence is Presence.CANNOT_TELL


@st.composite
def full_pictures(draw: st.DrawFn) -> np.ndarray:
    """Heads and shoulders everywhere, in any light, of any contrast that can be seen."""
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    light, contrast = draw(st.integers(40, 220)), draw(st.floats(0.35, 0.95))
    size = draw(st.floats(0.25, 0.5))  # metres
    grey = np.full((720, 1280), light, np.float32)
    px = size * 1280 / 14  # the camera sees some 14 m across
    for y in np.arange(0, 720, px * 0.8):
        for x in np.arange(0, 1280, px * 0.8):
            at = (int(x + random.normal(0, px / 6)), int(y + random.normal(0, px / 6)))
            shade = float(light * (1 + contrast * random.choice([-1.0, 1.0]) * random.uniform(0.6, 1)))
            cv2.ellipse(grey, at, (int(px * 0.35), int(px * 0.5)), 0, 0, 360, shade, -1, cv2.LINE_AA)
    return np.clip(grey + random.normal(0, 2, grey.shape), 0, 255).astype(np.uint8)


@settings(max_examples=15)
@given(grey=full_pictures(), found=st.integers(0, 3))
def test_a_picture_full_of_people_is_never_empty(grey: np.ndarray, found: int) -> None:
    analytic, boxes = built(), boxes_of(crowd(0.1))[:found]
    for second in (0.0, 2.0, 4.0):
        said = analytic.observe(look(second, grey_picture(grey), boxes))
        assert said.presence in (Presence.CANNOT_TELL, Presence.PRESENT)


@settings(max_examples=15)
@given(light=st.integers(8, 250), noise=st.floats(0, 4), slope=st.floats(-40, 40))
def test_plain_ground_is_never_taken_for_people(light: int, noise: float, slope: float) -> None:
    dice = np.random.default_rng(light)
    grey = light + slope * np.linspace(-0.5, 0.5, 720)[:, None] + dice.normal(0, noise, (720, 1280))
    said = built().observe(look(0.0, grey_picture(np.clip(grey, 0, 255).astype(np.uint8))))
    assert (said.presence, said.value) == (Presence.ABSENT, 0.0)


def test_where_too_many_hide_each_other_it_cannot_tell_and_names_the_limit() -> None:
    analytic, people = built(Params(raise_at=12)), crowd(4.0)
    *_, said = watched(analytic, people)
    assert said.presence is Presence.CANNOT_TELL
    assert said.reason is not None
    assert said.reason.code == "crowd-too-dense"
    assert 1 < float(said.reason.values["limit_per_m2"]) < 4
    beside = analytic.companion.observe(look(10))
    assert beside.presence is Presence.PRESENT
    assert beside.parts["known_by"] == "found"


def test_as_many_found_as_it_takes_is_present_whatever_else_can_be_told() -> None:
    now = crowd(4.0)
    said = built(Params(raise_at=3)).observe(look(0.0, picture_of(now), boxes_of(now)))
    assert said.presence is Presence.PRESENT
    assert said.value >= 3
    assert said.parts["regime"] == "cannot-tell"


def test_without_the_picture_it_cannot_tell() -> None:
    said = built().observe(look(0.0))
    assert said.presence is Presence.CANNOT_TELL
    assert said.reason is not None
    assert said.reason.code == "no-picture"


def test_a_detector_without_persons_cannot_tell_and_neither_can_the_companion() -> None:
    analytic, blind = built(), look(0.0, picture_of(EMPTY), labels=("teapot",))
    for one in (analytic, analytic.companion):
        assert one.observe(blind).presence is Presence.CANNOT_TELL


def test_other_things_are_not_people_but_explain_what_is_seen() -> None:
    people = crowd(0.06)
    shown = look(0.0, picture_of(people), boxes_of(people), label="car")
    said = built().observe(shown)
    assert (said.presence, said.value) == (Presence.ABSENT, 0.0)
    assert built().observe(look(0.0, picture_of(people))).presence is Presence.CANNOT_TELL


def test_the_companion_is_quiet_while_density_can_be_told() -> None:
    analytic, people = built(), crowd(0.2)
    seen = look(0.0, picture_of(people), boxes_of(people))
    analytic.observe(seen)
    assert analytic.companion.observe(seen).presence is Presence.ABSENT
    assert analytic.companion.observe(look(9.0)).presence is Presence.CANNOT_TELL  # it was not asked of that


class TestNetwork:
    def test_says_how_dense_where_the_detector_cannot(self) -> None:
        network = Told(persons=900)
        *_, last = watched(built(network=network), crowd(4.0))
        assert last.parts["regime"] == "network"
        assert last.presence is not Presence.CANNOT_TELL
        assert last.value > 1
        assert float(last.parts["low"]) < last.value * 0.8
        assert last.value * 1.2 < float(last.parts["high"])

    def test_one_that_reads_low_by_its_own_error_hides_no_crush(self) -> None:
        *_, said = watched(built(network=Told(persons=900)), crowd(4.0))
        *_, raised = watched(built(Params(raise_at=said.value * 1.1), Told(persons=900)), crowd(4.0))
        assert raised.presence is Presence.PRESENT
        assert raised.value == said.value
        *_, below = watched(built(Params(raise_at=said.value * 2), Told(persons=900)), crowd(4.0))
        assert below.presence is Presence.ABSENT

    def test_is_asked_now_and_then(self) -> None:
        network = Told(persons=900)
        list(watched(built(Params(network_every_s=6), network), crowd(4.0), seconds=24))
        assert len(network.asked) == 4  # of twelve looks

    def test_is_not_asked_about_plain_ground(self) -> None:
        network = Told(persons=900)
        *_, last = watched(built(network=network), EMPTY)
        assert network.asked == []
        assert last.presence is Presence.ABSENT

    def test_that_sees_people_on_plain_ground_is_not_believed(self) -> None:
        """Sand is people to some: what the picture does not bear out is not said."""
        network, people = Told(persons=900), crowd(0.15)
        *_, seen = watched(built(network=network), people)
        *_, unseen = watched(built(network=network), people, seen=False)
        assert network.asked
        assert seen.parts["regime"] == "detector"
        assert unseen.presence is Presence.CANNOT_TELL

    def test_that_sees_nobody_in_a_full_picture_is_not_believed(self) -> None:
        for seen in (True, False):
            *_, last = watched(built(network=Told(persons=1)), crowd(4.0), seen=seen)
            assert last.presence is not Presence.ABSENT
            assert last.parts["regime"] == "cannot-tell"

    def test_a_failing_one_is_not_hidden_and_is_asked_again(self) -> None:
        network, people = Told(persons=900, fails=True), crowd(4.0)
        analytic = built(network=network)
        for second in (0.0, 2.0):
            seen = look(second, picture_of(people), boxes_of(people))
            with pytest.raises(ModelError):
                analytic.observe(seen)
            assert analytic.companion.observe(seen).presence is Presence.CANNOT_TELL
        network.fails = False
        assert analytic.observe(look(4.0, picture_of(people), boxes_of(people))).parts["regime"] == "network"

    def test_an_error_that_nobody_has_published_is_a_large_one(self) -> None:
        *_, known = watched(built(network=Told(900)), crowd(4.0))
        *_, unknown = watched(built(network=Told(900, error=None)), crowd(4.0))
        assert float(unknown.parts["high"]) > float(known.parts["high"])
        assert unknown.parts["low"] == 0

    def test_a_name_that_is_not_there_is_refused(self) -> None:
        with pytest.raises(ConfigError, match="'net'"):
            density.build(Params(network="net"), place())

    def test_it_is_named_as_used(self) -> None:
        assert density.uses(Params()) == Uses()
        assert density.uses(Params(network="net")) == Uses(density_networks=("net",))


def test_it_is_less_sure_the_worse_the_calibration_and_the_fewer_people() -> None:
    def width(per_m2: float, error_m: float) -> float:
        *_, last = watched(built(error_m=error_m), crowd(per_m2))
        return (float(last.parts["high"]) - float(last.parts["low"])) / last.value

    assert width(0.3, 0.0) < width(0.3, 0.5) < width(0.3, 1.0)
    assert width(0.3, 0.0) < width(0.05, 0.0)


def test_one_look_that_lost_everybody_changes_little() -> None:
    analytic, people = built(), crowd(0.3)
    *_, before = watched(analytic, people, seconds=10)
    lost = analytic.observe(look(10.0, picture_of(EMPTY, 10)))
    assert 0.5 * before.value < lost.value < before.value


def test_another_scene_another_size_and_an_earlier_time_begin_anew() -> None:
    people = crowd(0.3)
    small = (640, 360)
    for anew in (
        look(12.0, picture_of(EMPTY), scene=1),
        look(12.0, picture_of(EMPTY), size=small),
        look(3.0, picture_of(EMPTY)),
    ):
        analytic = built()
        list(watched(analytic, people))
        said = analytic.observe(anew)
        assert (said.presence, said.value) == (Presence.ABSENT, 0.0)
        assert "growth_per_min" not in said.parts


def test_how_fast_it_grows() -> None:
    analytic = built()
    said = analytic.observe(look(0.0, picture_of(EMPTY)))
    for second in range(2, 90, 2):
        people = crowd(0.1 + 0.2 * second / 60)
        said = analytic.observe(look(second, picture_of(people, second), boxes_of(people)))
    # 0.2 a minute, and a little for those that it takes to be hidden.
    assert 0.15 < float(said.parts["growth_per_min"]) < 0.4


def test_a_zone_partly_above_the_horizon_is_judged_where_there_is_ground() -> None:
    flat = Pinhole(height=6, tilt=12, field=50, width=1280, rows=720)
    analytic = density.build(Params(), Place(WHOLE_PICTURE, ground=flat.ground()))
    said = analytic.observe(look(0.0, picture_of(EMPTY)))
    assert said.presence is Presence.ABSENT
    assert 100 < float(said.parts["area_m2"]) < 5000


def test_a_zone_without_ground_cannot_be_told() -> None:
    flat = Pinhole(height=6, tilt=5, field=50, width=1280, rows=720)
    sky = Zone("sky", "sky", "ground", ((0.0, 0.0), (1.0, 0.0), (1.0, 0.2), (0.0, 0.2)))
    analytic = density.build(Params(), Place(sky, ground=flat.ground()))
    said = analytic.observe(look(0.0, picture_of(EMPTY)))
    assert said.presence is Presence.CANNOT_TELL
    assert said.reason is not None
    assert said.reason.code == "ground-unseen"


def test_without_calibration_it_is_refused() -> None:
    with pytest.raises(ConfigError, match="calibration"):
        density.build(Params(), Place(WHOLE_PICTURE))


def test_what_it_needs_differs_with_a_network() -> None:
    assert density.needs(Params()).ground
    assert density.needs(Params(network="net")).ground
    assert density.needs(Params(network="net")).level.pixels_per_metre < 25


@pytest.mark.parametrize(
    "wrong", [{"raise_at": 0.0}, {"cell_m2": 1}, {"smooth_s": 61}, {"network_every_s": 0.5}, {"raise_at": 13}]
)
def test_wrong_parameters_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Params(**wrong)  # type: ignore[arg-type]


def test_the_same_looks_give_the_same_words() -> None:
    def said() -> list[tuple[Presence, float, dict[str, object]]]:
        return [(o.presence, o.value, dict(o.parts)) for o in watched(built(), crowd(0.3))]

    assert said() == said()


def test_excluded_ground_does_not_count() -> None:
    people = crowd(0.3)
    cut = Zone("cut", "cut", "parking", ((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5)))
    analytic = density.build(Params(), place(excluded=(cut,)))
    said = analytic.observe(look(0.0, picture_of(people), boxes_of(people)))
    assert float(said.parts["area_m2"]) < 0.9 * SQUARE.area_m2
