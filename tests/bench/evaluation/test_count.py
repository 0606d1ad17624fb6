from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.bench.evaluation.count import (
    Counted,
    CountTruth,
    FrameCount,
    Judge,
    Judged,
    boxes_truth,
    figures,
    heads_truth,
    held_against,
    smoothed,
)
from patrol.bench.evaluation.count_frames import Footage, Frame, Wanted, clip, folder, number_in
from patrol.bench.evaluation.count_report import Samples, written
from patrol.bench.evaluation.truth import MotRows
from patrol.core.detections import Detections
from patrol.core.errors import ConfigError, SourceGarbage
from patrol.core.geometry import Boxes
from patrol.core.media import Picture
from tests.fakes.models import plain

WIDTH, HEIGHT = 200, 100
BOX = (20.0, 10.0, 40.0, 60.0)
OTHER = (120.0, 10.0, 140.0, 60.0)
THIRD = (160.0, 10.0, 180.0, 60.0)
GT = Path("gt.txt")


def row(*boxes: Sequence[float], ignored: int = 0) -> MotRows:
    """Boxes in pixels; the last `ignored` ones have confidence 0."""
    scores = np.ones(len(boxes))
    scores[len(boxes) - ignored :] = 0
    return MotRows(np.arange(len(boxes)), np.asarray(boxes, np.float64).reshape(-1, 4), scores)


def fractions(*boxes: Sequence[float]) -> Boxes:
    return (np.asarray(boxes, np.float32).reshape(-1, 4) / [WIDTH, HEIGHT, WIDTH, HEIGHT]).astype(np.float32)


def film(*names: str, width: int = WIDTH, height: int = HEIGHT) -> Footage:
    """Grey pictures of these names."""

    def frames(wanted: Wanted, unreadable: list[str]) -> Iterator[Frame]:
        for name in names:
            if wanted(number_in(name), name):
                yield Frame(number_in(name), name, plain(90, width=width, height=height))

    return Footage("folder", frames)


def seeing(*boxes: Sequence[float]) -> Judge:
    """A detector that sees the same in every picture."""
    found = fractions(*boxes)
    everything = Detections(
        found, np.full(len(found), 0.9, np.float32), np.zeros(len(found), np.int32), ("person",)
    )

    def judge(_picture: Picture) -> Judged:
        return Judged(found, everything)

    return judge


def count(truth: CountTruth, judge: Judge, *names: str) -> Counted:
    return held_against(film(*names), truth, judge)


def test_found_missed_and_invented_persons() -> None:
    truth = boxes_truth(GT, {1: row(BOX, OTHER), 2: row(BOX)}, None)
    counted = count(truth, seeing(BOX, THIRD), "1.jpg", "2.jpg")
    assert [(f.true, f.counted, f.matched) for f in counted.frames] == [(2, 2, 1), (1, 2, 1)]
    result = figures(counted.frames, 1)
    assert result["mae"] == 0.5
    assert result["bias"] == 0.5
    assert result["relative_error"] == 0.5
    assert result["recall"] == round(2 / 3, 4)
    assert result["precision"] == 0.5


def test_ignored_persons_are_neither_missed_nor_false() -> None:
    truth = boxes_truth(GT, {1: row(BOX, OTHER, ignored=1)}, None)
    for seen in (seeing(BOX), seeing(BOX, OTHER)):
        (frame,) = count(truth, seen, "1.jpg").frames
        assert (frame.true, frame.counted, frame.matched) == (1, 1, 1)
    (frame,) = count(truth, seeing(BOX, THIRD), "1.jpg").frames
    assert frame.counted == 2  # who stands elsewhere is a false one all the same


def test_a_true_person_beside_an_ignored_one_is_matched_first() -> None:
    near = (22.0, 10.0, 42.0, 60.0)
    truth = boxes_truth(GT, {1: row(BOX, near, ignored=1)}, None)
    (frame,) = count(truth, seeing(near), "1.jpg").frames
    assert (frame.counted, frame.matched, frame.ignored) == (1, 1, 0)


