from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from patrol.cli._process import Child
from patrol.cli._restarts import LONGEST_S, MOST, SLOW_S, WINDOW_S, Restarts
from patrol.cli._supervisor import StartFailed, Supervisor
from patrol.core.redact import Secret

FOREVER = "import time\nwhile True: time.sleep(0.05)"
DEAF = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\n" + FOREVER
DEADLINE_S = 60.0


def python(script: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", script)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:  # it may end between the opening and the reading
        return False
    return state != "Z"


class Heard:
    """Keeps a child's lines; those that begin with `chosen` are for stdout."""

    def __init__(self, chosen: str = "\0") -> None:
        self.lines: list[str] = []
        self._chosen = chosen

    def __call__(self, line: str) -> bool:
        self.lines.append(line)
        return line.startswith(self._chosen)

    def something(self) -> bool:
        return bool(self.lines)


class Watched:
    """A supervisor in a thread, with what it prints."""

    def __init__(self, *children: Child, stop_s: float = 10.0) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.supervisor = Supervisor(children, out=self.out, err=self.err, stop_s=stop_s)
        self.up = threading.Event()
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self._body)

    def _body(self) -> None:
        try:
            self.supervisor.run(self.up.set)
        except StartFailed as error:
            self.failure = error
        finally:
            self.up.set()

    def says(self, words: str) -> bool:
        return words in self.err.getvalue()


@contextmanager
def watched(*children: Child, stop_s: float = 10.0) -> Iterator[Watched]:
    watched = Watched(*children, stop_s=stop_s)
    watched.thread.start()
    try:
        assert watched.up.wait(DEADLINE_S)
        yield watched
    finally:
        watched.supervisor.stop()
        watched.thread.join(DEADLINE_S)
        assert not watched.thread.is_alive()


