from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from patrol.bench.evaluation import marks
from patrol.bench.evaluation.plots import Series, svg
from patrol.bench.evaluation.report import INDEX, WIDEST, Report
from patrol.core.errors import ConfigError, DecodeError

GREY = np.full((60, 80, 3), 128, np.uint8)


def example() -> Report:
    report = Report("Persons <counted> & more")
    report.heading("计数")
    report.text("from rtsp://admin:hunter2@10.0.0.1/x: <script>alert(1)</script>")
    report.table(("measure", "value"), [("mae", 0.123456), ("frames", 100), ("none", None)])
    report.plot("Over <time>", Series("a & b", [0, 1, 2], [1, None, 3]), across="frame", up="persons")
    report.picture("Frame 1/../..", GREY, "grey & nothing else")
    return report


class Tags(HTMLParser):
    """Every tag with its attributes, and that all that is opened is closed."""

    VOID = frozenset({"meta", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_but_its_pictures(tmp_path: Path) -> None:
    page = example().write(tmp_path / "a" / "report")
    assert page.name == INDEX
    tags = Tags()
    tags.feed(page.read_text(encoding="utf-8"))
    assert tags.open == []
    named = {name for name, _ in tags.seen}
    assert not named & {"script", "link", "iframe", "object", "base"}
    addresses = [attrs[key] for _, attrs in tags.seen for key in ("src", "href", "action") if key in attrs]
    assert addresses == ["001-frame-1.jpg"]
    assert {file.name for file in page.parent.iterdir()} == {INDEX, "001-frame-1.jpg"}
    assert "url(" not in page.read_text(encoding="utf-8")
    decoded = cv2.imread(str(page.parent / "001-frame-1.jpg"))
    assert decoded is not None
    assert np.abs(decoded.astype(int) - 128).max() <= 2


def test_text_is_escaped_and_carries_no_password(tmp_path: Path) -> None:
    text = example().write(tmp_path).read_text(encoding="utf-8")
    assert "hunter2" not in text
    assert "&lt;script&gt;" in text
    assert "<title>Persons &lt;counted&gt; &amp; more</title>" in text
    assert "计数" in text
    assert '<td class="n">0.1235</td>' in text
    assert "<td></td>" in text


def test_the_same_calls_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = example().write(tmp_path / "a"), example().write(tmp_path / "b")
    for file in first.parent.iterdir():
        assert file.read_bytes() == (second.parent / file.name).read_bytes()
    example().write(tmp_path / "a")  # over itself
    assert first.read_bytes() == second.read_bytes()


def test_other_files_of_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    example().write(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "keep"
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"cannot be written.*--report"):
        example().write(tmp_path / "file" / "report")


def test_wide_pictures_are_reduced_and_none_is_refused(tmp_path: Path) -> None:
    report = Report("t")
    report.picture("wide", np.zeros((100, WIDEST * 2, 3), np.uint8), "")
    report.write(tmp_path)
    decoded = cv2.imread(str(tmp_path / "001-wide.jpg"))
    assert decoded is not None
    assert decoded.shape == (50, WIDEST, 3)
    with pytest.raises(DecodeError):
        report.picture("none", np.zeros((0, 0, 3), np.uint8), "")


def test_a_row_that_does_not_fit_its_head_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells under a head of 1"):
        Report("t").table(("a",), [(1, 2)])


def heights(drawing: str) -> list[float]:
    path = re.findall(r'd="(M[^"]*L[^"]*)"', drawing)[0]
    return [float(y) for y in re.findall(r"[ML][-\d.]+ ([-\d.]+)", path)]


def test_higher_values_are_drawn_higher_and_a_gap_breaks_the_line() -> None:
    drawing = svg([Series("a", [0, 1, 2, 3, 4], [0, 5, None, float("nan"), 10])], "x", "y")
    low, middle, high = heights(drawing)
    assert low > middle > high
    assert low - middle == pytest.approx(middle - high, abs=0.2)
    assert drawing.count("M") > 1
    line = next(part for part in drawing.splitlines() if "L" in part and 'stroke-width="1.8"' in part)
    assert line.count("M") == 2  # before the gap and after it


@pytest.mark.parametrize(
    "series",
    [
        [],
        [Series("none", [], [])],
        [Series("gaps", [1, 2], [None, float("inf")])],
        [Series("one", [5], [5.0], "points")],
        [Series("flat", [0, 1], [3.0, 3.0])],
        [Series("huge", [0, 1], [0, 1e300], "bars")],
        [Series("tiny", [0, 1e-9], [-1e-12, 1e-12])],
    ],
)
def test_any_series_gives_a_drawing_without_a_number_that_is_none(series: list[Series]) -> None:
    drawing = svg(series, "x", "y")
    assert drawing.startswith("<svg")
    assert drawing.endswith("</svg>")
    assert not re.search(r"\b(nan|inf)\b", drawing)


def test_nothing_to_draw_says_so() -> None:
    assert "no values" in svg([Series("none", [], [])], "x", "y")
    assert "no values" not in svg([Series("one", [1], [1])], "x", "y")


def test_a_series_has_as_many_places_as_values() -> None:
    with pytest.raises(ValueError, match="2 places and 1 values"):
        Series("a", [1, 2], [1])


def test_marks_are_drawn_on_a_copy_where_the_boxes_are() -> None:
    box = np.array([[0.25, 0.25, 0.75, 0.75]], np.float32)
    before = GREY.copy()
    outlined = marks.with_boxes(GREY, box, marks.ORANGE)
    assert np.array_equal(GREY, before)
    assert tuple(outlined[15, 40]) == marks.ORANGE
    assert tuple(outlined[30, 40]) == (128, 128, 128)
    corners = marks.with_boxes(GREY, box, marks.GREEN, dashed=True)
    assert tuple(corners[15, 20]) == marks.GREEN
    assert tuple(corners[15, 40]) == (128, 128, 128)
    crossed = marks.with_points(GREY, np.array([[0.5, 0.5]], np.float32), marks.BLUE)
    assert tuple(crossed[30, 40]) == marks.BLUE
    outside = np.array([[-9.0, -9.0, 9.0, 9.0]], np.float32)
    assert np.array_equal(marks.with_boxes(GREY, outside, marks.BLUE), GREY)


def test_heads_are_gone_from_a_blurred_picture() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    blurred = marks.blurred(noise, np.array([[0.4, 0.2, 0.6, 0.9]], np.float32))
    head = np.s_[45:75, 85:115]
    assert blurred[head].std() < noise[head].std() / 3
    assert np.array_equal(blurred[150:], noise[150:])
