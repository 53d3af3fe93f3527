"""What a report of a period counts: indexes to it, and the figures of months."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Json, Utc

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_deadline_stage_due", "deadline", ["stage", "due", "process_instance_key"]),
    ("ix_deadline_stage_started", "deadline", ["stage", "started"]),
    ("ix_case_reported", "case", ["reported"]),
    ("ix_violation_decided", "violation", ["decided"]),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(op.f(name), table, columns)
    op.create_table(
        "month_figures",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("figures", Json, nullable=False),
        sa.Column("counted", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("month", "by", "value", name=op.f("pk_month_figures")),
    )


def downgrade() -> None:
    op.drop_table("month_figures")
    for name, table, _ in reversed(INDEXES):
        op.drop_index(op.f(name), table_name=table)
