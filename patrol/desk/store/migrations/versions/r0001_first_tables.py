"""The first tables: candidates, evidence, decisions, openings, sessions, links, counters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

VERDICTS = "verdict IN ('real', 'false', 'unsure')"
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _candidates()
    _evidence()
    _decisions()
    _people()
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )
    op.bulk_insert(counters, [{"name": "intake", "value": 0}])
    for table in ("decisions", "openings"):
        _append_only(table)


def _candidates() -> None:
    op.create_table(
        "candidates",
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("worker_id", sa.String(200), nullable=False),
        sa.Column("camera_id", sa.String(200), nullable=False),
        sa.Column("camera_name", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.String(200), nullable=False),
        sa.Column("analytic", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(200), nullable=False),
        sa.Column("zone_id", sa.String(200), nullable=False),
        sa.Column("zone_name", sa.Text(), nullable=False),
        sa.Column("zone_polygon", sa.JSON(), nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("begin_at", TIME, nullable=False),
        sa.Column("raised_at", TIME, nullable=False),
        sa.Column("last_seen_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("peak", sa.Double(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("verdict", sa.String(16), nullable=True),
        sa.Column("verdict_at", TIME, nullable=True),
        sa.Column("verdict_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_candidates"),
        sa.UniqueConstraint("seq", name="uq_candidates_seq"),
        sa.CheckConstraint("phase IN ('open', 'ended')", name=op.f("ck_candidates_phase")),
        sa.CheckConstraint(VERDICTS, name=op.f("ck_candidates_verdict")),
    )
    op.create_index("ix_candidates_verdict_seq", "candidates", ["verdict", "seq"])
    op.create_index("ix_candidates_camera_id_seq", "candidates", ["camera_id", "seq"])
    op.create_index("ix_candidates_raised_at", "candidates", ["raised_at"])


def _evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("candidate_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("held_at", TIME, nullable=True),
        sa.Column("removed_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("candidate_id", "kind", name="pk_evidence"),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidates.id"], name="fk_evidence_candidate_id"),
        sa.CheckConstraint("status IN ('pending', 'ready', 'missing')", name=op.f("ck_evidence_status")),
    )
    op.create_index("ix_evidence_held_status", "evidence", ["held", "status"])
    op.create_index("ix_evidence_sha256", "evidence", ["sha256"])


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate_id", sa.String(200), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("key", sa.String(100), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidates.id"], name="fk_decisions_candidate_id"),
        sa.CheckConstraint(VERDICTS, name=op.f("ck_decisions_verdict")),
    )
    op.create_index("ix_decisions_candidate_id", "decisions", ["candidate_id"])
    op.create_index("uq_decisions_candidate_id_key", "decisions", ["candidate_id", "key"], unique=True)
    op.create_table(
        "openings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate_id", sa.String(200), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_openings"),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidates.id"], name="fk_openings_candidate_id"),
    )
    op.create_index("ix_openings_candidate_id", "openings", ["candidate_id"])


def _people() -> None:
    for table, last in (("sessions", "last_seen_at"), ("links", "used_at")):
        op.create_table(
            table,
            sa.Column("hash", sa.String(64), nullable=False),
            sa.Column("label", sa.Text(), nullable=False),
            sa.Column("created_at", TIME, nullable=False),
            sa.Column("expires_at", TIME, nullable=False),
            sa.Column(last, TIME, nullable=last == "used_at"),
            sa.PrimaryKeyConstraint("hash", name=f"pk_{table}"),
        )


def _append_only(table: str) -> None:
    """Refuse UPDATE and DELETE in the database itself: no bug can rewrite what was decided."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )
