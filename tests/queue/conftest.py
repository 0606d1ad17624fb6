from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from patrol.queue.client import Link
from patrol.queue.embedded import EmbeddedQueue
from patrol.queue.outbox import Outbox
from tests.fakes.clock import ManualClock

REDIS = "PATROL_TEST_REDIS_URL"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """tmp_path can be too long for a socket; what happens then has a test of its own."""
    with tempfile.TemporaryDirectory(prefix="pq-") as folder:
        yield Path(folder)


@pytest.fixture
def embedded(short_dir: Path) -> Iterator[EmbeddedQueue]:
    with EmbeddedQueue(short_dir / "queue") as queue:
        yield queue


@pytest.fixture(params=["embedded", pytest.param("redis", marks=pytest.mark.redis)])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of an empty queue: the embedded one always, and a server outside where one is given."""
    if request.param == "embedded":
        queue: EmbeddedQueue = request.getfixturevalue("embedded")
        yield queue.url
        return
    server = os.environ.get(REDIS)
    if not server:
        pytest.skip(f"{REDIS} is not set; its databases from 15 down would be emptied")
    with database_of_our_own() as number:
        address = urlsplit(server)._replace(path=f"/{number}").geturl()
        with Link(address) as link:
            link.call("FLUSHDB")
            yield address
            link.call("FLUSHDB")


@contextmanager
def database_of_our_own() -> Iterator[int]:
    """One that no other test uses now, of this run or of another one on this machine."""
    number = 15
    while not _taken(lock := _lock_file(number)):
        os.close(lock)
        number = number - 1 or 15
        time.sleep(0.01)
    try:
        yield number
    finally:
        os.close(lock)


def _lock_file(number: int) -> int:
    return os.open(f"{tempfile.gettempdir()}/patrol-test-redis-{number}.lock", os.O_CREAT, 0o666)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@pytest.fixture
def link(url: str) -> Iterator[Link]:
    with Link(url) as opened:
        yield opened


@pytest.fixture
def outbox(tmp_path: Path, clock: ManualClock) -> Iterator[Outbox]:
    opened = Outbox(tmp_path / "outbox.db", clock)
    yield opened
    opened.close()
