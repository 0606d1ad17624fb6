"""The look loop: keyframes from the mailbox, through decoder and detector, to the engine."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog

from patrol.core.clock import SystemClock
from patrol.core.detections import Detections, Look
from patrol.core.errors import CorruptPicture, DecodeError, PatrolError
from patrol.core.media import Keyframe, Pixels
from patrol.core.protocols import Clock, Decoder
from patrol.vision.worker.eye import Eye, Glimpse, Judged

log = structlog.get_logger(__name__)

BATCH = 8
WAIT_S = 0.25


class Keyframes(Protocol):
    """Where keyframes that were admitted wait; newest wins."""

    def take(self, max_items: int, timeout: float) -> list[Keyframe]:
        """At most `max_items`, the one that waited longest first; empty after `timeout` seconds."""
        ...


class Lookers(Protocol):
    """What is told about each look."""

    def observe(self, look: Look, pixels: Callable[[], Pixels]) -> None:
        """Apply the rules."""
        ...


@dataclass(frozen=True, slots=True)
class LookedAt:
    """The newest look of a camera, with every detection that may be blurred."""

    keyframe: Keyframe
    look: Look


@dataclass(frozen=True, slots=True, eq=False)
class _Ready:
    keyframe: Keyframe
    glimpse: Glimpse


class LookLoop:
    """Owns decoder and detectors. `run` is the body of one thread.

    Args:
        keyframes: the mailbox.
        decoder: shared by all cameras.
        eyes: by camera id; cameras that share a detector are judged together.
        engine: applies the rules.
        looked: told after each attempt: camera id, whether it went well, and why not.
        seen: told of each look, before the rules are applied.
        full: decodes a keyframe in full, for evidence.
        clock: default is the system's.
    """

    def __init__(  # noqa: PLR0913  all that a look passes through; vision.py is the one caller
        self,
        *,
        keyframes: Keyframes,
        decoder: Decoder,
        eyes: Mapping[str, Eye],
        engine: Lookers,
        looked: Callable[[str, bool, str], None],
        seen: Callable[[LookedAt], None],
        full: Callable[[Keyframe], Pixels],
        clock: Clock | None = None,
    ) -> None:
        self._keyframes = keyframes
        self._decoder = decoder
        self._eyes = eyes
        self._engine = engine
        self._looked = looked
        self._seen = seen
        self._full = full
        self._clock = clock or SystemClock()
        self._progress: float | None = None
        self._counting = threading.Lock()
        self._looks: Counter[str] = Counter()
        self._missed: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._stumbling: set[str] = set()
        self.failure = ""
        """Why the loop has ended by itself; empty while it runs or was asked to stop."""
        self._stop = threading.Event()

    def run(self) -> None:
        """Look until `stop`. A model that fails ends it: no answer is better than an empty one."""
        while not self._stop.is_set():
            try:
                self.step(WAIT_S)
            except PatrolError as error:
                self.failure = f"looking has stopped: {error}"
                log.exception("look_loop_failed")
                return

    def stop(self) -> None:
        """End `run` after the batch that it is in."""
        self._stop.set()

    def stuck_for(self, now: float) -> float:
        """Seconds without a step forward in decoder, detector or rules; 0 while it waits for keyframes."""
        progress = self._progress
        return 0.0 if progress is None else max(0.0, now - progress)

    def looks(self, camera_id: str) -> int:
        """Pictures of this camera that were judged so far."""
        with self._counting:
            return self._looks[camera_id]

    def missed(self, camera_id: str) -> dict[str, int]:
        """Keyframes of this camera that were taken and could not be judged, by cause."""
        with self._counting:
            return dict(self._missed[camera_id])

    def step(self, timeout: float) -> int:
        """Judge one batch; the number of looks done."""
        taken = self._keyframes.take(BATCH, timeout)
        try:
            return self._batch(taken)
        finally:
            self._progress = None

    def _batch(self, taken: list[Keyframe]) -> int:
        ready = [r for k in taken if (r := self._decode(k)) is not None]
        groups: dict[int, list[_Ready]] = defaultdict(list)
        for item in ready:
            groups[id(self._eyes[item.keyframe.camera_id].detector)].append(item)
        for group in groups.values():
            self._judge(group)
        return len(ready)

    def _decode(self, keyframe: Keyframe) -> _Ready | None:
        camera = keyframe.camera_id
        self._progress = self._clock.monotonic()
        try:
            picture = self._decoder.decode(keyframe)
            glimpse = self._eyes[camera].glimpse(picture)
        except DecodeError as error:
            self._miss(camera, "corrupt" if isinstance(error, CorruptPicture) else "undecodable", str(error))
            return None
        except PatrolError:
            raise
        except Exception as error:  # noqa: BLE001  supervisor of cameras: one must never end the others' looks
            self._stumble(camera, error)
            return None
        return _Ready(keyframe, glimpse)

    def _judge(self, group: list[_Ready]) -> None:
        detector = self._eyes[group[0].keyframe.camera_id].detector
        self._progress = self._clock.monotonic()
        answers = iter(detector.detect([p for item in group for p in item.glimpse.prepared]))
        for item in group:
            keyframe = item.keyframe
            mine = [next(answers) for _ in item.glimpse.prepared]
            judged = self._judged(item, mine)
            if judged is None:
                continue
            with self._counting:
                self._looks[keyframe.camera_id] += 1
            self._seen(LookedAt(keyframe, judged.shown))
            self._progress = self._clock.monotonic()
            self._engine.observe(judged.counted, partial(self._full, keyframe))

    def _judged(self, item: _Ready, answers: list[Detections]) -> Judged | None:
        """The look of one picture; None, and counted as missed, where sighting or tracker fail over it."""
        camera = item.keyframe.camera_id
        try:
            judged = self._eyes[camera].judge(item.keyframe, item.glimpse, answers)
        except PatrolError:
            raise
        except Exception as error:  # noqa: BLE001  as in `_decode`
            self._stumble(camera, error)
            return None
        self._stumbling.discard(camera)
        self._looked(camera, True, "")
        return judged

    def _stumble(self, camera: str, error: Exception) -> None:
        """An error that nobody foresaw, over one picture: said in full once, until a look goes well."""
        if camera not in self._stumbling:
            log.error("look_failed", camera=camera, exc_info=error)
        self._stumbling.add(camera)
        self._miss(camera, "failed", f"unexpected {type(error).__name__} while looking; see the log")

    def _miss(self, camera: str, cause: str, why: str) -> None:
        with self._counting:
            self._missed[camera][cause] += 1
        self._looked(camera, False, why)
