"""Every file of tests/config/broken is refused, once, in the line that its first line says."""

from __future__ import annotations

from pathlib import Path

import pytest

from patrol.config.load import load
from patrol.config.problems import ConfigFileError, Problem

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))


def expectation(path: Path) -> tuple[int, str]:
    """Line and piece of the message, from `# expect: <line> <substring>`."""
    with path.open("rb") as stream:
        _, _, line, text = stream.readline().decode().rstrip("\n").split(" ", 3)
    return int(line), text


def refused(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(ConfigFileError) as caught:
        load(path, {})
    return caught.value.problems


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_one_problem_in_the_right_line(path: Path) -> None:
    line, text = expectation(path)
    (problem,) = refused(path)
    assert (problem.file, problem.line) == (str(path), line)
    assert text in problem.message
    assert "hunter2" not in str(problem)


def test_no_two_messages_are_the_same() -> None:
    messages = [problem.message for path in BROKEN for problem in refused(path)]
    assert len(BROKEN) >= 12
    assert len(set(messages)) == len(BROKEN)
