from __future__ import annotations

from typing import Literal

import av
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter

from patrol.core.errors import DecodeError
from patrol.vision.decode.picture import FramePicture

RED = np.full((64, 96, 3), (220, 30, 20), np.uint8)


def _picture(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], pixel_format: str) -> FramePicture:
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=pixel_format)
    return FramePicture(frame, VideoReformatter())


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuvj420p", "yuv422p", "yuv420p10le", "nv12"])
@pytest.mark.parametrize(("order", "colour"), [("rgb", (220, 30, 20)), ("bgr", (20, 30, 220))])
def test_colours_survive(
    pixel_format: str, order: Literal["rgb", "bgr"], colour: tuple[int, int, int]
) -> None:
    seen = _picture(RED, pixel_format).pixels(48, 32, order)
    assert seen.shape == (32, 48, 3)
    assert seen.dtype == np.uint8
    assert seen.flags["C_CONTIGUOUS"]
    assert np.abs(seen.reshape(-1, 3).mean(axis=0) - colour).max() < 6


@pytest.mark.parametrize(("width", "height"), [(1, 1), (37, 23), (96, 64), (416, 416), (1000, 10)])
def test_any_size_can_be_asked_for(width: int, height: int) -> None:
    assert _picture(RED, "yuv420p").pixels(width, height).shape == (height, width, 3)


def test_a_picture_is_scaled_as_a_whole() -> None:
    halves = RED.copy()
    halves[:, 48:] = (10, 20, 200)
    seen = _picture(halves, "yuv420p").pixels(40, 20).astype(int)
    assert (seen[:, :18, 0] > 180).all()
    assert (seen[:, 22:, 2] > 160).all()


def test_one_scaler_serves_pictures_of_all_sizes() -> None:
    scaler = VideoReformatter()
    for width in (64, 320, 48, 320):
        frame = av.VideoFrame.from_ndarray(np.full((40, width, 3), 99, np.uint8), format="rgb24")
        seen = FramePicture(frame.reformat(format="yuv420p"), scaler).pixels(30, 20)
        assert abs(float(seen.mean()) - 99) < 3


def test_what_was_given_does_not_change_with_the_next_picture() -> None:
    scaler = VideoReformatter()
    red = FramePicture(av.VideoFrame.from_ndarray(RED, format="rgb24"), scaler).pixels(10, 10)
    before = red.copy()
    FramePicture(av.VideoFrame.from_ndarray(255 - RED, format="rgb24"), scaler).pixels(10, 10)
    assert np.array_equal(red, before)


def test_a_size_of_nothing_is_an_error_that_says_so() -> None:
    with pytest.raises(DecodeError, match=r"96x64 .* cannot be scaled to 0x10"):
        _picture(RED, "yuv420p").pixels(0, 10)
