from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from patrol.core.errors import DeliveryError
from patrol.queue import aof
from patrol.queue.client import Link
from patrol.queue.embedded import EmbeddedQueue, find_server, mend, prepare, wait_ready
from patrol.queue.launch import _socket_path
from patrol.queue.server import ServerBinary, _probe
from tests.fakes.clock import ManualClock
from tests.queue.support import until

PADDING = b"\0" * 4096


@pytest.fixture(params=["packaged", "redis-server"])
def server(request: pytest.FixtureRequest) -> ServerBinary:
    """The one that comes with the package, and the system's where there is one: they differ a little."""
    if request.param == "packaged":
        return find_server()
    path = shutil.which("redis-server")
    found = _probe(Path(path)) if path else "redis-server is not installed"
    if not isinstance(found, ServerBinary):
        pytest.skip(found)
    return found


@pytest.fixture
def queue(short_dir: Path, server: ServerBinary) -> Iterator[EmbeddedQueue]:
    with EmbeddedQueue(short_dir / "q", server) as running:
        yield running


def add(queue: EmbeddedQueue, count: int) -> None:
    with Link(queue.url) as link:
        for number in range(count):
            link.call("XADD", "s", "*", "n", number)


def length(queue: EmbeddedQueue) -> int:
    with Link(queue.url) as link:
        return int(link.call("XLEN", "s"))


def newest(data_dir: Path) -> Path:
    part = aof.newest_part(data_dir)
    assert part is not None
    return part


def test_every_command_is_on_disk_and_nobody_else_gets_in(queue: EmbeddedQueue, short_dir: Path) -> None:
    expected = {
        b"appendonly": b"yes",
        b"appendfsync": b"always",
        b"maxmemory-policy": b"noeviction",
        b"port": b"0",
        b"save": b"",
    }
    with Link(queue.url) as link:
        for name, value in expected.items():
            assert link.call("CONFIG", "GET", name) == [name, value]
    assert stat.S_IMODE((short_dir / "q").stat().st_mode) == 0o700
    assert stat.S_IMODE((short_dir / "q" / "queue.sock").stat().st_mode) == 0o700


def test_nothing_is_lost_by_kill_9(queue: EmbeddedQueue) -> None:
    for total in (20, 40, 60):
        add(queue, 20)
        queue.kill()
        assert queue.start() == ""
        assert length(queue) == total


def test_a_tail_padded_with_zeros_is_cut_and_kept_aside(queue: EmbeddedQueue, short_dir: Path) -> None:
    add(queue, 20)
    queue.kill()
    damaged = newest(short_dir / "q")
    with damaged.open("ab") as file:
        file.write(PADDING)
    size = damaged.stat().st_size
    assert "dropped 4096 damaged bytes" in queue.start()
    assert length(queue) == 20
    (copy,) = (short_dir / "q" / "damaged").iterdir()
    assert copy.stat().st_size == size
    add(queue, 1)
    queue.kill()
    queue.start()
    assert length(queue) == 21


@pytest.mark.parametrize("cut", [1, 7, 20, 90])
def test_a_tail_that_was_cut_loses_what_was_cut_only(queue: EmbeddedQueue, short_dir: Path, cut: int) -> None:
    add(queue, 20)
    queue.kill()
    damaged = newest(short_dir / "q")
    damaged.write_bytes(damaged.read_bytes()[:-cut])
    queue.start()
    assert length(queue) in (18, 19)


def test_rubbish_in_the_middle_is_found_when_the_server_refuses(
    queue: EmbeddedQueue, short_dir: Path
) -> None:
    add(queue, 20)
    queue.kill()
    damaged = newest(short_dir / "q")
    content = bytearray(damaged.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 50] = bytes(50)
    damaged.write_bytes(content)
    assert "damaged bytes" in queue.start()
    assert 0 < length(queue) < 20


def test_files_beyond_repair_are_set_aside_and_the_queue_starts_empty(
    queue: EmbeddedQueue, short_dir: Path
) -> None:
    add(queue, 5)
    queue.stop()
    manifest = short_dir / "q" / aof.AOF_DIR / "appendonly.aof.manifest"
    manifest.write_bytes(bytes(manifest.stat().st_size))
    assert "beyond repair" in queue.start()
    assert length(queue) == 0
    assert [path.name.split(".")[0] for path in (short_dir / "q" / "damaged").iterdir()] == [aof.AOF_DIR]


def test_only_so_many_damaged_copies_are_kept(short_dir: Path) -> None:
    clock = ManualClock()
    for _ in range(8):
        (short_dir / aof.AOF_DIR).mkdir()
        aof.set_aside(short_dir, clock)
        clock.advance(1)
    assert len(list((short_dir / "damaged").iterdir())) == aof.COPIES_KEPT


def test_a_server_that_fails_for_another_reason_keeps_its_files(short_dir: Path) -> None:
    launch = prepare(short_dir / "q")
    (short_dir / "q" / aof.AOF_DIR).mkdir()
    (short_dir / "q" / "server.log").write_text("1:M 1 Jan 2026 # Can't chdir to '/x': Permission denied\n")
    assert mend(launch) == ""
    assert (short_dir / "q" / aof.AOF_DIR).exists()


