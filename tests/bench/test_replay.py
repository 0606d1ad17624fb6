from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.bench.replay.clock import VirtualClock
from patrol.bench.replay.frames import ClipReader
from patrol.bench.replay.nouns import BEGINS, Options, Seen
from patrol.bench.replay.replaying import config_sha256, exact_detector, replay
from patrol.bench.replay.written import ObservationLog, as_json
from patrol.config.load import load
from patrol.core.candidate import Phase, candidate_id
from patrol.core.errors import ConfigError, SourceError, SourceGarbage, SourceNoVideo, SourceRefused
from patrol.core.media import Pixels
from patrol.core.sight import Sight
from tests.e2e.scenes import FPS, scene
from tests.fakes.replays import GATHER, loaded, replayed, squares
from tests.media import ClipSpec, _folder, audio_file, clip, encode


@cache
def comes_and_goes() -> Path:
    """Eight seconds: nobody, from second 2 on six people, from second 6 on nobody."""
    return scene(_folder() / "comes-and-goes.mp4", 8, lambda second: 6 if 2 <= second < 6 else 0)


@cache
def short_crowd() -> Path:
    """Two seconds of six people."""
    return scene(_folder() / "short-crowd.mp4", 2, lambda _: 6)


def test_a_candidate_begins_and_ends_as_the_clip_says() -> None:
    found = replayed(comes_and_goes())
    (candidate,) = found.candidates
    assert found.second_of(candidate.begin) == 2.0
    assert found.second_of(candidate.raised) == 4.0
    assert (candidate.phase, candidate.end_reason) == (Phase.ENDED, "cleared")
    assert candidate.end is not None
    assert found.second_of(candidate.end) == 5.5
    assert (candidate.peak, candidate.unit) == (6.0, "persons")
    assert (found.looks, found.skipped, found.splices) == (16, 0, ())
    assert (found.clip.frames, found.clip.seconds, found.clip.complete) == (80, 8.0, True)
    (measured,) = found.values
    assert (measured.told, measured.least, measured.most) == (16, 0.0, 6.0)