def test_a_frame_between_rows_is_empty_and_one_outside_has_no_truth() -> None:
    truth = boxes_truth(GT, {2: row(BOX), 4: row(BOX)}, None)
    counted = count(truth, seeing(BOX), "1.jpg", "2.jpg", "3.jpg", "5.jpg", "cover.jpg")
    assert [(f.number, f.true) for f in counted.frames] == [(2, 1), (3, 0)]
    assert counted.without_truth == ("1.jpg", "5.jpg", "cover.jpg")
    assert counted.without_picture == 1
    assert figures(counted.frames, 1)["relative_error"] == 0.0  # of the frame with somebody in it


def test_no_frame_in_common_is_refused_with_both_sides_named() -> None:
    truth = boxes_truth(GT, {7: row(BOX)}, None)
    with pytest.raises(ConfigError, match=r"it speaks of 7.*frames are 1\.jpg"):
        count(truth, seeing(BOX), "1.jpg")


def test_a_truth_of_another_size_is_scaled_only_when_it_is_said() -> None:
    double = [2 * side for side in THIRD]
    with pytest.raises(ConfigError, match=r"200x100.*--truth-size"):
        count(boxes_truth(GT, {1: row(double)}, None), seeing(THIRD), "1.jpg")
    counted = count(boxes_truth(GT, {1: row(double)}, (400, 200)), seeing(THIRD), "1.jpg")
    assert counted.frames[0].matched == 1
    assert (counted.truth_size, counted.picture_size) == ((400, 200), (200, 100))


def test_pictures_of_two_sizes_need_a_truth_size() -> None:
    def frames(wanted: Wanted, unreadable: list[str]) -> Iterator[Frame]:
        yield from film("1.jpg").frames(wanted, unreadable)
        yield from film("2.jpg", width=400, height=200).frames(wanted, unreadable)

    both, rows = Footage("folder", frames), {1: row(BOX), 2: row(BOX)}
    with pytest.raises(ConfigError, match=r"2\.jpg is 400x200.*--truth-size"):
        held_against(both, boxes_truth(GT, rows, None), seeing(BOX))
    counted = held_against(both, boxes_truth(GT, rows, (WIDTH, HEIGHT)), seeing(BOX))
    assert sum(f.matched for f in counted.frames) == 2


def test_heads_are_found_by_name() -> None:
    heads = {"b.jpg": np.array([[30.0, 15.0], [130.0, 15.0]]), "gone.jpg": np.array([[1.0, 1.0]])}
    counted = count(heads_truth(Path("heads.csv"), heads, None), seeing(BOX), "a.jpg", "b.jpg")
    (frame,) = counted.frames
    assert (frame.name, frame.true, frame.counted, frame.matched) == ("b.jpg", 2, 1, 1)
    assert (counted.without_truth, counted.without_picture) == (("a.jpg",), 1)


def test_nobody_and_nothing_counted_have_no_share() -> None:
    result = figures([FrameCount("1.jpg", 1, 0, 0, 0, 0)], 1)
    assert result["mae"] == 0
    assert result["recall"] is result["precision"] is result["relative_error"] is None


def test_the_median_looks_back_only() -> None:
    assert smoothed([5, 5, 9, 5, 5], 3) == [5, 5, 5, 5, 5]
    assert smoothed([0, 0, 8, 8, 8], 3) == [0, 0, 0, 8, 8]
    assert smoothed([1, 2], 5) == [1, 1.5]
    with pytest.raises(ValueError, match="0 looks"):
        smoothed([1], 0)


@given(st.lists(st.integers(0, 50), min_size=1), st.integers(1, 9))
def test_smoothing_stays_within_what_was_counted(values: list[int], looks: int) -> None:
    result = smoothed(values, looks)
    assert len(result) == len(values)
    assert min(values) <= min(result) <= max(result) <= max(values)
    assert smoothed(values, 1) == values
    assert smoothed(values[:-1], looks) == result[:-1]  # what comes later changes nothing


FRAMES = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).map(
        lambda pair: FrameCount("f", 1, pair[0], pair[1], min(pair), 0)
    ),
    min_size=1,
)


@given(FRAMES)
def test_the_figures_keep_their_laws(frames: list[FrameCount]) -> None:
    result = figures(frames, 1)
    mae, bias = float(str(result["mae"])), float(str(result["bias"]))
    assert mae >= abs(bias) - 1e-4
    assert result["single_look"] == {name: result[name] for name in ("mae", "bias", "relative_error")}
    for share in (result["recall"], result["precision"]):
        assert share is None or 0 <= float(str(share)) <= 1


