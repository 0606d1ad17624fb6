from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.fakes.console import Console, running_console
from tests.fakes.desk import TOKEN
from tests.fakes.media_server import MediaServer


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with running_console(tmp_path) as started:
        yield started


@pytest.fixture
def seat(console: Console) -> Iterator[httpx.Client]:
    """A signed-in browser."""
    with console.seat() as client:
        yield client


@pytest.fixture
def media() -> Iterator[MediaServer]:
    with MediaServer(TOKEN) as server:
        yield server
