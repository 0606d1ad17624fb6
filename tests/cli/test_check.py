from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from patrol.cli import main
from patrol.cli._lawful import law_words
from patrol.config.law import LawConfig

ROOT = Path(__file__).parents[2]
BROKEN = sorted((ROOT / "tests" / "config" / "broken").glob("*.yaml"))
SITE = "site: {name: 示范县}\ncameras:\n"
CAMERA = "  - id: quay\n    name: 北码头\n    url: rtsp://192.0.2.1/live\n"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def written(folder: Path, text: str) -> str:
    path = folder / "streams.yaml"
    path.write_text(text)
    return str(path)


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return result


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_file_ends_with_2_and_names_the_line(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = path.read_bytes().split(b" ", 3)[2].decode()
    assert run("check", str(path)) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"{path}:{line}: ")
    assert shown.err.endswith(f"1 problem(s) in {path}; nothing would start\n")


def test_a_broken_file_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, f"{SITE}{CAMERA}    colour: red\n    latitude: 91\n")
    assert run("check", path, "--json") == 2
    told = answer(capsys)
    assert told["ok"] is False
    assert [(p["file"], p["line"], p["key"]) for p in told["problems"]] == [
        (path, 6, "cameras[0].colour"),
        (path, 7, "cameras[0].latitude"),
    ]


def test_the_example_runs_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", str(ROOT / "streams.example.yaml")) == 0
    shown = capsys.readouterr().out
    assert "camera north-quay (北码头一号)" in shown
    assert "rule quay-gathering: gathering in zone quay, for_s=20 clear_s=30 share=0.6" in shown
    assert "bank: no fishing, 03-01 to 06-30 only (notice closed-season)" in shown
    assert "second look lines (plug-in lines)" in shown
    assert "3 camera(s), 5 rule(s) would run" in shown


def test_what_would_run_with_its_defaults_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(
        tmp_path,
        f"{SITE}{CAMERA}    rules:\n      - {{id: crowd, use: gathering, params: {{min_count: 7}}}}\n",
    )
    assert run("check", path, "--json") == 0
    told = answer(capsys)
    assert told["ok"] is True
    (camera,) = told["cameras"]
    assert (camera["url"], camera["login"], camera["detector"]) == (
        "rtsp://192.0.2.1/live",
        "none",
        "default",
    )
    (rule,) = camera["rules"]
    assert (rule["for_s"], rule["share"], rule["params"]["min_count"]) == (20, 0.6, 7)
    assert rule["params"].keys() >= {"min_count", "release_count"}
    assert told["detectors"]["default"]["threshold"] == 0.35


def test_rules_are_checked_against_their_analytics(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = (
        "    rules:\n      - {id: a, use: gatering}\n      - id: b\n        use: gathering\n        params:\n"
        "          min_cuont: 5\n      - id: c\n        use: gathering\n        params:\n"
        "          min_count: few\n"
    )
    path = written(tmp_path, f"{SITE}{CAMERA}{rules}")
    assert run("check", path) == 2
    first, second, third, _ = capsys.readouterr().err.splitlines()
    assert first.startswith(f"{path}:7: cameras[0].rules[0].use: cannot be used: no plug-in 'gatering'")
    assert second.startswith(
        f"{path}:11: cameras[0].rules[1].params.min_cuont: is no key that exists here; expected `min_count`?"
    )
    assert third == f"{path}:15: cameras[0].rules[2].params.min_count: is text; expected a whole number"


def test_a_detector_plugin_that_does_not_exist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, f"{SITE}{CAMERA}detectors:\n  default:\n    plugin: magic\n")
    assert run("check", path) == 2
    assert f"{path}:8: detectors.default.plugin: is 'magic', which is missing" in capsys.readouterr().err


def test_warnings_do_not_stop_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUAY_PASSWORD", "abc")
    monkeypatch.setenv("PATROL_REDISURL", "x")
    login = "    credentials: {username: operator, password_env: QUAY_PASSWORD}\n"
    assert run("check", written(tmp_path, SITE + CAMERA + login), "--json") == 0
    told = answer(capsys)
    assert told["cameras"][0]["login"] == "environment"
    assert [
        word for word in ("PATROL_REDISURL", "no rules", "fewer than 4") if word not in str(told["warnings"])
    ] == []
    assert "abc" not in str(told)


