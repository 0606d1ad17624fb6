"""What a rule is told about the law of its zone."""

from __future__ import annotations

from pathlib import Path

from patrol.config.load import load
from patrol.core.days import Days
from patrol.core.detections import Detections, Look
from patrol.core.law import Law, Notice
from patrol.vision.worker.laws import laws_of
from patrol.vision.worker.rules import build_rules
from tests.fakes.looks import LABELS, at

TEXT = """
site: {name: x}
notices:
  - {id: county, words: 一人一竿, source: 示范县}
  - {id: season, words: 禁止垂钓, source: 示范县农业农村局}
  - {id: other, words: 别处, source: 别县}
second_looks: {near: {plugin: tests.fakes.nearer}}
cameras:
  - id: dike
    name: 大堤
    url: rtsp://192.0.2.1/live
    views: [{id: road}]
    zones:
      - {id: lake, kind: water, polygon: [[0, 0.3], [1, 0.3], [1, 0.5], [0, 0.5]]}
      - {id: boats, kind: mooring, polygon: [[0, 0.4], [0.2, 0.4], [0.2, 0.5]]}
      - {id: road, kind: lane, view: road, polygon: [[0, 0.4], [0.2, 0.4], [0.2, 0.5]]}
      - id: bank
        kind: shore
        polygon: [[0, 0.5], [1, 0.5], [1, 0.7], [0, 0.7]]
        laws:
          - {notice: county, fishing: leisure, rods: 2, night: 22-2}
          - {notice: season, fishing: forbidden, days: [{first: 03-01, last: 06-30}]}
    rules:
      - {id: angling, use: tests.fakes.angling, zone: bank, params: {second_look: near}}
      - {id: afloat, use: tests.fakes.angling, zone: lake, params: {second_look: null}}
      - {id: anywhere, use: tests.fakes.angling, params: {second_look: null}}
"""
COUNTY = Law(Notice("county", "一人一竿", "示范县"), "leisure", rods=2, night=frozenset({22, 23, 0, 1}))
SEASON = Law(Notice("season", "禁止垂钓", "示范县农业农村局"), "forbidden", days=(Days((3, 1), (6, 30)),))


def test_laws_come_with_the_words_of_their_notices_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "streams.yaml"
    path.write_text(TEXT)
    streams = load(path, {}).streams
    assert laws_of(streams, streams.cameras[0].zones[3]) == (COUNTY, SEASON)
    assert laws_of(streams, streams.cameras[0].zones[0]) == ()


def test_an_analytic_is_told_the_laws_of_its_zone_and_what_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "streams.yaml"
    path.write_text(TEXT)
    look = Look("dike", "dike-1", at(1), 1.0, 1920, 1080, Detections.none(LABELS))
    rules = build_rules(load(path, {}))["dike"]
    told = {rule.id: rule.analytic.observe(look).parts for rule in rules}
    assert told["angling"] == {
        "laws": "county, season",
        "neighbours": "lake, boats",
        "excluded": "boats",
        "second_looks": "near",
        "density_networks": "",
    }
    assert told["afloat"]["laws"] == told["anywhere"]["laws"] == ""
    assert told["afloat"]["neighbours"] == "boats, bank"
    assert told["anywhere"]["neighbours"] == "lake, boats, bank"
