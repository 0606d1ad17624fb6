"""Clips as a camera's ring hands them out, with clocks as broken as cameras have them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np

from patrol.core.detections import Detections
from patrol.core.media import ClipPart, Packet, Pixels, VideoFormat
from tests.media import ClipSpec, encode

EPOCH = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def clip_part(
    spec: ClipSpec = ClipSpec(),  # noqa: B008  frozen
    *,
    start: float = 100.0,
    pts: Callable[[int], int | None] = lambda ticks: ticks,
    announced: tuple[int, int] | None = None,
) -> ClipPart:
    """A clip as one connection that begins at monotonic second `start` and arrives in real time.

    Args:
        spec: what is in it.
        start: arrival of the first packet.
        pts: from the true pts in 90 kHz ticks to the one that the camera claims.
        announced: width and height in the format, where they are wrong.
    """
    width, height = announced or (spec.width, spec.height)
    video = VideoFormat(spec.codec, width, height, b"", Fraction(1, 90000), Fraction(spec.fps))
    units = encode(spec)
    first = min(unit.pts for unit in units)
    packets = [
        Packet(
            data=unit.data,
            is_keyframe=unit.is_keyframe,
            pts=pts((unit.pts - first) * 90000 // spec.fps),
            dts=None,
            arrived=start + index / spec.fps,
            at=EPOCH + timedelta(seconds=start + index / spec.fps),
        )
        for index, unit in enumerate(units)
    ]
    return ClipPart(video, tuple(packets))


def damaged(part: ClipPart, *indices: int, keep: int = 5) -> ClipPart:
    """The part with noise in place of these packets' bytes, but for the first `keep` (start code, header)."""
    noise = np.random.default_rng(1).bytes(400)
    packets = [
        replace(p, data=p.data[:keep] + noise) if i in indices else p for i, p in enumerate(part.packets)
    ]
    return ClipPart(part.video, tuple(packets))


def nobody(pictures: Sequence[Pixels]) -> list[Detections]:
    """A detector that finds nobody."""
    return [Detections.none(("person",)) for _ in pictures]


def person_at(*boxes: tuple[float, float, float, float], score: float = 0.8) -> Detections:
    """Persons at these places."""
    n = len(boxes)
    return Detections(
        np.asarray(boxes, np.float32).reshape(n, 4),
        np.full(n, score, np.float32),
        np.zeros(n, np.int32),
        ("person",),
    )
