"""Messages that an instance has thrown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Json, Utc

revision = "0014"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "thrown_message",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("correlation_key", sa.String(), nullable=False),
        sa.Column("variables", Json, nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("thrown", Utc(), nullable=False),
        sa.Column("claimed_until", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_thrown_message")),
    )


def downgrade() -> None:
    op.drop_table("thrown_message")
