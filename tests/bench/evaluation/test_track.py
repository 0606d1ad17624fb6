"""`patrol eval track`: figures that can be worked out by hand, and files that do not match."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from patrol.bench.evaluation.track import Pace, detections, truth_looks
from patrol.bench.evaluation.track_looks import FALLBACK_FPS, fps_of
from patrol.bench.evaluation.truth import read_mot
from patrol.cli import main
from patrol.core.errors import ConfigError
from tests.cli.conftest import hooks_as_before  # noqa: F401  main replaces the hooks

Row = tuple[int, int, float, float, float, float, float]
SIZE = (320, 240)


def mot(path: Path, rows: Sequence[Row]) -> Path:
    path.write_text("".join(f"{','.join(map(str, row))},-1,-1,-1\n" for row in rows))
    return path


def pictures(folder: Path, numbers: Sequence[int]) -> Path:
    folder.mkdir()
    grey = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    for number in numbers:
        cv2.imwrite(str(folder / f"frame_{number:04d}.png"), grey)
    return folder


def walker(
    frames: Sequence[int], track: int, left: float, *, step: float = 4.0, score: float = 1
) -> list[Row]:
    return [(n, track, left + step * n, 100.0, 20.0, 50.0, score) for n in frames]


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["eval", "track", *map(str, arguments)])
    return int(ended.value.code or 0)


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    return pictures(tmp_path / "frames", range(1, 11))


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return result


def scored(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    pytest.importorskip("motmetrics", reason="the extra `eval` is not installed")
    assert run(*arguments, "--json") == 0
    return answer(capsys)


def test_perfect_tracks_score_one(tmp_path: Path, frames: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = range(1, 11)
    rows = walker(numbers, 1, 10) + walker(numbers, 2, 200, step=-4)
    truth = mot(tmp_path / "gt.txt", rows)
    told = scored(capsys, "--frames", frames, "--mot-gt", truth, "--detections", truth, "--fps", 5)
    assert (told["mota"], told["idf1"], told["motp"]) == (1, 1, 1)
    assert (told["idsw"], told["fp"], told["fn"]) == (0, 0, 0)
    assert (told["looks"], told["objects"], told["every_s"]) == (10, 20, 0.2)


def test_figures_worked_out_by_hand(tmp_path: Path, frames: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One of ten missed, another id from the sixth on, one false alarm: MOTA 1 - 3/10, IDF1 2*5/(10+10)."""
    numbers = range(1, 11)
    truth = mot(tmp_path / "gt.txt", walker(numbers, 1, 10))
    given = [row for row in walker(numbers, 1, 10, score=0.9) if row[0] != 3]
    given = [(n, 1 if n < 6 else 2, *rest) for n, _, *rest in given]  # type: ignore[misc]
    found = mot(tmp_path / "det.txt", [*given, (1, 9, 250.0, 10.0, 20.0, 50.0, 0.9)])
    options = ("--frames", frames, "--mot-gt", truth, "--detections", found, "--tracker", "given")
    told = scored(capsys, *options)
    assert (told["fn"], told["fp"], told["idsw"]) == (1, 1, 1)
    assert told["mota"] == pytest.approx(0.7)
    assert told["idf1"] == pytest.approx(0.5)


