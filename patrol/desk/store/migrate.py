"""Bringing a database to the tables that this version knows."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from patrol.core.errors import StoreError
from patrol.desk.store.engine import describe
from patrol.desk.store.failures import translated

_FOLDER = Path(__file__).parent / "migrations"
_LOCK_ID = 0x7061_7472
"""PostgreSQL advisory lock: two desks that start at once migrate one after the other."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations that are missing, all in one transaction.

    Raises:
        StoreError: the database is newer than this version of Patrol, locked or unreachable.
    """
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    where = describe(engine)
    with translated(where), engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _LOCK_ID})
        current = MigrationContext.configure(connection).get_current_revision()
        _refuse_newer(ScriptDirectory.from_config(config), current, where)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _refuse_newer(scripts: ScriptDirectory, current: str | None, where: str) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise StoreError(
            f"{where}: its tables are of revision {current}, which this version of Patrol does not know. "
            "It was written by a newer version: install that one, or restore the copy from before its upgrade"
        )
