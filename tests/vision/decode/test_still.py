from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from patrol.core.errors import CorruptPicture, DecodeError
from patrol.vision.decode.still import decode_full, encode_jpeg
from tests.fakes.sources import keyframe
from tests.media import ClipSpec, encode, picture


@pytest.mark.parametrize("codec", ["h264", "hevc", "mjpeg"])
def test_a_still_is_the_picture_in_full_size(codec: str) -> None:
    spec = ClipSpec(codec=codec, width=640, height=360, frames=1)
    still = decode_full(keyframe(encode(spec)[0].data, codec))
    assert still.shape == (360, 640, 3)
    assert np.abs(still.astype(int) - picture(spec, 0)).mean() < 5


def test_stills_may_be_made_in_many_threads() -> None:
    frames = [keyframe(encode(ClipSpec(codec=codec))[0].data, codec) for codec in ("h264", "hevc")] * 10
    with ThreadPoolExecutor(8) as pool:
        stills = list(pool.map(decode_full, frames))
    for at, still in enumerate(stills):
        assert np.array_equal(still, stills[at % 2])


def test_a_damaged_keyframe_gives_no_still() -> None:
    data = encode(ClipSpec())[0].data
    with pytest.raises(CorruptPicture):
        decode_full(keyframe(data[: len(data) // 2]))


def test_a_jpeg_holds_the_colours_and_the_size() -> None:
    spec = ClipSpec(width=320, height=200)
    jpeg = encode_jpeg(picture(spec, 3), quality=90)
    assert jpeg.startswith(b"\xff\xd8\xff")
    back = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert back is not None
    assert np.abs(back[:, :, ::-1].astype(int) - picture(spec, 3)).mean() < 4
    assert len(encode_jpeg(picture(spec, 3), quality=20)) < len(jpeg)


@pytest.mark.parametrize("shape", [(0, 5, 3), (5, 5), (5, 5, 4)])
def test_what_is_no_picture_is_an_error(shape: tuple[int, ...]) -> None:
    with pytest.raises(DecodeError, match="no picture to encode"):
        encode_jpeg(np.zeros(shape, np.uint8))
