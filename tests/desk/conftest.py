from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from patrol.core.redact import Secret
from patrol.desk.store import Store
from patrol.desk.store.engine import default_address
from tests.fakes.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def postgres() -> Iterator[str]:
    """Address of an empty database of its own."""
    server = make_url(os.environ["PATROL_TEST_POSTGRES_URL"])
    name = f"patrol_test_{uuid.uuid4().hex[:12]}"
    admin = server.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield server.set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Secret:
    """Of an empty database: SQLite always, PostgreSQL where there is a server."""
    if request.param == "sqlite":
        return default_address(tmp_path / "desk")
    return Secret(request.getfixturevalue("postgres"), known=False)


@pytest.fixture
def store(address: Secret) -> Iterator[Store]:
    """Both databases."""
    opened = Store(address)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(default_address(tmp_path / "desk"))
    yield opened
    opened.close()
