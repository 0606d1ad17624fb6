"""Alembic's entry: runs on the connection that `patrol.desk.store.migrate` opened, never by itself."""

from __future__ import annotations

from alembic import context

from patrol.desk.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
