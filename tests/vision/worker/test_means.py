"""What rules look closer with: named, found, built once; and everything that can be wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from patrol.config.load import Loaded, load
from patrol.config.plugins import effective_rules
from patrol.config.problems import ConfigFileError
from patrol.core.errors import PluginError
from patrol.core.place import Uses
from patrol.vision.worker.means import (
    build_means,
    means_facts,
    missing_means,
    unknown_means,
    wrong_means,
)
from patrol.vision.worker.rules import ANALYTICS, build_rules, refused_rules, uses_of
from tests.fakes.nearer import Nearer, Params

NEARER = "tests.fakes.nearer"
EVEN = "tests.fakes.even_crowd"
NEAR = f"second_looks:\n  near: {{plugin: {NEARER}}}\n  far: {{plugin: {NEARER}, params: {{score: 0.1}}}}\n"
CROWD = f"density_networks:\n  square: {{plugin: {EVEN}, params: {{persons: 8.0}}}}\n"


def loaded(folder: Path, means: str, *params: str) -> Loaded:
    """A camera with an angling rule for each of these parameters; the first one stands in line 8."""
    path = folder / "streams.yaml"
    rules = "".join(
        f"      - id: r{number}\n        use: tests.fakes.angling\n        params:\n          {each}\n"
        for number, each in enumerate(params)
    )
    camera = f"cameras:\n  - id: dike\n    name: x\n    url: rtsp://192.0.2.1/1\n    rules:\n{rules}"
    path.write_text(
        f"site: {{name: x}}\n{camera if params else camera.replace('rules:', 'rules: []')}{means}"
    )
    return load(path, {})


def wanted(config: Loaded) -> Iterable[tuple[object, Uses]]:
    return [(rule, uses_of(rule)) for rule in effective_rules(config, ANALYTICS)]


def missing(config: Loaded) -> list[tuple[int, str, str]]:
    rules = effective_rules(config, ANALYTICS)
    found = missing_means(config, [(rule, uses_of(rule)) for rule in rules])
    return [(problem.line, problem.key, problem.message) for problem in found]


# -- names --------------------------------------------------------------------------------------------------


def test_an_analytic_says_what_it_uses(tmp_path: Path) -> None:
    config = loaded(tmp_path, NEAR + CROWD, "second_look: near", "{second_look: null, network: square}")
    assert [uses for _, uses in wanted(config)] == [Uses(("near",), ()), Uses((), ("square",))]


def test_an_analytic_that_says_nothing_uses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "streams.yaml"
    path.write_text(
        "site: {name: x}\ncameras: [{id: a, name: a, url: 'rtsp://h/1', rules: [{id: r, use: gathering}]}]\n"
    )
    (rule,) = effective_rules(load(path, {}), ANALYTICS)
    assert uses_of(rule) == Uses()


def test_a_name_that_is_not_there_is_refused_at_the_parameter(tmp_path: Path) -> None:
    config = loaded(tmp_path, NEAR, "second_look: nera", "{second_look: near, network: square}")
    (first, second) = missing(config)
    assert first == (
        10,
        "cameras[0].rules[0].params.second_look",
        "names 'nera', which `second_looks` does not have; expected one of: near, far",
    )
    assert second[:2] == (14, "cameras[0].rules[1].params.network")
    assert second[2].endswith(
        "which `density_networks` does not have; expected one of: none (there are none)"
    )
    for build in (build_rules, refused_rules):
        with pytest.raises(ConfigFileError) as caught:
            build(config)
        assert [problem.line for problem in caught.value.problems] == [10, 14]


def test_a_default_that_is_not_there_is_refused_at_the_rule(tmp_path: Path) -> None:
    assert missing(loaded(tmp_path, NEAR, "network: null")) == [
        (
            7,
            "cameras[0].rules[0]",
            "asks for 'lines', its default, which `second_looks` does not have; expected one of: near, far",
        )
    ]


def test_without_a_section_there_is_the_default_second_look(tmp_path: Path) -> None:
    config = loaded(tmp_path, "", "network: null")
    assert missing(config) == []
    assert [rule.id for rule in build_rules(config)["dike"]] == ["r0"]


# -- plug-ins -----------------------------------------------------------------------------------------------


def test_a_plug_in_that_does_not_exist_is_named_with_its_line(tmp_path: Path) -> None:
    means = "second_looks:\n  near: {}\n  far:\n    plugin: liens\ndensity_networks:\n  a: {plugin: magic}\n"
    (first, second) = unknown_means(loaded(tmp_path, means))
    assert (first.line, first.key) == (10, "second_looks.far.plugin")
    assert first.message.startswith("is 'liens', which is missing; expected one of: ")
    assert "lines" in first.message
    assert (second.line, second.key) == (12, "density_networks.a.plugin")


def test_a_plug_in_of_another_package_is_left_to_the_start(tmp_path: Path) -> None:
    config = loaded(tmp_path, "second_looks: {own: {plugin: nowhere.at.all}}\n", "second_look: own")
    assert unknown_means(config) == ()
    with pytest.raises(ConfigFileError) as caught:
        build_rules(config)
    (problem,) = caught.value.problems
    assert (problem.line, problem.key) == (11, "second_looks.own.plugin")
    assert "cannot be used: no plug-in 'nowhere.at.all'" in problem.message


def test_what_no_rule_names_is_not_loaded(tmp_path: Path) -> None:
    means = f"second_looks:\n  near: {{plugin: {NEARER}}}\n  own: {{plugin: nowhere.at.all}}\n"
    built = build_means(loaded(tmp_path, means), [Uses(("near",))])
    assert list(built.second_looks) == ["near"]
    assert not built.density_networks


# -- parameters and building --------------------------------------------------------------------------------


def test_each_is_built_once_with_its_parameters_and_the_folder(tmp_path: Path) -> None:
    config = loaded(tmp_path, NEAR + CROWD)
    means = build_means(config, [Uses(("far",)), Uses(("near", "far"), ("square",)), Uses()])
    assert means.second_looks == {
        "far": Nearer(Params(0.1), tmp_path),
        "near": Nearer(Params(0.5), tmp_path),
    }
    assert list(means.density_networks) == ["square"]


@pytest.mark.parametrize(
    ("params", "line", "key", "said"),
    [
        ("scroe: 1.0", 11, "second_looks.near.params.scroe", "is no key that exists here; expected `score`?"),
        ("score: high", 11, "second_looks.near.params.score", "is text; expected a number"),
        ("score: 2.0", 10, "second_looks.near.params", "does not fit together: score has to be 1 at most"),
    ],
)
def test_a_wrong_parameter_is_named_with_its_line(
    tmp_path: Path, params: str, line: int, key: str, said: str
) -> None:
    means = f"second_looks:\n  near:\n    plugin: {NEARER}\n    params:\n      {params}\n"
    config = loaded(tmp_path, means)
    (problem,) = wrong_means(config, [Uses(("near",)), Uses(("near",))])
    assert (problem.line, problem.key) == (line, key)
    assert problem.message.startswith(said)
    with pytest.raises(ConfigFileError) as caught:
        build_means(config, [Uses(("near",))])
    assert caught.value.problems == (problem,)
    assert wrong_means(config, []) == ()


def test_without_parameters_of_its_own_a_plug_in_is_not_imported_to_check_them(tmp_path: Path) -> None:
    config = loaded(tmp_path, "second_looks: {own: {plugin: nowhere.at.all}}\n")
    assert wrong_means(config, [Uses(("own",))]) == ()


def test_an_analytic_that_cannot_be_had_says_so(tmp_path: Path) -> None:
    config = loaded(tmp_path, NEAR, "second_look: near")
    (rule,) = effective_rules(config, ANALYTICS)
    with pytest.raises(PluginError):
        uses_of(type(rule)(rule.camera, rule.rule.model_copy(update={"use": "nothing"}), rule.params))


# -- as facts -----------------------------------------------------------------------------------------------


def facts(folder: Path, params: str) -> object:
    folder.mkdir(exist_ok=True)
    means = f"second_looks:\n  near:\n    plugin: {NEARER}\n    params: {{{params}}}\n"
    return means_facts(loaded(folder, means), [Uses(("near",))])


def test_facts_have_all_parameters(tmp_path: Path) -> None:
    assert facts(tmp_path, "labels: [a, b]") == {
        "second_looks": {
            "near": {"plugin": NEARER, "params": {"score": 0.5, "model": "", "labels": ["a", "b"]}}
        },
        "density_networks": {},
    }


def test_a_file_counts_by_what_is_in_it(tmp_path: Path) -> None:
    for folder, name, content in (("a", "m.onnx", b"1"), ("b", "other.onnx", b"1"), ("c", "m.onnx", b"2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(content)
    one = facts(tmp_path / "a", "model: m.onnx")
    assert one == facts(tmp_path / "b", "model: other.onnx")
    assert one == facts(tmp_path / "c", f"model: {tmp_path / 'a' / 'm.onnx'}")
    assert one != facts(tmp_path / "c", "model: m.onnx")
    assert one != facts(tmp_path / "a", "model: none.onnx")
    assert facts(tmp_path / "a", "labels: [m.onnx]") == facts(tmp_path / "b", "labels: [other.onnx]")


@pytest.mark.parametrize("value", ["~nobody-at-all/x", "x" * 5000, "/", "."])
def test_what_is_no_file_is_text(tmp_path: Path, value: str) -> None:
    assert value in str(facts(tmp_path, f"model: {value!r}"))
