"""The one place between all cameras and the worker: a slot per camera, newest wins."""

from __future__ import annotations

import threading
from collections import Counter

from patrol.core.media import Keyframe


class Mailbox:
    """Keyframes waiting for a look, at most one a camera. Safe to use from several threads.

    A newer keyframe takes the slot of the one that still waits, and its place in the queue: a busy worker
    sees the present, and no camera is passed over twice for the same one.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._slots: dict[str, Keyframe] = {}
        self._replaced: Counter[str] = Counter()
        self._closed = False

    def put(self, keyframe: Keyframe) -> bool:
        """Leave a keyframe; True where it replaced one that nobody had taken."""
        with self._changed:
            replaced = keyframe.camera_id in self._slots
            self._slots[keyframe.camera_id] = keyframe
            self._replaced[keyframe.camera_id] += replaced
            self._changed.notify()
            return replaced

    def take(self, max_items: int, timeout: float) -> list[Keyframe]:
        """Up to `max_items` keyframes, the camera that waits longest first.

        Waits up to `timeout` seconds for the first one; empty after that, or once closed and emptied.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._slots or self._closed, timeout)
            first = list(self._slots)[:max_items]
            return [self._slots.pop(camera_id) for camera_id in first]

    def forget(self, camera_id: str) -> None:
        """Drop what waits of a camera that is gone."""
        with self._changed:
            self._slots.pop(camera_id, None)

    def replaced(self, camera_id: str) -> int:
        """Keyframes of this camera that were overwritten before anybody took them."""
        with self._changed:
            return self._replaced[camera_id]

    def close(self) -> None:
        """Wake everybody who waits; what is in the slots can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __len__(self) -> int:
        with self._changed:
            return len(self._slots)
