"""Starts children in order, keeps them running, and ends them in reverse order.

It never gives up on a child that once ran: first quickly, then every 30 s, and it says so. A child that does
not come up at the first start ends the whole, with its last words: most likely something is set up wrong, and
a person is watching.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import TextIO

from patrol.cli._process import Child, Life
from patrol.cli._restarts import MOST, SLOW_S, WINDOW_S, Restarts
from patrol.core.clock import SystemClock
from patrol.core.errors import PatrolError
from patrol.core.protocols import Clock
from patrol.core.redact import redact

STOP_S = 10.0
"""For all children together, by default."""
LEAST_STOP_S = 2.0
"""For each, however long the others took."""
_TICK_S = 0.05
_FIRST_TRIES = 3
"""Starts of a child that can mend itself: as it is, repaired, emptied."""


class StartFailed(PatrolError):  # noqa: N818  named after what happened
    """A child did not come up at the first start."""


@dataclass(slots=True)
class _Post:
    """A place that one child fills, life after life."""

    child: Child
    restarts: Restarts = field(default_factory=Restarts)
    life: Life | None = None
    again_at: float = 0.0
    """When to start it again, monotonic; counts while `life` is None."""


class Supervisor:
    """Keeps children running. `run` belongs to one thread; `stop` and `pids` may be called from others.

    Children end with the thread that runs `run`, even where it is killed.
    """

    def __init__(
        self,
        children: Sequence[Child],
        clock: Clock | None = None,
        out: TextIO | None = None,
        err: TextIO | None = None,
        stop_s: float = STOP_S,
    ) -> None:
        self._clock: Clock = clock or SystemClock()
        self._posts = [_Post(child) for child in children]
        self._out, self._err = out or sys.stdout, err or sys.stderr
        self._stop_s = stop_s
        self._writing = threading.Lock()
        # Plain counters and no Event: a signal may come while this thread holds an Event's lock.
        self._stops = 0
        self._until: Callable[[], bool] = lambda: False

    def stop(self) -> None:
        """Ask for the end; asked again, children are ended without asking them."""
        self._stops += 1

    def pids(self) -> dict[str, int]:
        """Process ids of the children that run now."""
        lives = [post.life for post in self._posts]
        return {life.child.name: life.pid for life in lives if life is not None and life.ended() is None}

    def run(
        self,
        on_up: Callable[[], None] | None = None,
        until: Callable[[], bool] | None = None,
        on_ready: Callable[[str], None] | None = None,
    ) -> None:
        """Start all, then keep them running until `stop`, or until `until` says so.

        Args:
            on_up: called once, when all are ready.
            until: asked about twenty times a second, while they start, too.
            on_ready: told the name of each child when it is ready for the first time.

        Raises:
            StartFailed: a child did not come up; the others are ended.
        """
        self._until = until or self._until
        try:
            for post in self._posts:
                self._first_start(post)
                if on_ready is not None and not self._stops:
                    on_ready(post.child.name)
            if on_up is not None and not self._stops:
                on_up()
            while self._wanted():
                for post in self._posts:
                    self._look_after(post)
                self._clock.sleep(_TICK_S)
        finally:
            self._end_all()

    def _wanted(self) -> bool:
        """Whether it is to go on."""
        if not self._stops and self._until():
            self._stops = 1
        return not self._stops

    def _first_start(self, post: _Post) -> None:
        for last in (False,) * (_FIRST_TRIES - 1) + (True,):
            if self._stops:
                return
            reason = self._try_first(post)
            if reason is None:
                return
            mended = post.child.mend() if post.child.mend and not last else ""
            if not mended:
                raise StartFailed(reason)
            self.say(f"{post.child.name}: {mended}")

    def _try_first(self, post: _Post) -> str | None:
        """Why it did not come up, with its last words; None when it is up, or not wanted any more."""
        life = post.life = self._start(post.child)
        while self._wanted():
            problem = life.check()
            if problem is not None:
                life.close()
                post.life = None
                return "\n  ".join(
                    (f"{post.child.name} {problem} while it started; it said:", *life.last_words)
                )
            if life.ready:
                return None
            self._clock.sleep(_TICK_S)
        return None

    def _start(self, child: Child) -> Life:
        return Life(child, self._clock, lambda line: self._hear(child, line))

    def _look_after(self, post: _Post) -> None:
        if post.life is None:
            if self._clock.monotonic() >= post.again_at:
                self._start_again(post)
            return
        was_ready = post.life.ready
        problem = post.life.check()
        if problem is None:
            if post.life.ready and not was_ready:
                self.say(f"{post.child.name} is back")
            return
        post.life.close()
        mended = post.child.mend() if post.child.mend and not was_ready else ""
        if mended:
            self.say(f"{post.child.name}: {mended}")
        life, post.life = post.life, None
        self._plan(post, problem, life.age_s)

    def _start_again(self, post: _Post) -> None:
        try:
            post.life = self._start(post.child)
        except PatrolError as error:
            self._plan(post, f"cannot be started: {error}", 0.0)

    def _plan(self, post: _Post, problem: str, lived_s: float) -> None:
        now, was_slow = self._clock.monotonic(), post.restarts.slow
        delay = post.restarts.delay(now, lived_s)
        post.again_at = now + delay
        self.say(f"{post.child.name} {problem} after {lived_s:.1f} s; it is started again in {delay:g} s")
        if post.restarts.slow and not was_slow:
            self.say(
                f"{post.child.name} DOES NOT STAY UP: more than {MOST} deaths in {WINDOW_S:g} s. It is tried "
                f"every {SLOW_S:g} s from now on; see its lines above for the reason"
            )

    def _end_all(self) -> None:
        deadline = self._clock.monotonic() + self._stop_s
        for post in reversed(self._posts):
            if post.life is not None:
                self._end(post.life, max(min(LEAST_STOP_S, self._stop_s), deadline - self._clock.monotonic()))
                post.life = None

    def _end(self, life: Life, seconds: float) -> None:
        life.ask_to_stop()
        patience = self._clock.monotonic() + seconds
        while not life.wait(_TICK_S):
            if self._stops > 1 or self._clock.monotonic() >= patience:
                self.say(f"{life.child.name} did not end in time and was killed")
                break
        life.kill()
        life.close()

    def _hear(self, child: Child, line: str) -> None:
        if child.on_line is not None and child.on_line(line):
            self._write(self._out, line)
        else:
            self._write(self._err, f"{child.name} | {redact(line)}")

    def say(self, line: str) -> None:
        """Print a line of the supervisor's own."""
        self._write(self._err, f"patrol | {redact(line)}")

    def _write(self, stream: TextIO, line: str) -> None:
        with self._writing:
            stream.write(f"{line}\n")
            stream.flush()


@contextmanager
def stopped_by_signals(supervisor: Supervisor) -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP end it, inside the block. Main thread only."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        supervisor.stop()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
