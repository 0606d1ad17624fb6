"""Congestion against simulated traffic: SUMO drives, a camera model sees, the analytic judges.

    pip install -c constraints.txt '.[sumo]'
    python benchmarks/congestion_sumo.py                      # every case, two seeds, both kinds of camera
    python benchmarks/congestion_sumo.py --cases signal-90 --seeds 7 --no-rows
    python benchmarks/congestion_sumo.py --table              # what is stored, in Markdown

SUMO's programs are taken from beside this Python, or from --sumo DIR. Adds one row a case, seed and kind of
camera to results/congestion_sumo.jsonl and prints each; docs/design/truth-by-simulation.md explains them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from patrol.bench.machine import machine, source
from patrol.bench.results import append
from patrol.bench.simulation.camera import Pinhole
from patrol.bench.simulation.detector import SimulatedDetector
from patrol.bench.simulation.fcd import ATTRIBUTES, read_fcd
from patrol.bench.simulation.judge import Incident, Said, agreement, by_minute, confusion, verdict
from patrol.bench.simulation.recall import read_measured
from patrol.bench.simulation.scenario import EDGES, LANE_M, RAIN, Driving, Scenario, Signal
from patrol.bench.simulation.truth import SpeedLog, Stretch, Waits, grade_of, spells
from patrol.bench.simulation.vehicles import see
from patrol.bench.simulation.view import CALIBRATION_ERROR_M, Mast, lane_zone
from patrol.core.clock import SystemClock
from patrol.core.detections import Detections, Look
from patrol.core.observation import Observation, Presence
from patrol.core.place import Place
from patrol.core.protocols import Analytic
from patrol.vision.analytics import congestion
from patrol.vision.candidates.debounce import Change, Debounce, Timing

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "congestion_sumo.jsonl"
MEASURED = HERE / "results" / "visibility_recall.jsonl"
LOOK_EVERY_S = 2
NEAR_M = 30.0
"""Vehicles further from the stretch hide nothing of it."""
WARM_UP_S = 600
"""Before the first look: the road fills."""
TIMING = Timing(**congestion.TIMING)
"""Of the rule, where a configuration says nothing else."""
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario and a camera over it.

    The stretch that is watched is `zone` metres long and ends `to_end` metres before the seen edge does.
    """

    scenario: Scenario
    mast: Mast
    zone: float = 80.0
    to_end: float = 0.0

    def stretch(self) -> Stretch:
        end = sum(self.scenario.lengths[:2]) - self.to_end
        return Stretch(end - self.zone, end, 0.0, -LANE_M * self.scenario.lanes)


CALM = Driving(spread=0.03, sigma=0.1, tempers=(1.0,))
"""At the signals: at saturation 0.9, drivers by chance leave a queue behind now and then; these do not."""


def _signal(cycle: int, green: int, hourly: float, lanes: int = 1) -> Scenario:
    return Scenario(
        f"signal-{cycle}", "arterial", lanes, 50.0, (1500.0, 300.0, 300.0), 7200 + WARM_UP_S,
        ((0, hourly * lanes),), signal=Signal(cycle, green), even=True, driving=CALM,
    )  # fmt: skip


UNEVEN = replace(
    _signal(90, 40, 650.0, 2), name="signal-90-by-chance", even=False, driving=Driving()
)  # fmt: skip
INCIDENT = Scenario(
    "incident", "arterial", 2, 60.0, (1500.0, 400.0, 600.0), 5400 + WARM_UP_S,
    ((0, 1000.0), (1500, 2600.0), (4200, 1200.0)), blocked=(2000, 1200),
)  # fmt: skip
STAGES = Scenario(
    "stages", "arterial", 2, 60.0, (1200.0, 400.0, 400.0), 6600 + WARM_UP_S,
    ((0, 1000.0), (1800, 3500.0), (5400, 1000.0)),
    slow_after=((0, 60.0), (1900, 36.0), (3200, 26.0), (4300, 12.0), (5200, 60.0)),
)  # fmt: skip
SECONDARY = Scenario(
    "secondary", "secondary", 1, 40.0, (1200.0, 300.0, 300.0), 6600 + WARM_UP_S,
    ((0, 400.0), (1800, 1600.0), (5400, 500.0)),
    slow_after=((0, 40.0), (1900, 27.0), (3200, 18.0), (4300, 9.0), (5200, 40.0)),
)  # fmt: skip
EXPRESSWAY = replace(
    STAGES, name="expressway", road="expressway", lanes=3, limit_kmh=90.0,
    demand=((0, 1800.0), (1800, 5600.0), (5400, 1800.0)),
    slow_after=((0, 90.0), (1900, 52.0), (3200, 34.0), (4300, 17.0), (5200, 90.0)),
)  # fmt: skip