def test_a_password_in_the_environment_is_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUAY_PASSWORD", "p@s%s:w-99")
    login = "    credentials: {username: operator, password_env: QUAY_PASSWORD}\n"
    path = written(tmp_path, SITE + CAMERA + login)
    for arguments in (("check", path), ("check", path, "--json")):
        assert run(*arguments) == 0
        shown = capsys.readouterr()
        assert "w-99" not in shown.out + shown.err


def test_no_file_no_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", str(tmp_path / "none.yaml")) == 2
    assert "none.yaml: does not exist; expected a YAML file" in capsys.readouterr().err


def test_a_model_that_nobody_knows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "streams.yaml"
    path.write_text(
        "site: {name: x}\ndetectors:\n  default: {model: yolov8n}\n"
        "cameras: [{id: a, name: A, url: 'rtsp://10.0.0.1/'}]\n"
    )
    assert run("check", str(path)) == 2
    shown = capsys.readouterr().err
    assert f"{path}:3: detectors.default.model" in shown
    assert "yolox_nano" in shown


BEACH = ROOT / "tests" / "config" / "calibrated" / "beach.yaml"


def test_a_rule_that_its_camera_cannot_see_is_said_loudly_and_stops_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("check", str(BEACH)) == 0
    lines = capsys.readouterr().out.splitlines()
    rule = next(number for number, line in enumerate(lines) if "rule waterline-crowd:" in line)
    assert "CANNOT SEE, will not run: 1 % of the zone has the 25.0 pixels per metre" in lines[rule + 2]
    assert lines[-2].endswith("1 camera(s), 1 rule(s) would run")
    assert lines[-1] == "CANNOT SEE: 2 rule(s) would NOT run: beach/waterline-crowd, beach/behind-crowd"


def test_refused_rules_and_the_ground_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", str(BEACH), "--json") == 0
    (camera,) = answer(capsys)["cameras"]
    first, second = camera["cannot_see"]
    assert (first["rule"], first["code"]) == ("waterline-crowd", "too-few-pixels")
    assert second["code"] == "too-few-pixels-in-input"
    assert first["values"]["needed_px_per_m"] == 25
    (ground,) = camera["ground"]
    assert (ground["points"], ground["checked"]) == (6, True)
    assert ground["worst"] in {"jetty", "stones", "wall", "path", "mast", "bin"}
    assert 0 < ground["error_m"] <= ground["worst_m"] < 0.2
    assert ground["pose"]["height_m"] == pytest.approx(9.9, abs=0.3)
    assert ground["px_per_m"]["0.0"] == 0
    assert ground["px_per_m"]["1.0"] == pytest.approx(73, abs=1)
    sand = next(zone for zone in camera["zones"] if zone["id"] == "sand")
    assert sand["px_per_m_far"] == pytest.approx(40.7, abs=0.5)
    assert sand["px_per_m_near"] == pytest.approx(71, abs=0.5)
    assert sand["area_m2"] == pytest.approx(457, rel=0.02)


def test_a_calibration_that_no_camera_would_see_is_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Four points fit any coordinates: one that is 20 m off shows only in the camera that they imply."""
    text = BEACH.read_text().replace("ground: [8.5, 23.5]", "ground: [28.5, 23.5]")
    four = "".join(
        line for line in text.splitlines(keepends=True) if "id: mast" not in line and "id: bin" not in line
    )
    path = tmp_path / "streams.yaml"
    path.write_text(four)
    assert run("check", str(path)) == 0
    shown = capsys.readouterr().out
    assert "calibration: 4 points, no error can be told" in shown
    assert "camera beach: the calibration fits, but" in shown
    assert "measure the points again" in shown


# -- laws, and what looks closer ----------------------------------------------------------------------------

LAWS = """notices:
  - {id: county-2021, words: 一人一竿, source: 示范县}
