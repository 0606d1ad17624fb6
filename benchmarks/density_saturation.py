"""How much texture a crowd shows that nobody's box explains: painted crowds, and the real pictures.

    PATROL_TEST_DATA=... PATROL_TEST_MODELS=... python benchmarks/density_saturation.py

Adds one row to results/density_saturation.jsonl and prints it; docs/design/density.md quotes it. Painted
crowds stand by chance on a square of 20 x 20 m, seen by the simulated detector; the zone is 120 m2.
The cameras of the real pictures are plausible, not surveyed. Single looks; nothing was learnt before.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from patrol.bench.machine import machine, source
from patrol.bench.results import append
from patrol.bench.simulation.camera import Pinhole
from patrol.bench.simulation.detector import PERSONS, SimulatedDetector
from patrol.bench.simulation.packing import packed
from patrol.bench.simulation.painted import PaintedPicture, painted
from patrol.bench.simulation.pedestrians import People, see_people
from patrol.bench.simulation.plaza import Post, Square, ground_zone
from patrol.bench.simulation.recall import read_measured
from patrol.core.clock import SystemClock
from patrol.core.detections import Detections
from patrol.core.media import Picture
from patrol.core.place import Place
from patrol.core.zone import WHOLE_PICTURE
from patrol.vision.analytics.ground_cells import cells_of
from patrol.vision.analytics.texture import Sampler
from patrol.vision.analytics.unexplained import explained, hidden_per_m2
from patrol.vision.candidates.evidence.people import DecodedPicture
from patrol.vision.detection import openvino
from patrol.vision.detection.manifests import catalogue

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "density_saturation.jsonl"
DATA, MODELS = (Path(os.environ.get(name, ".")) for name in ("PATROL_TEST_DATA", "PATROL_TEST_MODELS"))
SQUARE = Square((5.0, 5.0), (15.0, 17.0))
POSTS = (Post(6, 6, 3), Post(6, 3, 3), Post(10, 6, 3), Post(8, 12, 3), Post(4, 4, 3))
DENSITIES = (0.0, 0.1, 0.3, 1.0, 2.0, 3.0, 4.0, 6.0)
SEEDS = (0, 1)
PICTURES = {
    "crowd_clips/plaza_bw_720p.mp4": Pinhole(height=14, tilt=36, field=35.5, width=1280, rows=720),
    "crowd_clips/towncentre_1080p_96f.mp4": Pinhole(height=7.3, tilt=20.4, field=39.2),
    "beach_crowd/1660114800.jpg": Pinhole(height=10, tilt=6.5, field=60),
    "beach_crowd/1660136400.jpg": Pinhole(height=10, tilt=6.5, field=60),
    "fishing/neg_water_03.jpg": Pinhole(height=6, tilt=15, field=50, width=1280, rows=853),
}


def shares(place: Place, picture: Picture, found: Detections) -> dict[str, float]:
    """Busy and unexplained shares, and the persons that would make them, with and without the boxes."""
    size = (picture.width, picture.height)
    assert place.ground is not None
    cells = cells_of(place, place.ground, 10.0, 25.0, size)
    assert cells is not None
    busy = Sampler(cells.sites, place.ground, size).take(picture).busy
    left = busy & ~explained(found, cells, size)
    inside = cells.cells_at(cells.standing(found.of("person").boxes)) >= 0
    return {
        "found": float(inside.sum()),
        "busy": float(cells.share(busy)[cells.whole].mean()),
        "unexplained": float(cells.share(left)[cells.whole].mean()),
        "worst_cell": float(cells.share(left)[cells.whole].max()),
        "persons_by_texture": float(np.sum(hidden_per_m2(cells.share(busy), cells) * cells.area_m2)),
        "unseen": float(np.sum(hidden_per_m2(cells.share(left), cells) * cells.area_m2)),
    }


def mean(rows: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(float(np.mean([row[key] for row in rows])), 3) for key in rows[0]}


def painted_rows() -> Iterator[dict[str, object]]:
    measured = read_measured(HERE / "results" / "visibility_recall.jsonl")
    for post in POSTS:
        camera = post.camera(SQUARE)
        place = Place(ground_zone(camera, SQUARE), ground=camera.ground())
        detector = SimulatedDetector(measured, camera, 1, PERSONS, post.tiles)
        for density in DENSITIES:
            looks = []
            for seed in SEEDS:
                number = round(density * 400)
                places = packed(number, (20, 20), seed) if number else np.zeros((0, 2))
                turned = np.random.default_rng(seed).uniform(0, 360, number)
                people = People(np.arange(number) + 10_000 * seed, places, turned)
                seen = see_people(camera, people)
                found = detector.detect_people(seen, people.ids, 1e6)
                picture: PaintedPicture = painted(seen, people.ids, (camera.width, camera.rows), seed)
                looks.append({"there": float(SQUARE.holds(places).sum()), **shares(place, picture, found)})
            yield {"camera": f"{post.height:g} m, {post.away:g} m away", "per_m2": density, **mean(looks)}


def real_rows() -> Iterator[dict[str, object]]:
    model = catalogue()["yolox_nano"]
    detector = openvino.build(openvino.Params(str(MODELS / "yolox_nano.onnx"), model, None, 0.35, "f32"))
    for name, camera in PICTURES.items():
        place, looks = Place(WHOLE_PICTURE, ground=camera.ground()), []
        reader = cv2.VideoCapture(str(DATA / name))
        number = 0
        while True:
            there, bgr = reader.read()
            if not there:
                break
            if number % 50 == 0:
                frame = DecodedPicture(np.ascontiguousarray(bgr[..., ::-1]))
                (found,) = detector.detect([detector.prepare(frame)])
                looks.append(shares(place, frame, found))
            number += 1
        yield {"picture": name, "looks": len(looks), **mean(looks)}


def main() -> None:
    crowds = list(painted_rows())
    pictures = list(real_rows()) if DATA.name and (DATA / "crowd_clips").is_dir() else []
    row = {
        "at": SystemClock().now().isoformat(timespec="seconds"),
        **source(HERE),
        "machine": machine(),
        "painted": crowds,
        "real": pictures,
    }
    for part in (*crowds, *pictures):
        print(json.dumps(part))
    append(RESULTS, row)


if __name__ == "__main__":
    main()
