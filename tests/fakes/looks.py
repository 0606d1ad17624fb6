"""Looks made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from patrol.core.detections import Detections, Look

LABELS = ("person", "car", "truck", "boat")
EPOCH = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
"""Wall-clock time of monotonic second 0 in these tests."""


def at(seconds: float) -> datetime:
    """Wall-clock time of a monotonic second."""
    return EPOCH + timedelta(seconds=seconds)


def detections(label: str = "person", count: int = 0, *, labels: tuple[str, ...] = LABELS) -> Detections:
    """`count` objects in a row across the picture, standing on its lower third."""
    left = np.linspace(0.02, 0.9, max(count, 1), dtype=np.float32)[:count]
    boxes = np.stack(
        [left, np.full(count, 0.5), left + 0.05, np.full(count, 0.8)], axis=1, dtype=np.float32
    ).reshape(count, 4)
    ids = np.full(count, labels.index(label) if count else 0, np.int32)
    return Detections(boxes, np.full(count, 0.8, np.float32), ids, labels)


def look(arrived: float, count: int = 0, *, label: str = "person", camera: str = "cam-1") -> Look:
    """One look at a monotonic second with `count` objects."""
    return Look(camera, f"{camera}-{arrived}", at(arrived), arrived, 768, 576, detections(label, count))
