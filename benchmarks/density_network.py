"""What a density network costs by the size of its input, and what it counts where heads were counted by hand.

    PYTHONPATH=. PATROL_TEST_DATA=... python benchmarks/density_network.py FILE.onnx [FILE.onnx ...]

Costs: processor time of the process for one input of noise on one thread, the least of five after one that
is left out, so that other work on the machine hardly shows. Counts: the five pictures of `beach_crowd`, where
far swimmers were not counted (`there` is a lower bound), and the first picture of each crowd clip, where the
number is by eye. Adds a row a file to benchmarks/results/density_network.jsonl.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from patrol.bench import results
from patrol.bench.machine import machine, source
from patrol.core.clock import SystemClock
from patrol.core.media import Pixels
from patrol.vision.density.onnx import OnnxDensity, Params, build
from patrol.vision.density.runtimes import Runtime
from tests.fakes.models import ArrayPicture

SIZES = ((640, 360), (1024, 576), (1280, 720), (1920, 1080), (2560, 1440))
"""Width and height."""
RUNTIMES: tuple[Runtime, ...] = ("openvino", "onnxruntime")
TIMES = 5
ROOT = Path(__file__).parent


def at(file: str, size: tuple[int, int], runtime: Runtime) -> OnnxDensity:
    built = build(Params(file, max_width=size[0], max_height=size[1], runtime=runtime), Path())
    assert isinstance(built, OnnxDensity)
    return built


def cost_ms(network: OnnxDensity, size: tuple[int, int]) -> float:
    noise = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), np.uint8)
    took = []
    for _ in range(TIMES + 1):
        started = time.process_time()
        network.look(ArrayPicture(noise))
        took.append(time.process_time() - started)
    return round(min(took[1:]) * 1000)


def pictures(data: Path) -> Iterator[tuple[str, Pixels, str]]:
    """Name, RGB, and how many people there are, as whoever counted them says."""
    with (data / "beach_crowd" / "heads.csv").open(encoding="utf-8") as file:
        heads = Counter(row["file"] for row in csv.DictReader(file))
    for path in sorted((data / "beach_crowd").glob("*.jpg")):
        yield path.name, rgb(cv2.imread(str(path))), str(heads[path.name])
    with (data / "crowd_clips" / "labels.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            _, first = cv2.VideoCapture(str(data / "crowd_clips" / row["file"])).read()
            yield row["file"], rgb(first), row["approx_people"]


def rgb(bgr: object) -> Pixels:
    return np.ascontiguousarray(np.asarray(bgr, np.uint8)[..., ::-1])


def counted(file: str, data: Path) -> list[dict[str, object]]:
    networks = {f"{width}x{height}": at(file, (width, height), "openvino") for width, height in SIZES[1:4]}
    return [
        {
            "picture": name,
            "there": there,
            "counted": {size: round(one.look(ArrayPicture(pixels)).count) for size, one in networks.items()},
        }
        for name, pixels, there in pictures(data)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--results", type=Path, default=ROOT / "results" / "density_network.jsonl")
    asked = parser.parse_args()
    for file in asked.files:
        row = {
            "at": SystemClock().now().isoformat(timespec="seconds"),
            **source(ROOT),
            "machine": machine(),
            "model": Path(file).name,
            "runtimes": [at(file, SIZES[0], runtime).runtime for runtime in RUNTIMES],
            "cpu_ms": {
                runtime: {f"{w}x{h}": cost_ms(at(file, (w, h), runtime), (w, h)) for w, h in SIZES}
                for runtime in RUNTIMES
            },
            "counts": counted(file, Path(os.environ["PATROL_TEST_DATA"])),
        }
        results.append(asked.results, row)
        print(row)


if __name__ == "__main__":
    main()