def test_who_the_truth_ignores_counts_for_nothing(
    tmp_path: Path, frames: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = range(1, 11)
    rows = walker(numbers, 1, 10) + walker(numbers, 2, 200, score=0)
    found = walker(numbers, -1, 10) + walker(numbers, -1, 200)
    told = scored(
        capsys,
        "--frames", frames, "--mot-gt", mot(tmp_path / "gt.txt", rows),
        "--detections", mot(tmp_path / "det.txt", found), "--fps", 5,
    )  # fmt: skip
    assert (told["fp"], told["fn"], told["objects"]) == (0, 0, 10)


def test_slow_looks_are_begun_at_several_frames(
    tmp_path: Path, frames: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = mot(tmp_path / "gt.txt", walker(range(1, 11), 1, 10))
    options = ("--frames", frames, "--mot-gt", truth, "--detections", truth, "--fps", 5, "--every", 1)
    told = scored(capsys, *options)
    assert (told["runs"], told["looks"], told["every_s"]) == (1, 2, 1.0)
    told = scored(capsys, *options, "--phases", 99)
    assert (told["runs"], told["looks"]) == (5, 10)


def test_frames_without_a_picture_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("motmetrics", reason="the extra `eval` is not installed")
    frames = pictures(tmp_path / "odd", range(1, 11, 2))
    truth = mot(tmp_path / "gt.txt", walker(range(1, 11), 1, 10))
    assert run("--frames", frames, "--mot-gt", truth, "--detections", truth, "--json") == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out.splitlines()[-1])["missing_frames"] == 5
    assert "5 frames have no picture" in shown.err
    assert f"does not say how fast it was filmed: {FALLBACK_FPS:g} frames a second" in shown.err


def test_the_page_shows_figures_tracks_and_pictures(
    tmp_path: Path, frames: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = mot(tmp_path / "gt.txt", walker(range(1, 11), 1, 10))
    options = ("--frames", frames, "--mot-gt", truth, "--detections", truth, "--report", tmp_path / "page")
    told = scored(capsys, *options)
    page = Path(told["report"]).read_text()
    assert "mota" in page
    assert page.count("<svg") == 2
    assert len(list((tmp_path / "page").glob("*.jpg"))) == 6


def test_a_truth_of_another_size_is_refused_with_the_option(
    tmp_path: Path, frames: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = mot(tmp_path / "gt.txt", [(1, 1, 600.0, 400.0, 30.0, 70.0, 1)])
    assert run("--frames", frames, "--mot-gt", truth, "--detections", truth) == 2
    assert "--truth-size WxH" in capsys.readouterr().err


def test_a_truth_for_other_frames_is_refused(
    tmp_path: Path, frames: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = mot(tmp_path / "gt.txt", walker(range(101, 105), 1, 10, step=0.1))
    assert run("--frames", frames, "--mot-gt", truth, "--detections", truth) == 2
    assert "no picture for any of the frames 101 to 104" in capsys.readouterr().err


def test_a_truth_with_nobody_in_it_is_refused(
    tmp_path: Path, frames: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("motmetrics", reason="the extra `eval` is not installed")
    truth = mot(tmp_path / "gt.txt", walker(range(1, 11), 1, 10, score=0))
    assert run("--frames", frames, "--mot-gt", truth, "--detections", truth) == 2
    assert "there is nothing to score" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--every", 2, "--rate", 1), "not both"),
        (("--tracker", "magic"), "--tracker magic: there are geometry, given"),
        (("--truth-size", "768"), "expected WxH"),
        (("--clip", "other.mp4"), "give either --frames DIR or --clip FILE"),
    ],
)
def test_options_that_contradict_are_refused(
    tmp_path: Path,
    frames: Path,
    options: tuple[object, ...],
    says: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    truth = mot(tmp_path / "gt.txt", walker(range(1, 11), 1, 10))
    assert run("--frames", frames, "--mot-gt", truth, "--detections", truth, *options) == 2
    assert says in capsys.readouterr().err


def test_given_ids_need_a_file(tmp_path: Path, frames: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = mot(tmp_path / "gt.txt", walker(range(1, 11), 1, 10))
    assert run("--frames", frames, "--mot-gt", truth, "--tracker", "given") == 2
    assert "name it with --detections" in capsys.readouterr().err


def test_frames_of_several_sizes_are_refused(
    tmp_path: Path, frames: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(frames / "frame_0004.png"), np.zeros((60, 80, 3), np.uint8))
    truth = mot(tmp_path / "gt.txt", walker(range(1, 11), 1, 10))
    assert run("--frames", frames, "--mot-gt", truth, "--detections", truth) == 2
    assert "frames of one camera have one size" in capsys.readouterr().err


def test_the_rate_stands_in_seqinfo_beside_the_folder(tmp_path: Path, frames: Path) -> None:
    assert fps_of(frames) == (FALLBACK_FPS, "assumed")
    (tmp_path / "seqinfo.ini").write_text("[Sequence]\nname=X\nframeRate=14\n")
    assert fps_of(frames) == (14.0, "seqinfo.ini")
    (tmp_path / "seqinfo.ini").write_text("no ini at all")
    assert fps_of(frames) == (FALLBACK_FPS, "assumed")


def test_a_pace_comes_as_near_as_frames_do() -> None:
    assert Pace.of(7.0, None, 1).step == 1
    assert Pace.of(7.0, 0.01, 1).step == 1
    assert Pace.of(7.0, 2.0, 3) == Pace(7.0, 14, 3)
    assert [list(run) for run in Pace(5.0, 3, 3).runs(range(1, 8))] == [[1, 4, 7], [2, 5], [3, 6]]


def test_truth_between_rows_is_empty_and_scaled(tmp_path: Path) -> None:
    path = mot(tmp_path / "gt.txt", [(1, 1, 160.0, 120.0, 32.0, 24.0, 1), (3, 1, 0.0, 0.0, 32.0, 24.0, 1)])
    looks = truth_looks(path, read_mot(path), SIZE, (640, 480))
    assert list(looks) == [1, 2, 3]
    assert looks[1].boxes.tolist() == [pytest.approx([0.5, 0.5, 0.6, 0.6])]
    assert len(looks[2].ids) == 0


def test_detections_below_the_threshold_are_left_out(tmp_path: Path) -> None:
    path = mot(tmp_path / "det.txt", [(1, -1, 0.0, 0.0, 9.0, 9.0, 0.3), (1, -1, 9.0, 9.0, 9.0, 9.0, 0.5)])
    assert detections(read_mot(path)[1], SIZE, 0.35).scores.tolist() == [0.5]
    assert len(detections(None, SIZE, 0.35)) == 0


@pytest.mark.data
def test_walkers_of_pets_are_followed_at_a_look_a_second(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The true boxes: 1.0 and 1.0 as measured (benchmarks/results/tracking.jsonl), where nothing but the
    association can fail."""
    pets = data_dir / "pets09_s2l1"
    told = scored(
        capsys,
        "--frames", pets, "--mot-gt", pets / "gt.txt", "--detections", pets / "gt.txt",
        "--fps", 7, "--every", 1.15, "--phases", 4, "--threshold", 0.5,
    )  # fmt: skip
    assert told["mota"] >= 0.97
    assert told["idf1"] >= 0.95


def test_a_clip_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = mot(tmp_path / "gt.txt", walker(range(1, 11), 1, 10))
    (tmp_path / "clip.mp4").write_bytes(b"no clip")
    assert run("--clip", tmp_path / "clip.mp4", "--mot-gt", truth, "--detections", truth) != 0
    assert "cannot be read as video" in capsys.readouterr().err
    assert run("--clip", tmp_path / "none.mp4", "--mot-gt", truth, "--detections", truth) == 2
    assert "no such file" in capsys.readouterr().err


def test_nothing_of_a_truth_is_taken_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_mot(tmp_path / "gone.txt")


def test_a_picture_that_cannot_be_decoded_is_a_look_that_did_not_happen(
    tmp_path: Path, frames: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("motmetrics", reason="the extra `eval` is not installed")
    (frames / "frame_0004.png").write_bytes(b"no picture")
    truth = mot(tmp_path / "gt.txt", walker(range(1, 11), 1, 10))
    assert run("--frames", frames, "--mot-gt", truth, "--detections", truth, "--json") == 0
    shown = capsys.readouterr()
    told = json.loads(shown.out.splitlines()[-1])
    assert (told["missing_frames"], told["looks"], told["fn"]) == (1, 9, 0)
    assert "1 of them cannot be decoded: frame_0004.png" in shown.err
