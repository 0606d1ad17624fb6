from __future__ import annotations

import asyncio
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from patrol.core.errors import ConfigError, DeliveryError, StoreError
from patrol.core.redact import Secret
from patrol.desk.store import Store
from patrol.desk.store.engine import default_address
from tests.fakes.desk import BEGIN


def test_sqlite_is_set_to_lose_nothing(sqlite_store: Store) -> None:
    with sqlite_store.read() as tx:
        found = {name: tx.execute(text(f"PRAGMA {name}")).scalar() for name in PRAGMAS}
    assert found == PRAGMAS


PRAGMAS = {"journal_mode": "delete", "synchronous": 3, "foreign_keys": 1, "busy_timeout": 5000}


def test_the_file_is_for_its_owner_alone(sqlite_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "desk" / "desk.sqlite3"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_locked_database_is_named_and_comes_back(tmp_path: Path) -> None:
    store = Store(default_address(tmp_path))
    with closing(sqlite3.connect(tmp_path / "desk.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="locked by another process"), store.write() as tx:
            tx.execute(text("UPDATE counters SET value = 7"))
        assert "locked" in store.problem
        other.execute("ROLLBACK")
    with store.read() as tx:
        assert tx.execute(text("SELECT value FROM counters")).scalar() == 0
    assert store.problem == ""
    store.close()


def test_a_reader_takes_no_write_lock(sqlite_store: Store, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "desk" / "desk.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with sqlite_store.read() as tx:
            assert tx.execute(text("SELECT count(*) FROM candidates")).scalar() == 0
        other.execute("ROLLBACK")


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "desk.sqlite3").write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError, match="damaged"):
        Store(default_address(tmp_path))


def test_a_full_disk_is_named(sqlite_store: Store) -> None:
    with sqlite_store.read() as tx:
        tx.execute(text("PRAGMA max_page_count = 1"))  # SQLite says the same as on a full disk
    with pytest.raises(StoreError, match="disk is full"), sqlite_store.write() as tx:
        tx.execute(text("CREATE TABLE big AS SELECT zeroblob(1000000) AS content"))


@pytest.mark.parametrize(
    "address", ["sqlite://", "sqlite:///:memory:", "mysql://root:geheim@host/x", "no address, geheim"]
)
def test_addresses_of_no_use_are_refused_without_being_repeated(address: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Store(Secret(address, known=False))
    assert "geheim" not in str(caught.value)


def test_an_unreachable_server_is_named_without_its_password() -> None:
    with pytest.raises(StoreError, match="not reachable") as caught:
        Store(Secret("postgresql://patrol:gehe%40im@127.0.0.1:1/x", known=False))
    assert "gehe" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("table", ["decisions", "openings"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET who = 'somebody else'"])
def test_what_was_decided_cannot_be_rewritten(store: Store, table: str, change: str) -> None:
    extra = ", purpose" if table == "openings" else ", reason"
    with store.write() as tx:
        tx.execute(text("INSERT INTO candidates VALUES (" + ", ".join(CANDIDATE) + ")"), {"at": BEGIN})
        tx.execute(
            text(f"INSERT INTO {table} (id, candidate_id, who, at{extra}) VALUES (1, 'c', 'me', :at, '')"),
            {"at": BEGIN},
        )
    with pytest.raises(StoreError, match="refused the change"), store.write() as tx:
        tx.execute(text(change.format(table)))
    with store.read() as tx:
        assert tx.execute(text(f"SELECT who FROM {table}")).scalar() == "me"


CANDIDATE = [
    *("'c'", "1", "'w'", "'cam'", "''", "'r'", "'a'", "'k'", "'z'", "''", "'[]'", "'open'"),
    *(":at", ":at", ":at", "NULL", "''", "1", "1", "''", "1", "'{}'", "1", ":at", "NULL", "NULL", "NULL"),
]


def test_a_value_that_no_column_takes_is_not_tried_for_ever(store: Store) -> None:
    if store.description.endswith("sqlite3"):
        pytest.skip("SQLite takes texts of any length")
    with pytest.raises(DeliveryError, match="never be taken in"), store.write() as tx:
        tx.execute(text("INSERT INTO counters VALUES (:name, 1)"), {"name": "x" * 100})


def test_calls_beyond_what_may_wait_are_turned_away(sqlite_store: Store) -> None:
    go = threading.Event()

    async def many() -> tuple[int, int]:
        calls = [asyncio.create_task(sqlite_store.run(go.wait, 20)) for _ in range(70)]
        await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        go.set()
        found = await asyncio.gather(*calls, return_exceptions=True)
        return sum(one is True for one in found), sum(isinstance(one, StoreError) for one in found)

    assert asyncio.run(many()) == (64, 6)
