"""Suspension: since when an instance is suspended, and how long its clocks have been paused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Utc

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STARTED_BY, TREE = "uq_process_instance_started_by", "ix_process_instance_tree"
WAS, IS = (f"{still} AND correlation_key IS NOT NULL" for still in ("state = 'ACTIVE'", "ended IS NULL"))
CALLED = "ended IS NULL AND depth > 0"


def upgrade() -> None:
    op.add_column("process_instance", sa.Column("suspended", Utc(), nullable=True))
    op.add_column("deadline", sa.Column("paused", sa.String(), nullable=True))
    _started_by(IS)
    where = sa.text(CALLED)
    op.create_index(TREE, "process_instance", ["root_process_instance_key"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index(TREE, table_name="process_instance")
    _started_by(WAS)
    op.drop_column("deadline", "paused")
    op.drop_column("process_instance", "suspended")


def _started_by(condition: str) -> None:
    """A suspended instance is as open as an active one."""
    where = sa.text(condition)
    op.drop_index(STARTED_BY, table_name="process_instance")
    op.create_index(
        STARTED_BY,
        "process_instance",
        ["process_id", "correlation_key"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
