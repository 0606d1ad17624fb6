"""kill -9 of anything, at random, while candidates flow: none is lost, none is there twice.

The full size (ten kills of each process, 200 candidates, 20 gatherings in progress) runs where
PATROL_TEST_CHAOS=full, in CI; the same test, smaller, runs everywhere. Candidates are made by real workers
from real RTSP streams of drawn people.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from patrol.bench.clip import load_clip
from patrol.bench.farm import Farm, cameras_of, running
from tests.e2e import scenes
from tests.e2e.centre import Centre, wait_for

FULL = os.environ.get("PATROL_TEST_CHAOS") == "full"


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    steady: int
    changing: int
    candidates: int
    kills_each: int


SIZE = Size(20, 30, 200, 10) if FULL else Size(4, 8, 20, 2)
STEADY_CAMERA = """
  - id: {id}
    name: {id}
    url: {url}
    look_every_s: 0.5
    evidence: {{pre_s: 1, post_s: 1, ring_s: 10, ring_mb: 2}}
    faults: {{enabled: false}}
    rules: [{{id: gathering, use: gathering, for_s: 1.5, clear_s: 1.5, params: {{min_count: 4}}}}]
"""


def config(farm: Farm, names: list[str]) -> str:
    head = "site: {name: chaos, language: en}\ndetectors: {default: {plugin: tests.fakes.squares}}\ncameras:"
    return head + "".join(STEADY_CAMERA.format(id=name, url=farm.url(name)) for name in names)


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    folder = tmp_path_factory.mktemp("clips")
    steady = load_clip(scenes.crowd_for_ever(folder / "steady.mp4"))
    changing = load_clip(scenes.crowds_come_and_go(folder / "changing.mp4"))
    cameras = cameras_of([steady], names("steady", SIZE.steady)) + cameras_of(
        [changing], names("changing", SIZE.changing)
    )
    with running(cameras) as farm:
        yield farm


def names(kind: str, count: int) -> list[str]:
    return [f"{kind}-{i}" for i in range(count)]


@pytest.fixture
def centre(farm: Farm, tmp_path: Path) -> Iterator[Centre]:
    cameras = names("steady", SIZE.steady) + names("changing", SIZE.changing)
    running_centre = Centre(tmp_path, config(farm, cameras))
    try:
        yield running_centre.start()
    finally:
        running_centre.kill()


def strike(centre: Centre, name: str, *, emptied: bool) -> bool:
    return centre.empty_queue() if emptied else centre.kill9(name)


def ids_of(rows: list[tuple[str, str, str, int]]) -> set[str]:
    return {row[0] for row in rows}


def all_there(centre: Centre) -> bool:
    return all(centre.pid_of(name) for name in ("worker", "desk", "queue"))


def steady_ids(centre: Centre) -> dict[str, set[str]]:
    """Ids of the candidates of each camera whose people never leave."""
    found: dict[str, set[str]] = {name: set() for name in names("steady", SIZE.steady)}
    for candidate, (camera, _, _) in centre.observed().items():
        if camera in found:
            found[camera].add(candidate)
    return found


@pytest.mark.timeout(900)
@pytest.mark.parametrize("valkey_comes_back_empty", [False, True], ids=["keeps", "empty"])
def test_nothing_is_lost_and_nothing_is_there_twice(centre: Centre, valkey_comes_back_empty: bool) -> None:
    wait_for("every lasting gathering has begun", lambda: all(steady_ids(centre).values()), 120)
    in_progress = steady_ids(centre)
    assert all(len(ids) == 1 for ids in in_progress.values())

    kills = [name for name in ("worker", "desk", "queue") for _ in range(SIZE.kills_each)]
    dice = random.Random(20261121)
    dice.shuffle(kills)
    for name in kills:
        time.sleep(dice.uniform(0.3, 2.5))  # the moment of the kill is what is being varied
        emptied = name == "queue" and valkey_comes_back_empty
        can_be_killed = partial(strike, centre, name, emptied=emptied)
        wait_for(f"{name} can be killed", can_be_killed, 120, more=centre.last_words)

    wait_for(f"{SIZE.candidates} candidates", lambda: len(centre.observed()) >= SIZE.candidates, 300, 0.5)
    all_back = partial(all_there, centre)
    wait_for("worker, desk and queue are back", all_back, 120, more=centre.last_words)

    until_now = set(centre.observed())  # more come all the time: what is known now has to arrive
    wait_for(
        "the desk holds what the worker has observed", lambda: until_now <= ids_of(centre.intake()), 150, 0.5
    )
    rows, observed = centre.intake(), centre.observed()
    assert len(rows) >= SIZE.candidates
    assert len(rows) == len(ids_of(rows)), "a candidate is there twice"
    assert ids_of(rows) <= set(observed), "the desk holds what no worker knows"
    assert steady_ids(centre) == in_progress, "a gathering in progress changed its id over a kill"
    still_open = [c for ids in in_progress.values() for c in ids if observed[c][1] != "open"]
    assert still_open == []
    assert centre.stop() == 0