def test_each_child_starts_when_the_one_before_is_ready(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    slow = f"import time, pathlib\ntime.sleep(0.4)\npathlib.Path({str(first)!r}).touch()\n{FOREVER}"
    check = f"import os\nopen({str(second)!r}, 'w').write(str(os.path.exists({str(first)!r})))\n"
    with watched(
        Child("first", python(slow), ready=first.exists), Child("second", python(check + FOREVER))
    ) as run:
        wait_for(lambda: second.exists() and second.read_text() != "")
        assert second.read_text() == "True"
        assert set(run.supervisor.pids()) == {"first", "second"}


def test_a_killed_child_is_started_again_and_it_is_said() -> None:
    with watched(Child("worker", python(FOREVER))) as run:
        before = run.supervisor.pids()["worker"]
        os.kill(before, signal.SIGKILL)
        wait_for(lambda: run.supervisor.pids().get("worker", before) != before)
        assert run.says("patrol | worker was ended by SIGKILL after")
        assert run.says("it is started again in 0.5 s")


def test_a_child_that_is_back_has_to_be_ready_again(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    script = f"import pathlib\npathlib.Path({str(flag)!r}).touch()\n{FOREVER}"
    with watched(Child("desk", python(script), ready=flag.exists)) as run:
        flag.unlink()
        os.kill(run.supervisor.pids()["desk"], signal.SIGKILL)
        wait_for(lambda: run.says("desk is back"))
        assert flag.exists()


def test_a_child_that_does_not_come_up_ends_the_whole_with_its_last_words() -> None:
    broken = python("import sys\nprint('the model is not there')\nsys.exit(3)")
    with watched(Child("queue", python(FOREVER)), Child("worker", broken, ready=lambda: False)) as run:
        assert "worker ended with status 3 while it started" in str(run.failure)
        assert "the model is not there" in str(run.failure)
        run.thread.join(DEADLINE_S)
        assert run.supervisor.pids() == {}


def test_a_child_that_is_never_ready_is_given_up_at_the_first_start() -> None:
    child = Child("desk", python(FOREVER), ready=lambda: False, ready_timeout_s=0.3)
    with watched(child) as run:
        assert "desk was not ready after 0.3 s" in str(run.failure)


def test_a_command_that_does_not_exist_is_said() -> None:
    with watched(Child("queue", ("/no/such/server",), ready=lambda: False)) as run:
        assert "/no/such/server cannot be started: No such file or directory" in str(run.failure)


def test_a_child_that_can_be_mended_is_tried_again(tmp_path: Path) -> None:
    repaired, heard = tmp_path / "repaired", Heard()
    script = (
        f"import os, sys\nif not os.path.exists({str(repaired)!r}): sys.exit(1)\nprint('up', flush=True)\n"
    )

    def mend() -> str:
        repaired.touch()
        return "its log had a torn end, which was cut off"

    child = Child("queue", python(script + FOREVER), ready=heard.something, mend=mend, on_line=heard)
    with watched(child) as run:
        assert run.failure is None
        assert run.says("queue: its log had a torn end, which was cut off")


def test_children_end_in_reverse_order(tmp_path: Path) -> None:
    order = tmp_path / "order"
    order.touch()
    names = ("queue", "desk", "worker")

    def script(name: str) -> str:
        return (
            f"import signal, sys\ndef end(*_):\n open({str(order)!r}, 'a').write('{name} ')\n sys.exit(0)\n"
            f"signal.signal(signal.SIGTERM, end)\nopen({str(tmp_path / name)!r}, 'w').close()\n{FOREVER}"
        )

    with watched(*(Child(n, python(script(n)), ready=(tmp_path / n).exists) for n in names)):
        pass
    assert order.read_text().split() == ["worker", "desk", "queue"]


def test_a_stubborn_child_is_killed() -> None:
    heard = Heard()
    child = Child("worker", python(DEAF), ready=heard.something, on_line=heard)
    with watched(child, stop_s=0.3) as run:
        pid = run.supervisor.pids()["worker"]
        run.supervisor.stop()
        run.thread.join(DEADLINE_S)
    assert not alive(pid)
    assert run.says("worker did not end in time and was killed")


def test_being_asked_twice_it_waits_for_nobody() -> None:
    heard = Heard()
    child = Child("worker", python(DEAF), ready=heard.something, on_line=heard)
    with watched(child, stop_s=600) as run:
        run.supervisor.stop()  # and once more when the block ends


def test_output_is_prefixed_and_chosen_lines_go_to_stdout() -> None:
    Secret("rather-secret-word")
    script = "print('sign in: here')\nprint('password rather-secret-word')\nprint('done', flush=True)\n"
    with watched(Child("desk", python(script + FOREVER), on_line=Heard("sign in"))) as run:
        wait_for(lambda: run.says("desk | done"))
        assert run.out.getvalue() == "sign in: here\n"
        assert run.says("desk | password ***")
        assert not run.says("rather-secret-word")


def test_secrets_travel_by_the_environment_and_not_in_the_process_list() -> None:
    script, heard = f"import os\nprint(os.environ['TOKEN'], flush=True)\n{FOREVER}", Heard()
    with watched(Child("desk", python(script), {"TOKEN": "t0ken"}, on_line=heard)) as run:
        wait_for(heard.something)
        assert heard.lines == ["t0ken"]
        assert b"t0ken" not in Path(f"/proc/{run.supervisor.pids()['desk']}/cmdline").read_bytes()


def test_a_child_stays_on_its_processor() -> None:
    core = min(os.sched_getaffinity(0))
    with watched(Child("worker", python(FOREVER), core=core)) as run:
        wait_for(lambda: os.sched_getaffinity(run.supervisor.pids()["worker"]) == {core})


PARENT = """
import sys
from patrol.cli._process import Child
from patrol.cli._supervisor import Supervisor

script = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
Supervisor([Child("worker", (sys.executable, "-c", script), on_line=lambda line: True)]).run()
"""


def test_children_die_with_a_parent_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
        parent.wait()
        wait_for(lambda: not alive(pid))


def test_a_signal_ends_it() -> None:
    """In a process of its own: a signal to the one that runs the tests could meet another test's handlers."""
    script = (
        "import signal, sys\n"
        "from patrol.cli._process import Child\n"
        "from patrol.cli._supervisor import Supervisor, stopped_by_signals\n"
        "child = Child('worker', (sys.executable, '-c', 'import time; time.sleep(600)'))\n"
        "supervisor = Supervisor([child])\n"
        "with stopped_by_signals(supervisor):\n"
        "    supervisor.run(on_up=lambda: print('up', flush=True))\n"
        "assert supervisor.pids() == {}\n"
        "assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL\n"
        "print('ended in order')\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "ended in order\n")


def test_it_ends_when_its_task_is_done() -> None:
    supervisor = Supervisor([Child("worker", python(FOREVER))], out=io.StringIO(), err=io.StringIO())
    supervisor.run(until=lambda: bool(supervisor.pids()))
    assert supervisor.pids() == {}


def test_restarts_slow_down_and_recover() -> None:
    restarts, now = Restarts(), 100.0
    delays = []
    for _ in range(MOST + 2):
        delays.append(restarts.delay(now, 0.1))
        now += 0.1 + delays[-1]
    assert delays == [0.5, 1.0, 2.0, 4.0, 8.0, SLOW_S, SLOW_S]
    assert restarts.slow
    assert restarts.delay(now + WINDOW_S, WINDOW_S) == 0.5
    assert not restarts.slow


@given(st.lists(st.floats(0, 200), min_size=1, max_size=60))
def test_quick_restarts_are_few_in_any_window(lives: list[float]) -> None:
    """Whatever lives a child leads, at most MOST quick restarts follow each other within the window."""
    restarts, now, quick = Restarts(), 0.0, list[float]()
    for lived in lives:
        now += lived
        delay = restarts.delay(now, lived)
        assert 0 < delay <= SLOW_S
        assert restarts.slow == (delay == SLOW_S)
        if not restarts.slow:
            assert delay <= LONGEST_S
            quick.append(now)
        now += delay
    for start in quick:
        assert sum(start <= moment < start + WINDOW_S for moment in quick) <= MOST
