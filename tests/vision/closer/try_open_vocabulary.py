"""Runs the second look open_vocabulary on one picture with RANDOM weights, where ultralytics is installed.

It shows that the plug-in runs from end to end, off the network; what it finds means nothing. By hand:

    PYTHONPATH=. VENV/bin/python tests/vision/closer/try_open_vocabulary.py yoloe-26n-seg [PICTURE]

Prints one JSON object. Needs ultralytics and its own requirements, and of Patrol the tree alone.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from patrol.core.closer import Crop, GearKind
from patrol.core.errors import PatrolError
from patrol.core.media import Pixels
from patrol.vision.closer import open_vocabulary
from patrol.vision.closer.yoloe import _alone

NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname")
touched: list[str] = []


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in NETWORK:
        touched.append(f"{event} {arguments[-1]}")


def write_random_weights(architecture: str, path: Path) -> None:
    """A file as a user brings one: the vocabulary is set, the weights are noise."""
    with _alone():
        ultralytics = importlib.import_module("ultralytics")
    torch = importlib.import_module("torch")
    torch.manual_seed(0)
    model = ultralytics.YOLOE(f"{architecture}.yaml")
    words = list(open_vocabulary.PROMPTS)
    embeddings = torch.randn(1, len(words), model.model.model[-1].embed)
    model.set_classes(words, torch.nn.functional.normalize(embeddings, dim=-1))
    model.save(path)


def picture(path: str | None) -> Pixels:
    if path is None:
        return np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    bgr = cv2.imread(path)
    assert bgr is not None, path
    return np.ascontiguousarray(bgr[..., ::-1], np.uint8)


class Trap:
    """Unpickled without a guard, it makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


def refusal(path: Path, **values: Any) -> str:
    """The words with which these parameters are refused."""
    try:
        open_vocabulary.build(open_vocabulary.Params(str(path), **values), Path())
    except PatrolError as error:
        return f"{type(error).__name__}: {error}"
    return ""


def tried(architecture: str, path: str | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "random.pt"
        write_random_weights(architecture, weights)
        started = time.process_time()
        params = open_vocabulary.Params(str(weights), threshold=1e-6)  # random weights are sure of nothing
        look = open_vocabulary.build(params, Path())
        built = time.process_time() - started
        nobody = np.zeros((0, 4), np.float32)
        crop = Crop(picture(path), (0.25, 0.25, 0.75, 0.75), nobody, px_per_m=1000.0)
        first, second = look.examine(crop), look.examine(crop)
        usual = open_vocabulary.build(open_vocabulary.Params(str(weights)), Path())
        started = time.process_time()
        usual.examine(crop)
        took = time.process_time() - started
        strip = look.examine(Crop(picture(None)[:1], (0, 0, 1, 1), nobody))
        damaged = Path(folder) / "damaged.pt"
        damaged.write_bytes(weights.read_bytes()[:1000])
        trap = Path(folder) / "trap.pt"
        importlib.import_module("torch").save({"model": Trap(Path(folder) / "sprung")}, trap)
        trapped = refusal(trap)
        left = sorted(one.name for one in Path(folder).iterdir())
        return {
            "weights": "random",
            "gear": len(first.gear),
            "inside": all(0.25 <= end <= 0.75 for gear in first.gear for end in gear.ends),
            "same": first == second,
            "unseeable": first.unseeable and first.unseeable.code,
            "strip": len(strip.gear),
            "build_cpu_s": round(built, 1),
            "look_cpu_s": round(took, 2),
            "unknown_word": refusal(weights, prompts={"harpoon": GearKind.ROD}),
            "damaged": refusal(damaged),
            "trap": trapped,
            "left": left,
            "network": touched,
            "threads": importlib.import_module("torch").get_num_threads(),
        }


if __name__ == "__main__":
    sys.addaudithook(watch)
    print(json.dumps(tried(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)))  # noqa: T201  its output
