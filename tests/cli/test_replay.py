"""`patrol replay`, `patrol eval scenes` and `patrol eval alarms` as processes: they set up the log."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import pytest

from tests.e2e.scenes import scene
from tests.fakes.squares import draw

ROOT = Path(__file__).parents[2]
CONFIG = """
site: {name: x}
detectors: {default: {plugin: tests.fakes.squares}}
cameras:
  - id: square
    name: Square
    url: rtsp://192.0.2.1/1
    look_every_s: 0.5
    faults: {enabled: false}
    rules:
      - {id: crowd, use: gathering, for_s: 2, params: {min_count: 5}}
"""

VIEWS = """
    views:
      - {id: river, name: River, reference: river.png}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "streams.yaml").write_text(CONFIG)
    scene(tmp_path / "clip.mp4", 4, lambda _: 6)
    return tmp_path


def started(*words: str | Path, **variables: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "patrol.cli", *map(str, words)]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, encoding="utf-8", cwd=ROOT, env=os.environ | variables
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=100)
    return process.returncode, out, err


def last(out: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_replay_twice_gives_the_same_bytes(folder: Path) -> None:
    # Neither the machine's time zone and language, nor the order of Python's sets, nor the folder matter.
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(folder / "clip.mp4", elsewhere)
    for place in (folder, elsewhere):
        (place / "streams.yaml").write_text(CONFIG + VIEWS)
        (place / "river.png").write_bytes(cv2.imencode(".png", draw(192, 108, 6))[1].tobytes())
    here = {"PYTHONHASHSEED": "1", "TZ": "America/St_Johns", "LC_ALL": "C.UTF-8"}
    there = {"PYTHONHASHSEED": "2", "TZ": "Asia/Shanghai", "LC_ALL": "de_DE.UTF-8"}
    runs = []
    for place, around in ((folder, here), (elsewhere, there)):
        asked: list[str | Path] = [place / "clip.mp4", "--config", place / "streams.yaml"]
        asked += ["--camera", "square", "--loop-for", "10", "--at", "2026-07-01T23:30+08:00", "--json"]
        asked += ["--observations", place / "looks.jsonl", "--report", place / "report"]
        runs.append(started("replay", *asked, **around))
    (first, second) = [ended(run) for run in runs]
    assert first[0] == 0, first[2]
    assert first[1] == second[1]
    assert (folder / "looks.jsonl").read_bytes() == (elsewhere / "looks.jsonl").read_bytes()
    assert contents(folder / "report") == contents(elsewhere / "report")
    found = last(first[1])
    assert found["at"] == "2026-07-01T15:30:00.000Z"
    assert found["splices"] == [4.0, 8.0]
    assert [c["rule_id"] for c in found["candidates"]] == ["crowd"]
    assert found["candidates"][0]["begin_s"] == 0.0
    assert found["model"]["model_id"] == "squares"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["replay", "clip.mp4", "--config", "streams.yaml", "--camera", "quay"], 2, "no camera 'quay'"),
        (
            ["replay", "streams.yaml", "--config", "streams.yaml", "--camera", "square"],
            1,
            "cannot be read as a video file",
        ),
        (
            ["replay", "clip.mp4", "--config", "streams.yaml", "--camera", "square", "--at", "noon"],
            2,
            "expected a time with its offset",
        ),
        (["eval", "scenes", "--labels", "clip.mp4", "--rule", "gathering"], 2, "expected"),
        (["eval", "alarms", "gone.mp4", "--config", "streams.yaml", "--camera", "square"], 1, "no such file"),
    ],
)
def test_what_cannot_be_done_is_said(folder: Path, words: list[str], code: int, said: str) -> None:
    absolute = [str(folder / word) if word.endswith((".mp4", ".yaml")) else word for word in words]
    status, out, err = ended(started(*absolute))
    assert (status, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


def test_scenes_and_alarms_answer_with_one_object(folder: Path) -> None:
    (folder / "labels.csv").write_text("file,label\nclip.mp4,crowd\n")
    sets = [word for key in ("for_s=2", "min_count=5") for word in ("--set", key)]
    sets += ["--set", "detector.plugin=tests.fakes.squares", "--set", "camera.faults.enabled=false"]
    scenes = started(
        "eval", "scenes", "--labels", folder / "labels.csv", "--rule", "gathering", *sets,
        "--loop-for", "6", "--positive", "crowd", "--report", folder / "scenes", "--json",
    )  # fmt: skip
    alarms = started(
        "eval", "alarms", folder / "clip.mp4", "--config", folder / "streams.yaml", "--camera", "square",
        "--loop-for", "8", "--report", folder / "alarms", "--json",
    )  # fmt: skip
    code, out, err = ended(scenes)
    assert code == 0, err
    found = last(out)
    assert [item["raised"] for item in found["items"]] == [True]
    assert found["confusion"]["true_positive"] == 1
    assert (folder / "scenes" / "index.html").is_file()
    code, out, err = ended(alarms)
    assert code == 0, err
    found = last(out)
    assert found["rules"][0]["candidates"] == 1
    assert found["distinct_minutes"] == pytest.approx(4 / 60, abs=0.001)
    assert (folder / "alarms" / "index.html").is_file()


def test_a_label_that_no_file_has_is_no_positive(folder: Path) -> None:
    (folder / "labels.csv").write_text("file,label\nclip.mp4,crowd\n")
    words: list[str | Path] = [
        "eval",
        "scenes",
        "--labels",
        folder / "labels.csv",
        "--rule",
        "gathering",
        "--positive",
        "mob",
    ]
    status, _, err = ended(started(*words))
    assert status == 2
    assert "names mob, which no file has; labels are: crowd" in err
