from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from patrol.core.media import Keyframe
from patrol.vision.sources.mailbox import Mailbox
from tests.fakes.sources import keyframe


def _of(camera: str, look: object) -> Keyframe:
    return keyframe(b"", camera_id=camera, look_id=str(look))


def test_the_newest_wins_and_what_it_replaced_is_counted() -> None:
    mailbox = Mailbox()
    assert [mailbox.put(_of("a", look)) for look in range(3)] == [False, True, True]
    assert [taken.look_id for taken in mailbox.take(5, 0)] == ["2"]
    assert mailbox.replaced("a") == 2
    assert mailbox.replaced("b") == 0


def test_a_replaced_keyframe_keeps_its_camera_s_place_in_the_queue() -> None:
    mailbox = Mailbox()
    for camera, look in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        mailbox.put(_of(camera, look))
    assert [taken.look_id for taken in mailbox.take(2, 0)] == ["3", "2"]
    assert [taken.look_id for taken in mailbox.take(2, 0)] == ["4"]


@given(st.lists(st.one_of(st.integers(1, 3), st.sampled_from("abcd")), max_size=60))
def test_each_keyframe_is_taken_replaced_or_waiting_and_one_a_camera_waits(script: list[int | str]) -> None:
    mailbox = Mailbox()
    put = taken = 0
    for at, step in enumerate(script):
        if isinstance(step, str):
            mailbox.put(_of(step, at))
            put += 1
        else:
            taken += len(mailbox.take(step, 0))
        assert len(mailbox) <= 4
    assert put == taken + len(mailbox) + sum(mailbox.replaced(camera) for camera in "abcd")


def test_take_waits_for_the_first_keyframe() -> None:
    mailbox = Mailbox()
    threading.Timer(0.05, lambda: mailbox.put(_of("a", 1))).start()
    assert [taken.look_id for taken in mailbox.take(5, 10)] == ["1"]


def test_take_gives_up_after_its_time() -> None:
    assert Mailbox().take(5, 0.01) == []


def test_close_wakes_whoever_waits_and_keeps_what_is_there() -> None:
    mailbox = Mailbox()
    threading.Timer(0.05, mailbox.close).start()
    assert mailbox.take(5, 30) == []
    mailbox.put(_of("a", 1))
    assert len(mailbox.take(5, 30)) == 1


def test_a_camera_that_is_gone_leaves_nothing() -> None:
    mailbox = Mailbox()
    mailbox.put(_of("a", 1))
    mailbox.forget("a")
    mailbox.forget("never")
    assert mailbox.take(5, 0) == []