BEHIND, ONCOMING = Mast(), Mast(height=8.0, oncoming=True, away=25.0)
CASES = {
    case.scenario.name: case
    for case in (
        Case(_signal(60, 27, 842.0, 2), ONCOMING),
        Case(_signal(90, 40, 824.0, 2), BEHIND),
        Case(_signal(120, 55, 841.0, 2), replace(ONCOMING, height=12.0)),
        Case(UNEVEN, BEHIND),
        Case(INCIDENT, BEHIND, to_end=100.0),
        Case(replace(INCIDENT, name="incident-rain", driving=RAIN), ONCOMING, to_end=100.0),
        Case(STAGES, BEHIND, to_end=100.0),
        Case(replace(STAGES, name="stages-rain", driving=RAIN), replace(BEHIND, height=12.0), to_end=100.0),
        Case(SECONDARY, replace(ONCOMING, height=10.0), to_end=80.0),
        Case(EXPRESSWAY, replace(BEHIND, height=12.0), zone=100.0, to_end=100.0),
    )
}


def drive(scenario: Scenario, seed: int, programs: Path, folder: Path) -> Path:
    """Let SUMO drive a scenario; the file of its floating car data."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "nod.xml": scenario.nodes(),
        "edg.xml": scenario.edges(),
        "rou.xml": scenario.routes(),
        "add.xml": scenario.additional(),
        "edges.txt": "".join(f"edge:{edge}\n" for edge in EDGES[1:]),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    net, fcd = folder / "net.xml", folder / "fcd.csv"
    _call(programs / "netconvert", "-n", folder / "nod.xml", "-e", folder / "edg.xml", "-o", net)
    _call(
        programs / "sumo", "-n", net, "-r", folder / "rou.xml", "-a", folder / "add.xml", "--seed", seed,
        "--end", scenario.seconds, "--step-length", 0.5, "--max-depart-delay", 10,
        "--fcd-output", fcd, "--device.fcd.period", 1,
        "--fcd-output.attributes", ATTRIBUTES, "--fcd-output.filter-edges.input-file", folder / "edges.txt",
        "--no-step-log", "--time-to-teleport", -1,
    )  # fmt: skip
    return fcd


def _call(*words: object) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{words[0]} failed:\n{done.stderr}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class Scene:
    """What one run of SUMO gives: the truth, and the detections of each look."""

    speeds: SpeedLog
    waits: Waits
    looks: tuple[tuple[int, Detections], ...]


def saturation(case: Case, programs: Path, folder: Path) -> float:
    """Demand by what the signal lets pass when more wants to than can, over half an hour."""
    scenario, seconds = case.scenario, WARM_UP_S + 1800
    hourly = scenario.demand[0][1]
    crowded = replace(scenario, demand=((0, 2.5 * hourly),), seconds=seconds)
    line = sum(scenario.lengths[:2])
    fcd = drive(crowded, 1, programs, folder)
    passed = {v.id for t, vehicles in read_fcd(fcd, (line, line + 60.0)) if t >= WARM_UP_S for v in vehicles}
    return hourly / (len(passed) * 3600 / 1800)


def watch(case: Case, camera: Pinhole, fcd: Path, seed: int) -> Scene:
    """Look at a run through a camera."""
    stretch, scenario = case.stretch(), case.scenario
    speeds, waits = SpeedLog(stretch, scenario.seconds + 1), Waits(sum(scenario.lengths[:2]))
    detector = SimulatedDetector(read_measured(MEASURED), camera, seed)
    reach = (stretch.start - NEAR_M - 100.0 * bool(scenario.signal), stretch.end + NEAR_M)
    there = {int(second): vehicles for second, vehicles in read_fcd(fcd, reach)}
    looks = []
    for second in range(scenario.seconds):
        vehicles = there.get(second, [])
        speeds.add(second, vehicles)
        waits.add(second, vehicles)
        if second >= WARM_UP_S and second % LOOK_EVERY_S == 0:
            looks.append((second, detector.detect(see(camera, vehicles))))
    return Scene(speeds, waits, tuple(looks))


def observed(analytic: Analytic, scene: Scene) -> Iterator[tuple[Look, Observation]]:
    """What the analytic says at each look."""
    for number, (second, detections) in enumerate(scene.looks):
        at = EPOCH + timedelta(seconds=second)
        look = Look("simulated", str(number), at, float(second), 1920, 1080, detections)
        yield look, analytic.observe(look)


def judged(case: Case, scene: Scene, analytic: Analytic) -> dict[str, object]:
    """The figures of one run with one analytic."""
    debounce, said, incidents = Debounce(TIMING), list[Said](), list[Incident]()
    for look, observation in observed(analytic, scene):
        told = observation.presence is not Presence.CANNOT_TELL
        said.append(Said(look.arrived, str(observation.parts["grade"]) if told else "cannot_tell"))
        change = debounce.step(look.arrived, look.at, observation.presence)
        if change is Change.BEGAN:
            incidents.append(Incident(look.arrived, None))
        elif change is Change.CLEARED:
            incidents[-1] = replace(incidents[-1], cleared=look.arrived)
    scenario = case.scenario
    minutes = scene.speeds.per_minute(WARM_UP_S, scenario.seconds)
    truth = [grade_of(kmh, scenario.road) for kmh in minutes]
    table = confusion(truth, by_minute(said, WARM_UP_S, len(truth)))
    result: dict[str, object] = {"incidents": [(i.raised, i.cleared) for i in incidents]}
    if scenario.signal:
        # What counts at a signal is that nothing is raised: its minutes are graded by no table.
        return {
            **result,
            "raised": len(incidents),
            "clears": scene.waits.longest_s() <= scenario.signal.cycle,
            "longest_wait_s": scene.waits.longest_s(),
            "said": _said(said),
        }
    rolling = [grade_of(kmh, scenario.road) for kmh in scene.speeds.rolling(WARM_UP_S, scenario.seconds)]
    due = spells(rolling, WARM_UP_S, int(TIMING.for_s))
    outcome = verdict(due, incidents, TIMING.for_s)
    return {
        **result,
        "minutes": len(truth),
        "agreement": round(agreement(table), 4),
        "confusion": table,
        "due": [(spell.due, spell.ends) for spell in due],
        "delays_s": outcome.delays,
        "false": outcome.false,
    }


def _said(said: list[Said]) -> dict[str, float]:
    grades = [one.grade for one in said]
    return {grade: round(grades.count(grade) / len(grades), 4) for grade in sorted(set(grades))}


def params(case: Case) -> congestion.Params:
    """What the person who sets up this camera knows of the road."""
    signal = case.scenario.signal
    return congestion.Params(road=case.scenario.road, cycle_s=float(signal.cycle) if signal else None)


def rows(case: Case, seed: int, programs: Path, folder: Path) -> Iterator[dict[str, object]]:
    """One run of SUMO, judged with and without calibration."""
    fcd = drive(case.scenario, seed, programs, folder)
    camera = case.mast.camera(case.stretch())
    scene = watch(case, camera, fcd, seed)
    at_signal = {"saturation": round(saturation(case, programs, folder), 3)} if case.scenario.signal else {}
    for calibrated in (True, False):
        ground = camera.ground(CALIBRATION_ERROR_M) if calibrated else None
        zone = lane_zone(camera, case.stretch(), "towards" if case.mast.oncoming else "away")
        place = Place(zone, ground=ground, look_every_s=float(LOOK_EVERY_S))
        yield {
            "case": case.scenario.name,
            "seed": seed,
            "calibrated": calibrated,
            "look_every_s": LOOK_EVERY_S,
            "timing": congestion.TIMING,
            "camera": {"height_m": camera.height, "oncoming": case.mast.oncoming, "zone_m": case.zone},
            **at_signal,
            "result": judged(case, scene, congestion.build(params(case), place)),
        }


def table() -> Iterator[str]:
    """The newest row of each case, seed and kind of camera, as a table in Markdown."""
    newest = {}
    for line in RESULTS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        newest[row["case"], row["calibrated"], row["seed"]] = row["result"]
    yield "| case | calibrated | seed | minutes that agree | found after due, s | false or raised |"
    yield "|---|---|---|---|---|---|"
    for (case, calibrated, seed), result in sorted(newest.items(), key=lambda item: str(item[0])):
        kind = "yes" if calibrated else "no"
        if "raised" in result:
            agree, found, raised = "-", "-", result["raised"]
        else:
            agree = f"{result['agreement']:.1%}"
            found = ", ".join("missed" if d is None else f"{d:.0f}" for d in result["delays_s"]) or "-"
            raised = result["false"]
        yield f"| {case} | {kind} | {seed} | {agree} | {found} | {raised} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--seeds", default="1,2")
    parser.add_argument("--sumo", type=Path, default=Path(sys.executable).parent)
    parser.add_argument("--no-rows", action="store_true")
    parser.add_argument("--table", action="store_true", help="run nothing; print the stored rows as a table")
    asked = parser.parse_args()
    if asked.table:
        print("\n".join(table()))
        return
    version = _call(asked.sumo / "sumo", "--version").splitlines()[0]
    about = {
        "at": SystemClock().now().isoformat(timespec="seconds"),
        **source(HERE),
        "machine": machine(),
        "sumo": version,
    }
    for name in asked.cases.split(","):
        for seed in asked.seeds.split(","):
            with tempfile.TemporaryDirectory() as folder:
                for row in rows(CASES[name], int(seed), asked.sumo, Path(folder)):
                    print(json.dumps(row), flush=True)
                    if not asked.no_rows:
                        append(RESULTS, {**about, **row})


if __name__ == "__main__":
    main()