def test_the_same_twice_is_the_same_bytes(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        with ObservationLog(tmp_path / name) as log:
            found.append(replayed(comes_and_goes(), options=Options(loop_for_s=20), on_look=log))
    assert json.dumps(as_json(found[0])) == json.dumps(as_json(found[1]))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    lines = [json.loads(line) for line in (tmp_path / "one").read_text().splitlines()]
    assert len(lines) == found[0].looks
    assert {line["rule"] for line in lines} == {"gather"}
    assert [line["scene"] for line in lines if line["second"] in (7.5, 8.0, 16.0)] == [0, 1, 2]


def test_ids_derive_from_clip_rule_and_beginning(tmp_path: Path) -> None:
    found = replayed(comes_and_goes())
    (candidate,) = found.candidates
    worker = f"clip-{found.clip.sha256[:32]}"
    assert candidate.id == candidate_id(worker, "scene", "gather", candidate.begin)
    elsewhere = shutil.copy(comes_and_goes(), tmp_path / "elsewhere.mp4")
    assert as_json(replayed(Path(elsewhere)))["candidates"] == as_json(found)["candidates"]
    later = replayed(comes_and_goes(), options=Options(at=datetime(2026, 6, 2, tzinfo=UTC)))
    assert later.candidates[0].id != candidate.id
    other_rule = replayed(comes_and_goes(), loaded(GATHER | {"id": "other"}))
    assert other_rule.candidates[0].id != candidate.id


def test_loops_are_marked_and_begin_another_scene() -> None:
    scenes: dict[float, int] = {}

    def on_look(seen: Seen) -> None:
        scenes[seen.second] = seen.counted.scene

    found = replayed(short_crowd(), options=Options(loop_for_s=5.0), on_look=on_look)
    assert (found.seconds, found.looks, found.splices) == (5.0, 10, (2.0, 4.0))
    assert [scenes[second] for second in (0.0, 1.5, 2.0, 3.5, 4.0, 4.5)] == [0, 0, 1, 1, 2, 2]
    assert found.clip.seconds == 2.0
    (candidate,) = found.candidates
    assert candidate.phase is Phase.OPEN
    assert found.second_of(candidate.raised) == 2.0, "an incident lasts over a splice"


def test_a_loop_shorter_than_the_clip_cuts_it_off() -> None:
    found = replayed(comes_and_goes(), options=Options(loop_for_s=3.05))
    assert (found.seconds, found.looks, found.splices, found.candidates) == (3.05, 7, (), ())


@given(every=st.floats(0.2, 3.0))
@settings(max_examples=12)
def test_looks_are_the_first_frames_that_are_due(every: float) -> None:
    seconds: list[float] = []
    options = Options(loop_for_s=7.0, look_every_s=every)
    found = replayed(short_crowd(), options=options, on_look=lambda seen: seconds.append(seen.second))
    assert found.look_every_s == every
    slots = [math.floor(second / every + 1e-6) for second in seconds]
    assert slots == sorted(set(slots)), "never two looks in one slot"
    for second, slot in zip(seconds, slots, strict=True):
        assert second - slot * every < 1 / FPS + 1e-6, "the first frame at or after the due time"
    if every >= 1 / FPS:
        assert slots == list(range(len(slots))), "no slot without a look"


def test_a_transform_changes_what_is_looked_at_and_nothing_else() -> None:
    asked: list[float] = []

    def darkened(pixels: Pixels, second: float) -> Pixels:
        asked.append(second)
        return pixels if second < 5 else np.zeros_like(pixels)

    found = replayed(comes_and_goes(), options=Options(transform=darkened))
    assert asked == [index * 0.5 for index in range(16)]
    (candidate,) = found.candidates
    assert found.second_of(candidate.last_seen) == 4.5
    assert found.values[0].most == 6.0


def test_a_frozen_picture_is_made_by_keeping_one() -> None:
    kept: list[Pixels] = []

    def frozen(pixels: Pixels, second: float) -> Pixels:
        kept.append(pixels)
        return kept[0]

    found = replayed(comes_and_goes(), options=Options(transform=frozen))
    assert found.candidates == ()
    assert found.values[0].most == 0.0


def test_night_in_the_middle_is_looked_at_to_the_end() -> None:
    def dusk(pixels: Pixels, second: float) -> Pixels:
        return (pixels * max(0.05, 1 - second / 6)).astype(np.uint8)

    found = replayed(comes_and_goes(), options=Options(loop_for_s=40, transform=dusk))
    assert found.looks == 80
    assert all(change.task.rule_id == "gather" for change in found.sights)
    assert found.sights[0].task.sight is Sight.LIVE


def test_pictures_are_whole_and_candidates_come_with_their_look() -> None:
    sizes: set[tuple[int, ...]] = set()
    began: dict[str, float] = {}

    def on_look(seen: Seen) -> None:
        sizes.add(seen.pixels().shape)
        began.update({candidate.id: seen.second for candidate in seen.began})

    found = replayed(comes_and_goes(), on_look=on_look)
    assert sizes == {(108, 192, 3)}
    assert began == {found.candidates[0].id: 4.0}


def test_refused_rules_stand_among_the_sights_and_are_not_asked() -> None:
    beach = load(Path(__file__).parents[1] / "config" / "calibrated" / "beach.yaml", {})
    found = replay(short_crowd(), beach, "beach", squares())
    sights = {change.task.rule_id: change.task for change in found.sights if change.second == 0}
    assert sights["waterline-crowd"].sight is Sight.REFUSED
    assert sights["waterline-crowd"].reason is not None
    assert sights["sand-crowd"].sight is Sight.LIVE
    assert [measured.rule_id for measured in found.values] == ["sand-crowd"]
    written = {row["rule"]: row for row in as_json(found)["sights"]}
    assert written["waterline-crowd"]["reason"]["code"] == "too-few-pixels"


# -- clips that are none ------------------------------------------------------------------------------------


def cut(path: Path, target: Path, share: float) -> Path:
    body = path.read_bytes()
    target.write_bytes(body[: int(len(body) * share)])
    return target


def test_a_clip_that_ends_early_is_replayed_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = clip(ClipSpec(frames=100), "avi")
    found = replayed(cut(whole, tmp_path / "cut.avi", 0.5))
    assert 20 < found.clip.frames < 80
    assert not found.clip.complete
    assert "it announces 100 frames and holds" in found.clip.shortfall
    assert as_json(found)["clip"]["complete"] is False
    assert found.looks >= 2
    looped = replayed(tmp_path / "cut.avi", options=Options(loop_for_s=5))
    assert looped.clip == found.clip


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "avi"])
def test_whole_clips_lack_nothing(suffix: str) -> None:
    reader = ClipReader(clip(ClipSpec(frames=30, bframes=2), suffix))
    times = [frame.second for frame in reader.frames()]
    facts = reader.facts()
    assert (facts.frames, facts.complete, facts.shortfall) == (30, True, "")
    assert np.allclose(times, np.arange(30) / 25, atol=0.002), "B-frames or not, times rise evenly"
    assert facts.seconds == pytest.approx(30 / 25, abs=0.002)


