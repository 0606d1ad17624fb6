"""Faults of the picture: each one is named, none where there is none, and none is denied that is hidden."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from patrol.core.detections import Look
from patrol.core.media import Grey
from patrol.vision.decode.picture import FramePicture
from patrol.vision.sight.camera import BLINDING, PICTURE_FAULTS, CameraSight
from tests.fakes import pictures
from tests.fakes.pictures import Change

EVERY = 2.0
BEGINS = 40.0


def frozen() -> Change:
    kept: list[Grey] = []

    def change(grey: Grey) -> Grey:
        kept.append(grey)
        return kept[0]

    return change


def bright(grey: Grey) -> Grey:
    return np.clip(grey.astype(np.int16) * 3 + 60, 0, 255).astype(np.uint8)


CHANGES: dict[str, tuple[str, Change]] = {
    "frozen": ("frozen", frozen()),
    "black": ("black", lambda grey: np.full_like(grey, 6)),
    "overexposed": ("overexposed", bright),
    "slightly blurred": ("blurred", lambda grey: pictures.blurred(grey, 1.3)),
    "blurred": ("blurred", lambda grey: pictures.blurred(grey, 3.0)),
    "nothing left to focus": ("blurred", lambda grey: pictures.blurred(grey, 6.0)),
    "half covered": ("covered", pictures.half_covered),
    "covered": ("covered", lambda grey: np.full_like(grey, 70)),
    "moved across": ("moved", lambda grey: pictures.shifted(grey, 0.05, 0.0)),
    "moved down": ("moved", lambda grey: pictures.shifted(grey, 0.0, -0.05)),
}


def examined(looks: list[Look]) -> list[Look]:
    sight = CameraSight()
    return [sight.examine(look) for look in looks]


def faults_of(look: Look) -> list[str]:
    assert look.seeing is not None
    return [code for code, reason in look.seeing.faults.items() if reason]


@pytest.mark.parametrize(("code", "change"), CHANGES.values(), ids=CHANGES)
def test_each_fault_is_seen_within_fourteen_seconds_and_stays(code: str, change: Change) -> None:
    seconds = np.arange(0.0, BEGINS + 60, EVERY)
    done = examined(list(pictures.looks(pictures.place(), seconds, change, BEGINS)))
    before = [look for look in done if look.arrived < BEGINS]
    after = [look for look in done if look.arrived >= BEGINS + 14]
    assert all(not faults_of(look) and look.blind is None for look in before)
    assert {tuple(faults_of(look)) for look in after} == {(code,)}
    for look in after:
        assert look.seeing is not None
        assert (look.blind is not None) == (code in BLINDING)
        assert (look.seeing.astray is not None) == (code == "moved")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("every", [0.5, 2.0, 4.0])
def test_a_sound_camera_has_no_fault_at_any_rate(seed: int, every: float) -> None:
    done = examined(list(pictures.looks(pictures.place(seed), np.arange(0.0, 120.0, every))))
    assert [faults_of(look) for look in done if faults_of(look)] == []
    last = done[-1].seeing
    assert last is not None
    assert set(last.faults) == set(PICTURE_FAULTS), "all faults were looked for"


def test_a_hidden_fault_is_not_denied() -> None:
    done = examined(
        list(
            pictures.looks(
                pictures.place(), np.arange(0.0, 60.0, EVERY), lambda grey: np.full_like(grey, 6), BEGINS
            )
        )
    )
    seeing = done[-1].seeing
    assert seeing is not None
    assert set(seeing.faults) == {"black"}


def test_a_fault_that_goes_is_over() -> None:
    place = pictures.place()
    seconds = np.arange(0.0, 160.0, EVERY)
    looks = [
        pictures.look(s, pictures.shifted(g, 0.06, 0.0) if 40 <= s < 80 else g)
        for s in seconds
        for g in [pictures.live(place, s)]
    ]
    done = examined(looks)
    assert faults_of(done[25]) == ["moved"]
    assert all(not faults_of(look) for look in done if look.arrived >= 80)


def test_a_still_scene_with_the_noise_of_a_sensor_is_not_frozen() -> None:
    """0.4 levels at 320 wide are what 1 to 2 levels at 720p leave, coded: nothing moves for two minutes."""
    place = pictures.place()
    dice = np.random.default_rng(5)

    def still(second: float) -> Look:
        noisy = place + dice.normal(0, 0.4, place.shape)
        return pictures.look(second, np.clip(np.rint(noisy), 0, 255).astype(np.uint8))

    looks = [still(second) for second in np.arange(0.0, 120.0, EVERY)]
    first, second = (look.grey for look in looks[:2])
    assert first is not None
    assert second is not None
    assert 0.3 < np.abs(first.astype(np.int16) - second).mean() < 0.45
    assert [faults_of(look) for look in examined(looks) if faults_of(look)] == []


def test_slowly_fading_light_is_no_fault() -> None:
    """Dusk: contrast and light fall to a half within twenty minutes."""
    place = pictures.place()
    looks = []
    for second in np.arange(0.0, 1200.0, 4.0):
        part = 1.0 - 0.5 * second / 1200
        looks.append(pictures.look(second, (pictures.live(place, second) * part).astype(np.uint8)))
    assert [faults_of(look) for look in examined(looks) if faults_of(look)] == []


def test_a_change_of_light_within_one_look_moves_nothing() -> None:
    place = pictures.place()
    looks = list(
        pictures.looks(
            place, np.arange(0.0, 100.0, EVERY), lambda grey: (grey * 0.5 + 100).astype(np.uint8), BEGINS
        )
    )
    assert [faults_of(look) for look in examined(looks) if faults_of(look)] == []


def dimmed(light: float) -> Change:
    """Lamps go out: so much light is left above video black, and the noise stays."""
    dice = np.random.default_rng(3)

    def change(grey: Grey) -> Grey:
        shown = 16 + (grey.astype(np.float32) - 16) * light + dice.normal(0, 2, grey.shape)
        return np.clip(shown, 0, 255).astype(np.uint8)

    return change


@pytest.mark.parametrize("light", [0.4, 0.25])
def test_a_place_whose_lamps_go_out_is_not_covered(light: float) -> None:
    place = np.clip(pictures.place() * 0.5 + 60, 0, 255).astype(np.uint8)
    looks = list(pictures.looks(place, np.arange(0.0, 100.0, EVERY), dimmed(light), BEGINS))
    assert [faults_of(look) for look in examined(looks) if "covered" in faults_of(look)] == []


@pytest.mark.parametrize("begins", [40.0, 41.0])
def test_a_splice_does_not_hide_that_the_camera_moved(begins: float) -> None:
    """Also where the fault begins with the very look at which the clip begins anew."""
    place = pictures.place()
    looks = [
        pictures.in_scene(look, int(look.arrived // 20))
        for look in pictures.looks(
            place, np.arange(0.0, 90.0, EVERY), lambda g: pictures.shifted(g, 0.05, 0), begins
        )
    ]
    done = examined(looks)
    assert all(faults_of(look) == ["moved"] for look in done if look.arrived >= begins + 1)
    assert all(not faults_of(look) for look in done if look.arrived < begins)


def test_a_splice_to_another_place_is_no_fault() -> None:
    one, other = pictures.place(1), pictures.place(2)
    looks = [
        pictures.look(s, pictures.live(one if s < 40 else other, s), scene=int(s >= 40))
        for s in np.arange(0.0, 100.0, EVERY)
    ]
    assert [faults_of(look) for look in examined(looks) if faults_of(look)] == []


def test_without_a_splice_another_place_is_a_turned_camera() -> None:
    one, other = pictures.place(1), pictures.place(2)
    looks = [
        pictures.look(s, pictures.live(one if s < 40 else other, s)) for s in np.arange(0.0, 80.0, EVERY)
    ]
    last = examined(looks)[-1].seeing
    assert last is not None
    assert last.astray is not None
    assert last.astray.code == "turned"


def test_a_look_without_a_picture_is_left_as_it_is() -> None:
    look = pictures.look(1.0, None)
    assert CameraSight().examine(look) is look


@pytest.mark.parametrize("shape", [(1, 1), (2, 320), (180, 3), (16, 16)])
def test_tiny_pictures_do_no_harm(shape: tuple[int, int]) -> None:
    sight = CameraSight()
    for second in range(20):
        sight.examine(pictures.look(float(second), np.full(shape, 120 + second % 2, np.uint8)))


def test_another_resolution_is_learnt_anew() -> None:
    small = pictures.place(1, 240, 180)
    sight = CameraSight()
    looks = list(pictures.looks(pictures.place(1), np.arange(0.0, 40.0, EVERY)))
    looks += [pictures.look(s, pictures.live(small, s)) for s in np.arange(40.0, 100.0, EVERY)]
    assert [faults_of(look) for look in map(sight.examine, looks) if faults_of(look)] == []


def real_looks(clip: Path, change: Change, changes_at: float) -> list[Look]:
    """Ten looks for each hundred pictures, the first forty."""
    import av
    from av.video.reformatter import VideoReformatter

    scaler, looks = VideoReformatter(), []
    with av.open(str(clip)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % 10 == 0 and number < 400:
                grey = FramePicture(frame, scaler).grey(320, round(320 * frame.height / frame.width))
                looks.append(pictures.look(number / 10, grey if number / 10 < changes_at else change(grey)))
    return looks


@pytest.mark.data
@pytest.mark.parametrize(
    "clip", ["pets09_s2l1/vtest_480x360_795f.avi", "traffic_clips/light_cctv_a01_crocina.mp4"]
)
def test_real_clips_show_no_fault(data_dir: Path, clip: str) -> None:
    """The ten minutes of six clips are in benchmarks/camera_faults.py."""
    looks = examined(real_looks(data_dir / clip, lambda grey: grey, np.inf))
    assert [faults_of(look) for look in looks if faults_of(look)] == []


@pytest.mark.data
@pytest.mark.parametrize(
    ("clip", "light"),
    [("pets09_s2l1/vtest_480x360_795f.avi", 0.15), ("crowd_clips/plaza_bw_720p.mp4", 0.4)],
)
def test_real_clips_whose_lamps_go_out_are_not_covered(data_dir: Path, clip: str, light: float) -> None:
    looks = examined(real_looks(data_dir / clip, dimmed(light), 20.0))
    assert [faults_of(look) for look in looks if "covered" in faults_of(look)] == []
