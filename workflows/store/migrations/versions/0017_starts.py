"""A batch operation starts an instance for each line."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Json, Utc

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batch_operation", sa.Column("claimed_until", Utc(), nullable=True))
    with op.batch_alter_table("batch_operation_item") as table:
        table.alter_column("process_instance_key", existing_type=sa.BigInteger(), nullable=True)
        table.add_column(sa.Column("variables", Json, nullable=True))