def test_frames_with_holes_are_not_judged(tmp_path: Path) -> None:
    half = cut(clip(ClipSpec(fps=5, frames=40, gop=1), "avi"), tmp_path / "cut.avi", 0.5)
    reader = ClipReader(half)
    whole = [frame.whole for frame in reader.frames()]
    assert whole.count(False) == 1, "the packet in which the file ends"
    assert "damaged" in reader.facts().shortfall
    found = replayed(half, options=Options(look_every_s=0.2))
    assert (found.looks, found.skipped) == (whole.count(True), 1)


def test_a_clip_without_a_keyframe_is_an_error(tmp_path: Path) -> None:
    spec = ClipSpec(frames=50, gop=1000)
    body = b"".join(unit.data for unit in encode(spec) if not unit.is_keyframe)
    (tmp_path / "keyless.h264").write_bytes(body)
    with pytest.raises(SourceError, match=r"keyframe|cannot be read"):
        replayed(tmp_path / "keyless.h264")


def test_what_is_no_clip_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "garbage.mp4").write_bytes(np.random.default_rng(1).bytes(5000))
    (tmp_path / "empty.mp4").write_bytes(b"")
    for path, error, words in (
        (tmp_path, SourceRefused, "folder"),
        (tmp_path / "missing.mp4", SourceRefused, "no such file"),
        (tmp_path / "garbage.mp4", SourceGarbage, "cannot be read as a video"),
        (tmp_path / "empty.mp4", SourceGarbage, "cannot be read as a video"),
        (cut(comes_and_goes(), tmp_path / "cut.mp4", 0.5), SourceGarbage, "cut off before its index"),
        (audio_file(), SourceNoVideo, "no video"),
    ):
        with pytest.raises(error, match=words):
            replayed(path)


def test_a_camera_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no camera 'quay'; there are: scene"):
        exact_detector(loaded(), "quay", tmp_path)


# -- time and configuration ---------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 100), max_size=20))
def test_a_virtual_clock_never_runs_backwards(steps: list[float]) -> None:
    clock, before = VirtualClock(BEGINS), 0.0
    for step in steps:
        clock.go_to(step)
        assert clock.monotonic() == max(before, step)
        before = clock.monotonic()
        assert (clock.now() - BEGINS).total_seconds() == pytest.approx(before, abs=1e-6)


def test_the_configuration_is_part_of_the_answer() -> None:
    plain = replayed(short_crowd())
    assert plain.config_sha256 == replayed(short_crowd(), loaded(url="rtsp://192.0.2.9/9")).config_sha256
    other = loaded(GATHER | {"params": {"min_count": 6}})
    assert plain.config_sha256 != replayed(short_crowd(), other).config_sha256


