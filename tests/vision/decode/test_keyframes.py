from __future__ import annotations

import random
import struct

import numpy as np
import pytest

from patrol.core import annexb
from patrol.core.errors import CorruptPicture, DecodeError
from patrol.vision.decode.keyframes import KeyframeDecoder
from tests.fakes.sources import keyframe
from tests.media import ClipSpec, encode, picture

SMALL = ClipSpec()


def _first(spec: ClipSpec) -> bytes:
    return encode(spec)[0].data


@pytest.mark.parametrize("codec", ["h264", "hevc", "mjpeg", "mpeg4"])
def test_a_keyframe_becomes_its_picture(codec: str) -> None:
    spec = ClipSpec(codec=codec)
    decoder = KeyframeDecoder()
    for index in (0, 25):
        seen = decoder.decode(keyframe(encode(spec)[index].data, codec))
        assert (seen.width, seen.height) == (320, 240)
        difference = np.abs(seen.pixels(320, 240).astype(int) - picture(spec, index))
        assert difference.mean() < 8


def test_one_decoder_serves_cameras_of_all_sizes_and_codecs_in_any_order() -> None:
    specs = [
        ClipSpec(codec=codec, width=width, height=height, frames=2)
        for codec in ("h264", "hevc")
        for width, height in ((320, 240), (640, 480), (352, 288))
    ]
    wanted = {spec: _alone(spec) for spec in specs}
    decoder = KeyframeDecoder()
    order = specs * 3
    random.Random(4).shuffle(order)
    for spec in order:
        seen = decoder.decode(keyframe(_first(spec), spec.codec, camera_id=str(spec)))
        assert (seen.width, seen.height) == (spec.width, spec.height)
        assert np.array_equal(seen.pixels(160, 120), wanted[spec])


def _alone(spec: ClipSpec) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return KeyframeDecoder().decode(keyframe(_first(spec), spec.codec)).pixels(160, 120)


@pytest.mark.parametrize("lost", range(4))
def test_a_keyframe_with_a_lost_slice_is_corrupt_and_the_next_one_is_not(lost: int) -> None:
    units = list(annexb.units(_first(SMALL)))
    slices = [unit for unit in units if annexb.is_slice("h264", annexb.unit_type("h264", unit))]
    assert len(slices) == 4
    rest = b"".join(annexb.START + unit for unit in units if unit is not slices[lost])
    decoder = KeyframeDecoder()
    with pytest.raises(CorruptPicture, match="cam: parts of a keyframe are missing"):
        decoder.decode(keyframe(rest))
    assert np.array_equal(decoder.decode(keyframe(_first(SMALL))).pixels(160, 120), _alone(SMALL))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_cut_keyframe_is_not_judged(share: float) -> None:
    data = _first(SMALL)
    with pytest.raises(CorruptPicture):
        KeyframeDecoder().decode(keyframe(data[: int(len(data) * share)]))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_cut_h265_keyframe_of_a_small_picture_does_not_decode(share: float) -> None:
    data = _first(ClipSpec(codec="hevc"))
    with pytest.raises(DecodeError):
        KeyframeDecoder().decode(keyframe(data[: int(len(data) * share)], "hevc"))


def test_a_keyframe_without_parameter_sets_never_borrows_those_of_another_camera() -> None:
    decoder = KeyframeDecoder()
    decoder.decode(keyframe(_first(SMALL), camera_id="a"))
    bare = b"".join(
        annexb.START + unit
        for unit in annexb.units(_first(SMALL))
        if annexb.unit_type("h264", unit) not in annexb.PARAMETER_SETS["h264"]
    )
    with pytest.raises(DecodeError, match="b: a keyframe without parameter sets"):
        decoder.decode(keyframe(bare, camera_id="b"))


@pytest.mark.parametrize("codec", ["h264", "hevc", "mjpeg"])
def test_garbage_is_an_error_and_the_decoder_goes_on(codec: str) -> None:
    decoder = KeyframeDecoder()
    spec = ClipSpec(codec=codec)
    dice = random.Random(1)
    for _ in range(40):
        data = bytearray(_first(spec))
        for _ in range(dice.randrange(1, 400)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            decoder.decode(keyframe(bytes(data), codec))
        except DecodeError as error:
            assert str(error).startswith("cam: ")  # noqa: PT017  a damaged picture may also decode
    assert decoder.decode(keyframe(_first(spec), codec)).width == 320


def test_random_bytes_are_an_error() -> None:
    with pytest.raises(DecodeError):
        KeyframeDecoder().decode(keyframe(random.Random(2).randbytes(3000), "mjpeg"))


def test_an_unknown_codec_is_an_error_that_says_what_to_set() -> None:
    with pytest.raises(DecodeError, match=r"no decoder for smoke .* H\.264 or H\.265"):
        KeyframeDecoder().decode(keyframe(b"x", "smoke"))


def test_a_few_bytes_that_ask_for_gigabytes_of_picture_are_refused() -> None:
    data = _first(ClipSpec(codec="mjpeg"))
    size = data.index(b"\xff\xc0") + 5  # JPEG: start of frame, length, depth; then height and width
    assert struct.unpack_from(">HH", data, size) == (240, 320)
    asked: dict[int, object] = {}
    for height, width in ((480, 640), (16000, 16000)):
        changed = bytearray(data)
        struct.pack_into(">HH", changed, size, height, width)
        try:
            asked[height] = KeyframeDecoder().decode(keyframe(bytes(changed), "mjpeg")).height
        except DecodeError as error:
            asked[height] = type(error)
    assert asked == {480: 480, 16000: DecodeError}
