"""Made-up cameras, candidates and pictures for the page's tests. Nothing here shows anybody."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Json = dict[str, Any]
PLAZA = [[0.08, 0.42], [0.94, 0.42], [0.98, 0.97], [0.03, 0.97]]
SIZE = (1280, 720)


def stamp(at: datetime) -> str:
    """As the desk writes times."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def scene(seed: int, people: int, *, boxes: bool = False, step: int = 0) -> NDArray[np.uint8]:
    """A square with grey figures on it, shape [720, 1280, 3]; `step` moves them."""
    width, height = SIZE
    rng = np.random.default_rng(seed)
    shades = np.linspace(150, 70, height, dtype=np.uint8)
    picture = np.repeat(shades[:, None, None], width, axis=1).repeat(3, axis=2)
    cv2.rectangle(picture, (0, 0), (width, int(height * 0.36)), (122, 112, 98), -1)
    for x in range(40, width, 180):
        cv2.rectangle(picture, (x, 60), (x + 120, 220), (86, 80, 74), -1)
    for _ in range(people):
        x, y = int(rng.integers(140, width - 140)) + step * 4, int(rng.integers(330, 600))
        tall = y // 4
        shade = [int(v) for v in rng.integers(30, 120, 3)]
        cv2.rectangle(picture, (x, y - tall // 2), (x + tall // 3, y + tall // 2), shade, -1)
        cv2.circle(picture, (x + tall // 6, y - tall // 2 - tall // 8), tall // 7, (140, 140, 150), -1)
        if boxes:
            corner = (x - 4, y - tall // 2 - tall // 3), (x + tall // 3 + 4, y + tall // 2 + 4)
            cv2.rectangle(picture, corner[0], corner[1], (80, 200, 250), 2)
    return np.ascontiguousarray(cv2.GaussianBlur(picture, (3, 3), 0), dtype=np.uint8)


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    """As a JPEG."""
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])
    assert done
    return data.tobytes()


def clip(seed: int, people: int, seconds: int = 2) -> bytes:
    """H.264 in MP4, 5 pictures a second: what a preview is."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as box:
        stream = box.add_stream("libx264", rate=Fraction(5))
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for step in range(seconds * 5):
            small = cv2.resize(scene(seed, people, step=step), (640, 360))
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(small, dtype=np.uint8), format="bgr24")
            box.mux(stream.encode(frame))
        box.mux(stream.encode())
    return target.getvalue()


def task(rule: str, sight: str = "live", reason: str = "", **values: float | str) -> Json:
    """A rule, and whether it sees."""
    return {"rule_id": rule, "kind": "gathering", "sight": sight, "reason": reason, "values": values}


def camera(name: str, words: str, now: datetime, **more: Any) -> Json:
    """A camera that is live, and was looked at just now."""
    look = hashlib.sha256(f"{name}{now}".encode()).hexdigest()[:12]
    return {
        "id": name, "worker_id": "edge-1", "name": words, "state": "live", "detail": "",
        "since": stamp(now - timedelta(hours=3)), "look_id": look, "last_look_at": stamp(now),
        "look_every_s": 2.0, "look_url": f"/api/cameras/{name}/look.jpg?look={look}",
        "platform": "sharp-eyes", "site_class": "square", "grid": "城关 03", "latitude": 29.72134,
        "longitude": 116.20471, "playback_url": "https://platform.example/playback/17",
        "zones": [{"id": "plaza", "name": "中心广场", "kind": "ground", "polygon": PLAZA}],
        "counts": {"gathering-plaza": 3.0}, "open_candidates": 0, "keyframe_gap_s": 2.0,
        "tasks": [task("gathering-plaza")],
    } | more  # fmt: skip


def worker(now: datetime, **more: Any) -> Json:
    """A worker that is well."""
    detector = "yolox_nano, openvino, bf16: agrees with f32, 7.0 ms"
    plain = {"id": "edge-1", "at": stamp(now), "stale": False, "problems": [], "outbox_depth": 0, "disk": ""}
    return plain | {"detector": detector} | more


def piece(candidate_id: str, kind: str, **more: Any) -> Json:
    """A piece of evidence that is ready."""
    media = "image/jpeg" if kind.startswith("still") else "video/mp4"
    url = None if kind == "original" else f"/api/candidates/{candidate_id}/evidence/{kind}?v=1"
    return {"status": "ready", "url": url, "media_type": media, "size": 214_000, "reason": ""} | more


def candidate(number: int, of: Json, now: datetime, **more: Any) -> Json:
    """An open gathering on this camera, raised `now`, all its evidence ready."""
    name = f"cand-{number:04d}"
    peak = 6 + number % 9
    return {
        "id": name, "camera_id": of["id"], "camera_name": of["name"], "rule_id": "gathering-plaza",
        "analytic": "gathering", "kind": "gathering", "zone_id": "plaza", "zone_name": "中心广场",
        "zone_polygon": PLAZA, "phase": "open", "begin": stamp(now - timedelta(seconds=22)),
        "raised": stamp(now), "last_seen": stamp(now), "end": None, "end_reason": "",
        "received_at": stamp(now + timedelta(milliseconds=number)), "value": float(peak - 1),
        "peak": float(peak), "unit": "persons", "score": 0.71,
        "parts": {"count": peak, "begins_at": 5, "ends_below": 4, "mean_score": 0.712},
        "verdict": None, "verdict_at": None, "verdict_by": None, "revision": 1,
        "evidence": {kind: piece(name, kind) for kind in ("still", "still_boxes", "preview", "original")},
    } | more  # fmt: skip


WORDS = (
    "允许休闲垂钓，每人限一人一竿、一线一钩；禁止一人多竿、多线多钩，禁止使用船艇、排筏、可视探鱼设备垂钓，"
    "禁止锚鱼，禁止出售渔获物。\n水产种质资源保护区、湖区保护区和饮用水水源一级保护区内，禁止一切垂钓。"
)
"""Of a made-up notice, of two paragraphs."""
SOURCE = "示范县农业农村局通告（示例）〔2026〕3号"


def fishing(number: int, of: Json, now: datetime, **more: Any) -> Json:
    """Somebody who fishes with two rods where one is allowed."""
    parts = {
        "people": 1, "share": 0.72, "dwell_s": 312, "rods": 2, "nets": 0, "night": "no", "law": "forbidden",
        "clause": "rods", "score_staying": 0.26, "score_gear": 0.31, "score_night": 0.0, "score_law": 1.0,
        "notice": "county-angling", "words": WORDS, "source": SOURCE,
    }  # fmt: skip
    named = {"rule_id": "no-fishing", "analytic": "fishing", "kind": "fishing"}
    plain = {"value": 1.0, "peak": 1.0, "unit": "persons", "score": 0.57, "parts": parts}
    return candidate(number, of, now) | named | plain | more


def dense(number: int, of: Json, now: datetime, **more: Any) -> Json:
    """A crowd of more than five to a square metre."""
    parts = {
        "density": 5.83, "regime": "network", "found": 41, "area_m2": 212.0, "saturation": 0.63,
        "unseen": 18.2, "raise_at": 5.0, "low": 5.1, "high": 6.6, "persons": 640, "band": "dangerous",
        "mean": 3.02, "growth_per_min": 0.4,
    }  # fmt: skip
    named = {"rule_id": "crowd", "analytic": "density", "kind": "density"}
    plain = {"value": 5.83, "peak": 5.83, "unit": "persons/m2", "score": 0.8, "parts": parts}
    return candidate(number, of, now) | named | plain | more


def unreadable(number: int, of: Json, now: datetime, **more: Any) -> Json:
    """People are there, and their density cannot be told."""
    parts = {
        "density": 0.9, "regime": "cannot-tell", "found": 12, "area_m2": 212.0, "saturation": 0.84,
        "unseen": 75.0, "raise_at": 5.0, "known_by": "found", "why": "crowd-unreadable",
    }  # fmt: skip
    named = {"rule_id": "crowd.companion", "analytic": "density", "kind": "density-unreadable"}
    plain = {"value": 0.9, "peak": 0.9, "unit": "persons/m2", "score": 0.5, "parts": parts}
    return candidate(number, of, now) | named | plain | more