second_looks:
  near: {plugin: tests.fakes.nearer}
density_networks:
  square: {plugin: tests.fakes.even_crowd, params: {persons: 3.0}}
"""
BANKS = """    zones:
      - {id: lake, kind: water, polygon: [[0, 0.3], [1, 0.3], [1, 0.5], [0, 0.5]]}
      - id: bank
        kind: shore
        polygon: [[0, 0.5], [1, 0.5], [1, 0.7], [0, 0.7]]
        laws:
          - {notice: county-2021, fishing: forbidden, days: [{first: 03-01, last: 06-30}]}
          - notice: county-2021
            fishing: leisure
            rods: 2
            night: 20-6
            days: [{first: 07-01, last: 09-30}]
    rules:
      - {id: angling, use: tests.fakes.angling, zone: bank, params: {second_look: near, network: square}}
      - {id: afloat, use: tests.fakes.angling, zone: lake, params: {second_look: null}}
"""


def test_the_law_of_a_rule_and_what_it_looks_closer_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("check", written(tmp_path, f"{LAWS}{SITE}{CAMERA}{BANKS}")) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    first = next(number for number, line in enumerate(lines) if line.startswith("rule angling"))
    last = next(number for number, line in enumerate(lines) if line.startswith("rule afloat"))
    summer = "07-01 to 09-30"
    assert lines[first + 2 : last] == [
        "bank: no fishing, 03-01 to 06-30 only (notice county-2021)",
        f"bank: leisure: 2 rods a person, no nets, no boats, not at 20-6, {summer} only (notice county-2021)",
        "second look near (plug-in tests.fakes.nearer)",
        "density network square (plug-in tests.fakes.even_crowd)",
    ]
    assert lines[last + 2].startswith("evidence:")


def test_laws_and_means_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", written(tmp_path, f"{LAWS}{SITE}{CAMERA}{BANKS}"), "--json") == 0
    (camera,) = answer(capsys)["cameras"]
    angling, afloat = camera["rules"]
    assert angling["laws"][0]["words"].startswith("no fishing")
    assert angling["laws"][1]["rods"] == 2
    assert angling["means"] == {
        "second_looks": {"near": "tests.fakes.nearer"},
        "density_networks": {"square": "tests.fakes.even_crowd"},
    }
    assert afloat["laws"] == []
    assert afloat["means"] == {"second_looks": {}, "density_networks": {}}


@pytest.mark.parametrize(
    ("law", "words"),
    [
        ({"fishing": "forbidden"}, "no fishing (notice n)"),
        ({"fishing": "leisure"}, "leisure: 1 rod a person, no nets, no boats (notice n)"),
        (
            {"fishing": "leisure", "boats": "allowed"},
            "leisure: 1 rod a person, no nets, boats allowed (notice n)",
        ),
    ],
)
def test_a_law_in_one_line(law: dict[str, object], words: str) -> None:
    assert law_words(LawConfig.model_validate({"notice": "n"} | law)) == words


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("second_look: near", "second_look: nera", "rules[0].params.second_look: names 'nera', which"),
        ("network: square", "network: sqare", "rules[0].params.network: names 'sqare', which"),
        ("{second_look: null}", "{network: null}", "rules[1]: asks for 'lines', its default, which"),
        (
            "plugin: tests.fakes.nearer",
            "plugin: liens",
            ":4: second_looks.near.plugin: is 'liens', which is missing",
        ),
        (
            "plugin: tests.fakes.even_crowd",
            "plugin: even",
            ":6: density_networks.square.plugin: is 'even', which",
        ),
        ("{persons: 3.0}", "{persons: many}", ":6: density_networks.square.params.persons: is text"),
        ("{persons: 3.0}", "{people: 3.0}", ":6: density_networks.square.params.people: is no key"),
    ],
)
def test_what_looks_closer_is_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, told: str
) -> None:
    text = f"{LAWS}{SITE}{CAMERA}{BANKS}"
    assert text.count(old) == 1
    assert run("check", written(tmp_path, text.replace(old, new))) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert told in shown.err
    assert "1 problem(s)" in shown.err
