"""Small clips with something moving in them, made once a run."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from patrol.bench.clip import Clip, load_clip
from patrol.bench.encode import StreamSettings, encode

FPS = 25
PICTURES = 40
GOP_S = 0.4
SIZE = (160, 120)


def moving_pictures(count: int = PICTURES, size: tuple[int, int] = SIZE) -> Iterator[av.VideoFrame]:
    """Noise that does not compress, under a bright square that walks to the right."""
    rng = np.random.default_rng(7)
    width, height = size
    for index in range(count):
        picture = rng.integers(0, 96, (height, width, 3), dtype=np.uint8)
        left = index * 3 % (width - 30)
        picture[40:70, left : left + 30] = 230
        yield av.VideoFrame.from_ndarray(picture, format="rgb24")


def _clip(folder: Path, settings: StreamSettings) -> Clip:
    return load_clip(encode(moving_pictures(), folder / f"{settings.codec}.mp4", settings).path)


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="session")
def h264(clip_folder: Path) -> Clip:
    return _clip(clip_folder, StreamSettings(*SIZE, Fraction(FPS), GOP_S, 2000))


@pytest.fixture(scope="session")
def hevc(clip_folder: Path) -> Clip:
    return _clip(clip_folder, StreamSettings(*SIZE, Fraction(FPS), GOP_S, 2000, codec="hevc"))
