from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.bench.evaluation.truth import read_heads, read_mot, require_inside, seen_frames
from patrol.core.errors import ConfigError


def written(folder: Path, text: str, name: str = "gt.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_stand_by_frame_with_ids_boxes_and_scores(tmp_path: Path) -> None:
    text = "3,7,10,20,30,40,1,-1,-1,-1\n\n1, 2, 0.5, 1, 2, 3, 0, 0, 0, 0\n1,9,5,6,7,8,1,0,0,0\n"
    rows = read_mot(written(tmp_path, text))
    assert list(rows) == [1, 3]
    assert rows[1].ids.tolist() == [2, 9]
    assert rows[1].boxes.tolist() == [[0.5, 1, 2.5, 4], [5, 6, 12, 14]]
    assert rows[1].scores.tolist() == [0, 1]
    assert rows[3].boxes.tolist() == [[10, 20, 40, 60]]
    assert seen_frames(rows) == range(1, 4)


def test_files_of_detections_have_one_id_many_times(tmp_path: Path) -> None:
    rows = read_mot(written(tmp_path, "1,-1,0,0,5,5,0.3\n1,-1,1,1,5,5,0.9\n"))
    assert rows[1].ids.tolist() == [-1, -1]
    assert rows[1].scores.tolist() == [0.3, 0.9]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("1,1,2,3,4", "5 columns; expected 7 or 10"),
        ("1,1,2,3,4,5,1,1,0.9", "9 columns; expected 7 or 10"),
        ("1,1,2,3,four,5,1", "expected numbers"),
        ("1,1,nan,3,4,5,1", "expected numbers"),
        ("1,1,2,3,inf,5,1", "expected numbers"),
        ("0,1,2,3,4,5,1", "frames from 1"),
        ("1.5,1,2,3,4,5,1", "whole numbers"),
        ("1,1,2,3,0,5,1", "a box of 0 x 5"),
        ("1,1,2,3,4,-5,1", "a box of 4 x -5"),
        ("7,3,0,0,9,9,1", "id 3 stands twice in frame 7"),
    ],
)
def test_a_line_that_is_none_is_named_by_its_number(tmp_path: Path, line: str, why: str) -> None:
    path = written(tmp_path, f"7,3,1,1,1,1,1\n{line}\n")
    with pytest.raises(ConfigError, match=f":2: .*{why}"):
        read_mot(path)


def test_a_truth_that_is_no_text_is_not_there_or_is_empty_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no rows"):
        read_mot(written(tmp_path, "\n\n"))
    with pytest.raises(ConfigError, match="cannot be read"):
        read_mot(tmp_path / "nothing.txt")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(ConfigError, match="no text"):
        read_mot(tmp_path / "binary")


def test_heads_stand_by_file_and_doubles_count_once(tmp_path: Path) -> None:
    text = "\ufefffile,x,y\r\na.jpg,1,2\r\nsub/a.jpg,3,4\r\na.jpg,1,2\r\nb.jpg,5,6\r\n"
    points, doubles = read_heads(written(tmp_path, text))
    assert {name: at.tolist() for name, at in points.items()} == {
        "a.jpg": [[1, 2], [3, 4]],
        "b.jpg": [[5, 6]],
    }
    assert doubles == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a.jpg,1,2\n", ":1: expected the line `file,x,y`"),
        ("", ":1: expected the line"),
        ("file,x,y\n", "no heads"),
        ("file,x,y\na.jpg,1\n", ":2: 2 columns"),
        ("file,x,y\na.jpg,1,2\n,1,2\n", ":3: "),
        ("file,x,y\na.jpg,1,two\n", ":2: .*expected numbers"),
    ],
)
def test_heads_that_cannot_be_read_are_named(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        read_heads(written(tmp_path, text, "heads.csv"))


def test_a_truth_of_another_size_is_refused_and_says_the_way_out() -> None:
    at = np.array([[700.0, 500.0]] * 50 + [[100.0, 100.0]] * 50)
    require_inside(Path("gt.txt"), at, (768, 576), (480, 360))
    with pytest.raises(ConfigError, match=r"50 of 100 .*480x360.*--truth-size"):
        require_inside(Path("gt.txt"), at, (480, 360), (480, 360))


def test_who_walks_out_of_the_picture_is_no_other_size() -> None:
    at = np.array([[100.0, 100.0]] * 199 + [[-10.0, 100.0]])
    require_inside(Path("gt.txt"), at, (480, 360), (480, 360))
    require_inside(Path("gt.txt"), np.zeros((0, 2)), (480, 360), (480, 360))


ROW = st.tuples(
    st.integers(1, 50),
    st.integers(1, 9),
    *(st.floats(-100, 1000).map(lambda v: round(v, 3)) for _ in range(2)),
    *(st.floats(0.1, 500).map(lambda v: round(v, 3)) for _ in range(2)),
    st.sampled_from([0, 1]),
)


@given(st.lists(ROW, min_size=1, max_size=30, unique_by=lambda row: row[:2]))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[float, ...]]
) -> None:
    text = "".join(",".join(map(str, row)) + "\n" for row in table)
    rows = read_mot(written(tmp_path_factory.mktemp("mot"), text))
    got = sorted(
        (frame, int(i), *box[:2], box[2] - box[0], box[3] - box[1], score)
        for frame, there in rows.items()
        for i, box, score in zip(there.ids, there.boxes.tolist(), there.scores.tolist(), strict=True)
    )
    assert np.asarray(got) == pytest.approx(np.asarray(sorted(table)), abs=1e-6)


@pytest.mark.data
def test_the_real_truths_are_read(data_dir: Path) -> None:
    rows = read_mot(data_dir / "pets09_s2l1" / "gt.txt")
    assert list(rows) == list(range(1, 201))
    assert sum(len(row.ids) for row in rows.values()) == 1223
    assert sum(int((row.scores == 0).sum()) for row in rows.values()) == 101
    points, doubles = read_heads(data_dir / "beach_crowd" / "heads.csv")
    assert sum(map(len, points.values())) == 585
    assert doubles == 0
