"""Units that are reorganised: their successors, and who had a clock before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Json

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "succession",
        sa.Column("unit_id", sa.String(), nullable=False),
        sa.Column("successor_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("batch_operation_key", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_succession")),
    )
    op.add_column("deadline", sa.Column("handed_over", Json, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("deadline", "handed_over")
    op.drop_table("succession")
