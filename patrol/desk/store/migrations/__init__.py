"""Alembic migrations; run by `patrol.desk.store.migrate` alone."""