NEAR_WATER: dict[str, Any] = {
    "site": {"name": "x"},
    "notices": [
        {"id": "county", "words": "一人一竿", "source": "示范县"},
        {"id": "elsewhere", "words": "禁止垂钓", "source": "别县"},
    ],
    "second_looks": {
        "near": {"plugin": "tests.fakes.nearer", "params": {"model": "rods.onnx"}},
        "unused": {"plugin": "tests.fakes.nearer"},
    },
    "cameras": [
        {
            "id": "dike",
            "name": "dike",
            "url": "rtsp://192.0.2.1/1",
            "zones": [
                {
                    "id": "lake",
                    "kind": "water",
                    "polygon": [[0, 0], [1, 0], [1, 1]],
                    "laws": [{"notice": "county", "fishing": "leisure"}],
                }
            ],
            "rules": [
                {"id": "r", "use": "tests.fakes.angling", "zone": "lake", "params": {"second_look": "near"}}
            ],
        }
    ],
}


def sha256_of(folder: Path, change: Callable[[dict[str, Any]], object], content: bytes = b"model") -> str:
    """Of the configuration above in a folder of its own, after a change."""
    folder.mkdir(exist_ok=True)
    tree = deepcopy(NEAR_WATER)
    change(tree)
    (folder / "streams.yaml").write_text(json.dumps(tree))
    for name in ("rods.onnx", "other.onnx"):
        (folder / name).write_bytes(content)
    config = load(folder / "streams.yaml", {})
    return config_sha256(config, config.streams.cameras[0])


def test_laws_notices_and_what_looks_closer_are_part_of_the_configuration(tmp_path: Path) -> None:
    plain = sha256_of(tmp_path / "a", lambda tree: None)
    near = {"plugin": "tests.fakes.nearer"}
    same = {
        "elsewhere": lambda tree: None,
        "another notice": lambda tree: tree["notices"][1].update(words="禁止夜间垂钓"),
        "order": lambda tree: tree["notices"].reverse(),
        "what no rule names": lambda tree: tree["second_looks"]["unused"].update(params={"score": 0.1}),
        "another name of the file": lambda tree: tree["second_looks"]["near"]["params"].update(
            model="other.onnx"
        ),
        "its path": lambda tree: tree["second_looks"]["near"]["params"].update(
            model=str(tmp_path / "a" / "rods.onnx")
        ),
        "a default": lambda tree: tree["second_looks"]["near"]["params"].update(score=0.5),
    }
    assert [name for name, change in same.items() if sha256_of(tmp_path / "b", change) != plain] == []
    other = {
        "words": lambda tree: tree["notices"][0].update(words="一人二竿"),
        "source": lambda tree: tree["notices"][0].update(source="别县"),
        "the law": lambda tree: tree["cameras"][0]["zones"][0]["laws"][0].update(rods=2),
        "no law": lambda tree: tree["cameras"][0]["zones"][0].update(laws=[]),
        "a parameter": lambda tree: tree["second_looks"]["near"]["params"].update(score=0.1),
        "the plug-in": lambda tree: tree["second_looks"].update(
            near={**near, "plugin": "tests.fakes.even_crowd"}
        ),
        "the one that is named": lambda tree: tree["cameras"][0]["rules"][0]["params"].update(
            second_look=None
        ),
    }
    assert [name for name, change in other.items() if sha256_of(tmp_path / "b", change) == plain] == []
    assert sha256_of(tmp_path / "b", lambda tree: None, b"another model") != plain


@pytest.mark.data
def test_real_footage_twice_is_the_same(data_dir: Path) -> None:
    path = data_dir / "traffic_clips" / "medheavy_wsdot_i5_a_320x240.mp4"
    found = [json.dumps(as_json(replayed(path, options=Options(loop_for_s=12)))) for _ in range(2)]
    assert found[0] == found[1]
    assert len(json.loads(found[0])["splices"]) == 2
