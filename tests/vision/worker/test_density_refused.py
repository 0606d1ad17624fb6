"""A density rule on a camera that cannot measure metres is refused, in words, before anything starts."""

from __future__ import annotations

from pathlib import Path

from patrol.config.load import Loaded, load
from patrol.core.feasibility import words
from patrol.core.sight import Sight
from patrol.vision.worker.rules import build_rules, refused_rules

BEACH = Path(__file__).parents[2] / "config" / "calibrated" / "beach.yaml"
RULE = "      - {id: sand-crowd, use: gathering, zone: sand}"


def beach(folder: Path, *, calibrated: bool, tiles: str = "[3, 3]") -> Loaded:
    text = BEACH.read_text().replace("tiles: [1, 1]", f"tiles: {tiles}")
    assert RULE in text
    text = (
        text[: text.index("    rules:")]
        + "    rules:\n      - {id: sand-density, use: density, zone: sand}\n"
    )
    if not calibrated:
        start, end = text.index("    calibration:"), text.index("    zones:")
        text = text[:start] + text[end:]
    path = folder / "streams.yaml"
    path.write_text(text)
    return load(path, {})


def test_without_calibration_it_is_refused_in_words_and_the_rest_runs(tmp_path: Path) -> None:
    loaded = beach(tmp_path, calibrated=False)
    (refused,) = refused_rules(loaded)["beach"]
    assert (refused.rule_id, refused.kind, refused.sight) == ("sand-density", "density", Sight.REFUSED)
    assert refused.reason is not None
    assert refused.reason.code == "no-calibration"
    assert "calibration" in words(refused.reason)
    assert build_rules(loaded) == {}


def test_with_calibration_and_pixels_it_runs_with_its_companion(tmp_path: Path) -> None:
    loaded = beach(tmp_path, calibrated=True)
    assert refused_rules(loaded) == {}
    rules = build_rules(loaded)["beach"]
    assert [(rule.id, rule.kind) for rule in rules] == [
        ("sand-density", "density"),
        ("sand-density.companion", "density-unreadable"),
    ]
    assert (rules[0].timing.for_s, rules[0].timing.clear_s) == (10.0, 30.0)


def test_with_too_few_pixels_it_is_refused(tmp_path: Path) -> None:
    (refused,) = refused_rules(beach(tmp_path, calibrated=True, tiles="[1, 1]"))["beach"]
    assert refused.reason is not None
    assert refused.reason.code == "too-few-pixels-in-input"
