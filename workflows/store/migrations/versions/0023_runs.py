"""Indexes to what the runs of a process tell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_process_instance_open", "process_instance", ["process_definition_key"], "ended IS NULL"),
    ("ix_process_instance_completed", "process_instance", ["process_definition_key", "ended"], "state = 'COMPLETED'"),
    ("ix_element_instance_active", "element_instance", ["process_instance_key", "element_id"], "state = 'ACTIVE'"),
)


def upgrade() -> None:
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
