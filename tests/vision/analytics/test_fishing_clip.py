"""The angler on the river bank: a real clip, looped past the dwell, under three laws at once."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from patrol.bench.replay.nouns import Options, Replayed, Seen
from patrol.bench.replay.replaying import exact_detector, replay
from patrol.config.load import load
from patrol.core.observation import Presence

CLIP = "clip_river_bank_angler_720p.mp4"
STAY_S = 15.0
PARAMS = f"{{stay_s: {STAY_S}, closer_every_s: 2.5}}"
BAND = "[[0.3, 0.78], [0.68, 0.78], [0.68, 1.0], [0.3, 1.0]]"
RIVER = "[[0.3, 0.3], [0.99, 0.3], [0.99, 0.55], [0.68, 0.79], [0.3, 0.79]]"
LAWS = {
    "ban": "{notice: reserve, fishing: forbidden}",
    "leisure": "{notice: leisure, fishing: leisure, rods: 1}",
    "night": "{notice: leisure, fishing: leisure, rods: 2, night: 20-6}",
}
NIGHT = datetime(2026, 6, 1, 14, 0, tzinfo=UTC)
"""22:00 in China; the picture stays as bright as it is."""


def streams(model: Path) -> str:
    """Three zones over one bank, and a rule for each; a fourth rule misses half of the looks."""
    zones = "".join(
        f"      - {{id: {name}, kind: shore, polygon: {BAND}, laws: [{law}]}}\n" for name, law in LAWS.items()
    )
    rules = "".join(
        f"      - {{id: {name}, use: {use}, zone: {zone}, for_s: 2, params: {PARAMS}}}\n"
        for name, use, zone in [
            *((law, "fishing", law) for law in LAWS),
            ("half", "tests.fakes.half_looked", "ban"),
        ]
    )
    return (
        f"site: {{name: x}}\ndetectors: {{default: {{model: {model}}}}}\nnotices:\n"
        "  - {id: reserve, words: No fishing in the reserve., source: County (2021) 1}\n"
        "  - {id: leisure, words: One rod a person., source: County (2021) 1}\n"
        "cameras:\n  - id: bank\n    name: bank\n    url: rtsp://192.0.2.1/1\n    look_every_s: 1\n"
        "    looking: {tiles: [3, 2]}\n"
        f"    zones:\n{zones}      - {{id: river, kind: water, polygon: {RIVER}}}\n    rules:\n{rules}"
    )


def begun(found: Replayed, rule: str) -> list[float]:
    """Seconds at which a rule's candidates were raised."""
    return [found.second_of(one.raised) for one in found.candidates if one.rule_id == rule]


@pytest.mark.data
def test_the_angler_is_raised_by_the_ban_and_the_night_and_not_on_a_guess(
    data_dir: Path, tmp_path: Path
) -> None:
    model = Path(os.environ.get("PATROL_TEST_MODELS", "/nonexistent")) / "yolox_nano.onnx"
    if not model.is_file():
        pytest.skip("PATROL_TEST_MODELS names no folder with yolox_nano.onnx")
    path = tmp_path / "streams.yaml"
    path.write_text(streams(model), "utf-8")
    loaded, looks = load(path, {}), list[Seen]()
    detector = exact_detector(loaded, "bank", tmp_path)
    options = Options(loop_for_s=2 * STAY_S + 3, at=NIGHT)
    found = replay(data_dir / "fishing" / CLIP, loaded, "bank", detector, options, looks.append)

    (ban,) = begun(found, "ban")
    assert STAY_S <= ban <= 2 * STAY_S + 2, "twice the dwell, and the rule's own `for_s`"
    parts = looks[-1].observations["ban"].parts
    assert parts["people"] == 1
    assert 0.3 <= float(parts["share"]) <= 1
    assert float(parts["dwell_s"]) >= STAY_S
    assert int(parts["rods"]) + int(parts.get("rods_unsure", 0)) >= 1
    assert (parts["law"], parts["clause"]) == ("forbidden", "fishing")
    assert parts["words"] == "No fishing in the reserve."

    assert begun(found, "leisure") == []
    said = [seen.observations["leisure"] for seen in looks]
    assert Presence.PRESENT not in {one.presence for one in said}
    unsure = [one.reason.values for one in said if one.reason and one.reason.code == "rods-unsure"]
    assert max(int(rods["rods"]) + int(rods["maybe"]) for rods in unsure) >= 2, "both rods are named"

    (night,) = begun(found, "night")
    assert STAY_S <= night <= 2 * STAY_S + 2
    assert looks[-1].observations["night"].parts["clause"] == "night"

    (half,) = begun(found, "half")
    assert half <= 2 * STAY_S + 2
