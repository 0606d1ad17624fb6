"""A whole Patrol in real processes: `patrol run` with its worker, desk and Valkey."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
SIGN_IN = re.compile(r"(http://127\.0\.0\.1:\d+)/#/signin/(\S+)")


def wait_for(
    what: str,
    condition: Callable[[], bool],
    timeout_s: float = 60.0,
    every_s: float = 0.05,
    more: Callable[[], str] = str,
) -> None:
    """Wait until `condition` holds; AssertionError that names `what`, and says `more`, after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}\n{more()}"
        time.sleep(every_s)


@dataclass
class Centre:
    """Start it with `start`; `stop` ends it in order.

    Attributes:
        folder: configuration, data and logs.
        config: text of streams.yaml.
        environ: more variables for the processes.
    """

    folder: Path
    config: str
    environ: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> Centre:
        self.folder.mkdir(parents=True, exist_ok=True)
        streams = self.folder / "streams.yaml"
        streams.write_text(self.config)
        env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PATROL_DATA_DIR": str(self.data),
            "PATROL_CACHE_DIR": str(self.folder / "cache"),
            **self.environ,
        }
        command = [sys.executable, "-m", "patrol.cli", "run", "--config", str(streams), "--port", "0"]
        with (self.folder / "out").open("wb") as out, (self.folder / "err").open("wb") as err:
            self.process = subprocess.Popen(command, env=env, stdout=out, stderr=err)
        wait_for("the sign-in link", self._is_up, 120)
        return self

    def _is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.err
        return SIGN_IN.search(self.out) is not None

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(90)

    def kill(self) -> None:
        """Leave nothing behind, whatever happened."""
        if self.process is not None and self.process.poll() is None:
            pids = [pid for name in ("worker", "desk", "queue") if (pid := self.pid_of(name))]
            self.process.kill()
            self.process.wait()
            for pid in pids:
                _kill(pid)

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self.folder / "err").read_text(errors="replace")

    def last_words(self) -> str:
        """What the supervisor said last, and what runs: for the message of a test that waits in vain."""
        assert self.process is not None
        said = [line for line in self.err.splitlines() if line.startswith(("patrol |", "queue |"))]
        running = [f"{pid}: {' '.join(_command(pid))}" for pid in _descendants(self.process.pid)]
        return "\n".join(said[-25:] + running)

    def sign_in(self) -> httpx.Client:
        """A client with a session, by the newest link."""
        base, token = SIGN_IN.findall(self.out)[-1]
        client = httpx.Client(base_url=base, headers={"X-Patrol": "1", "Origin": base}, timeout=30)
        client.post("/api/session", json={"token": token}).raise_for_status()
        return client

    def pid_of(self, name: str) -> int | None:
        """Process id of the worker, the desk or the queue; None while it is not there."""
        assert self.process is not None
        for pid in _descendants(self.process.pid):
            if _is(name, _command(pid)):
                return pid
        return None

    def kill9(self, name: str) -> bool:
        """`kill -9` one of the processes; False where it is not there at this moment."""
        pid = self.pid_of(name)
        return pid is not None and _kill(pid)

    def empty_queue(self) -> bool:
        """Kill Valkey and take away all that it has written, before its supervisor can start it again."""
        assert self.process is not None
        if self.pid_of("queue") is None:
            return False  # a supervisor stopped at each try would hardly come to start it
        os.kill(self.process.pid, signal.SIGSTOP)
        try:
            pid = self.pid_of("queue")
            if pid is None or not _kill(pid):
                return False
            # On a busy machine it may finish what it was about, a new file in that folder, before it dies.
            wait_for("the end of the queue", lambda: _ended(pid))
            for aof in (self.data / "queue").glob("appendonlydir*"):
                shutil.rmtree(aof)
            return True
        finally:
            os.kill(self.process.pid, signal.SIGCONT)

    def intake(self) -> list[tuple[str, str, str, int]]:
        """The desk's rows: id, camera, phase, revision."""
        return self._read(
            self.data / "desk/desk.sqlite3", "SELECT id, camera_id, phase, revision FROM candidates"
        )

    def observed(self) -> dict[str, tuple[str, str, int]]:
        """What the worker's outbox holds: camera, phase and revision by id."""
        rows = self._read(self.data / "worker/outbox.db", "SELECT id, state, phase, revision FROM candidates")
        return {row[0]: (json.loads(row[1])["camera_id"], row[2], row[3]) for row in rows}

    @staticmethod
    def _read(path: Path, sql: str) -> list[tuple[str, str, str, int]]:
        if not path.exists():
            return []
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as db:
            try:
                return db.execute(sql).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error) or "readonly" in str(error):
                    return []  # still being made, or a hot journal that its owner is about to roll back
                raise


def _is(name: str, words: list[str]) -> bool:
    """Whether this command is the worker, the desk or the queue."""
    if name == "queue":
        return any(word.startswith("valkey-server") or "/valkey-server" in word for word in words) and (
            "--version" not in words
        )
    return any("patrol" in word for word in words) and name in words


def _descendants(pid: int) -> list[int]:
    found, todo = [], [pid]
    while todo:
        try:
            children = Path(f"/proc/{todo.pop()}/task").glob("*/children")
            for child in (int(c) for path in children for c in path.read_text().split()):
                found.append(child)
                todo.append(child)
        except OSError:
            continue
    return found


def _command(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def _ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
