"""Clips of drawn people, for whole-system tests that must not depend on footage or a model."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av

from tests.fakes.squares import draw

WIDTH, HEIGHT, FPS = 192, 108, 10


def scene(path: Path, seconds: int, people: Callable[[float], int], *, gop_s: float = 0.5) -> Path:
    """Write a clip in which `people(second)` squares stand.

    Args:
        path: of the MP4.
        seconds: its length.
        people: how many at each moment.
        gop_s: seconds between keyframes.
    """
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        gop = round(gop_s * FPS)
        stream.codec_context.gop_size = gop
        stream.codec_context.options = {
            "preset": "ultrafast",
            "x264-params": f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes=0",
        }
        for index in range(seconds * FPS):
            pixels = draw(WIDTH, HEIGHT, people(index / FPS), index)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def crowd_for_ever(path: Path) -> Path:
    """Six people who never leave."""
    return scene(path, 20, lambda _: 6)


def crowds_come_and_go(path: Path, on_s: int = 5, off_s: int = 5) -> Path:
    """Six people for `on_s` seconds, nobody for `off_s`, for ever."""
    return scene(path, on_s + off_s, lambda second: 6 if second < on_s else 0)