def test_a_second_server_in_the_same_folder_is_refused(queue: EmbeddedQueue, short_dir: Path) -> None:
    with pytest.raises(DeliveryError, match="another server uses the queue's folder"):
        EmbeddedQueue(short_dir / "q").start()
    add(queue, 1)
    assert length(queue) == 1


def test_two_that_start_at_once_do_not_share_the_folder(embedded: EmbeddedQueue, short_dir: Path) -> None:
    embedded.stop()
    launch = prepare(short_dir / "queue")
    embedded.start()
    # Prepared while the folder was free, started when it was not: the lock is taken at the start itself.
    late = subprocess.run(launch.argv, capture_output=True, text=True, timeout=100, check=False)
    assert (late.returncode, late.stderr.split(" ")[:3]) == (75, ["another", "server", "uses"])


def test_a_server_started_past_patrol_is_noticed(short_dir: Path) -> None:
    folder = short_dir / "q"
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(folder / "queue.sock"))
        other.listen()
        with pytest.raises(DeliveryError, match="another server answers"):
            prepare(folder)


def test_a_stale_socket_is_removed(short_dir: Path) -> None:
    folder = short_dir / "q"
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(folder / "queue.sock"))
    with EmbeddedQueue(folder) as queue:
        add(queue, 1)


def test_a_folder_too_long_for_a_socket_gets_a_short_private_one(tmp_path: Path) -> None:
    folder = tmp_path / 'a "name" with % and 队列' / ("x" * 90)
    with EmbeddedQueue(folder) as queue:
        add(queue, 1)
        short = _socket_path(folder)
        assert short.parent.parent != folder
        assert stat.S_IMODE(short.parent.stat().st_mode) == 0o700
        queue.restart()
        assert length(queue) == 1
    shutil.rmtree(short.parent)


def test_a_short_folder_that_is_not_ours_alone_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / ("y" * 120)
    short = _socket_path(folder).parent
    try:
        short.chmod(0o755)
        with pytest.raises(DeliveryError, match="not a private folder"):
            prepare(folder)
    finally:
        short.rmdir()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DeliveryError, match="cannot prepare the queue's folder"):
        prepare(tmp_path / "file" / "q")


PARENT = """
import sys
from pathlib import Path
from patrol.queue.embedded import EmbeddedQueue
queue = EmbeddedQueue(Path(sys.argv[1]))
queue.start()
print(queue.pid, flush=True)
sys.stdin.read()
"""


def test_it_ends_with_its_parent_even_when_that_is_killed(short_dir: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(short_dir / "q")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert _is_server(pid)
        os.kill(parent.pid, signal.SIGKILL)
    until(lambda: _ended(pid), "the end of the orphan")
    with EmbeddedQueue(short_dir / "q") as queue:
        add(queue, 1)


def _ended(pid: int) -> bool:
    """Whether it holds nothing any more: its command line goes before its lock."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def _is_server(pid: int) -> bool:
    try:
        return b"server" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_a_server_that_never_answers_is_given_up_in_time(clock: ManualClock) -> None:
    with pytest.raises(DeliveryError, match="not ready after 5 s"):
        wait_ready("unix:///nowhere/queue.sock", 5.0, clock)
    assert clock.passed() == pytest.approx(5.0, abs=0.1)


def test_a_server_that_ends_at_once_is_not_waited_for(clock: ManualClock) -> None:
    with pytest.raises(DeliveryError, match="ended while it started"):
        wait_ready("unix:///nowhere/queue.sock", 5.0, clock, alive=lambda: False)
    assert clock.passed() == 0


def fake_server(folder: Path, script: str) -> Path:
    path = folder / "fake-server"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'Redis server v=6.2.7 sha=00000000:0'", "6.2.7 is too old"),
        ("echo 'version GLIBC_2.38 not found' >&2; exit 1", "GLIBC_2.38"),
        ("exit 3", "exit status 3"),
    ],
)
def test_a_server_that_does_not_serve_is_passed_over_with_its_reason(
    short_dir: Path, script: str, reason: str
) -> None:
    assert reason in str(_probe(fake_server(short_dir, script)))


def test_a_server_that_dies_at_the_start_is_an_error_with_its_last_words(short_dir: Path) -> None:
    path = fake_server(short_dir, "echo 'libssl.so.3 is missing' >&2; exit 1")
    with pytest.raises(DeliveryError, match=r"libssl\.so\.3 is missing"):
        EmbeddedQueue(short_dir / "q", ServerBinary(path, "valkey", "9.0.0")).start()


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_server_that_is_killed_as_it_is_asked_is_asked_again(tmp_path: Path) -> None:
    marker = tmp_path / "asked"
    path = program(
        tmp_path / "valkey-server",
        f"test -e {marker} || {{ touch {marker}; kill -KILL $$; }}; echo 'Valkey server v=9.1.2 sha=0'",
    )
    assert _probe(path) == ServerBinary(path, "valkey", "9.1.2")


def test_no_other_server_takes_the_place_of_one_that_is_always_killed(tmp_path: Path) -> None:
    path = program(tmp_path / "valkey-server", "kill -KILL $$")
    with pytest.raises(DeliveryError, match="ended or hung 3 times"):
        _probe(path)


def test_a_server_for_another_processor_cannot_be_used(tmp_path: Path) -> None:
    assert "exit status -4" in str(_probe(program(tmp_path / "valkey-server", "kill -ILL $$")))
