"""streams.yaml of the demo: four cameras of a county, all of them the same real footage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

MIN_COUNT = 4
"""The sample shows four to eight people: fewer would fire at once, more on one camera only."""
FOR_S = 10.0
LOOK_EVERY_S = 2.0

PAVEMENT = (
    (0.00, 0.26),
    (0.35, 0.31),
    (0.62, 0.30),
    (0.78, 0.22),
    (0.88, 0.15),
    (1.00, 0.16),
    (1.00, 0.86),
    (0.72, 0.74),
    (0.38, 0.54),
    (0.00, 0.43),
)
"""The paved ground in the sample's picture; of other footage nothing is known."""


@dataclass(frozen=True, slots=True)
class DemoCamera:
    """One camera: its path on the farm is its id."""

    id: str
    name: str
    platform: str
    site_class: str
    grid: str


CAMERAS = (
    DemoCamera("square", "中心广场", "sharp-eyes", "广场", "城关镇第一网格"),
    DemoCamera("bus-station", "长途汽车站", "transport", "汽车站", "城关镇第三网格"),
    DemoCamera("school-gate", "实验小学门口", "sharp-eyes", "城区学校", "城关镇第二网格"),
    DemoCamera("sluice-3", "三号闸下游", "fishery", "禁渔重点堤段", "河口镇北堤网格"),
)
SILENT = "sluice-3"
"""The camera that falls silent and comes back."""
SILENCE = "40:65:120"
"""Seconds since the farm began: from, to, and how often."""
WITH_VEHICLES = "bus-station"


def demo_streams(port: int, *, sample: bool) -> str:
    """The text of the file.

    Args:
        port: of the farm.
        sample: whether the footage is the known sample, so that its ground is known.
    """
    streams = {
        "site": {"name": "示范县综治中心（演示）", "time_zone": "Asia/Shanghai", "language": "zh-CN"},
        "cameras": [_camera(camera, port, sample=sample) for camera in CAMERAS],
    }
    body = yaml.safe_dump(streams, allow_unicode=True, sort_keys=False)
    return f"# Written by `patrol demo` at each start: copy it before you change it.\n{body}"


def _camera(camera: DemoCamera, port: int, *, sample: bool) -> dict[str, Any]:
    zone = {"zone": "pavement"} if sample else {}
    rules = [
        {"id": "crowd", "use": "gathering", **zone, "for_s": FOR_S, "params": {"min_count": MIN_COUNT}},
    ]
    if camera.id == WITH_VEHICLES:
        rules.append({"id": "vehicles", "use": "vehicles", "for_s": 60.0, "params": {"min_count": 6}})
    polygon = [list(corner) for corner in PAVEMENT]
    return {
        "id": camera.id,
        "name": camera.name,
        "url": f"rtsp://127.0.0.1:{port}/{camera.id}",
        "platform": camera.platform,
        "site_class": camera.site_class,
        "grid": camera.grid,
        "purpose": "演示",
        "look_every_s": LOOK_EVERY_S,
        **({"zones": [{"id": "pavement", "name": "硬化地面", "polygon": polygon}]} if sample else {}),
        "rules": rules,
    }
