from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from patrol.config.load import Loaded, load
from patrol.config.plugins import build_params, detector_problems, effective_rules
from patrol.config.problems import ConfigFileError
from patrol.core.errors import ConfigError

PLUGIN = '''
from dataclasses import dataclass

KIND = "x"


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters."""

    least: int = 5
    below: int | None = None

    def __post_init__(self):
        if self.below is not None and self.below > self.least:
            raise ValueError("below has to be at most least")


def build(params, zone):
    return params
'''


@dataclass(frozen=True, slots=True)
class Params:
    """What plug-ins use."""

    least: int
    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    kinds: tuple[str, ...] = ("person",)
    mode: Literal["one", "two"] = "one"
    below: int | None = None

    def __post_init__(self) -> None:
        if self.below is not None and self.below > self.least:
            raise ValueError(f"below ({self.below}) has to be at most least ({self.least})")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package of analytics: `good`, one that is no plug-in, one that needs what is not installed."""
    name = f"analytics_{tmp_path.name}".replace("-", "_")
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "good.py").write_text(PLUGIN)
    (folder / "empty.py").write_text("")
    (folder / "needy.py").write_text("import a_package_that_nobody_has\n" + PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def loaded(folder: Path, rules: str) -> Loaded:
    path = folder / "streams.yaml"
    path.write_text(
        "site: {name: x}\ndetectors:\n  default: {}\n  odd:\n    plugin: good\n  own:\n    plugin: a.b\n"
        f"cameras:\n  - id: quay\n    name: x\n    url: rtsp://h\n    rules:\n{rules}"
    )
    return load(path, {})


def test_defaults_are_filled_in() -> None:
    assert build_params(Params, {"least": 3, "kinds": ["car", "bus"]}, "x:1") == Params(
        3, 0.5, ("car", "bus")
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "x:1: params.least: is missing"),
        ({"least": 3, "lest": 4}, "x:1: params.lest: is no key that exists here; expected `least`?"),
        ({"least": "3"}, "x:1: params.least: is text; expected a whole number"),
        ({"least": True}, "x:1: params.least: is true; expected a whole number"),
        ({"least": 2.5}, "x:1: params.least: is the number 2.5; expected a whole number"),
        ({"least": 3, "share": 2}, "x:1: params.share: is the number 2; expected 1 or less"),
        ({"least": 3, "kinds": "car"}, "x:1: params.kinds: is text; expected a list"),
        ({"least": 3, "kinds": [1]}, "x:1: params.kinds[0]: is the number 1; expected text"),
        ({"least": 3, "mode": "hunter2"}, "x:1: params.mode: is text; expected one of 'one' or 'two'"),
        (
            {"least": 3, "below": 4},
            "x:1: params: does not fit together: below (4) has to be at most least (3)",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(values: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build_params(Params, values, "x:1")
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_plugin_whose_params_are_no_dataclass() -> None:
    with pytest.raises(ConfigError, match=r"Params is no dataclass"):
        build_params(dict, {}, "x:1")


def test_rules_with_their_effective_parameters(tmp_path: Path, package: str) -> None:
    rules = "      - {id: a, use: good}\n      - {id: b, use: good, params: {least: 9, below: 2}}\n"
    (first, second) = effective_rules(loaded(tmp_path, rules), package)
    assert (first.params.least, second.params.least, second.params.below) == (5, 9, 2)
    assert second.rule.id == "b"


def test_a_plugin_may_bring_its_own_timing_for_what_the_file_leaves_out(tmp_path: Path, package: str) -> None:
    (tmp_path / package / "timed.py").write_text(PLUGIN + '\nTIMING = {"for_s": 180.0, "share": 0.8}\n')
    rules = (
        "      - {id: a, use: timed}\n      - {id: b, use: timed, for_s: 20}\n      - {id: c, use: good}\n"
    )
    timings = [
        (e.rule.for_s, e.rule.clear_s, e.rule.share)
        for e in effective_rules(loaded(tmp_path, rules), package)
    ]
    assert timings == [(180, 30, 0.8), (20, 30, 0.8), (20, 30, 0.6)]


@pytest.mark.parametrize(
    ("timing", "words"),
    [('{"for": 3}', "has for; it may have for_s, clear_s, share"), ('{"share": 2}', "does not hold")],
)
def test_a_timing_that_no_rule_may_have_makes_no_plugin(
    tmp_path: Path, package: str, timing: str, words: str
) -> None:
    (tmp_path / package / "timed.py").write_text(f"{PLUGIN}\nTIMING = {timing}\n")
    with pytest.raises(ConfigFileError) as caught:
        effective_rules(loaded(tmp_path, "      - {id: a, use: timed}\n"), package)
    assert words in str(caught.value)


def test_every_rule_that_cannot_run_is_named_with_its_line(tmp_path: Path, package: str) -> None:
    rules = (
        "      - {id: a, use: nobody}\n      - {id: b, use: empty}\n      - {id: c, use: needy}\n"
        "      - id: d\n        use: good\n        params:\n          leest: 4\n          least: many\n"
        "      - id: e\n        use: good\n        params: {below: 7}\n"
    )
    with pytest.raises(ConfigFileError) as caught:
        effective_rules(loaded(tmp_path, rules), package)
    told = [(p.line, p.key, p.message) for p in caught.value.problems]
    at = "cameras[0].rules"
    assert [(line, key) for line, key, _ in told] == [
        (13, f"{at}[0].use"),
        (14, f"{at}[1].use"),
        (15, f"{at}[2].use"),
        (19, f"{at}[3].params.leest"),
        (20, f"{at}[3].params.least"),
        (23, f"{at}[4].params"),
    ]
    messages = [message for _, _, message in told]
    assert "no plug-in 'nobody'" in messages[0]
    assert "good, needy" in messages[0]
    assert "is no plug-in" in messages[1]
    assert "'a_package_that_nobody_has', which is not installed" in messages[2]


def test_a_detector_s_plugin_is_looked_for_and_not_imported(tmp_path: Path, package: str) -> None:
    (tmp_path / package / "good.py").rename(tmp_path / package / "other.py")
    (problem,) = detector_problems(loaded(tmp_path, "      - {id: a, use: good}\n"), package)
    assert (problem.line, problem.key) == (5, "detectors.odd.plugin")
    assert "expected one of: auto, needy, other" in problem.message
    assert f"{package}.needy" not in sys.modules
