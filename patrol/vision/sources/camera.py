"""One thread per camera: connects, reads, keeps the ring and the state, and hands keyframes on."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

import structlog

from patrol.core import annexb
from patrol.core.camera import CameraHealth
from patrol.core.errors import SourceEnded, SourceError, SourceGarbage
from patrol.core.media import Keyframe, Packet, VideoFormat
from patrol.core.protocols import Clock, Gate, Session, Source
from patrol.core.redact import redact
from patrol.vision.sources import ffmpeg
from patrol.vision.sources.mailbox import Mailbox
from patrol.vision.sources.reconnect import Backoff
from patrol.vision.sources.ring import PacketRing
from patrol.vision.sources.states import CameraStates, Moment

log = structlog.get_logger(__name__)

BOOT = secrets.token_hex(4)
"""Part of every look id, so that ids of two runs of the process never meet."""


@dataclass(eq=False)
class _Run:
    """One thread's turn at a camera. What an `ended` one still says is ignored."""

    progress: float
    ended: threading.Event = field(default_factory=threading.Event)
    waiting: bool = False
    session: Session | None = None
    thread: threading.Thread | None = None


class CameraReader:
    """Reads one camera, for ever, in a thread of its own. All methods may be called from any thread.

    Args:
        camera_id: of streams.yaml.
        source: connects to it.
        ring: takes every packet.
        gate: says which keyframes are worth a look.
        mailbox: takes those.
        clock: for all times.
        backoff: waits between connections.
        states: the state machine; default limits.
        boot: part of look ids.
    """

    def __init__(  # noqa: PLR0913  the parts of a camera; worker.py is the one caller
        self,
        camera_id: str,
        source: Source,
        ring: PacketRing,
        gate: Gate,
        mailbox: Mailbox,
        clock: Clock,
        *,
        backoff: Backoff | None = None,
        states: CameraStates | None = None,
        boot: str = BOOT,
    ) -> None:
        self.camera_id = camera_id
        self._source = source
        self._ring = ring
        self._gate = gate
        self._mailbox = mailbox
        self._clock = clock
        self._backoff = backoff or Backoff(Random())  # noqa: S311  jitter, no secret
        self._lock = threading.RLock()
        self._states = states or CameraStates(camera_id, self._now())
        self._boot = boot
        self._run: _Run | None = None
        self._keyframes = 0
        self._newest: Keyframe | None = None
        self._look_now = False
        self._counts: Counter[str] = Counter()

    def start(self) -> None:
        """Begin to read. A reader that runs goes on."""
        with self._lock:
            if self._run is None:
                self._begin_run()

    def stop(self, timeout: float = 5.0) -> bool:
        """End the thread; False where it still hangs in the library after `timeout` seconds.

        It is a daemon, and nothing that it still does reaches ring or mailbox.
        """
        with self._lock:
            run, self._run = self._run, None
        if run is None or run.thread is None:
            return True
        self._end(run)
        run.thread.join(timeout)
        return not run.thread.is_alive()

    def health(self) -> CameraHealth:
        """State, and why."""
        with self._lock:
            return self._states.health(self._now())

    def looked(self, ok: bool, detail: str = "") -> None:  # noqa: FBT001  the worker's one-word answer
        """The worker decoded a keyframe of this camera, or could not (`detail` says why)."""
        with self._lock:
            self._states.looked(self._now(), ok=ok, detail=redact(detail))
            self._counts["looks_ok" if ok else "looks_failed"] += 1

    def last_keyframe(self) -> Keyframe | None:
        """The newest keyframe, looked at or not: for the picture that is shown on demand."""
        with self._lock:
            return self._newest

    def look_now(self) -> None:
        """The next keyframe is looked at, whatever the gate says."""
        with self._lock:
            self._look_now = True

    def counters(self) -> Mapping[str, int]:
        """What happened so far.

        `packets`, `bytes`, `keyframes`, `connects`, `admitted`, `not_due` (keyframes the gate did not want),
        `replaced` (admitted, and overwritten by a newer one before the worker came), `ring_refused`,
        `looks_ok`, `looks_failed`, `abandoned` (threads), and `error_<class>` for each class of error.
        """
        with self._lock:
            own = dict(self._counts)
        return {
            **dict.fromkeys(("packets", "bytes", "keyframes", "connects", "admitted", "not_due"), 0),
            **own,
            "replaced": self._mailbox.replaced(self.camera_id),
            "ring_refused": self._ring.refused,
        }

    def stuck_for(self, now: float) -> float:
        """Seconds without a sign from inside the library; 0 while the thread waits on purpose."""
        with self._lock:
            run = self._run
            return 0.0 if run is None or run.waiting else max(0.0, now - run.progress)

    def abandon(self) -> threading.Thread | None:
        """Leave the present thread to itself and start another; returns the old one.

        For the watchdog: a thread that hangs inside a library cannot be ended from outside.
        """
        with self._lock:
            run = self._run
            if run is None:
                return None
            self._counts["abandoned"] += 1
            self._end(run)
            stuck = SourceEnded(f"{self.camera_id}: reading hung inside the video library; started anew")
            self._states.failed(self._now(), stuck, 0.0)
            self._begin_run()
            return run.thread

    def _begin_run(self) -> None:
        run = _Run(self._clock.monotonic())
        run.thread = threading.Thread(
            target=self._work, args=(run,), name=f"camera-{self.camera_id}", daemon=True
        )
        self._run = run
        run.thread.start()

    @staticmethod
    def _end(run: _Run) -> None:
        """Flags only: closing a session that another thread reads is that thread's business."""
        run.ended.set()
        if run.session is not None:
            run.session.close()

    def _work(self, run: _Run) -> None:
        while not run.ended.is_set():
            connected_s, error = self._connect(run)
            with self._lock:
                if run.ended.is_set():
                    return
                wait = self._backoff.wait_after(error, connected_s)
                self._states.failed(self._now(), error, wait)
                self._counts[f"error_{type(error).__name__}"] += 1
                run.waiting = True
            log.warning("camera_lost", camera=self.camera_id, error=str(error), retry_s=round(wait, 1))
            run.ended.wait(wait)
            with self._lock:
                run.progress, run.waiting = self._clock.monotonic(), False

    def _connect(self, run: _Run) -> tuple[float, SourceError]:
        """One connection from beginning to end: how long it was up, and why it is not any more."""
        opened: float | None = None
        error: SourceError = SourceEnded(f"{self.camera_id}: the stream ended")
        try:
            with self._lock:
                self._states.connecting(self._now())
            with contextlib.closing(self._source.open()) as session:
                opened = self._clock.monotonic()
                self._read(run, session)
        except SourceError as failure:
            error = failure
        except Exception as failure:  # noqa: BLE001  supervisor of this thread: a camera must never end it
            # No traceback: FFmpeg's exceptions hold the address with the login in it.
            log.error("camera_failed", camera=self.camera_id, error=redact(repr(failure)))  # noqa: TRY400
            error = SourceGarbage(
                f"{self.camera_id}: unexpected {type(failure).__name__} while reading; see the log"
            )
        return (0.0 if opened is None else self._clock.monotonic() - opened), error

    def _read(self, run: _Run, session: Session) -> None:
        formats = _Formats(session.video)
        with self._lock:
            if run.ended.is_set():
                return
            run.session = session
            run.progress = self._clock.monotonic()
            self._counts["connects"] += 1
            self._states.opened(self._now())
            self._ring.begin(session.video)
        packets = session.packets()
        for packet in packets:
            changed = formats.changed(packet)
            with self._lock:
                if run.ended.is_set():
                    return
                run.progress = self._clock.monotonic()
                if changed:
                    self._ring.begin(formats.video)
                self._take(packet, formats.video)

    def _take(self, packet: Packet, video: VideoFormat) -> None:
        self._ring.add(packet)
        self._counts["packets"] += 1
        self._counts["bytes"] += len(packet.data)
        self._states.packet(Moment(packet.arrived, packet.at), is_keyframe=packet.is_keyframe)
        if packet.is_keyframe:
            self._take_keyframe(packet, video)

    def _take_keyframe(self, packet: Packet, video: VideoFormat) -> None:
        self._keyframes += 1
        self._counts["keyframes"] += 1
        look_id = f"{self.camera_id}-{self._boot}-{self._keyframes}"
        self._newest = Keyframe(self.camera_id, look_id, packet, video)
        due = self._gate.admit(packet)
        wanted, self._look_now = due or self._look_now, False
        self._counts["admitted" if wanted else "not_due"] += 1
        if wanted:
            self._mailbox.put(self._newest)

    def _now(self) -> Moment:
        return Moment(self._clock.monotonic(), self._clock.now())


class _Formats:
    """Notices when a stream changes its picture size, or anything else in its SPS, on the way."""

    def __init__(self, video: VideoFormat) -> None:
        self.video = video
        self._sps = annexb.sps(video.codec, video.extradata)

    def changed(self, packet: Packet) -> bool:
        """Whether this packet begins a new format, which `video` then is."""
        if not packet.is_keyframe:
            return False
        sps = annexb.sps(self.video.codec, packet.data)
        if not sps or sps == self._sps:
            return False
        self._sps = sps
        self.video = ffmpeg.reannounced(self.video, packet.data)
        return True
