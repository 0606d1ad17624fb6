from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.config.document import MAX_BYTES, MAX_DEPTH, Document, read
from patrol.config.problems import ConfigFileError


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "streams.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigFileError) as caught:
        read(path)
    return str(caught.value)


@pytest.fixture
def document(tmp_path: Path) -> Document:
    text = (
        "site:\n  name: a\ncameras:\n  -\n    id: one\n    zones: [{id: z,\n      kind: lane}]\n  - id: two\n"
    )
    return read(written(tmp_path, text))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("site",), 1),
        (("site", "name"), 2),
        (("cameras",), 3),
        (("cameras", 0), 5),
        (("cameras", 0, "zones", 0, "kind"), 7),
        (("cameras", 1, "id"), 8),
        (("cameras", 1, "url"), 8),
        (("cameras", 7, "url"), 3),
        (("nothing",), 1),
    ],
)
def test_lines_of_keys_and_of_what_is_missing(document: Document, path: tuple[str, ...], line: int) -> None:
    assert document.line(path) == line


def test_scalars_are_what_they_look_like(tmp_path: Path) -> None:
    text = "a: no\nb: 12:30\nc: 010\nd: 0.5\ne: ~\nf: '5'\ng: true\nh: 2026-01-01\n"
    text += "i: -1e3\nj: 0x10\nk:\n<<: x\n1: y\n"
    assert read(written(tmp_path, text)).data == {
        "a": "no",
        "b": "12:30",
        "c": 10,
        "d": 0.5,
        "e": None,
        "f": "5",
        "g": True,
        "h": "2026-01-01",
        "i": -1000.0,
        "j": "0x10",
        "k": None,
        "<<": "x",
        "1": "y",
    }


def test_a_key_that_stands_twice_counts_once_with_all_below_it(tmp_path: Path) -> None:
    document = read(written(tmp_path, "a: {x: 1}\na: {x: 2, x: 3, y: [1, {z: 2}]}\nb: 1\n"))
    assert document.data == {"a": {"x": 1}, "b": 1}
    assert [(p.line, p.key) for p in document.repeated] == [(2, "a")]
    assert document.line(("b",)) == 3


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    assert read(written(tmp_path, b"\xef\xbb\xbfa: 1\n")).data == {"a": 1}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (b"a: 1\nb: \xff\xfe\n", 2, "is not UTF-8 from here on"),
        ("a: 1\n".encode("utf-16"), 1, "is not UTF-8"),
        ("a: 1\nb: x\0y\n", 2, "control character U+0000"),
        ("a: 1\nb: \x1b[31m\n", 2, "control character U+001B"),
        ("", 1, "is empty"),
        ("# nothing\n", 1, "is empty"),
        ("text\n", 1, "holds no keys"),
        ("a: 1\n? [b, c]\n: 2\n", 2, "as a key"),
        ("a: " + "9" * 40, 1, "too large"),
        ("a: 1e999", 1, "too large"),
        ("a: &x [1]\nb: [*x, *x]\n", 1, "sets an anchor"),
        ("a: 1\nb: !secret x\n", 2, "uses a tag"),
        ("a: 'never\nclosed\n", 1, "is not YAML here"),
        ("a: 1\n\tb: 2\n", 2, "is not YAML here"),
        ("a: b: c\n", 1, "is not YAML here"),
    ],
)
def test_refused(tmp_path: Path, text: str | bytes, line: int, words: str) -> None:
    path = written(tmp_path, text)
    message = refusal(path)
    assert message.startswith(f"{path}:{line}: ")
    assert words in message


def test_a_file_is_bounded_in_size_and_in_depth(tmp_path: Path) -> None:
    assert "is larger than 2 MB" in refusal(written(tmp_path, b"#" * (MAX_BYTES + 1)))
    assert f"more than {MAX_DEPTH} deep" in refusal(written(tmp_path, "a: " + "[" * 100_000))
    deep = "a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert "a" in read(written(tmp_path, deep)).data


def test_what_is_no_file(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)
    assert "does not exist" in refusal(tmp_path / "none.yaml")


def test_the_parser_s_quotes_are_not_repeated(tmp_path: Path) -> None:
    for text in (
        "password: !hunter2!x y\n",
        "password: *hunter2\n",
        "password: &hunter2 x\n",
        "p: %hunter2\n",
    ):
        assert "hunter2" not in refusal(written(tmp_path, text))


@given(
    text=st.text(max_size=60) | st.lists(st.sampled_from("a: \n[]{}-'\"&*!|>#,?%@"), max_size=40).map("".join)
)
def test_any_text_is_read_or_refused_with_words(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any") / "streams.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    outcome: Document | ConfigFileError
    try:
        outcome = read(path)
    except ConfigFileError as error:
        outcome = error
    if isinstance(outcome, Document):
        assert isinstance(outcome.data, dict)
    else:
        assert all(problem.message for problem in outcome.problems)
