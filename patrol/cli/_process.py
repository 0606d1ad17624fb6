"""One child process: how it is started, heard, asked whether it is ready, and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from patrol.cli import _child
from patrol.core.errors import PatrolError
from patrol.core.protocols import Clock

KEPT_LINES = 12
"""Last words of a child, for the message that says that it died."""
_LONGEST_LINE = 16_384
_EXIT_S = 2.0
"""After SIGKILL: the kernel's own time, and more on a machine that swaps."""

Argv = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Child:
    """A command to keep running.

    Attributes:
        argv: the command, or what makes it before each start; never with a secret in it, since every user
            of the machine reads process lists.
        env: added to the environment; secrets go here.
        ready: asked again and again after a start, until it says yes; None: ready as soon as it runs.
        ready_timeout_s: a child that is not ready by then counts as dead.
        mend: called after a death before it was ready; says what it repaired, or nothing.
        stop_signal: asks it to end.
        on_line: sees each line of its output; True: the line goes to stdout as it is.
        core: processor to stay on.
    """

    name: str
    argv: Argv | Callable[[], Argv]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    ready_timeout_s: float = 60.0
    mend: Callable[[], str] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    on_line: Callable[[str], bool] | None = None
    core: int | None = None


class Life:
    """One run of a child, from its start to its end. Create it in the thread that is to outlive it.

    Args:
        hear: takes each line of output; called in a thread of its own.

    Raises:
        PatrolError: the command could not be made.
    """

    def __init__(self, child: Child, clock: Clock, hear: Callable[[str], None]) -> None:
        self.child, self._clock = child, clock
        self.began = clock.monotonic()
        self.ready = child.ready is None
        self.last_words: deque[str] = deque(maxlen=KEPT_LINES)
        argv = child.argv() if callable(child.argv) else child.argv
        self._process = _spawn(argv, child)
        self._reader = threading.Thread(
            target=self._read, args=(hear,), name=f"{child.name} output", daemon=True
        )
        self._reader.start()

    @property
    def pid(self) -> int:
        """The child's own, since the launcher becomes it."""
        return self._process.pid

    @property
    def age_s(self) -> float:
        """Seconds since it was started."""
        return self._clock.monotonic() - self.began

    def ended(self) -> str | None:
        """How it ended, in words; None while it runs."""
        code = self._process.poll()
        if code is None:
            return None
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"

    def check(self) -> str | None:
        """Look after it: how it ended, or that it is not ready in time (it is ended then); else None."""
        ended = self.ended()
        if ended or self.ready:
            return ended
        if self.child.ready is not None and self.child.ready():
            self.ready = True
        elif self.age_s > self.child.ready_timeout_s:
            self.kill()
            return f"was not ready after {self.child.ready_timeout_s:g} s"
        return None

    def ask_to_stop(self) -> None:
        """Send the stop signal."""
        with suppress(ProcessLookupError):
            self._process.send_signal(self.child.stop_signal)

    def wait(self, seconds: float) -> bool:
        """Whether it ended within this time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End it, and whatever it started in its group, without asking; nothing where it has ended."""
        if self.ended() is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self.wait(_EXIT_S)

    def close(self) -> None:
        """Hear the rest of its output and let go of it. Only after it ended."""
        self._reader.join(_EXIT_S)
        if self._process.stdout is not None and not self._reader.is_alive():
            self._process.stdout.close()

    def _read(self, hear: Callable[[str], None]) -> None:
        pipe = self._process.stdout
        if pipe is None:
            return
        while line := pipe.readline(_LONGEST_LINE):
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if text:
                self.last_words.append(text)
                hear(text)


def _spawn(argv: Argv, child: Child) -> subprocess.Popen[bytes]:
    core = "any" if child.core is None else str(child.core)
    launcher = (sys.executable, "-I", "-S", str(Path(_child.__file__)), str(os.getpid()), core)
    try:
        return subprocess.Popen(
            (*launcher, *argv),
            env={**os.environ, "PYTHONUNBUFFERED": "1", **child.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,  # a Ctrl-C in the terminal is for the supervisor, which ends them in order
        )
    except OSError as error:
        raise PatrolError(f"{child.name} cannot be started: {error.strerror}") from None
