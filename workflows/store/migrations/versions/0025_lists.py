"""Indexes to what pages count and list: unread messages, cases that ended, clocks of a stage."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

PARTIAL = (
    ("ix_notification_recipient_unread", "notification_recipient", ["person_id", "notification_key"], "read IS NULL"),
    ("ix_deadline_open_stage", "deadline", ["stage", "due"], "ended IS NULL"),
    ("ix_case_open_step", "case", ["step"], "ended IS NULL"),
    ("ix_case_ended", "case", ["ended"], "ended IS NOT NULL"),
)
#: Indexes on one column more, by table: before, now.
WIDER = (
    ("notification", ["recipient"], ["recipient", "key"]),
    ("notification_recipient", ["person_id"], ["person_id", "notification_key"]),
)


def _name(table: str, columns: list[str]) -> str:
    return op.f("_".join(["ix", table, *columns]))


def upgrade() -> None:
    for table, before, columns in WIDER:
        op.drop_index(_name(table, before), table_name=table)
        op.create_index(_name(table, columns), table, columns)
    for name, table, columns, where in PARTIAL:
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, table, _, _ in reversed(PARTIAL):
        op.drop_index(name, table_name=table)
    for table, before, columns in reversed(WIDER):
        op.drop_index(_name(table, columns), table_name=table)
        op.create_index(_name(table, before), table, before)
