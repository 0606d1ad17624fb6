from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from patrol.core.errors import StoreError
from patrol.core.redact import Secret
from patrol.desk.store import Store
from patrol.desk.store.candidates import Filter, page
from patrol.desk.store.decisions import decisions_of, openings_of
from patrol.desk.store.engine import default_address, make_engine
from patrol.desk.store.migrate import upgrade
from patrol.desk.store.models import Base

DUMP = Path(__file__).parent / "fixtures" / "revision_0001.sql"


def test_models_are_what_the_migrations_make(address: Secret) -> None:
    engine = make_engine(address)
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_upgrading_twice_changes_nothing(address: Secret) -> None:
    Store(address).close()
    Store(address).close()


def test_a_database_of_the_first_revision_upgrades_with_all_that_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.executescript(DUMP.read_text())
    connection.close()
    store = Store(default_address(tmp_path))
    with store.read() as tx:
        other, row = page(tx, Filter(), None, 10)
        assert (other.id, other.phase.value, other.end_reason) == ("c-2", "ended", "cleared")
        assert (row.id, row.verdict, row.zone_name, row.seq) == ("c-1", "real", "The square", 1)
        assert [(e.kind.value, e.held, e.removed) for e in row.evidence] == [
            ("original", False, True),
            ("still", True, False),
        ]
        assert [d.verdict for d in decisions_of(tx, "c-1")] == ["unsure", None, "real"]
        assert [o.purpose for o in openings_of(tx, "c-1")] == ["asked for by the police"]
    store.close()


def test_a_newer_database_is_refused_and_left_alone(address: Secret) -> None:
    store = Store(address)
    with store.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match=r"9999.*newer version"):
        Store(address)
    engine = make_engine(address)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    engine.dispose()


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """One transaction: a table that stands in the way of a later step takes the earlier ones back, too."""
    path = tmp_path / "desk.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE openings (id INTEGER)")
    connection.close()
    with pytest.raises(StoreError):
        Store(default_address(tmp_path))
    with sqlite3.connect(path) as connection:
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    connection.close()
    assert tables == {"openings"}