@pytest.mark.parametrize(
    ("name", "number"),
    [("000017.jpg", 17), ("S2L1_0003.png", 3), ("frame12.v2.jpg", 2), ("cover.jpg", None), ("0.jpg", 0)],
)
def test_the_number_of_a_frame(name: str, number: int | None) -> None:
    assert number_in(name) == number


def pictures(path: Path, *names: str) -> Path:
    path.mkdir(exist_ok=True)
    for name in names:
        assert cv2.imwrite(str(path / name), np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
    return path


def test_a_folder_is_played_by_number_and_a_broken_file_is_said(tmp_path: Path) -> None:
    path = pictures(tmp_path, "10.jpg", "9.png", "cover.jpg")
    (path / "8.jpg").write_bytes(b"no picture")
    (path / "notes.txt").write_text("not one either")
    unreadable: list[str] = []
    played = [(f.number, f.picture.width) for f in folder(path).frames(lambda *_: True, unreadable)]
    assert played == [(9, WIDTH), (10, WIDTH), (None, WIDTH)]
    assert unreadable == ["8.jpg"]


def test_folders_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        folder(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="no pictures"):
        folder(tmp_path)
    with pytest.raises(ConfigError, match=r"1\.jpg.* are both frame 1"):
        folder(pictures(tmp_path, "001.jpg", "1.jpg"))


def movie(path: Path, frames: int) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 5.0, (64, 48))
    for level in range(frames):
        writer.write(np.full((48, 64, 3), 20 * level, np.uint8))
    writer.release()
    return path


def test_the_frames_of_a_clip_are_numbered_from_one(tmp_path: Path) -> None:
    playing = clip(movie(tmp_path / "clip.mp4", 5))
    unreadable: list[str] = []
    seen = [
        (f.number, round(float(f.picture.grey(8, 8).mean()) / 20))
        for f in playing.frames(lambda number, _: number != 2, unreadable)
    ]
    assert [number for number, _ in seen] == [1, 3, 4, 5]
    assert [level for _, level in seen] == sorted(level for _, level in seen)
    assert unreadable == []


def test_a_clip_that_ends_early_leaves_truth_without_pictures(tmp_path: Path) -> None:
    rows = {number: row() for number in range(1, 11)}
    counted = held_against(clip(movie(tmp_path / "clip.mp4", 4)), boxes_truth(GT, rows, None), seeing())
    assert [f.number for f in counted.frames] == [1, 2, 3, 4]
    assert counted.without_picture == 6


def test_a_clip_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        clip(tmp_path / "nothing.mp4")
    (tmp_path / "broken.mp4").write_bytes(b"\0" * 100)
    with pytest.raises(SourceGarbage, match="cannot be read as video"):
        list(clip(tmp_path / "broken.mp4").frames(lambda *_: True, []))


def test_the_report_shows_the_first_and_the_worst_frames(tmp_path: Path) -> None:
    rows = {n: row(BOX, *([OTHER, THIRD] if n == 9 else [])) for n in range(1, 12)}
    samples = Samples()
    truth = boxes_truth(GT, rows, None)
    counted = held_against(film(*(f"{n}.jpg" for n in range(1, 12))), truth, seeing(BOX), samples.watch)
    assert [f.name for f, _ in samples.shown()] == ["1.jpg", "9.jpg"]
    page = written(
        tmp_path, "Counted", {**figures(counted.frames, 3), "nested": {"a": [1, 2]}}, counted, samples
    )
    text = page.read_text(encoding="utf-8")
    assert "9.jpg: 3 true, 1 counted" in text
    assert "nested: a" in text
    assert len(list(tmp_path.glob("*.jpg"))) == 2


def test_pictures_of_heads_are_drawn_with_heads_hidden() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    from tests.fakes.models import ArrayPicture

    def frames(wanted: Wanted, unreadable: list[str]) -> Iterator[Frame]:
        yield Frame(None, "b.jpg", ArrayPicture(noise))

    samples = Samples()
    heads = {"b.jpg": np.array([[130.0, 15.0]])}  # missed by the detector
    held_against(Footage("folder", frames), heads_truth(GT, heads, None), seeing(BOX), samples.watch)
    ((_, drawn),) = samples.shown()
    for head in (np.s_[12:20, 124:128], np.s_[12:20, 24:36]):
        assert drawn[head].std() < noise[head].std() / 2
