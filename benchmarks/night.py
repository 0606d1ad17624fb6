"""Which tasks hold in how little light? On footage by day, darkened and noised; no real night is in it.

    PATROL_TEST_DATA=... PATROL_TEST_MODELS=... python benchmarks/night.py [--quick] [--no-rows] [PART ...]
    python benchmarks/night.py --table

How pictures are made dark: `patrol.bench.evaluation.dark`. Parts, each a row of results/night.jsonl:

people: recall, precision and count on PETS09-S2L1 and TUD-Campus, against their truth.
vehicles: share of the vehicles found by day that are found again, on the traffic clips.
fishing: share of the looks in which the angler is found, and rods that the classical second look names, in
    crops around where he is found by day.
rules: the rules `gathering` and `congestion` on looped clips, darkened all along: what the analytic said by
    itself, whether it was raised, and share of the looks that were refused for want of light.
faults: faults of the camera that are named when a clip turns dark at once, and stays so.
untouched: every clip as it is: least light and least contrast over noise, and looks that would be refused.

Some seven minutes of one core; `--quick`: half of the ways to darken.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean

import cv2
import numpy as np

from patrol.bench import results
from patrol.bench.evaluation import dark, night
from patrol.bench.evaluation.count import CountTruth, boxes_truth
from patrol.bench.evaluation.count_looking import looking
from patrol.bench.evaluation.dark import Dark
from patrol.bench.evaluation.night import Still
from patrol.bench.evaluation.scenes import VEHICLES
from patrol.bench.evaluation.scenes_rule import CAMERA, Question, configuration
from patrol.bench.evaluation.truth import read_mot
from patrol.bench.machine import machine, source
from patrol.bench.replay.nouns import Options, Seen
from patrol.bench.replay.replaying import exact_detector, replay
from patrol.config.policy import LookingConfig
from patrol.core import plugins
from patrol.core.clock import SystemClock, iso
from patrol.core.media import Pixels
from patrol.vision.sight.grain import Grain
from patrol.vision.worker.detecting import SharedDetector
from patrol.vision.worker.rules import ANALYTICS

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "night.jsonl"
MODEL, THRESHOLD = "yolox_nano.onnx", 0.35
PICTURES, APART_S = 12, 2.0
TURNS_S, LOOP_S = 30.0, 50.0
TRAFFIC = (
    "heavy_india_junction_848x480.mp4",
    "medheavy_wsdot_i5_a_320x240.mp4",
    "medium_bridge_640x360.mp4",
    "light_highway_a_720p.mp4",
    "light_cctv_a01_crocina.mp4",
    "light_junction_640x480.mp4",
)
ANGLER = "fishing/clip_river_bank_angler_720p.mp4"
FAULTS = ("pets09_s2l1/vtest_480x360_795f.avi", "traffic_clips/medium_bridge_640x360.mp4")
RULES = (
    ("gathering", "crowd_clips/plaza_bw_720p.mp4", {"min_count": 15, "for_s": 20}),
    ("gathering", "pets09_s2l1/vtest_480x360_795f.avi", {"min_count": 15, "for_s": 20}),
    ("congestion", "traffic_clips/medheavy_wsdot_i5_a_320x240.mp4", {"for_s": 20, "window_s": 30}),
    ("congestion", "traffic_clips/medium_bridge_640x360.mp4", {"for_s": 20, "window_s": 30}),
    ("congestion", "traffic_clips/light_cctv_a01_crocina.mp4", {"for_s": 20, "window_s": 30}),
)
"""Analytic, clip, settings: one that is raised by day and one that is not, and three kinds of traffic."""
RULE_LIGHTS = ("day", "gained 1/20", "gained 1/100", "gained 1/500", "dimmed 1/100", "dimmed 1/500",
               "infrared 1/1", "infrared 1/20")  # fmt: skip
NEEDING_LIGHT = ("gathering", "vehicles", "congestion")
Result = dict[str, object]


class Night:
    """One run: the same detector for all parts."""

    def __init__(self, data: Path, model: Path, ways: Sequence[Dark]) -> None:
        self._data, self._ways, self._model = data, ways, model
        self._settings = {"detector.threshold": THRESHOLD}
        loaded = configuration(Question("gathering", str(model), self._settings), 0.0)
        self.detector: SharedDetector = exact_detector(loaded, CAMERA, Path("unused"))

    def people(self) -> Result:
        """Persons against the truth."""
        judge = looking(self.detector, LookingConfig())
        told: Result = {}
        for name, truth, stills in self._scenes():
            for way in self._ways:
                pictures = night.darkened(stills, way.make)
                seen = night.lit([night.grey_of(picture) for _, picture in pictures])
                told[f"{name}, {way.name}"] = {**seen, **night.people(pictures, truth, judge)}
        return told

    def _scenes(self) -> Iterator[tuple[str, CountTruth, list[Still]]]:
        pets, campus = self._data / "pets09_s2l1", self._data / "mot15_tud" / "TUD-Campus"
        files = sorted(pets.glob("*.jpg"))
        files = files[:: max(1, len(files) // PICTURES)]
        read = [(int(file.stem), cv2.imread(str(file), cv2.IMREAD_COLOR_RGB)) for file in files]
        stills = [Still(number, np.asarray(pixels, np.uint8)) for number, pixels in read]
        yield "PETS", boxes_truth(pets / "gt.txt", read_mot(pets / "gt.txt"), None), stills
        truth = boxes_truth(campus / "gt" / "gt.txt", read_mot(campus / "gt" / "gt.txt"), None)
        yield "TUD", truth, night.every(campus / "TUD-Campus.mp4", 0.2, PICTURES)

    def vehicles(self) -> Result:
        """Vehicles against what is found by day."""
        told: Result = {}
        for clip in TRAFFIC:
            stills = night.every(self._data / "traffic_clips" / clip, APART_S, PICTURES // 2)
            by_day = night.found_in(night.darkened(stills, night.DAY.make), self.detector, VEHICLES)
            for way in self._ways:
                pictures = night.darkened(stills, way.make)
                seen = night.lit([night.grey_of(picture) for _, picture in pictures])
                found = night.found_in(pictures, self.detector, VEHICLES)
                told[f"{clip}, {way.name}"] = {**seen, **night.kept(by_day, found)}
        return told

    def fishing(self) -> Result:
        """The angler and his rods."""
        lines = plugins.load("patrol.vision.closer", "lines")
        second = lines.build(lines.Params(), Path())
        stills = night.every(self._data / ANGLER, 1.5, PICTURES // 2)
        stills = [still for still in stills if still.pixels.mean() > 1]  # the last one is black
        subjects = night.found_in(night.darkened(stills, night.DAY.make), self.detector, ("person",))
        told: Result = {}
        for way in self._ways:
            pictures = night.darkened(stills, way.make)
            seen = night.lit([night.grey_of(picture) for _, picture in pictures])
            found = night.found_in(pictures, self.detector, ("person",))
            share = round(fmean(bool(len(boxes)) for boxes in found), 3)
            rods = night.rods_of(pictures, subjects, second)
            told[way.name] = {**seen, "looks": len(found), "person_share": share, **rods}
        return told

    def rules(self) -> Result:
        """Whole rules, as a camera would apply them."""
        told: Result = {}
        for analytic, clip, settings in RULES:
            for way in (way for way in self._ways if way.name in RULE_LIGHTS):
                told[f"{analytic}, {Path(clip).name}, {way.name}"] = self._rule(analytic, clip, settings, way)
        return told

    def _rule(self, analytic: str, clip: str, settings: Mapping[str, object], way: Dark) -> Result:
        kind = "lane" if analytic == "congestion" else None
        asked = {**self._settings, **settings, "look_every_s": APART_S}
        loaded = configuration(Question(analytic, str(self._model), asked, kind), 0.0)
        values: list[float] = []
        grades: Counter[str] = Counter()
        reasons: Counter[str] = Counter()

        def on_look(seen: Seen) -> None:
            said = seen.observations[analytic]
            values.append(said.value)
            grades[str(said.parts.get("grade", ""))] += 1
            reasons[said.reason.code if said.reason else ""] += 1

        options = Options(loop_for_s=LOOP_S, transform=lambda pixels, _: way.make(pixels))
        done = replay(self._data / clip, loaded, CAMERA, self.detector, options, on_look)
        refused = {code: round(count / len(values), 3) for code, count in reasons.items() if code}
        raised = any(candidate.rule_id == analytic for candidate in done.candidates)
        return {
            "mean_value": round(fmean(values), 2),
            "grade": grades.most_common(1)[0][0],
            "raised": raised,
            "cannot_tell": refused,
        }

    def faults(self) -> Result:
        """What the camera's own sight makes of a sudden night."""
        settings = {**self._settings, "min_count": 99, "look_every_s": APART_S}
        loaded = configuration(Question("gathering", str(self._model), settings), 0.0)
        told: Result = {}
        for clip in FAULTS:
            for way in (way for way in self._ways if way.name in RULE_LIGHTS[1:]):
                options = Options(loop_for_s=TURNS_S + LOOP_S, transform=_after(TURNS_S, way))
                done = replay(self._data / clip, loaded, CAMERA, self.detector, options)
                named = sorted({candidate.kind for candidate in done.candidates})
                told[f"{Path(clip).name}, {way.name}"] = named
        return told

    def untouched(self) -> Result:
        """Every clip by day: how far it is from being refused."""
        needed = {name: plugins.load(ANALYTICS, name).LIGHT for name in NEEDING_LIGHT}
        told: Result = {}
        for clip in sorted(file for file in self._data.glob("**/*") if file.suffix in (".mp4", ".avi")):
            stills = [still for still in night.every(clip, 0.5, 120) if still.pixels.mean() > 1]
            greys = [night.grey_of(night.shown(still.pixels)) for still in stills]
            for every_s in (0.5, 2.0):
                step, grain = round(every_s / 0.5), Grain()
                looked = greys[::step] * (1 + round(30 / every_s) // max(1, len(greys[::step])))
                clear = [grain.step(number * every_s, 0, grey) for number, grey in enumerate(looked)]
                known = [value for value in clear if value is not None]
                light = min(float(grey.mean()) for grey in looked)
                told[f"{clip.name}, {every_s:g} s"] = {
                    "least_light": round(light, 1),
                    "least_over_noise": round(min(known), 1),
                    "refused_by": [
                        name
                        for name, least in needed.items()
                        if light < least.mean or min(known) < least.over_noise
                    ],
                }
        return told


def _after(second: float, way: Dark) -> Callable[[Pixels, float], Pixels]:
    """Day, and from that second on this night."""
    return lambda pixels, now: way.make(pixels) if now >= second else pixels


PARTS: Mapping[str, Callable[[Night], Result]] = {
    "people": Night.people,
    "vehicles": Night.vehicles,
    "fishing": Night.fishing,
    "rules": Night.rules,
    "faults": Night.faults,
    "untouched": Night.untouched,
}


def table() -> Iterator[str]:
    """The newest row of each part, in Markdown."""
    newest = {}
    for line in RESULTS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        newest[row["part"]] = row["result"]
    for part, result in newest.items():
        first = next(iter(result.values()))
        columns = list(first) if isinstance(first, dict) else ["named"]
        yield f"\n| {part} | {' | '.join(columns)} |"
        yield "| --- |" + " --- |" * len(columns)
        for name, told in result.items():
            values = [told.get(column) for column in columns] if isinstance(told, dict) else [told]
            yield f"| {name} | {' | '.join(_shown(value) for value in values)} |"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {part}" for key, part in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None or value == "" else str(value)


def main() -> None:
    """Measure, print, and add the rows; or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--quick", action="store_true", help="half of the ways to darken")
    parser.add_argument("--no-rows", action="store_true", help="print only")
    parser.add_argument("--table", action="store_true", help="run nothing; print the newest rows as tables")
    asked = parser.parse_args()
    if asked.table:
        print("\n".join(table()))
        return
    cv2.setNumThreads(1)
    model = Path(os.environ["PATROL_TEST_MODELS"]) / MODEL
    run = Night(Path(os.environ["PATROL_TEST_DATA"]), model, night.variants(quick=asked.quick))
    for part in asked.parts or PARTS:
        told = PARTS[part](run)
        row = {
            "at": iso(SystemClock().now()),
            **source(HERE),
            "machine": machine(),
            "part": part,
            "scenario": {
                "model": model.stem,
                "threshold": THRESHOLD,
                "quick": asked.quick,
                "sensor": {"full_well_e": dark.FULL_WELL_E, "read_e": dark.READ_E},
            },
            "result": told,
        }
        print(json.dumps(row), flush=True)
        if not asked.no_rows:
            results.append(RESULTS, row)


if __name__ == "__main__":
    main()
