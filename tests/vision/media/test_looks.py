from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from patrol.core.errors import CorruptPicture
from patrol.core.geometry import Boxes
from patrol.core.media import Keyframe, Pixels
from patrol.vision.media.looks import KEPT, Looks
from patrol.vision.media.providers import LookProvider
from tests.fakes.clips import clip_part
from tests.fakes.looks import look

PART = clip_part()


def keyframe(look_id: str, camera: str = "cam-1") -> Keyframe:
    return Keyframe(camera, look_id, PART.packets[0], PART.video)


class Workshop:
    """Decoder, blur and encoder that write down what they were given."""

    def __init__(self, width: int = 640, height: int = 360) -> None:
        self.size = (height, width, 3)
        self.decoded: list[str] = []
        self.blurred: list[tuple[tuple[int, ...], int]] = []
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()

    def decode(self, key: Keyframe) -> Pixels:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.decoded.append(key.look_id)
        threading.Event().wait(0.002)  # time in which another thread could come in
        with self._lock:
            self.at_once -= 1
        if "broken" in key.look_id:
            raise CorruptPicture("holes")
        return np.zeros(self.size, np.uint8)

    def blur(self, pixels: Pixels, boxes: Boxes) -> Pixels:
        self.blurred.append((pixels.shape, len(boxes)))
        return pixels + np.uint8(1)

    def encode(self, pixels: Pixels) -> bytes:
        return b"%d %d %d" % (pixels.shape[1], pixels.shape[0], pixels.max())

    def looks(self) -> Looks:
        return Looks(self.decode, self.encode, self.blur)


def test_nothing_is_decoded_until_somebody_asks_and_then_once() -> None:
    shop = Workshop()
    looks = shop.looks()
    provider: LookProvider = looks
    one = look(1.0, 3)
    looks.set("cam-1", keyframe(one.look_id), one)
    assert (provider.current("cam-1"), shop.decoded) == (one.look_id, [])
    first, second = provider.look("cam-1"), provider.look("cam-1")
    assert first is second
    assert first is not None
    assert (first.jpeg, first.look_id, first.at) == (b"640 360 1", one.look_id, one.at)
    assert shop.decoded == [one.look_id]


def test_heads_of_that_looks_persons_are_blurred_and_cars_are_not() -> None:
    shop = Workshop()
    looks = shop.looks()
    for moment, count, label in ((1.0, 4, "person"), (2.0, 3, "car")):
        one = look(moment, count, label=label)
        looks.set("cam-1", keyframe(one.look_id), one)
        looks.look("cam-1")
    assert [count for _, count in shop.blurred] == [4, 0]


def test_wide_pictures_are_made_smaller_before_they_are_blurred() -> None:
    shop = Workshop(2560, 1440)
    looks = shop.looks()
    one = look(1.0, 1)
    looks.set("cam-1", keyframe(one.look_id), one)
    image = looks.look("cam-1")
    assert image is not None
    assert image.jpeg == b"1280 720 1"
    assert shop.blurred == [((720, 1280, 3), 1)]


def test_no_look_and_a_broken_one_are_none() -> None:
    shop = Workshop()
    looks = shop.looks()
    assert (looks.look("cam-1"), looks.current("cam-1")) == (None, "")
    one = look(1.0)
    looks.set("cam-1", keyframe("broken"), one)
    assert looks.look("cam-1") is None
    assert looks.look("cam-1") is None
    assert shop.decoded == ["broken"]
    looks.forget("cam-1")
    assert looks.current("cam-1") == ""


def test_many_viewers_make_one_picture_at_a_time_and_each_once() -> None:
    shop = Workshop()
    looks = shop.looks()
    for camera in range(6):
        one = look(1.0, 1, camera=f"cam-{camera}")
        looks.set(one.camera_id, keyframe(one.look_id, one.camera_id), one)
    with ThreadPoolExecutor(12) as viewers:
        images = list(viewers.map(lambda i: looks.look(f"cam-{i % 6}"), range(60)))
    assert all(images)
    assert sorted(shop.decoded) == [f"cam-{i}-1.0" for i in range(6)]
    assert shop.most_at_once == 1


def test_only_so_many_pictures_are_kept() -> None:
    looks = Workshop().looks()
    for moment in range(KEPT + 10):
        one = look(float(moment))
        looks.set("cam-1", keyframe(one.look_id), one)
        looks.look("cam-1")
    assert len(looks._ready) == KEPT
