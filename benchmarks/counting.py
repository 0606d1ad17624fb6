"""How far are the counted persons from the true ones? `patrol eval count` on the sets that have a truth.

    PATROL_TEST_DATA=... PATROL_TEST_MODELS=... python benchmarks/counting.py [SCENARIO ...]

Runs the command of each scenario, as anybody would, and adds a row with its answer to
benchmarks/results/counting.jsonl. Without names all scenarios run: some minutes on one core. `pets`: frames 1
to 199 of PETS09-S2L1, every second one; `pets-clip`: the same scene at 480x360, frames 1 to 200; `tud`:
TUD-Campus; `beach`: five pictures of a beach with heads of 5 to 12 pixels, with and without tiles.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from patrol.bench import results
from patrol.bench.machine import machine, source
from patrol.core.clock import SystemClock, iso

ROOT = Path(__file__).parent
PETS = ("--frames", "DATA/pets09_s2l1", "--mot-gt", "DATA/pets09_s2l1/gt.txt")
CLIP = ("--clip", "DATA/pets09_s2l1/vtest_480x360_795f.avi", "--mot-gt", "DATA/pets09_s2l1/gt.txt")
TUD = (
    "--clip",
    "DATA/mot15_tud/TUD-Campus/TUD-Campus.mp4",
    "--mot-gt",
    "DATA/mot15_tud/TUD-Campus/gt/gt.txt",
)
BEACH = ("--frames", "DATA/beach_crowd", "--heads", "DATA/beach_crowd/heads.csv")
YOLOX = ("--model", "MODELS/yolox_nano.onnx")
YOLO26 = ("--model", "MODELS/yolo26n_int8.onnx")
YOLO11 = ("--model", "MODELS/yolo11n_int8.onnx")
SSD = ("--model", "ssd_mobilenet_v2_coco")
SCENARIOS: dict[str, tuple[str, ...]] = {
    "pets-yolo26n": (*PETS, *YOLO26),
    "pets-yolo26n-0.15": (*PETS, *YOLO26, "--threshold", "0.15"),
    "pets-yolo26n-0.25": (*PETS, *YOLO26, "--threshold", "0.25"),
    "pets-yolo26n-5-looks": (*PETS, *YOLO26, "--smooth", "5"),
    "pets-yolo26n-7-looks": (*PETS, *YOLO26, "--smooth", "7"),
    "pets-yolox": (*PETS, *YOLOX),
    "pets-yolox-0.35": (*PETS, *YOLOX, "--threshold", "0.35"),
    "pets-yolox-0.35-7-looks": (*PETS, *YOLOX, "--threshold", "0.35", "--smooth", "7"),
    "pets-yolox-0.35-14-looks": (*PETS, *YOLOX, "--threshold", "0.35", "--smooth", "14"),
    "pets-yolox-0.35-35-looks": (*PETS, *YOLOX, "--threshold", "0.35", "--smooth", "35"),
    "pets-yolox-0.40": (*PETS, *YOLOX, "--threshold", "0.4"),
    "pets-yolox-0.50": (*PETS, *YOLOX, "--threshold", "0.5"),
    "pets-yolox-5-looks": (*PETS, *YOLOX, "--smooth", "5"),
    "pets-yolox-416x416": (*PETS, *YOLOX, "--input", "416x416"),
    "pets-yolo11n": (*PETS, *YOLO11),
    "pets-ssd": (*PETS, *SSD),
    "pets-clip-yolox": (*CLIP, *YOLOX, "--truth-size", "768x576"),
    "pets-clip-yolo26n": (*CLIP, *YOLO26, "--truth-size", "768x576"),
    "tud-yolo26n": (*TUD, *YOLO26),
    "tud-yolo26n-0.25": (*TUD, *YOLO26, "--threshold", "0.25"),
    "tud-yolox": (*TUD, *YOLOX),
    "tud-yolox-0.40": (*TUD, *YOLOX, "--threshold", "0.4"),
    "beach-yolox": (*BEACH, *YOLOX),
    "beach-yolox-4x3": (*BEACH, *YOLOX, "--tiles", "4x3"),
    "beach-yolox-6x4": (*BEACH, *YOLOX, "--tiles", "6x4"),
    "beach-yolox-6x5": (*BEACH, *YOLOX, "--tiles", "6x5"),
    "beach-yolox-0.35": (*BEACH, *YOLOX, "--threshold", "0.35"),
    "beach-yolox-0.35-6x5": (*BEACH, *YOLOX, "--threshold", "0.35", "--tiles", "6x5"),
    "beach-yolo26n": (*BEACH, *YOLO26),
    "beach-yolo26n-6x5": (*BEACH, *YOLO26, "--tiles", "6x5"),
}
"""By name; DATA and MODELS stand for the folders."""


def main(names: list[str]) -> None:
    """Run the scenarios of these names, or all."""
    if unknown := [name for name in names if name not in SCENARIOS]:
        sys.exit(f"no scenario {', '.join(unknown)}; there are: {', '.join(SCENARIOS)}")
    folders = {"DATA": os.environ["PATROL_TEST_DATA"], "MODELS": os.environ["PATROL_TEST_MODELS"]}
    for name in names or SCENARIOS:
        words = SCENARIOS[name]
        found = count([_in_place(word, folders) for word in words])
        print(name, {key: found[key] for key in ("mae", "bias", "relative_error", "recall", "precision")})
        row = {
            "at": iso(SystemClock().now()),
            **source(ROOT),
            "machine": machine(),
            "scenario": {"name": name, "command": " ".join(("patrol eval count", *words, "--json"))},
            "result": found,
        }
        results.append(ROOT / "results" / "counting.jsonl", row)


def count(words: list[str]) -> dict[str, object]:
    """What `patrol eval count` answers."""
    command = [sys.executable, "-m", "patrol.cli", "eval", "count", *words, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _in_place(word: str, folders: dict[str, str]) -> str:
    head, slash, rest = word.partition("/")
    return f"{folders[head]}{slash}{rest}" if slash and head in folders else word


if __name__ == "__main__":
    main(sys.argv[1:])
