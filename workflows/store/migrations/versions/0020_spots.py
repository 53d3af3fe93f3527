"""Plates with a code on them, which citizens report from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Utc

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spot",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("place_kind", sa.String(), nullable=False),
        sa.Column("grid", sa.String(), nullable=True),
        sa.Column("created", Utc(), nullable=False),
        sa.Column("retired", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_spot")),
        sa.UniqueConstraint("name", "address", name=op.f("uq_spot_name_address")),
    )
    op.create_index(op.f("ix_spot_grid"), "spot", ["grid"])


def downgrade() -> None:
    op.drop_table("spot")
